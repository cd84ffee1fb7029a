import Crypto
import Foundation
import Testing

@testable import Access

/// The text of a token, before anything in it is believed.
@Suite("Tokens: form")
struct TokenFormTests {
    let door = TokenDoor(keys: .ec)

    @Test("a token that is too large is refused before any work")
    func large() {
        let claims = TestClaims.changed(more: #","x":"\#(String(repeating: "a", count: 100_000))""#)
        #expect(door.reason(TestKey.ec.token(claims)) == .tokenTooLarge)
        // The largest that is read.
        let base = TestKey.ec.token(TestClaims.changed(more: #","x":"""#)).utf8.count
        let room = (CompactToken.mostBytes - base) / 4 * 3 - 3
        let fits = TestKey.ec.token(TestClaims.changed(more: #","x":"\#(String(repeating: "a", count: room))""#))
        #expect(fits.utf8.count <= CompactToken.mostBytes && fits.utf8.count > CompactToken.mostBytes - 16)
        #expect(door.reason(fits) == nil)
        #expect(door.reason(String(repeating: ".", count: 100_000)) == .tokenTooLarge)
        #expect(door.reason(String(repeating: ".", count: 16_384)) == .tokenMalformed)
    }

    @Test("three parts, no more and no fewer")
    func parts() {
        let token = TestKey.ec.token()
        for text in [
            "", ".", "..", "...", token + ".", "." + token, token + ".AAAA", String(token.dropLast(90)), "a.b",
        ] {
            #expect(door.reason(text) != nil, "\(text)")
        }
        #expect(door.reason("..") == .tokenMalformed)
        let parts = token.split(separator: ".").map(String.init)
        #expect(door.reason("\(parts[0]).\(parts[1]).") == .tokenSignature)
        #expect(door.reason("\(parts[0])..\(parts[2])") == .tokenMalformed)
        #expect(door.reason(".\(parts[1]).\(parts[2])") == .tokenMalformed)
    }

    @Test("base64url has one spelling: no padding, white space, other alphabet, or bits after the end")
    func spelling() throws {
        let token = TestKey.ec.token()
        #expect(door.reason(token) == nil)
        for text in [token + "=", token + "==", token + " ", " " + token, token + "\n", token + "\r\n", token + "\0"] {
            #expect(door.reason(text) == .tokenMalformed, "\(text.debugDescription)")
        }
        // 64 bytes are 86 digits, of which the last has two bits of meaning: its other spellings are refused.
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        let last = try #require(token.utf8.last.flatMap { digits.firstIndex(of: $0) })
        for bits in 1..<16 {
            let other = String(token.dropLast()) + String(UnicodeScalar(digits[last ^ bits]))
            #expect(door.reason(other) == .tokenMalformed, "\(bits)")
        }
        let dots = token.split(separator: ".").map(String.init)
        for bad in ["+", "/", "=", "%", "\u{e9}", "\n"] {
            #expect(door.reason(bad + dots[0].dropFirst() + "." + dots[1] + "." + dots[2]) == .tokenMalformed)
        }
    }

    @Test("base64url against Foundation's, for every length")
    func decoding() {
        var generator = SeededGenerator(seed: 7)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(Base64URL.decode(base64URL(bytes)) == bytes)
        }
        #expect(Base64URL.decode("A") == nil && Base64URL.decode("AAAAA") == nil)
        #expect(Base64URL.decode("") == [] && Base64URL.decode("AA") == [0] && Base64URL.decode("AB") == nil)
        #expect(Base64URL.decode("-_-_") == [0xfb, 0xff, 0xbf] && Base64URL.decode("+/+/") == nil)
    }

    @Test("a bit changed anywhere makes another token")
    func changed() throws {
        let token = Array(TestKey.ec.token().utf8)
        for index in token.indices where token[index] != UInt8(ascii: ".") {
            var other = token
            other[index] = other[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            guard case .failure = door.ask(other) else {
                Issue.record("accepted with another byte at \(index)")
                return
            }
        }
    }

    @Test("signatures of ECDSA are two numbers of fixed length, in range")
    func elliptic() throws {
        let token = TestKey.ec.token()
        let signed = token.split(separator: ".").prefix(2).joined(separator: ".")
        guard case .p256(let key) = TestKey.ec else { return }
        let signature = try key.signature(for: Data(signed.utf8))
        let raw = [UInt8](signature.rawRepresentation)
        let zeros = [UInt8](repeating: 0, count: 32)
        // The order of P-256: as good as zero.
        let order: [UInt8] = [
            0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
            0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
        ]
        #expect(door.reason(signed + "." + base64URL(raw)) == nil)
        for wrong in [
            [UInt8](signature.derRepresentation), zeros + zeros, order + order, raw + [0], Array(raw.dropLast()), [],
            [0] + raw, Array(raw.suffix(32) + raw.prefix(32)), zeros + raw.suffix(32), raw.prefix(32) + zeros,
        ] {
            #expect(door.reason(signed + "." + base64URL(wrong)) == .tokenSignature, "\(wrong.count)")
        }
    }

    @Test("signatures of RSA are as long as the modulus")
    func rsa() throws {
        let door = TokenDoor(keys: .rsaKey)
        let token = TestKey.rsaKey.token()
        let signed = token.split(separator: ".").prefix(2).joined(separator: ".")
        let signature = try TestKey.rsaKey.sign(signed, "RS256")
        #expect(door.reason(signed + "." + base64URL(signature)) == nil)
        for wrong in [
            [0] + signature, Array(signature.dropLast()), signature + [0], [], [UInt8](repeating: 0, count: 256),
        ] {
            #expect(door.reason(signed + "." + base64URL(wrong)) == .tokenSignature, "\(wrong.count)")
        }
    }

    @Test("a key by its looks is no token, and the other way round")
    func looks() {
        let token = { (text: String) in Array(text.utf8).withUnsafeBytes { TokenText.looksLikeToken($0) } }
        #expect(token(TestKey.ec.token()) && token("a.b.c") && token("..") && token("a.b.c.d.e"))
        #expect(!token("") && !token("a.b") && !token("sk-ollama") && !token("sp_a.b.c"))
        #expect(!token(keyText(1).reveal { $0 }))
    }

    @Test("a token is found where it should not be, and other texts with dots are not")
    func found() {
        let first = { (text: String) in
            let bytes = Array(text.utf8)
            return bytes.withUnsafeBytes { TokenText.first(in: $0) }.map { String(decoding: bytes[$0], as: UTF8.self) }
        }
        let token = TestKey.ec.token()
        for (before, after) in [
            ("", ""), ("/v1/chat?access_token=", "&x=1"), ("a.b.c.", " "), ("eyJ.", "/"), ("eyJh.eyJ.", "%20"),
            ("eyJhbGciOiJub25lIn0.eyJh.AA/", ""),
        ] {
            #expect(first(before + token + after) == token, "\(before)")
        }
        #expect(first("?t=eyJh.eyJh.\(token)&x") == "eyJh.eyJh.\(token)")
        for text in [
            "", ".", "..", "www.example.com", "eyJ.eyJ.AAAAAAAAAAAAAAAAAAAA", "eyJhbGciOiJub25lIn0.eyJh.AAAA",
            "a.b.c.d.e.f", String(token.dropLast(80)), "eyJhbGciOiJub25lIn0", String(repeating: "eyJh.", count: 1_000),
        ] {
            #expect(first(text) == nil, "\(text)")
        }
    }
}
