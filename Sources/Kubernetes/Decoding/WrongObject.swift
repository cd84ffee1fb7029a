extension InvalidObject {
    /// What can be believed of a document with mistakes.
    init(_ value: Value, _ kind: Kind, file: String, _ soundness: Soundness, reason: String) {
        self.init(attached: value, kind, file: file, soundness, reason: reason)
        if kind.group == NetworkPolicy.group || kind.group == ClusterNetworkPolicy.group {
            policy = PolicyClaim(value, kind, soundness)
        }
        calico = CalicoClaim(value, kind, soundness)
    }

    /// What is left of a document without mistakes, but for what policies between workloads are about: there are many of
    /// them, and `Readable.leaveClaims` says it without reading them twice.
    init(good value: Value, _ kind: Kind, file: String) {
        self.init(attached: value, kind, file: file, .whole, reason: "")
    }

    private init(attached value: Value, _ kind: Kind, file: String, _ soundness: Soundness, reason: String) {
        let reference = ObjectReference(
            value, kind: kind.name, group: kind.objectGroup, isNamespaced: kind.isNamespaced)
        self.init(
            reference: reference, isLost: !Self.isFound(value, kind, soundness),
            targetRefs: soundness.holds("spec.targetRefs") ? Self.targetRefs(value, file) : nil, reason: reason,
            position: Position(value.mark, in: file))
        uid = value["metadata"]?["uid"]?.text
        guard kind.group == HTTPRoute.group else { return }
        switch kind.name {
        case HTTPRoute.kind, GRPCRoute.kind:
            claim = RouteClaim(value, kind: kind.name, namespace: isLost ? nil : reference.namespace, soundness)
        case Gateway.kind:
            gateway = GatewayClaim(value, reference, soundness)
        case ListenerSet.kind:
            listenerSet = ListenerSetClaim(value, reference, isLost: isLost, soundness)
        default: break
        }
    }

    /// An object of a kind that is not known, and looks like none.
    init(_ value: Value, kind: String, group: String, file: String, reason: String) {
        self.init(
            reference: ObjectReference(value, kind: kind, group: group, isNamespaced: true), isLost: false,
            targetRefs: nil, reason: reason,
            position: Position(value.mark, in: file))
    }

    /// Whether it is known where it belongs: its namespace or, where the kind has none, its name.
    private static func isFound(_ value: Value, _ kind: Kind, _ soundness: Soundness) -> Bool {
        let metadata = value["metadata"]
        guard kind.isNamespaced else { return metadata?["name"] != nil && soundness.holds("metadata.name") }
        if metadata?["namespace"] != nil { return soundness.holds("metadata.namespace") }
        let others: Set = ["name", "labels", "annotations", "generation", "creationTimestamp", "uid"]
        // Without a name too, more than the namespace may be missing.
        return metadata?["name"] != nil && soundness.holdsWithout(fieldOf: "metadata", otherThan: others)
    }

    /// What a policy is attached to, when all of it can be read; nil when a part cannot, because then it could be
    /// attached to anything.
    private static func targetRefs(_ value: Value, _ file: String) -> [TargetRef]? {
        guard let list = value["spec"]?["targetRefs"], case .list(let values) = list.content, !values.isEmpty else {
            return nil
        }
        var refs: [TargetRef] = []
        for value in values {
            guard let group = value["group"]?.text, let kind = value["kind"]?.text, let name = value["name"]?.text
            else {
                return nil
            }
            refs.append(
                TargetRef(
                    group: group, kind: kind, name: name, sectionName: value["sectionName"]?.text,
                    position: Position(value.mark, in: file)))
        }
        return refs
    }
}

extension ObjectReference {
    /// Kind, namespace and name as far as they can be read.
    init(_ value: Value, kind: String, group: String, isNamespaced: Bool) {
        let metadata = value["metadata"]
        self.init(
            group: group, kind: kind,
            namespace: isNamespaced ? metadata?["namespace"]?.text ?? "default" : "",
            name: metadata?["name"]?.text ?? "")
    }
}

extension Kind {
    /// The kinds that an object looks like, by a field that others do not have, and the kinds that may have it.
    private static let shapes: [(field: String, meant: [Kind], natural: Set<String>)] = [
        (
            "targetRefs", named(AccessPolicy.kind, BackendTLSPolicy.kind, Budget.kind),
            [AccessPolicy.kind, BackendTLSPolicy.kind, Budget.kind]
        ),
        ("parentRefs", named(HTTPRoute.kind, GRPCRoute.kind), [HTTPRoute.kind, GRPCRoute.kind]),
        ("listeners", named(Gateway.kind, ListenerSet.kind), [Gateway.kind, ListenerSet.kind]),
        ("controllerName", named(GatewayClass.kind), [GatewayClass.kind]),
        ("podSelector", networkPolicy, [NetworkPolicy.kind, CalicoStagedKubernetesNetworkPolicy.kind]),
        ("policyTypes", networkPolicy, [NetworkPolicy.kind, CalicoStagedKubernetesNetworkPolicy.kind]),
        (
            "subject", all.filter { $0.group == ClusterNetworkPolicy.group },
            [ClusterNetworkPolicy.kind, AdminNetworkPolicy.kind, BaselineAdminNetworkPolicy.kind]
        ),
    ]

    private static let networkPolicy = all.filter {
        $0.name == NetworkPolicy.kind && $0.group == NetworkPolicy.group
    }

    private static func named(_ names: String...) -> [Kind] { all.filter { names.contains($0.name) } }

    /// The kinds that an object looks like which has another kind, or none: it may have been meant as one of those.
    static func meant(by value: Value, of kind: String) -> [Kind] {
        if kind == HTTPRoute.kind, matchesMethodsOfServices(value) { return named(GRPCRoute.kind) }
        return shapes.filter { value["spec"]?[$0.field] != nil && !$0.natural.contains(kind) }.flatMap(\.meant)
    }

    /// True for what only a GRPCRoute has: a map as the `method` of a match.
    private static func matchesMethodsOfServices(_ route: Value) -> Bool {
        let rules = route["spec"]?["rules"]?.elements ?? []
        return rules.flatMap { $0["matches"]?.elements ?? [] }.contains { match in
            if case .map? = match["method"]?.content { true } else { false }
        }
    }

    /// The kinds that were probably meant by a group and kind that are not known: one letter is wrong, or kind and
    /// group are of two different ones.
    static func similar(group: String, name: String) -> [Kind] {
        let group = group == storedCalicoGroup ? CalicoTier.group : group
        if namesakes.contains(GroupKind(group: group, kind: name)) { return [] }
        let isGroupKnown = all.contains { $0.group == group }
        return all.filter { kind in
            if kind.name == name, isGroupKnown { return true }
            return isOneSlipAway(kind.name.lowercased(), name.lowercased())
                && isOneSlipAway(kind.group, group.lowercased())
        }
    }
}
