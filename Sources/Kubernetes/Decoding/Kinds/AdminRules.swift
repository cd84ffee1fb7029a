import Addresses

/// What differs between the kinds of policies of the cluster.
struct AdminDialect: Sendable {
    let most: Int
    let actions: [String: AdminRule.Action]
    let actionCheck: Check
    let version: AdminVersion
    let traffic: @Sendable (Fields) -> [AdminRule.Traffic]?

    static let v1alpha2 = AdminDialect(
        most: 25, actions: ["Accept": .accept, "Deny": .deny, "Pass": .pass],
        actionCheck: .oneOf("Accept", "Deny", "Pass"), version: .v1alpha2,
        traffic: { $0.has("protocols") ? $0.list("protocols", 1...25).map { AdminRule.Traffic(item: $0) } : nil })
    static let v1alpha1 = AdminDialect(
        most: 100, actions: ["Allow": .accept, "Deny": .deny, "Pass": .pass],
        actionCheck: .oneOf("Allow", "Deny", "Pass"), version: .v1alpha1, traffic: ports)
    static let baseline = AdminDialect(
        most: 100, actions: ["Allow": .accept, "Deny": .deny], actionCheck: .oneOf("Allow", "Deny"), version: .v1alpha1,
        traffic: ports)

    private static let ports: @Sendable (Fields) -> [AdminRule.Traffic]? = {
        $0.has("ports") ? $0.list("ports", 0...100).map { AdminRule.Traffic(port: $0) } : nil
    }
}

extension AdminRule {
    static func list(_ spec: Fields, _ key: String, _ dialect: AdminDialect) -> [AdminRule] {
        spec.list(key, 0...dialect.most).map { AdminRule($0, isEgress: key == "egress", dialect) }
    }

    private init(_ fields: Fields, isEgress: Bool, _ dialect: AdminDialect) {
        let start = fields.context.readerCount
        let action = fields.string("action", dialect.actionCheck)
        self.init(
            name: fields.string("name", default: "", .length(0...100)),
            action: dialect.actions[action] ?? .deny,
            peers: fields.list(isEgress ? "to" : "from", 1...dialect.most)
                .map { Peer($0, isEgress: isEgress, dialect) },
            traffic: dialect.traffic(fields),
            unknownFields: [],
            position: fields.position)
        unknownFields = fields.context.takeUnknownFields(of: fields, andSince: start)
        if peers.contains(where: \.isOfExperimentalChannel), traffic?.contains(where: \.isNamed) == true {
            fields.fail("must not have names of ports beside nodes or domainNames, which have none")
        }
    }
}

extension AdminRule.Peer {
    private static let ingressFields = ["namespaces", "pods"]
    private static let egressFields = ingressFields + ["networks", "nodes", "domainNames"]

    fileprivate init(_ fields: Fields, isEgress: Bool, _ dialect: AdminDialect) {
        let known = (isEgress ? Self.egressFields : Self.ingressFields).filter { fields.has($0) }
        if known.count > 1 { fields.fail("must have only one of \(known.joined(separator: " and "))") }
        let others = fields.keys(besides: known)
        guard let first = known.first, others.isEmpty else {
            self = .unknown(others)
            return
        }
        switch first {
        case "namespaces": self = .namespaces(fields.selector(first) ?? .everything)
        case "pods":
            let pods = fields.need(first).podSelectors(dialect.version)
            self = .pods(namespaceSelector: pods.namespaces, podSelector: pods.pods)
        case "networks": self = .networks(fields.policyNetworks(first))
        case "nodes": self = .nodes(fields.selector(first) ?? .everything)
        default: self = .domainNames(fields.strings(first, 1...25, unique: true, each: .domainPattern))
        }
    }

    fileprivate var isOfExperimentalChannel: Bool {
        switch self {
        case .nodes, .domainNames: true
        default: false
        }
    }
}

extension AdminRule.Traffic {
    fileprivate var isNamed: Bool { if case .named = self { true } else { false } }

    /// An entry of `protocols`.
    fileprivate init(item fields: Fields) {
        let known = ["tcp", "udp", "sctp", "destinationNamedPort"].filter { fields.has($0) }
        if known.count > 1 { fields.fail("must have only one of \(known.joined(separator: " and "))") }
        let others = fields.keys(besides: known)
        self = .unknown(others.isEmpty ? known : others)
        guard let first = known.first, others.isEmpty else { return }
        guard let proto = IPProtocol(first) else {
            let name = fields.string(first)
            if !name.isEmpty { self = .named(name) }
            return
        }
        guard let port = fields.need(first)["destinationPort"] else { return }
        if port.has("number"), port.has("range") { port.fail("must have either number or range") }
        if let number = port.optionalInteger("number", Fields.portNumbers), let range = PortRange(number, number) {
            self = .ports(proto, range)
        } else if let range = port["range"] {
            self = .ports(proto, range.portRange)
        }
    }

    /// An entry of `ports`.
    fileprivate init(port fields: Fields) {
        let known = ["portNumber", "portRange", "namedPort"].filter { fields.has($0) }
        if known.count > 1 { fields.fail("must have only one of \(known.joined(separator: " and "))") }
        let others = fields.keys(besides: known)
        self = .unknown(others.isEmpty ? known : others)
        guard let first = known.first, others.isEmpty else { return }
        switch first {
        case "portNumber":
            let body = fields.need(first)
            let number = body.integer("port", Fields.portNumbers)
            let proto = body.transport("protocol")
            if let range = PortRange(number, number) { self = .ports(proto, range) }
        case "portRange":
            let body = fields.need(first)
            self = .ports(body.transport("protocol"), body.portRange)
        default:
            let name = fields.string(first)
            if !name.isEmpty { self = .named(name) }
        }
    }
}

extension Fields {
    /// What else is there.
    fileprivate func keys(besides known: [String]) -> [String] {
        members.filter { member in
            if case .null = member.value.content { return false }
            return !known.contains(member.key)
        }.map(\.key)
    }

    /// `start` and `end`, which must not be the same.
    fileprivate var portRange: PortRange {
        let (start, end) = (integer("start", Self.portNumbers), integer("end", Self.portNumbers))
        if has("start"), has("end"), start >= end { fail("must be more than start", at: "end") }
        return PortRange(start, end) ?? .all
    }

    /// The blocks of `networks`, a set.
    fileprivate func policyNetworks(_ key: String) -> [Prefix] {
        let values = values(key, 1...25) ?? []
        refuseRepeats(values.compactMap(\.text), in: key)
        return values.enumerated().compactMap { index, value in
            let place = "\(path(to: key))[\(index)]"
            guard let prefix = block(value, place) else { return nil }
            // The schema has this rule, and NetworkPolicy has not.
            if prefix.address.isIPv4, value.text?.utf8.contains(UInt8(ascii: ":")) == true {
                wrong(place, value, "must not be an IPv4 block in IPv6 notation")
            }
            return prefix
        }
    }
}

extension Check {
    /// `domainNames[]`: two labels at least, in front of them `*.` if wanted, at the end a dot if wanted.
    static let domainPattern = Check { text in
        var name = text.utf8[...]
        if name.starts(with: "*.".utf8) { name = name.dropFirst(2) }
        if name.last == UInt8(ascii: ".") { name = name.dropLast() }
        let labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // The first letter of a label may be all that stands between A and z: that is how the schema has it.
        let isFirst = { (byte: UInt8) in Names.isDigit(byte) || (UInt8(ascii: "A")...UInt8(ascii: "z")).contains(byte) }
        let areLabels = labels.allSatisfy { label in
            guard let first = label.first, let last = label.last else { return false }
            return isFirst(first) && (label.count == 1 || Names.isAlphanumeric(last))
                && label.dropFirst().allSatisfy { Names.isAlphanumeric($0) || "-_".utf8.contains($0) }
        }
        return labels.count >= 2 && areLabels
            ? nil : "must be a domain name of two parts at least, with '*.' in front if wanted"
    }
}
