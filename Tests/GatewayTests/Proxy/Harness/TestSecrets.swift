import Access
import Foundation
import Kubernetes

/// Access keys of a test.
enum TestKey {
    /// A new key and the object that knows its hash.
    static func make(_ name: String) -> (text: String, object: String) {
        var generator = SystemRandomNumberGenerator()
        let key = AccessKeyText.generate(using: &generator)
        let text = key.reveal { $0 }
        let digest = Array(text.utf8).withUnsafeBytes { KeyDigest(hashing: $0) }
        return (
            text,
            "{apiVersion: sallyport.dev/v1alpha1, kind: AccessKey, metadata: {name: \(name), namespace: t}, "
                + "spec: {sha256: \(digest.hexadecimal), owner: \(name)}}"
        )
    }
}

extension TestAuthority {
    /// A Secret with a certificate for a host, as YAML in one line.
    func secret(_ name: String, namespace: String, host: String) throws -> String {
        let leaf = try leaf(host)
        func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
        return
            "{apiVersion: v1, kind: Secret, type: kubernetes.io/tls, metadata: {name: \(name), namespace: \(namespace)}, "
            + "data: {tls.crt: \(base64(leaf.chain.reveal { $0 })), tls.key: \(base64(leaf.key.reveal { $0 }))}}"
    }
}
