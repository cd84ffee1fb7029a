/// A Secret or ConfigMap that an object names, and is to be read for it.
public struct ContentReference: Hashable, Sendable {
    /// `Secret` or `ConfigMap`.
    public let kind: String
    /// Which one.
    public let key: NamespacedName
    /// The object that names it; where there are several, the first by kind and name.
    public let by: ObjectReference
}

extension Objects {
    /// The Secrets and ConfigMaps that objects name and may name: across namespaces only with a ReferenceGrant. Nothing
    /// else of these two kinds is ever asked for.
    ///
    /// - Parameters:
    ///   - controllerName: Gateways count when their class is of this controller.
    ///   - isWanted: which Gateways count; the others are somebody else's to serve.
    public func contentReferences(
        controllerName: String, gateways isWanted: (NamespacedName) -> Bool = { _ in true }
    ) -> [ContentReference] {
        let classes = Set(gatewayClasses.values.filter { $0.controllerName == controllerName }.map(\.metadata.name))
        let ours = gateways.values.filter { classes.contains($0.gatewayClassName) && isWanted($0.key) }
        let all =
            ours.flatMap(references(of:)) + ours.flatMap(listenerSets(of:)).flatMap(references(of:))
            + backendTLSPolicies.values.flatMap(references(of:))
            + tokenIssuers.values.flatMap(references(of:))
        var first: [GroupKind: [NamespacedName: ContentReference]] = [:]
        for reference in all {
            let kind = GroupKind(group: "", kind: reference.kind)
            if let other = first[kind]?[reference.key], other.by.isBefore(reference.by) { continue }
            first[kind, default: [:]][reference.key] = reference
        }
        return first.values.flatMap(\.values)
    }

    private func references(of gateway: Gateway) -> [ContentReference] {
        let tls = gateway.listeners.compactMap(\.tls).flatMap(\.certificateRefs)
        let validations =
            [gateway.frontendTLS?.defaultValidation] + (gateway.frontendTLS?.perPort.values.map { $0 } ?? [])
        let authorities = validations.compactMap { $0 }.flatMap(\.caCertificateRefs)
        let refs = tls + authorities + [gateway.backendClientCertificateRef].compactMap { $0 }
        return contents(refs, of: gateway.reference)
    }

    private func references(of set: ListenerSet) -> [ContentReference] {
        contents(set.listeners.compactMap(\.tls).flatMap(\.certificateRefs), of: set.reference)
    }

    /// Those that the object may refer to.
    private func contents(_ refs: [ObjectRef], of object: ObjectReference) -> [ContentReference] {
        refs.filter { mayRefer(object, to: $0) }.compactMap {
            content($0, in: $0.namespace ?? object.namespace, by: object)
        }
    }

    /// These cannot name what is in another namespace.
    private func references(of policy: BackendTLSPolicy) -> [ContentReference] {
        policy.caCertificateRefs.compactMap { content($0, in: policy.metadata.namespace, by: policy.reference) }
    }

    private func references(of issuer: TokenIssuer) -> [ContentReference] {
        var refs: [(kind: String, name: String)] = []
        switch issuer.jwks {
        case .inline: break
        case .secret(let key): refs.append((Secret.kind, key.name))
        case .fetched(let source): refs += source.caCertificates.map { [$0.reference] } ?? []
        }
        if let login = issuer.console?.login {
            refs += login.clientSecret.map { [(Secret.kind, $0.name)] } ?? []
            refs += login.caCertificates.map { [$0.reference] } ?? []
        }
        return refs.map {
            ContentReference(
                kind: $0.kind, key: NamespacedName(issuer.metadata.namespace, $0.name), by: issuer.reference)
        }
    }

    private func content(_ ref: ObjectRef, in namespace: String, by object: ObjectReference) -> ContentReference? {
        guard ref.group.isEmpty, ref.kind == Secret.kind || ref.kind == ConfigMap.kind else { return nil }
        return ContentReference(kind: ref.kind, key: NamespacedName(namespace, ref.name), by: object)
    }

    private func mayRefer(_ object: ObjectReference, to ref: ObjectRef) -> Bool {
        let own = object.namespace
        let target = NamespacedName(ref.namespace ?? own, ref.name)
        let kind = GroupKind(group: object.group, kind: object.kind)
        let targetKind = GroupKind(group: ref.group, kind: ref.kind)
        return target.namespace == own
            || referenceGrants.values.contains { $0.allows(kind, in: own, toRefer: target, targetKind) }
    }
}

extension ReferenceGrant {
    /// Whether it lets an object of `kind` in `namespace` refer to `target`.
    public func allows(
        _ kind: GroupKind, in namespace: String, toRefer target: NamespacedName, _ targetKind: GroupKind
    ) -> Bool {
        metadata.namespace == target.namespace
            && from.contains { $0.group == kind.group && $0.kind == kind.kind && $0.namespace == namespace }
            && to.contains {
                $0.group == targetKind.group && $0.kind == targetKind.kind && ($0.name == nil || $0.name == target.name)
            }
    }
}

extension ObjectReference {
    fileprivate func isBefore(_ other: ObjectReference) -> Bool {
        (kind, namespace, name) < (other.kind, other.namespace, other.name)
    }
}

extension TokenIssuer.Certificates {
    fileprivate var reference: (kind: String, name: String) {
        switch self {
        case .configMap(let key): (ConfigMap.kind, key.name)
        case .secret(let key): (Secret.kind, key.name)
        }
    }
}
