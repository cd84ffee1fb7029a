import Foundation

/// How long and with which seed random tests run.
///
/// A bounded number of rounds; `SALLYPORT_FUZZ_SECONDS=n` runs for n seconds, `SALLYPORT_FUZZ_SEED=n` repeats a run.
enum Fuzz {
    static let seed: UInt64 =
        ProcessInfo.processInfo.environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? .random(in: 0 ... .max)

    static let seconds = ProcessInfo.processInfo.environment["SALLYPORT_FUZZ_SECONDS"].flatMap(Double.init)

    /// Calls `body` with the round's number until it gives false or the rounds are over.
    static func run(_ name: String, rounds: Int, _ body: (Int, inout SplitMix) -> Bool) {
        print("\(name): SALLYPORT_FUZZ_SEED=\(seed)")
        var random = SplitMix(state: seed)
        let end = ContinuousClock.now + .seconds(seconds ?? 0)
        var round = 0
        while seconds == nil ? round < rounds : ContinuousClock.now < end {
            round += 1
            guard body(round, &random) else { return }
        }
    }

    /// One to four random changes near the interesting places.
    static func mutate(_ text: inout [UInt8], _ corpus: [[UInt8]], _ pieces: [[UInt8]], _ random: inout SplitMix) {
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let at = Int.random(in: 0...text.count, using: &random)
            let end = min(text.count, at + Int.random(in: 0...24, using: &random))
            switch Int.random(in: 0..<8, using: &random) {
            case 0: if at < text.count { text[at] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
            case 1: text.removeSubrange(at..<end)
            case 2: text.insert(contentsOf: text[at..<end], at: at)
            case 3: text.insert(contentsOf: pieces.randomElement(using: &random) ?? [], at: at)
            case 4:
                let piece = pieces.randomElement(using: &random) ?? []
                let times = Int.random(in: 2...90, using: &random)
                text.insert(contentsOf: Array(repeating: piece, count: times).joined(), at: at)
            case 5: text.replaceSubrange(at..<end, with: pieces.randomElement(using: &random) ?? [])
            case 6:
                let other = corpus.randomElement(using: &random) ?? []
                text = Array(text[..<at] + other[Int.random(in: 0...other.count, using: &random)...])
            default: if at < text.count { text[at] = UInt8.random(in: 0 ... .max, using: &random) }
            }
        }
    }
}

/// Bytes as text for a message.
func shown(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: Array(bytes).prefix(2_000), as: UTF8.self).debugDescription
}
