import Foundation
import Testing

@testable import Access

/// Random tokens and key sets near good ones: none may crash, hang, or be accepted that nobody signed.
///
/// Runs a bounded number of rounds; `SALLYPORT_FUZZ_SECONDS=n` runs for n seconds, `SALLYPORT_FUZZ_SEED=n` repeats a run.
@Suite("Tokens: fuzz")
struct TokenFuzzTests {
    private static let seed: UInt64 =
        ProcessInfo.processInfo.environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? .random(in: 1...UInt64.max)
    private static let seconds = ProcessInfo.processInfo.environment["SALLYPORT_FUZZ_SECONDS"].flatMap(Double.init)

    /// Calls until the rounds or the seconds are over.
    private static func run(_ name: String, rounds most: Int, _ body: (inout SeededGenerator, Int) -> Bool) {
        print("fuzzing \(name): SALLYPORT_FUZZ_SEED=\(seed)")
        var random = SeededGenerator(seed: seed)
        let end = Date().addingTimeInterval(seconds ?? 0)
        var round = 0
        while seconds == nil ? round < most : Date() < end {
            round += 1
            guard body(&random, round) else { return }
        }
    }

    private static func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        guard !bytes.isEmpty else { return bytes.append(.random(in: 0...255, using: &random)) }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[place] = .random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(.random(in: 0...255, using: &random), at: place)
        case 3: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        default:
            let end = Int.random(in: place...bytes.count, using: &random)
            bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
        }
    }

    @Test("no text but the signed one is accepted")
    func tokens() {
        let door = TokenDoor(keys: .ec, .ed)
        let seeds = [TestKey.ec.token(), TestKey.ed.token(header: #"{"alg":"EdDSA"}"#)].map { Array($0.utf8) }
        Self.run("tokens", rounds: 4_000) { random, round in
            var text = seeds.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&text, &random) }
            guard case .success = door.ask(text), !seeds.contains(text) else { return true }
            Issue.record("seed \(Self.seed) round \(round): accepted \(String(decoding: text, as: UTF8.self))")
            return false
        }
    }

    /// What is signed is random, so that what comes after the signature is reached too.
    @Test("signed claims near good ones are accepted only with subject, audience and end")
    func claims() {
        let door = TokenDoor(keys: .ed)
        let good = Array(TestClaims.good.utf8)
        Self.run("claims", rounds: 1_500) { random, round in
            var text = good
            for _ in 0..<Int.random(in: 1...3, using: &random) { Self.mutate(&text, &random) }
            let head = base64URL(#"{"alg":"EdDSA"}"#.utf8) + "." + base64URL(text)
            guard let signature = try? TestKey.ed.sign(head, "EdDSA"),
                case .success(let identity) = door.ask(head + "." + base64URL(signature))
            else { return true }
            let isRight =
                identity.audience == ExactText("sallyport") && !identity.subject.bytes.isEmpty
                && identity.validUntil > TestClaims.now && identity.issuer.name == "staff"
            #expect(isRight, "seed \(Self.seed) round \(round): \(String(decoding: text, as: UTF8.self))")
            return isRight
        }
    }

    @Test("key sets are read or refused")
    func keySets() {
        let seeds = [
            keySet(TestKey.ec.jwk(), TestKey.rsaKey.jwk(more: #","use":"sig","key_ops":["verify"]"#)),
            keySet(TestKey.ed.jwk(), TestKey.ec521.jwk(nil), #"{"kty":"oct","k":"AAAA"}"#),
        ].map { Array($0.utf8) }
        Self.run("key sets", rounds: 3_000) { random, round in
            var text = seeds.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&text, &random) }
            guard let set = try? TokenKeySet(text) else { return true }
            let isBounded = set.count <= TokenKeySet.mostKeys && set.notes.count < 16
            #expect(isBounded, "seed \(Self.seed) round \(round): \(String(decoding: text, as: UTF8.self))")
            return isBounded
        }
    }

    @Test("base64url: what is decoded is the only spelling of its bytes")
    func spelling() {
        Self.run("base64url", rounds: 20_000) { random, round in
            let digits = Array("ABCDwxyz0189-_=+/. \n".utf8)
            let text = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                digits.randomElement(using: &random) ?? 0
            }
            guard let bytes = text.withUnsafeBytes({ Base64URL.decode($0) }) else { return true }
            let isOnly = Array(base64URL(bytes).utf8) == text
            #expect(isOnly, "seed \(Self.seed) round \(round): \(text)")
            return isOnly
        }
    }
}
