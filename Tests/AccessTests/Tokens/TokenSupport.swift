import Crypto
import CryptoExtras
import Foundation
import Kubernetes
import Testing

@testable import Access

/// Base64 for URLs, without padding.
func base64URL(_ bytes: some Sequence<UInt8>) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
}

/// A key of a test issuer: it signs, and shows its public part.
enum TestKey: Sendable {
    case rsa(_RSA.Signing.PrivateKey)
    case p256(P256.Signing.PrivateKey)
    case p384(P384.Signing.PrivateKey)
    case p521(P521.Signing.PrivateKey)
    case ed25519(Curve25519.Signing.PrivateKey)

    static let rsaKey: TestKey = {
        do { return .rsa(try _RSA.Signing.PrivateKey(keySize: .bits2048)) } catch { preconditionFailure("\(error)") }
    }()
    static let otherRSA: TestKey = {
        do { return .rsa(try _RSA.Signing.PrivateKey(keySize: .bits2048)) } catch { preconditionFailure("\(error)") }
    }()
    static let ec = TestKey.p256(P256.Signing.PrivateKey())
    static let otherEC = TestKey.p256(P256.Signing.PrivateKey())
    static let ec384 = TestKey.p384(P384.Signing.PrivateKey())
    static let ec521 = TestKey.p521(P521.Signing.PrivateKey())
    static let ed = TestKey.ed25519(Curve25519.Signing.PrivateKey())

    /// The algorithms that the key can sign with.
    var algorithms: [String] {
        switch self {
        case .rsa: ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
        case .p256: ["ES256"]
        case .p384: ["ES384"]
        case .p521: ["ES512"]
        case .ed25519: ["EdDSA"]
        }
    }

    /// Members of the public JWK: `"kty":"EC",...`.
    var members: String {
        switch self {
        case .rsa(let key):
            let primitives = try? key.publicKey.getKeyPrimitives()
            let (n, e) = (primitives?.modulus ?? Data(), primitives?.publicExponent ?? Data())
            return #""kty":"RSA","n":"\#(base64URL(n))","e":"\#(base64URL(e))""#
        case .p256(let key): return Self.elliptic("P-256", key.publicKey.rawRepresentation)
        case .p384(let key): return Self.elliptic("P-384", key.publicKey.rawRepresentation)
        case .p521(let key): return Self.elliptic("P-521", key.publicKey.rawRepresentation)
        case .ed25519(let key):
            return #""kty":"OKP","crv":"Ed25519","x":"\#(base64URL(key.publicKey.rawRepresentation))""#
        }
    }

    private static func elliptic(_ curve: String, _ point: Data) -> String {
        let half = point.count / 2
        return
            #""kty":"EC","crv":"\#(curve)","x":"\#(base64URL(point.prefix(half)))","y":"\#(base64URL(point.suffix(half)))""#
    }

    /// The public JWK with a `kid` and further members.
    func jwk(_ id: String? = "k1", more: String = "") -> String {
        "{" + members + (id.map { #","kid":"\#($0)""# } ?? "") + more + "}"
    }

    func sign(_ text: String, _ algorithm: String) throws -> [UInt8] {
        let input = Data(text.utf8)
        switch self {
        case .rsa(let key):
            let padding: _RSA.Signing.Padding = algorithm.hasPrefix("PS") ? .PSS : .insecurePKCS1v1_5
            switch algorithm.suffix(3) {
            case "384":
                return Array(try key.signature(for: SHA384.hash(data: input), padding: padding).rawRepresentation)
            case "512":
                return Array(try key.signature(for: SHA512.hash(data: input), padding: padding).rawRepresentation)
            default: return Array(try key.signature(for: SHA256.hash(data: input), padding: padding).rawRepresentation)
            }
        case .p256(let key): return Array(try key.signature(for: input).rawRepresentation)
        case .p384(let key): return Array(try key.signature(for: input).rawRepresentation)
        case .p521(let key): return Array(try key.signature(for: input).rawRepresentation)
        case .ed25519(let key): return Array(try key.signature(for: input))
        }
    }

    /// A token with this header and these claims as they are written, rightly signed.
    func token(header: String? = nil, algorithm: String? = nil, _ claims: String = TestClaims.good) -> String {
        let algorithm = algorithm ?? algorithms[0]
        let header = header ?? #"{"alg":"\#(algorithm)","typ":"JWT","kid":"k1"}"#
        let signed = base64URL(header.utf8) + "." + base64URL(claims.utf8)
        guard let signature = try? sign(signed, algorithm) else {
            Issue.record("cannot sign with \(algorithm)")
            return ""
        }
        return signed + "." + base64URL(signature)
    }
}

enum TestClaims {
    static let now: Int64 = 1_800_000_000
    static let issuer = "https://login.example.com/staff"

    /// Claims that are accepted, with changes: nil takes a claim out, else its JSON.
    static func changed(_ changes: [(String, String?)] = [], more: String = "") -> String {
        var members: [(String, String)] = [
            ("iss", "\"\(issuer)\""), ("sub", "\"alice\""), ("aud", "\"sallyport\""), ("exp", "\(now + 600)"),
            ("nbf", "\(now - 5)"), ("iat", "\(now - 5)"),
        ]
        for (name, value) in changes {
            members.removeAll { $0.0 == name }
            if let value { members.append((name, value)) }
        }
        return "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + more + "}"
    }

    static let good = changed()
}

/// A JWKS of these keys.
func keySet(_ keys: String...) -> String { #"{"keys":["# + keys.joined(separator: ",") + "]}" }

/// A `TokenIssuer` as YAML; `spec` are further lines of it.
func issuer(
    _ name: String = "staff", namespace: String = "ai", issuer: String = TestClaims.issuer,
    audiences: String = "[sallyport]", keys: String, spec: [String] = [], metadata: String = ""
) -> String {
    let more = spec.map { "  \($0)\n" }.joined()
    return """
        ---
        apiVersion: sallyport.dev/v1alpha1
        kind: TokenIssuer
        metadata: {name: \(name), namespace: \(namespace)\(metadata)}
        spec:
          issuer: \(issuer)
          audiences: \(audiences)
          jwks:
            inline: '\(keys)'
        \(more)
        """
}

/// A verifier with what it is asked: an issuer whose keys are `keys`, unless the YAML says otherwise.
struct TokenDoor {
    let verifier: TokenVerifier

    init(_ yaml: String, claims: Set<String> = [], fetched: [NamespacedName: FetchedKeys] = [:]) {
        verifier = TokenVerifier(objects(yaml), fetched: fetched, claims: claims)
    }

    init(keys: TestKey..., spec: [String] = [], claims: Set<String> = []) {
        let set = #"{"keys":["# + keys.map { $0.jwk() }.joined(separator: ",") + "]}"
        self.init(issuer(keys: set, spec: spec), claims: claims)
    }

    func ask(_ token: String, now: Int64 = TestClaims.now) -> Result<TokenIdentity, TokenRefusal> {
        ask(Array(token.utf8), now: now)
    }

    func ask(_ token: [UInt8], now: Int64 = TestClaims.now) -> Result<TokenIdentity, TokenRefusal> {
        token.withUnsafeBytes { bytes in
            do throws(TokenRefusal) {
                return .success(try verifier.verify(bytes, nowSeconds: now))
            } catch {
                return .failure(error)
            }
        }
    }

    /// Why the token is refused; nil: it is not.
    func reason(_ token: String, now: Int64 = TestClaims.now) -> Reason? {
        if case .failure(let refusal) = ask(token, now: now) { refusal.reason } else { nil }
    }

    /// The identity of a token that must be accepted.
    func identity(_ token: String, now: Int64 = TestClaims.now) throws -> TokenIdentity {
        try ask(token, now: now).get()
    }
}
