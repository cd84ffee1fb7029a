import Addresses

/// The annotation of every policy that says whether it is enforced, or only watched.
let enforcementAnnotation = "sallyport.dev/enforcement"

extension NetworkPolicy: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        self.init(metadata, spec: fields["spec"], isStaged: fields.isStaged(metadata))
    }

    func leaveClaims(in invalid: inout InvalidObject) {
        invalid.policy = PolicyClaim(isStaged: isStaged, podSelector: podSelector)
    }

    /// That policy, or what another kind has in its place.
    init(_ metadata: ObjectMeta, spec: Fields?, isStaged: Bool) {
        let types = spec?.strings("policyTypes", 0...2, each: .oneOf("Ingress", "Egress")) ?? []
        self.init(
            metadata: metadata,
            isStaged: isStaged,
            podSelector: spec?.selector("podSelector") ?? .everything,
            policyTypes: types.isEmpty ? nil : types.compactMap(PolicyType.init),
            ingress: spec?.list("ingress").map { Rule($0, peers: "from") } ?? [],
            egress: spec?.list("egress").map { Rule($0, peers: "to") } ?? [])
        // Who writes an empty list means that nothing may go out; that takes a word more.
        if let spec, policyTypes == nil, egress.isEmpty, let written = spec.value("egress") {
            spec.context.note(
                written.mark, spec.path(to: "egress"),
                "is empty and does nothing, since policyTypes does not have Egress")
        }
    }
}

extension NetworkPolicy.Rule {
    fileprivate init(_ fields: Fields, peers: String) {
        self.init(
            peers: fields.list(peers).compactMap(NetworkPolicy.Peer.init),
            ports: fields.list("ports").map(NetworkPolicy.Port.init),
            position: fields.position)
    }
}

extension NetworkPolicy.Peer {
    fileprivate init?(_ fields: Fields) {
        let namespaces = fields.selector("namespaceSelector")
        let pods = fields.selector("podSelector")
        if let block = fields["ipBlock"] {
            let isAlone = namespaces == nil && pods == nil
            if !isAlone { fields.fail("must not be there beside a selector", at: "ipBlock") }
            self.init(block: block)
        } else if namespaces == nil, pods == nil {
            fields.fail("must have podSelector, namespaceSelector or both, or ipBlock")
            return nil
        } else {
            self = .selectors(namespaceSelector: namespaces, podSelector: pods)
        }
    }

    private init?(block fields: Fields) {
        let except = fields.values("except", 0...Int.max) ?? []
        let parts = except.enumerated().map { fields.block($0.element, "\(fields.path(to: "except"))[\($0.offset)]") }
        guard let value = fields.value("cidr") else {
            fields.fail("must be there", at: "cidr")
            return nil
        }
        guard let cidr = fields.block(value, fields.path(to: "cidr")) else { return nil }
        for (index, part) in parts.enumerated() {
            guard let part, !cidr.contains(part) || part.length == cidr.length else { continue }
            fields.wrong(
                "\(fields.path(to: "except"))[\(index)]", except[index], "must be a part of \(cidr) and smaller")
        }
        self = .ipBlock(cidr: cidr, except: parts.compactMap { $0 })
    }
}

extension NetworkPolicy.Port {
    fileprivate init(_ fields: Fields) {
        let number = fields.optionalPort("port")
        let end = fields.optionalInteger("endPort", Fields.portNumbers)
        self.init(proto: fields.transport("protocol"), port: nil)
        switch number {
        case .int(let first)?:
            port = PortRange(first, end ?? first).map { .range($0) }
            if port == nil { fields.fail("must not be less than port", at: "endPort") }
        case .string(let name)?:
            port = .named(name)
            fields.refuse("endPort", when: true, "port is a name")
        case nil:
            fields.refuse("endPort", when: !fields.has("port"), "there is no port")
        }
    }
}

extension PortRange {
    /// Ports from `first` to `last`, both between 1 and 65535; nil when they are in the wrong order.
    init?(_ first: Int, _ last: Int) {
        guard let first = UInt16(exactly: first), let last = UInt16(exactly: last) else { return nil }
        self.init(first, last)
    }
}

// MARK: What policies between workloads share

extension Fields {
    /// Whether a policy is only watched, by its annotation.
    func isStaged(_ metadata: ObjectMeta) -> Bool {
        let value = metadata.annotations[enforcementAnnotation]
        if let value, value != "staged", value != "enforced" {
            fail("must be staged or enforced, is \(quoted(value))", inAnnotation: enforcementAnnotation)
        }
        if let slip = unknownAnnotations(metadata.annotations, besides: [enforcementAnnotation]).first {
            fail("is not known; \(enforcementAnnotation) is", inAnnotation: slip)
        }
        return value == "staged"
    }

    private func fail(_ message: String, inAnnotation name: String) {
        let annotations = members.first { $0.key == "metadata" }?.value["annotations"]
        context.fail(annotations?[name]?.mark ?? mark, Self.path("metadata.annotations", to: name), message)
    }

    /// TCP, UDP or SCTP; TCP when there is none.
    func transport(_ key: String) -> IPProtocol {
        IPProtocol(string(key, default: "TCP", .oneOf("TCP", "UDP", "SCTP"))) ?? .tcp
    }

    /// A port number, or the name of a container port; nil when there is none.
    func optionalPort(_ key: String) -> IntOrString? {
        guard let value = value(key) else { return nil }
        switch value.content {
        case .integer(let number) where Self.portNumbers.contains(Int(number)): return .int(Int(number))
        case .string(let name) where Check.portName.problem(name) == nil: return .string(name)
        default:
            wrong(path(to: key), value, "must be a port number between 1 and 65535 or the name of a container port")
            return nil
        }
    }

    /// An address block. Host bits are cut off, with a note: API servers have not always refused them.
    func block(_ value: Value, _ path: String) -> Prefix? {
        guard let text = value.text else {
            wrong(path, value, "must be an address block such as 10.0.0.0/8")
            return nil
        }
        switch Prefix.parse(text) {
        case .success(let prefix): return prefix
        case .failure(.hostBitsSet(let prefix)):
            context.note(value.mark, path, "has host bits set, is read as \(prefix)")
            return prefix
        case .failure(let error):
            wrong(path, value, error.description)
            return nil
        }
    }
}
