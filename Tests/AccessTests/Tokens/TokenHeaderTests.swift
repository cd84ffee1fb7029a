import Crypto
import Foundation
import Testing

@testable import Access

/// What a token's header may try.
@Suite("Tokens: headers")
struct TokenHeaderTests {
    let door = TokenDoor(keys: .ec, .rsaKey)

    @Test(
        "every algorithm works with its own key",
        arguments: [TestKey.rsaKey, .ec, .ec384, .ec521, .ed])
    func algorithms(key: TestKey) throws {
        let door = TokenDoor(keys: key)
        for algorithm in key.algorithms {
            #expect(try door.identity(key.token(algorithm: algorithm)).subject == ExactText("alice"), "\(algorithm)")
        }
    }

    @Test(
        "alg none, in every spelling, with and without a signature",
        arguments: ["none", "None", "NONE", "nOnE", "", " none", "none ", "null", "n\\u006fne", "none\\u0000"])
    func none(spelling: String) throws {
        let header = #"{"alg":"\#(spelling)","typ":"JWT"}"#
        let signed = base64URL(header.utf8) + "." + base64URL(TestClaims.good.utf8)
        #expect(door.reason(signed + ".") == .tokenAlgorithm)
        #expect(door.reason(signed) == .tokenMalformed)
        #expect(door.reason(TestKey.ec.token(header: header)) == .tokenAlgorithm)
    }

    @Test(
        "alg in another spelling, or of another type",
        arguments: [
            #""es256""#, #""Es256""#, #""ES256 ""#, #""ES-256""#, #""ES256K""#, #""HS256""#, #""RSA""#, "256", "null",
            #"["ES256"]"#, #"{"a":"ES256"}"#, "true", #""\u0415S256""#,
        ])
    func spellings(algorithm: String) {
        #expect(door.reason(TestKey.ec.token(header: #"{"alg":\#(algorithm),"kid":"k1"}"#)) == .tokenAlgorithm)
        #expect(door.reason(TestKey.ec.token(header: #"{"kid":"k1"}"#)) == .tokenAlgorithm)
    }

    @Test("alg spelt with escapes is the same text")
    func escapedAlgorithm() {
        #expect(door.reason(TestKey.ec.token(header: #"{"alg":"\u0045S256","kid":"k1"}"#)) == nil)
    }

    @Test("RS256 taken for HS256: the public key is no secret to sign with", arguments: ["HS256", "HS384", "HS512"])
    func confusion(algorithm: String) throws {
        guard case .rsa(let key) = TestKey.rsaKey else { return }
        let header = #"{"alg":"\#(algorithm)","kid":"k1"}"#
        let signed = base64URL(header.utf8) + "." + base64URL(TestClaims.good.utf8)
        for secret in [Data(key.publicKey.pemRepresentation.utf8), key.publicKey.derRepresentation] {
            let code = HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: SymmetricKey(data: secret))
            #expect(door.reason(signed + "." + base64URL(code)) == .tokenAlgorithm)
        }
    }

    @Test("a symmetric key in the set is never used")
    func symmetric() throws {
        let secret = Data("0123456789abcdef0123456789abcdef".utf8)
        let door = TokenDoor(issuer(keys: keySet(#"{"kty":"oct","kid":"k1","k":"\#(base64URL(secret))"}"#)))
        for algorithm in ["HS256", "ES256", "RS256"] {
            let header = #"{"alg":"\#(algorithm)","kid":"k1"}"#
            let signed = base64URL(header.utf8) + "." + base64URL(TestClaims.good.utf8)
            let code = HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: SymmetricKey(data: secret))
            let reason = door.reason(signed + "." + base64URL(code))
            #expect(reason == (algorithm == "HS256" ? .tokenAlgorithm : .tokenKeyUnknown))
        }
    }

    @Test("an algorithm that the issuer does not list is refused, however good the signature")
    func listed() {
        let door = TokenDoor(keys: .ec, .rsaKey, spec: ["algorithms: [ES256, PS512]"])
        #expect(door.reason(TestKey.ec.token()) == nil)
        #expect(door.reason(TestKey.rsaKey.token(algorithm: "PS512")) == nil)
        #expect(door.reason(TestKey.rsaKey.token(algorithm: "RS256")) == .tokenAlgorithm)
    }

    @Test("a key of one type never serves another algorithm")
    func types() {
        // The signature is right for the key, but the header claims another algorithm.
        for (key, claimed) in [
            (TestKey.rsaKey, "ES256"), (.ec, "RS256"), (.ec, "ES384"), (.ec384, "ES256"), (.ec521, "ES384"),
            (.ed, "ES256"), (.ec, "EdDSA"),
        ] {
            let header = #"{"alg":"\#(claimed)","kid":"k1"}"#
            #expect(TokenDoor(keys: key).reason(key.token(header: header)) == .tokenKeyUnknown, "\(claimed)")
        }
        // RS and PS have the same keys, and different signatures.
        let rsa = TokenDoor(keys: .rsaKey)
        #expect(rsa.reason(TestKey.rsaKey.token(header: #"{"alg":"PS256"}"#, algorithm: "RS256")) == .tokenSignature)
        #expect(rsa.reason(TestKey.rsaKey.token(header: #"{"alg":"RS256"}"#, algorithm: "PS256")) == .tokenSignature)
        #expect(rsa.reason(TestKey.rsaKey.token(header: #"{"alg":"RS512"}"#, algorithm: "RS256")) == .tokenSignature)
    }

    @Test(
        "kid is a text to compare: paths, queries, NUL and the like find nothing",
        arguments: [
            "../../../../dev/null", "/dev/null", "file:///dev/null", "https://evil.example/k1", "k1\\u0000",
            "\\u0000k1", "k1' OR '1'='1", "k1; DROP TABLE keys", "$(id)", "`id`", "k1/../k1", "K1", " k1", "k1 ", "",
            "%6b1", "k\\u200b1", "*", "..",
        ])
    func keyIDs(id: String) {
        let header = #"{"alg":"ES256","kid":"\#(id)"}"#
        #expect(door.reason(TestKey.ec.token(header: header)) == .tokenKeyUnknown)
    }

    @Test("kid of another type", arguments: ["1", "null", "[\"k1\"]", "{}", "true"])
    func keyIDTypes(id: String) {
        #expect(door.reason(TestKey.ec.token(header: #"{"alg":"ES256","kid":\#(id)}"#)) == .tokenMalformed)
    }

    @Test("kid is compared by bytes: what Unicode holds for equal is not")
    func keyIDBytes() {
        let door = TokenDoor(issuer(keys: keySet(TestKey.ec.jwk("k\\u00e9"))))
        #expect(door.reason(TestKey.ec.token(header: #"{"alg":"ES256","kid":"k\u00e9"}"#)) == nil)
        #expect(door.reason(TestKey.ec.token(header: #"{"alg":"ES256","kid":"ke\u0301"}"#)) == .tokenKeyUnknown)
    }

    @Test("without kid the keys that fit are tried")
    func withoutKeyID() {
        let header = #"{"alg":"ES256"}"#
        #expect(door.reason(TestKey.ec.token(header: header)) == nil)
        #expect(door.reason(TestKey.otherEC.token(header: header)) == .tokenSignature)
        #expect(door.reason(TestKey.ec384.token(header: #"{"alg":"ES384"}"#)) == .tokenKeyUnknown)
        // No more than eight of them.
        let others = (0..<8).map { _ in TestKey.p256(P256.Signing.PrivateKey()).jwk(nil) }
        let keys = #"{"keys":[\#((others + [TestKey.ec.jwk()]).joined(separator: ","))]}"#
        let many = TokenDoor(issuer(keys: keys))
        #expect(many.reason(TestKey.ec.token(header: header)) == .tokenSignature)
        #expect(many.reason(TestKey.ec.token()) == nil)
    }

    @Test("two keys with one kid: the one whose type fits is used, and a second of the same type is tried too")
    func sharedKeyID() {
        let door = TokenDoor(keys: .rsaKey, .ec, .ed)
        for key in [TestKey.rsaKey, .ec, .ed] { #expect(door.reason(key.token()) == nil) }
        let twins = TokenDoor(keys: .otherEC, .ec)
        #expect(twins.reason(TestKey.ec.token()) == nil)
        #expect(twins.reason(TestKey.otherEC.token()) == nil)
        #expect(twins.reason(TestKey.p256(P256.Signing.PrivateKey()).token()) == .tokenSignature)
        // Four of one name are tried, no more.
        let others = (0..<4).map { _ in TestKey.p256(P256.Signing.PrivateKey()).jwk() }
        let keys = #"{"keys":[\#((others + [TestKey.ec.jwk()]).joined(separator: ","))]}"#
        #expect(TokenDoor(issuer(keys: keys)).reason(TestKey.ec.token()) == .tokenSignature)
    }

    @Test("keys that the token brings or points to are not looked at")
    func embedded() {
        let attacker = TestKey.otherEC
        for extra in [
            #""jwk":\#(attacker.jwk())"#, #""jku":"https://evil.example/keys""#, #""jku":"http://127.0.0.1:1/keys""#,
            #""x5u":"https://evil.example/chain.pem""#, #""x5c":["MIIB"]"#, #""x5t":"abc""#, #""x5t#S256":"abc""#,
        ] {
            let header = #"{"alg":"ES256","kid":"k1",\#(extra)}"#
            #expect(door.reason(attacker.token(header: header)) == .tokenSignature, "\(extra)")
            #expect(door.reason(TestKey.ec.token(header: header)) == nil, "\(extra)")
            let nameless = #"{"alg":"ES256",\#(extra)}"#
            #expect(door.reason(attacker.token(header: nameless)) == .tokenSignature, "\(extra)")
        }
    }

    @Test(
        "crit, b64, zip, enc and nesting are refused, whatever they say",
        arguments: [
            #""crit":["exp"]"#, #""crit":["b64"],"b64":false"#, #""crit":[]"#, #""crit":null"#, #""b64":false"#,
            #""b64":true"#, #""zip":"DEF""#, #""enc":"A256GCM""#, #""cty":"JWT""#, #""cty":"json""#,
            #""typ":"JOSE""#, #""typ":"secevent+jwt""#, #""typ":"""#, #""typ":"JWE""#,
        ])
    func unsupported(member: String) {
        #expect(door.reason(TestKey.ec.token(header: #"{"alg":"ES256","kid":"k1",\#(member)}"#)) == .tokenUnsupported)
    }

    @Test("typ, where it is there, says JWT in any case")
    func type() {
        for type in ["JWT", "jwt", "Jwt", "at+jwt", "AT+JWT", "application/at+jwt"] {
            #expect(door.reason(TestKey.ec.token(header: #"{"alg":"ES256","typ":"\#(type)"}"#)) == nil)
        }
        #expect(door.reason(TestKey.ec.token(header: #"{"alg":"ES256","typ":1}"#)) == .tokenMalformed)
    }

    @Test("an encrypted token has five parts, and a nested bomb is never opened")
    func encrypted() {
        let header = base64URL(#"{"alg":"RSA-OAEP","enc":"A256GCM","zip":"DEF"}"#.utf8)
        #expect(door.reason("\(header).AAAA.AAAA.AAAA.AAAA") == .tokenUnsupported)
        #expect(door.reason("\(header).AAAA.AAAA") == .tokenUnsupported)
    }

    @Test("the parts of a token are strict JSON: no repeated or case-variant keys, no depth, no other values")
    func strictHeader() {
        for header in [
            #"{"alg":"none","alg":"ES256"}"#, #"{"alg":"ES256","alg":"none"}"#, #"{"alg":"ES256","Alg":"none"}"#,
            #"{"alg":"ES256","kid":"k1","\u006bid":"k2"}"#, #"[{"alg":"ES256"}]"#, #""ES256""#, "null", "",
            #"{"alg":"ES256"} "# + "{}", #"{"alg":"ES256","a":NaN}"#, #"{"alg":"ES256",}"#, #"{'alg':'ES256'}"#,
            #"{"alg":"ES256","a":"\ud800"}"#, "\u{feff}" + #"{"alg":"ES256"}"#,
            #"{"alg":"ES256","a":"# + String(repeating: "[", count: 20) + String(repeating: "]", count: 20) + "}",
        ] {
            #expect(door.reason(TestKey.ec.token(header: header)) == .tokenMalformed, "\(header)")
        }
    }
}
