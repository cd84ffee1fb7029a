import Crypto
import CryptoExtras
import Kubernetes
import ModelTraffic

/// A public key that tokens are verified with, and what its set says about it.
struct TokenKey: Sendable {
    enum Material: Sendable {
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
        case p384(P384.Signing.PublicKey)
        case p521(P521.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    /// `kid`: only ever compared.
    let id: ExactText?
    /// `alg`: the only algorithm it may be used with; nil: all that fit its type.
    let algorithm: TokenAlgorithm?
    let material: Material

    /// True when the key may verify signatures of that algorithm: a key of one type never serves another.
    func fits(_ wanted: TokenAlgorithm) -> Bool {
        if let algorithm, algorithm != wanted { return false }
        return switch (material, wanted) {
        case (.rsa, .rs256), (.rsa, .rs384), (.rsa, .rs512), (.rsa, .ps256), (.rsa, .ps384), (.rsa, .ps512): true
        case (.p256, .es256), (.p384, .es384), (.p521, .es512), (.ed25519, .edDSA): true
        default: false
        }
    }
}

/// Why an entry of a key set is not used. The words say nothing of what the entry holds.
enum KeyRefusal: String, Error {
    case notAnObject = "is not an object"
    case wrongField = "has a field of the wrong type"
    case otherUse = "is not for verifying signatures"
    case otherType = "is of a type that is not used for tokens"
    case otherAlgorithm = "is for an algorithm that is not used for tokens"
    case isPrivate = "has private parts, which nobody but its owner may have"
    case weak = "is an RSA key of fewer than 2048 or more than 8192 bits, or with an exponent that is no good"
    case broken = "is not a key"
}

extension TokenKey {
    /// Reads a JSON Web Key (RFC 7517). Whatever would load a key from elsewhere (`x5u`, `x5c`) is not looked at.
    init(_ node: JSONNode) throws(KeyRefusal) {
        guard node.kind == .object else { throw .notAnObject }
        guard try node.text("use").map({ $0 == "sig" }) ?? true, node.mayVerify else { throw .otherUse }
        let algorithm = try node.text("alg")
        self.algorithm = algorithm.flatMap(TokenAlgorithm.init(rawValue:))
        if algorithm != nil, self.algorithm == nil { throw .otherAlgorithm }
        id = try node.text("kid").map(ExactText.init)
        guard let type = try node.text("kty") else { throw .wrongField }
        // A symmetric key is never used: whoever can verify with it can sign with it.
        guard type == "RSA" || type == "EC" || type == "OKP" else { throw .otherType }
        // The private part of all three types has this name.
        guard node["d"] == nil else { throw .isPrivate }
        switch type {
        case "RSA": material = try .rsa(node)
        case "EC": material = try .elliptic(node)
        default: material = try .edwards(node)
        }
        guard self.algorithm.map(fits) ?? true else { throw .otherAlgorithm }
    }
}

extension TokenKey.Material {
    fileprivate static func rsa(_ node: JSONNode) throws(KeyRefusal) -> Self {
        let modulus = try node.bytes("n").drop { $0 == 0 }
        let exponent = try node.bytes("e").drop { $0 == 0 }
        guard let first = modulus.first, let last = modulus.last, let lowest = exponent.last else { throw .broken }
        let bits = modulus.count * 8 - first.leadingZeroBitCount
        // An even modulus or exponent is no RSA; exponent 1 makes every text its own signature.
        guard (2048...8192).contains(bits), last & 1 == 1, lowest & 1 == 1, exponent.count <= 4,
            exponent.count > 1 || lowest > 1
        else { throw .weak }
        guard let key = try? _RSA.Signing.PublicKey(n: Array(modulus), e: Array(exponent)) else { throw .broken }
        return .rsa(key)
    }

    fileprivate static func elliptic(_ node: JSONNode) throws(KeyRefusal) -> Self {
        let curve = try node.text("crv")
        let x = try node.bytes("x")
        let y = try node.bytes("y")
        guard x.count == y.count else { throw .broken }
        let key: Self?
        switch (curve, x.count) {
        case ("P-256", 32): key = (try? P256.Signing.PublicKey(rawRepresentation: x + y)).map(Self.p256)
        case ("P-384", 48): key = (try? P384.Signing.PublicKey(rawRepresentation: x + y)).map(Self.p384)
        case ("P-521", 66): key = (try? P521.Signing.PublicKey(rawRepresentation: x + y)).map(Self.p521)
        case ("P-256", _), ("P-384", _), ("P-521", _): key = nil
        default: throw .otherType
        }
        guard let key else { throw .broken }
        return key
    }

    fileprivate static func edwards(_ node: JSONNode) throws(KeyRefusal) -> Self {
        guard try node.text("crv") == "Ed25519" else { throw .otherType }
        let x = try node.bytes("x")
        guard x.count == 32, let key = try? Curve25519.Signing.PublicKey(rawRepresentation: x) else { throw .broken }
        return .ed25519(key)
    }
}

extension JSONNode {
    /// A member that must be a string if it is there.
    fileprivate func text(_ key: StaticString) throws(KeyRefusal) -> String? {
        guard let member = self[key] else { return nil }
        guard let text = member.string else { throw .wrongField }
        return text
    }

    /// A member that must be there, and be base64url.
    fileprivate func bytes(_ key: StaticString) throws(KeyRefusal) -> [UInt8] {
        guard let text = try text(key), let bytes = Base64URL.decode(text) else { throw .broken }
        return bytes
    }

    /// False when `key_ops` is there and does not name `verify`.
    fileprivate var mayVerify: Bool {
        guard let operations = self["key_ops"] else { return true }
        return operations.elements.contains { $0.isString("verify") }
    }
}
