import Kubernetes

/// Follows references to certificates, keys and authorities.
struct CertificateResolver {
    let objects: Objects
    let grants: Grants

    private static let gateway = GroupKind(group: gatewayGroup, kind: "Gateway")

    /// The certificate and key of a Secret that a Gateway or ListenerSet refers to.
    /// - Parameter invalid: The reason for everything but a missing grant; it differs by field.
    func keyPair(_ ref: ObjectRef, of object: ObjectReference, invalid: String) -> Result<KeyPair, Problem> {
        let namespace = object.namespace
        let described = ref.described(from: namespace)
        guard ref.group.isEmpty, ref.kind == "Secret" else {
            return .failure(Problem(invalid, "\(described) is not a Secret"))
        }
        let key = ref.key(from: namespace)
        let kind = GroupKind(group: object.group, kind: object.kind)
        guard grants.allow(kind, in: namespace, toRefer: key, ref.groupKind) else {
            return .failure(Problem("RefNotPermitted", missingGrant(described, namespace, key, object.kind, "Secret")))
        }
        guard let secret = objects.secrets[key] else {
            return .failure(Problem(invalid, "\(described) does not exist"))
        }
        guard let chain = secret.data["tls.crt"], let privateKey = secret.data["tls.key"] else {
            return .failure(Problem(invalid, "\(described) has no tls.crt and tls.key"))
        }
        guard chain.reveal(hasPEMCertificate) else {
            return .failure(Problem(invalid, "tls.crt of \(described) holds no PEM certificate"))
        }
        guard privateKey.reveal(hasPEMPrivateKey) else {
            return .failure(Problem(invalid, "tls.key of \(described) holds no PEM private key that can be read"))
        }
        return .success(KeyPair(secret: key, certificateChain: chain, privateKey: privateKey))
    }

    /// PEM of the authorities of a ConfigMap, key `ca.crt`.
    /// - Parameters:
    ///   - crossing: Whether other namespaces may be referred to (with a grant); else the reference has none.
    ///   - secrets: Whether a Secret with such a key will do as well.
    func authorities(
        _ ref: ObjectRef, from namespace: String, crossing: Bool, secrets: Bool = false, invalidKind: String
    ) -> Result<[UInt8], Problem> {
        let described = ref.described(from: namespace)
        let isSecret = secrets && ref.kind == "Secret"
        guard ref.group.isEmpty, ref.kind == "ConfigMap" || isSecret else {
            return .failure(
                Problem(invalidKind, "\(described) is not a ConfigMap\(secrets ? " and not a Secret" : "")"))
        }
        let key = crossing ? ref.key(from: namespace) : NamespacedName(namespace, ref.name)
        guard grants.allow(Self.gateway, in: namespace, toRefer: key, ref.groupKind) else {
            return .failure(Problem("RefNotPermitted", missingGrant(described, namespace, key, "Gateway", ref.kind)))
        }
        let (exists, found) = isSecret ? bundle(ofSecret: key) : bundle(ofConfigMap: key)
        guard exists else { return .failure(Problem("InvalidCACertificateRef", "\(described) does not exist")) }
        guard let pem = found, hasPEMCertificate(pem) else {
            return .failure(Problem("InvalidCACertificateRef", "\(described) has no PEM certificate in ca.crt"))
        }
        return .success(pem.last == UInt8(ascii: "\n") ? pem : pem + [UInt8(ascii: "\n")])
    }

    private func bundle(ofConfigMap key: NamespacedName) -> (exists: Bool, pem: [UInt8]?) {
        guard let map = objects.configMaps[key] else { return (false, nil) }
        return (true, map.data["ca.crt"].map { Array($0.utf8) })
    }

    private func bundle(ofSecret key: NamespacedName) -> (exists: Bool, pem: [UInt8]?) {
        guard let secret = objects.secrets[key] else { return (false, nil) }
        return (true, secret.data["ca.crt"]?.reveal { $0 })
    }
}

/// The words for a reference that a ReferenceGrant would have to allow.
func missingGrant(
    _ described: String, _ namespace: String, _ target: NamespacedName, _ fromKind: String, _ toKind: String
) -> String {
    "\(described) is in another namespace, and no ReferenceGrant in \(target.namespace) allows "
        + "\(fromKind) of \(namespace) to refer to \(toKind) \(target.name)"
}
