import Crypto
import CryptoExtras
import Foundation
import Testing

@testable import Access

@Suite("Tokens: key sets")
struct TokenKeySetTests {
    private func set(_ text: String) throws -> TokenKeySet { try TokenKeySet(Array(text.utf8)) }

    private func notes(_ key: String) throws -> [String] {
        let set = try set(keySet(key))
        #expect(set.count == 0, "\(key)")
        return set.notes
    }

    @Test("what is no set")
    func problems() {
        for (text, problem) in [
            ("{}", TokenKeySetProblem.noKeys), ("[]", .noKeys), (#"{"keys":{}}"#, .noKeys),
            (#"{"keys":null}"#, .noKeys),
            (#"{"Keys":[]}"#, .noKeys),
        ] {
            #expect(throws: problem) { try set(text) }
        }
        for text in [
            "", "keys", #"{"keys":[],"keys":[]}"#, #"{"keys":[],"Keys":[]}"#, #"{"keys":[]"#, #"{"keys":[]}x"#,
        ] {
            #expect { try set(text) } throws: { if case TokenKeySetProblem.notJSON = $0 { true } else { false } }
        }
    }

    @Test("no key is a set too: its issuer has taken all back")
    func empty() throws {
        #expect(try set(keySet()).count == 0)
        #expect(TokenDoor(issuer(keys: keySet())).reason(TestKey.ec.token()) == .tokenKeyUnknown)
    }

    @Test("a megabyte is read, one byte more is not")
    func megabyte() throws {
        let head = #"{"keys":["# + TestKey.ec.jwk() + #"],"x":""#
        let text = head + String(repeating: "a", count: TokenKeySet.mostBytes - head.utf8.count - 2) + "\"}"
        #expect(text.utf8.count == TokenKeySet.mostBytes)
        #expect(try set(text).count == 1)
        #expect(throws: TokenKeySetProblem.tooLarge) { try set(text + " ") }
    }

    @Test("of ten thousand keys the first hundred are used")
    func many() throws {
        let keys = (0..<10_000).map { #"{"kty":"OKP","crv":"Ed25519","kid":"k\#($0)","x":"\#(Self.point)"}"# }
        let text = #"{"keys":[\#(keys.joined(separator: ","))]}"#
        #expect(text.utf8.count < TokenKeySet.mostBytes)
        let set = try set(text)
        #expect(set.count == 100 && set.notes == ["only the first 100 usable keys are used"])
        #expect(set.candidates(id: ExactText("k99"), .edDSA).count == 1)
        #expect(set.candidates(id: ExactText("k100"), .edDSA).isEmpty)
        #expect(set.candidates(id: nil, .edDSA).count == 8)
        // Ten thousand that cannot be used cost little and say little.
        let useless = try self.set(#"{"keys":[\#((0..<12_000).map { _ in "{}" }.joined(separator: ","))]}"#)
        #expect(useless.count == 0 && useless.notes.count == 10)
    }

    private static let point = base64URL(Curve25519.Signing.PrivateKey().publicKey.rawRepresentation)

    @Test("what is not for verifying is left out, and the rest is used")
    func uses() throws {
        let key = TestKey.ec
        #expect(try notes(key.jwk(more: #","use":"enc""#)) == ["keys[0] is not for verifying signatures"])
        #expect(try notes(key.jwk(more: #","key_ops":["sign"]"#)) == ["keys[0] is not for verifying signatures"])
        #expect(try notes(key.jwk(more: #","key_ops":[]"#)) == ["keys[0] is not for verifying signatures"])
        #expect(try notes(key.jwk(more: #","key_ops":"verify""#)) == ["keys[0] is not for verifying signatures"])
        #expect(try notes(key.jwk(more: #","use":1"#)) == ["keys[0] has a field of the wrong type"])
        #expect(try notes(#"{"kty":"EC","kid":7}"#) == ["keys[0] has a field of the wrong type"])
        for more in [#","use":"sig""#, #","key_ops":["verify"]"#, #","key_ops":["sign","verify"]"#, #","alg":"ES256""#]
        {
            #expect(try set(keySet(key.jwk(more: more))).count == 1, "\(more)")
        }
        let mixed = try set(keySet("1", "{}", key.jwk(), #"{"kty":"oct","k":"AAAA"}"#))
        #expect(mixed.count == 1 && mixed.notes.count == 3)
    }

    @Test("alg of a key binds it to one algorithm")
    func algorithm() throws {
        let door = TokenDoor(issuer(keys: keySet(TestKey.rsaKey.jwk(more: #","alg":"PS256""#))))
        #expect(door.reason(TestKey.rsaKey.token(algorithm: "PS256")) == nil)
        #expect(door.reason(TestKey.rsaKey.token(algorithm: "RS256")) == .tokenKeyUnknown)
        for algorithm in ["RSA-OAEP", "none", "HS256", "ES256"] {
            #expect(
                try notes(TestKey.rsaKey.jwk(more: #","alg":"\#(algorithm)""#)) == [
                    "keys[0] is for an algorithm that is not used for tokens"
                ])
        }
    }

    @Test("private and symmetric keys are not used, though they hold what would be needed")
    func secrets() throws {
        #expect(
            try notes(TestKey.ec.jwk(more: #","d":"AAAA""#)) == [
                "keys[0] has private parts, which nobody but its owner may have"
            ])
        #expect(try notes(#"{"kty":"oct","k":"AAAA","alg":"HS256"}"#).count == 1)
        #expect(try notes(#"{"kty":"oct","k":"AAAA"}"#) == ["keys[0] is of a type that is not used for tokens"])
        #expect(try notes(#"{"kty":"ec"}"#) == ["keys[0] is of a type that is not used for tokens"])
    }

    @Test("RSA keys that are too short, too long, even, or with an exponent that is no good")
    func weakRSA() throws {
        let weak =
            "keys[0] is an RSA key of fewer than 2048 or more than 8192 bits, or with an exponent that is no good"
        let rsa = { (n: [UInt8], e: [UInt8]) in #"{"kty":"RSA","n":"\#(base64URL(n))","e":"\#(base64URL(e))"}"# }
        guard case .rsa(let key) = TestKey.rsaKey else { return }
        let n = [UInt8](try key.publicKey.getKeyPrimitives().modulus)
        let usual: [UInt8] = [1, 0, 1]
        #expect(try set(keySet(rsa(n, usual))).count == 1)
        // Zeros in front change no number, and hide no short one.
        #expect(try set(keySet(rsa([0] + n, [0] + usual))).count == 1)
        let short = [UInt8](
            try _RSA.Signing.PrivateKey(unsafeKeySize: .init(bitCount: 1024)).publicKey.getKeyPrimitives().modulus)
        #expect(try notes(rsa(short, usual)) == [weak])
        #expect(try notes(rsa([UInt8](repeating: 0, count: 128) + short, usual)) == [weak])
        #expect(try notes(rsa([0x7f] + n.dropFirst(), usual)) == [weak])
        #expect(try notes(rsa([UInt8](repeating: 0xff, count: 1025), usual)) == [weak])
        #expect(try notes(rsa(n.dropLast() + [n[255] ^ 1], usual)) == [weak])
        for exponent: [UInt8] in [[1], [2], [0x01, 0x00, 0x00], [1, 0, 0, 0, 1]] {
            #expect(try notes(rsa(n, exponent)) == [weak], "\(exponent)")
        }
        for exponent: [UInt8] in [[], [0], [0, 0]] { #expect(try notes(rsa(n, exponent)) == ["keys[0] is not a key"]) }
        #expect(try notes(#"{"kty":"RSA","n":"AQ=="}"#) == ["keys[0] is not a key"])
        #expect(try notes(#"{"kty":"RSA","n":1,"e":"AQAB"}"#) == ["keys[0] has a field of the wrong type"])
    }

    @Test("points that are not on their curve, of another length, or of another curve")
    func points() throws {
        guard case .p256(let key) = TestKey.ec else { return }
        let point = [UInt8](key.publicKey.rawRepresentation)
        let ec = { (curve: String, x: [UInt8], y: [UInt8]) in
            #"{"kty":"EC","crv":"\#(curve)","x":"\#(base64URL(x))","y":"\#(base64URL(y))"}"#
        }
        let (x, y) = (Array(point.prefix(32)), Array(point.suffix(32)))
        #expect(try set(keySet(ec("P-256", x, y))).count == 1)
        let zeros = [UInt8](repeating: 0, count: 32)
        for (x, y) in [
            (y, x), (zeros, zeros), (x, zeros), ([0] + x, [0] + y), (Array(x.dropLast()), y), (Array(point), []),
            ([UInt8](repeating: 0xff, count: 32), y),
        ] {
            #expect(try notes(ec("P-256", x, y)) == ["keys[0] is not a key"])
        }
        #expect(try notes(ec("P-384", x, y)) == ["keys[0] is not a key"])
        for curve in ["secp256k1", "p-256", "P-192", "Ed25519", ""] {
            #expect(try notes(ec(curve, x, y)) == ["keys[0] is of a type that is not used for tokens"])
        }
        #expect(
            try notes(#"{"kty":"OKP","crv":"X25519","x":"\#(Self.point)"}"#) == [
                "keys[0] is of a type that is not used for tokens"
            ])
        #expect(try notes(#"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#) == ["keys[0] is not a key"])
    }

    @Test("notes and problems hold nothing of the text")
    func silent() throws {
        let marker = "h1dd3n"
        let set = try set(keySet(#"{"kty":"\#(marker)"}"#, #"{"kty":"EC","crv":"\#(marker)"}"#, "\"\(marker)\""))
        #expect(set.notes.count == 3 && !"\(set.notes)".contains(marker))
        #expect(throws: TokenKeySetProblem.self) { try self.set(#"{"keys":\#(marker)}"#) }
        do { _ = try self.set(#"{"keys":\#(marker)}"#) } catch { #expect(!"\(error)".contains(marker)) }
    }
}
