import Foundation
import Testing

@testable import Gateway

/// Random inputs near the interesting ones, for a bounded time. A failure prints the seed and the input;
/// `SALLYPORT_FUZZ_SEED` repeats a run and `SALLYPORT_FUZZ_SECONDS` makes it longer.
@Suite struct WireFuzzTests {
    @Test func requests() { run("requests", Mutator.requestSeeds, WireOracle.requests) }
    @Test func responses() { run("responses", Mutator.responseSeeds, WireOracle.responses) }
    @Test func http2Fields() { run("HTTP/2 fields", Mutator.http2Seeds, WireOracle.http2) }

    /// A section is compared with a plain list of lines while both go through the same changes.
    @Test func fieldSectionsAgainstAModel() {
        var random = SeededRandom(seed: Self.seed)
        print("fuzzing field sections: SALLYPORT_FUZZ_SEED=\(Self.seed)")
        let end = ContinuousClock.now + Self.duration
        var rounds = 0
        while ContinuousClock.now < end, rounds < 2_000_000 {
            rounds += 1
            let wrong = FieldModel.round(&random)
            #expect(wrong == nil, "\(wrong ?? ""), seed \(Self.seed), round \(rounds)")
            if wrong != nil { return }
        }
    }

    private static let seed: UInt64 =
        ProcessInfo.processInfo.environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? .random(in: 1...UInt64.max)

    private static let duration: Duration = .seconds(
        ProcessInfo.processInfo.environment["SALLYPORT_FUZZ_SECONDS"].flatMap(Double.init) ?? 3)

    private func run(_ name: String, _ seeds: [[UInt8]], _ oracle: ([UInt8]) -> [String]) {
        var mutator = Mutator(seeds: seeds, random: SeededRandom(seed: Self.seed))
        let end = ContinuousClock.now + Self.duration
        var inputs = 0
        for seed in seeds { #expect(oracle(seed) == [], "seed input \(WireDriver.text(seed).debugDescription)") }
        while ContinuousClock.now < end {
            let input = mutator.next()
            let wrong = oracle(input)
            inputs += 1
            #expect(wrong == [], "seed \(Self.seed), input \(WireDriver.text(input).debugDescription)")
            if !wrong.isEmpty { return }
        }
        print("fuzzed \(name): \(inputs) inputs, SALLYPORT_FUZZ_SEED=\(Self.seed)")
    }
}

/// Random changes to a section and to a list of lines.
enum FieldModel {
    private static let names = [
        "host", "X-A", "x-a", "Cookie", "x-forwarded-for", "X_Forwarded_For", "Authorization", "te", "Connection",
        "b ad", "",
        "Content-Length", "x-envoy-x", "\u{E9}",
    ]
    private static let values = ["", "1", " a ", "a\r\nb: c", "x\0y", "keep-alive", "\t"]

    /// One section through a few changes; what is wrong, if anything is.
    static func round(_ random: inout SeededRandom) -> String? {
        let section = FieldSection()
        var model: [(String, String)] = []
        for _ in 0..<Int.random(in: 1...12, using: &random) {
            let name = names.randomElement(using: &random) ?? ""
            let value = values.randomElement(using: &random) ?? ""
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1, 2: add(section, &model, name, value)
            case 3:
                section.remove(name: name)
                model.removeAll { $0.0 == name.lowercased() }
            case 4:
                section.set(name: name, value: value)
                model.removeAll { $0.0 == name.lowercased() }
                if isToken(name) { model.append((name.lowercased(), clean(value))) }
            default:
                section.removeAll(.credential)
                model.removeAll { $0.0 == "authorization" }
            }
            let lines = model.map { "\($0.0): \($0.1)" }
            if WireDriver.describe(section) != lines { return "\(WireDriver.describe(section)) is not \(lines)" }
        }
        return nil
    }

    private static func add(
        _ section: FieldSection, _ model: inout [(String, String)], _ name: String, _ value: String
    ) {
        let added = section.append(name: name, value: value)
        if added { model.append((name.lowercased(), clean(value))) }
        if added != isToken(name) { model.append(("accepted", name)) }
    }

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty && name.unicodeScalars.allSatisfy { $0.isASCII && $0 != " " }
    }

    /// Trimmed of blanks first, then without control characters.
    private static func clean(_ value: String) -> String {
        let trimmed = value.trimmingCharacters(in: CharacterSet(charactersIn: " \t"))
        return String(String.UnicodeScalarView(trimmed.unicodeScalars.map { $0.value < 32 && $0 != "\t" ? " " : $0 }))
    }
}
