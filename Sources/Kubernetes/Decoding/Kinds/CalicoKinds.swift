import Addresses

extension CalicoNetworkPolicy: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = CalicoPolicySpec(fields.need("spec"), of: fields, isGlobal: false)
        self.init(metadata: metadata, isStaged: fields.isStaged(metadata), spec: spec)
    }

    func leaveClaims(in invalid: inout InvalidObject) {
        invalid.calico = CalicoClaim(spec, isStaged: isStaged)
    }
}

extension CalicoGlobalNetworkPolicy: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = CalicoPolicySpec(fields.need("spec"), of: fields, isGlobal: true)
        self.init(metadata: metadata, isStaged: fields.isStaged(metadata), spec: spec)
    }

    func leaveClaims(in invalid: inout InvalidObject) {
        invalid.calico = CalicoClaim(spec, isStaged: isStaged)
    }
}

extension CalicoStagedNetworkPolicy: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        fields.checkEnforcement(metadata)
        let spec = fields.need("spec")
        self.init(
            metadata: metadata, stagedAction: spec.stagedAction,
            spec: CalicoPolicySpec(spec, of: fields, isGlobal: false))
    }

    func leaveClaims(in invalid: inout InvalidObject) {
        invalid.calico = CalicoClaim(spec, isStaged: true)
    }
}

extension CalicoStagedGlobalNetworkPolicy: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        fields.checkEnforcement(metadata)
        let spec = fields.need("spec")
        self.init(
            metadata: metadata, stagedAction: spec.stagedAction,
            spec: CalicoPolicySpec(spec, of: fields, isGlobal: true))
    }

    func leaveClaims(in invalid: inout InvalidObject) {
        invalid.calico = CalicoClaim(spec, isStaged: true)
    }
}

extension CalicoStagedKubernetesNetworkPolicy: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        fields.checkEnforcement(metadata)
        let spec = fields.need("spec")
        self.init(
            metadata: metadata, stagedAction: spec.stagedAction,
            policy: NetworkPolicy(metadata, spec: spec, isStaged: true))
    }

    func leaveClaims(in invalid: inout InvalidObject) {
        // It has another selector, which is not looked at.
        invalid.calico = CalicoClaim(isStaged: true, tier: "default", order: nil, subject: nil)
    }
}

extension CalicoTier: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields["spec"]
        let action = spec?.optionalString("defaultAction", .oneOf("Deny", "Pass"))
        self.init(metadata: metadata, order: spec?.calicoOrder, passesByDefault: action == "Pass")
    }
}

extension CalicoNetworkSet: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields["spec"]
        self.init(
            metadata: metadata, nets: spec?.nets("nets") ?? [], domains: spec?.strings("allowedEgressDomains") ?? [])
    }
}

extension CalicoGlobalNetworkSet: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields["spec"]
        self.init(
            metadata: metadata, nets: spec?.nets("nets") ?? [], domains: spec?.strings("allowedEgressDomains") ?? [])
    }
}

extension CalicoPolicySpec {
    /// The fields that are known, of whatever kind.
    static let fields: Set<String> = [
        "tier", "order", "selector", "namespaceSelector", "serviceAccountSelector", "types", "ingress", "egress",
        "performanceHints", "stagedAction", "doNotTrack", "preDNAT", "applyOnForward",
    ]

    fileprivate init(_ spec: Fields, of object: Fields, isGlobal: Bool) {
        spec.ignore("performanceHints")
        let ingress = spec.list("ingress").map(CalicoRule.init)
        let egress = spec.list("egress").map(CalicoRule.init)
        let types = spec.types(hasIngress: !ingress.isEmpty, hasEgress: !egress.isEmpty, isStored: object.isStored)
        self.init(
            tier: spec.calicoTier, order: spec.calicoOrder, subject: CalicoSubject(spec, isGlobal: isGlobal),
            ingress: types.contains("Ingress") ? ingress : nil, egress: types.contains("Egress") ? egress : nil,
            isUntracked: false, isBeforeDNAT: false)
        if isGlobal { readHostFields(spec) }
    }

    /// The fields that are about host endpoints.
    private mutating func readHostFields(_ spec: Fields) {
        isUntracked = spec.optionalFlag("doNotTrack") ?? false
        isBeforeDNAT = spec.optionalFlag("preDNAT") ?? false
        let isForwarded = spec.optionalFlag("applyOnForward") ?? false
        if isUntracked, isBeforeDNAT { spec.fail("must not be true beside doNotTrack", at: "preDNAT") }
        if isBeforeDNAT, egress != nil { spec.fail("must not be true for a policy of type Egress", at: "preDNAT") }
        if !isForwarded, isUntracked || isBeforeDNAT {
            spec.fail("must be true with doNotTrack or preDNAT", at: "applyOnForward")
        }
    }
}

extension CalicoSubject {
    init(_ spec: Fields, isGlobal: Bool) {
        self.init(
            selector: spec.calicoSelector("selector"),
            namespaceSelector: isGlobal ? spec.calicoSelector("namespaceSelector") : nil,
            serviceAccountSelector: spec.calicoSelector("serviceAccountSelector"))
    }
}

extension Fields {
    /// `spec.tier`; the empty text is as good as absent.
    var calicoTier: String {
        let tier = optionalString("tier") ?? ""
        return tier.isEmpty ? "default" : tier
    }

    /// `spec.order`, or nil when there is none: any number.
    var calicoOrder: Double? {
        guard let value = value("order") else { return nil }
        switch value.content {
        case .integer(let number): return Double(number)
        case .number(let text):
            if let number = Double(text), number.isFinite { return number }
        default: break
        }
        wrong(path(to: "order"), value, "must be a number")
        return nil
    }

    /// A selector, or nil when it is absent or empty.
    func calicoSelector(_ key: String, mayBeGlobal: Bool = false) -> CalicoSelector? {
        if value(key)?.text == "" { return nil }
        let selector = parsed(key) { text in
            CalicoSelector.parse(text).mapError { ParseProblem($0.description) }
        }
        if !mayBeGlobal, selector?.asksForGlobal == true {
            fail("must not have global() in it: only the namespaceSelector of a source or destination may", at: key)
        }
        return selector
    }

    /// Blocks, or single addresses; bits behind the length count for nothing.
    func nets(_ key: String) -> [Prefix] {
        (values(key, 0...Int.max) ?? []).enumerated().compactMap { index, value in
            let place = "\(path(to: key))[\(index)]"
            guard let text = value.text else {
                wrong(place, value, "must be an address or a block such as 10.0.0.0/8")
                return nil
            }
            if let address = Address(text) { return Prefix(address) }
            switch Prefix.parse(text) {
            case .success(let block), .failure(.hostBitsSet(let block)): return block
            case .failure(let error):
                wrong(
                    place, value, error == .noLength ? "must be an address or a block such as 10.0.0.0/8" : "\(error)")
                return nil
            }
        }
    }

    /// Of a kind that is staged in any case: the annotation must be right all the same.
    fileprivate func checkEnforcement(_ metadata: ObjectMeta) { _ = isStaged(metadata) }

    fileprivate var stagedAction: CalicoStagedAction {
        optionalString("stagedAction", .oneOf("Set", "Delete", "Learn", "Ignore")).flatMap(CalicoStagedAction.init)
            ?? .set
    }

    /// True for an object as Calico stores it: there types are always written, and mean both when they are not.
    fileprivate var isStored: Bool { value("apiVersion")?.text?.hasPrefix("\(Kind.storedCalicoGroup)/") == true }

    /// `spec.types`, or what it is when absent.
    fileprivate func types(hasIngress: Bool, hasEgress: Bool, isStored: Bool) -> Set<String> {
        let types = strings("types", 0...2, unique: true, each: .oneOf("Ingress", "Egress"))
        if !types.isEmpty { return Set(types) }
        if isStored || (hasIngress && hasEgress) { return ["Ingress", "Egress"] }
        return hasEgress ? ["Egress"] : ["Ingress"]
    }
}
