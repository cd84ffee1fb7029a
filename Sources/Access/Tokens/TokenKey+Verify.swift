import Crypto
import CryptoExtras
import Kubernetes

extension TokenKey {
    /// True when the signature is right. False too where algorithm and key do not fit, or the signature does not have
    /// the one length that it must have.
    func verifies(_ signature: [UInt8], of input: UnsafeRawBufferPointer, with algorithm: TokenAlgorithm) -> Bool {
        guard fits(algorithm) else { return false }
        switch material {
        case .rsa(let key): return Self.verifies(key, signature, input, algorithm)
        case .p256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: hash(SHA256(), input))
        case .p384(let key):
            guard let signature = try? P384.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: hash(SHA384(), input))
        case .p521(let key):
            guard let signature = try? P521.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: hash(SHA512(), input))
        case .ed25519(let key):
            return signature.count == 64 && key.isValidSignature(signature, for: Array(input))
        }
    }

    private static func verifies(
        _ key: _RSA.Signing.PublicKey, _ signature: [UInt8], _ input: UnsafeRawBufferPointer,
        _ algorithm: TokenAlgorithm
    ) -> Bool {
        guard signature.count == (key.keySizeInBits + 7) / 8 else { return false }
        let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
        // PSS here takes a salt as long as the hash only, as RFC 7518 3.5 asks.
        switch algorithm {
        case .rs256: return key.isValidSignature(signature, for: hash(SHA256(), input), padding: .insecurePKCS1v1_5)
        case .rs384: return key.isValidSignature(signature, for: hash(SHA384(), input), padding: .insecurePKCS1v1_5)
        case .rs512: return key.isValidSignature(signature, for: hash(SHA512(), input), padding: .insecurePKCS1v1_5)
        case .ps256: return key.isValidSignature(signature, for: hash(SHA256(), input), padding: .PSS)
        case .ps384: return key.isValidSignature(signature, for: hash(SHA384(), input), padding: .PSS)
        case .ps512: return key.isValidSignature(signature, for: hash(SHA512(), input), padding: .PSS)
        default: return false
        }
    }
}

/// The digest of bytes that need not be copied for it.
private func hash<H: HashFunction>(_ function: H, _ input: UnsafeRawBufferPointer) -> H.Digest {
    var function = function
    function.update(bufferPointer: input)
    return function.finalize()
}
