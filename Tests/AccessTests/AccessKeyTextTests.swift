import Foundation
import Testing

@testable import Access

@Suite("The text of access keys")
struct AccessKeyTextTests {
    @Test("has the form that is promised")
    func form() throws {
        var generator = SystemRandomNumberGenerator()
        let pattern = try Regex("^" + AccessKeyText.pattern + "$")
        for _ in 0..<200 {
            let text = AccessKeyText.generate(using: &generator).reveal { $0 }
            #expect(text.wholeMatch(of: pattern) != nil)
            #expect(AccessKeyText(text)?.digest == AccessKeyText(text)?.digest)
            #expect(AccessKeyText(text) != nil)
        }
    }

    @Test("carries all 256 bits of the generator")
    func entropy() {
        struct Constant: RandomNumberGenerator {
            let value: UInt64
            func next() -> UInt64 { value }
        }
        var zero = Constant(value: 0)
        var full = Constant(value: .max)
        let lowest = AccessKeyText.generate(using: &zero).reveal { $0 }
        let highest = AccessKeyText.generate(using: &full).reveal { $0 }
        #expect(lowest.hasPrefix("sp_" + String(repeating: "0", count: 43)))
        // 2^256 - 1 in base 62 and its checksum, computed with another program.
        #expect(highest == "sp_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1" + "1gdFzS")
        #expect(lowest != highest)
    }

    @Test("every typo of one character is noticed without a look-up")
    func typos() {
        let text = keyText(7).reveal { Array($0.utf8) }
        for index in text.indices {
            for digit in Array("0Aa9Zz_- ".utf8) where digit != text[index] {
                var wrong = text
                wrong[index] = digit
                #expect(!wrong.withUnsafeBytes { AccessKeyText.isWellFormed($0) })
            }
        }
        for index in text.indices.dropLast() where text[index] != text[index + 1] {
            var wrong = text
            wrong.swapAt(index, index + 1)
            #expect(!wrong.withUnsafeBytes { AccessKeyText.isWellFormed($0) })
        }
    }

    @Test("no other bytes are taken for a key")
    func garbage() {
        let seed = UInt64.random(in: 0...(.max))
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...80, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(!bytes.withUnsafeBytes { AccessKeyText.isWellFormed($0) }, "seed \(seed)")
        }
        #expect(!AccessKeyText.isWellFormed(UnsafeRawBufferPointer(start: nil, count: 0)))
        #expect(AccessKeyText("") == nil)
        #expect(AccessKeyText(keyText(1).reveal { $0 + "0" }) == nil)
    }

    @Test("nothing prints it")
    func secret() {
        let key = keyText(3)
        let text = key.reveal { $0 }
        var dumped = ""
        dump(key, to: &dumped)
        dump([key], to: &dumped)
        let printed = [
            "\(key)", String(describing: key), String(reflecting: key), "\([key])", "\(Optional(key) as Any)",
        ]
        for output in printed + [dumped, "\(Mirror(reflecting: key).children.map(\.value))"] {
            #expect(!output.contains(text.dropFirst(3)))
        }
        #expect("\(key)" == "[secret]")
    }

    @Test("CRC-32 and SHA-256 are the published ones")
    func vectors() {
        #expect(crc32(Array("123456789".utf8)) == 0xcbf4_3926)
        let digest = Array("abc".utf8).withUnsafeBytes { KeyDigest(hashing: $0) }
        #expect(digest.hexadecimal == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(KeyDigest(bytes: digest.bytes) == digest)
        #expect(KeyDigest(bytes: [1, 2]) == nil)
    }
}
