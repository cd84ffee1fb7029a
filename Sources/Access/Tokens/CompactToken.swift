import Kubernetes
import ModelTraffic

/// The three parts of a token (RFC 7515, compact form), read strictly; nothing of it is verified yet.
struct CompactToken {
    /// Bytes that a token may have; larger ones are refused before any work.
    static let mostBytes = 16_384
    private static let limits = JSONLimits(depth: 16, nodes: 4096)

    let header: TokenHeader
    /// The claims: an object.
    let claims: JSONNode
    let signature: [UInt8]
    /// The bytes that are signed. Points into the token.
    let signed: UnsafeRawBufferPointer

    init(_ token: UnsafeRawBufferPointer) throws(Reason) {
        guard token.count <= Self.mostBytes else { throw .tokenTooLarge }
        let dots = token.indices.filter { token[$0] == UInt8(ascii: ".") }
        // Four dots: an encrypted token.
        guard dots.count == 2 else { throw dots.count == 4 ? .tokenUnsupported : .tokenMalformed }
        header = try TokenHeader(try Self.object(token[..<dots[0]]))
        claims = try Self.object(token[(dots[0] + 1)..<dots[1]])
        guard let signature = Base64URL.decode(UnsafeRawBufferPointer(rebasing: token[(dots[1] + 1)...])) else {
            throw .tokenMalformed
        }
        self.signature = signature
        signed = UnsafeRawBufferPointer(rebasing: token[..<dots[1]])
    }

    private static func object(_ part: Slice<UnsafeRawBufferPointer>) throws(Reason) -> JSONNode {
        guard let text = Base64URL.decode(UnsafeRawBufferPointer(rebasing: part)),
            let document = try? JSONDocument(text, limits: limits), document.root.kind == .object
        else { throw .tokenMalformed }
        return document.root
    }
}

/// What a token's header says, as far as it is listened to.
///
/// `jku`, `jwk`, `x5u`, `x5c` and `x5t` would let a token say which key it is verified with: they are not looked at.
struct TokenHeader {
    let algorithm: TokenAlgorithm
    /// `kid`: compared with the identifiers of known keys, and used for nothing else.
    let keyID: ExactText?

    init(_ header: JSONNode) throws(Reason) {
        // Each asks for a way of reading that is not done here: to pass over it would be to read something else.
        for name: StaticString in ["crit", "b64", "zip", "enc", "cty"] where header[name] != nil {
            throw .tokenUnsupported
        }
        if let type = header["typ"] {
            guard let type = type.string?.lowercased() else { throw .tokenMalformed }
            guard ["jwt", "at+jwt", "application/jwt", "application/at+jwt"].contains(type) else {
                throw .tokenUnsupported
            }
        }
        guard let algorithm = header["alg"]?.string.flatMap(TokenAlgorithm.init(rawValue:)) else {
            throw .tokenAlgorithm
        }
        self.algorithm = algorithm
        if let id = header["kid"], id.string == nil { throw .tokenMalformed }
        keyID = header["kid"]?.string.map(ExactText.init)
    }
}
