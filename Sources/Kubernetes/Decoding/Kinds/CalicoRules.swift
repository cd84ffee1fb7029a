import Addresses

extension CalicoRule {
    init(_ fields: Fields) {
        let readers = fields.context.readerCount
        fields.ignore("metadata")
        let action = fields.string("action", .oneOf("Allow", "Deny", "Pass", "Log"))
        let version = fields.optionalInteger("ipVersion", 4...6)
        if version == 5 { fields.fail("must be 4 or 6", at: "ipVersion") }
        self.init(
            path: fields.path, action: Action(rawValue: action) ?? .deny, ipVersion: version.flatMap(IPVersion.init),
            proto: fields.proto("protocol"), notProto: fields.proto("notProtocol"), icmp: fields["icmp"].map(ICMP.init),
            notICMP: fields["notICMP"].map(ICMP.init),
            source: fields["source"].map(CalicoEntity.init) ?? .everything,
            destination: fields["destination"].map(CalicoEntity.init) ?? .everything, asksForHTTP: fields.has("http"),
            unknown: [], position: fields.position)
        check(fields)
        unknown = fields.context.takeUnknownFields(of: fields, andSince: readers)
    }

    /// What fields ask of each other.
    private func check(_ fields: Fields) {
        let isICMP = proto == .icmp || proto == .icmpv6
        if icmp != nil, !isICMP { fields.fail("must not be there unless protocol is ICMP or ICMPv6", at: "icmp") }
        let ports = [source.ports, source.notPorts, destination.ports, destination.notPorts]
        if ports.contains(where: { !$0.isEmpty }), proto.map(IPProtocol.withPorts.contains) != true {
            fields.fail("must be TCP, UDP or SCTP where ports are asked for", at: "protocol")
        }
        for (side, entity) in [("source", source), ("destination", destination)] where entity.service != nil {
            guard entity.asksForEndpoints || !entity.nets.isEmpty || !entity.notNets.isEmpty else { continue }
            fields.fail("must not have services beside selectors, serviceAccounts or nets", at: side)
        }
    }
}

extension CalicoRule.ICMP {
    fileprivate init(_ fields: Fields) {
        let type = fields.optionalInteger("type", 0...254)
        let code = fields.optionalInteger("code", 0...255)
        if code != nil, type == nil { fields.fail("must not be there without type", at: "code") }
        self.init(type: type.map(UInt8.init), code: code.map(UInt8.init))
    }
}

extension CalicoEntity {
    fileprivate init(_ fields: Fields) {
        let accounts = fields["serviceAccounts"]
        let service = fields["services"]
        self.init(
            nets: fields.nets("nets"), notNets: fields.nets("notNets"), selector: fields.calicoSelector("selector"),
            notSelector: fields.calicoSelector("notSelector"),
            namespaceSelector: fields.calicoSelector("namespaceSelector", mayBeGlobal: true),
            serviceAccountNames: accounts?.strings("names", each: .length(1...253)) ?? [],
            serviceAccountSelector: accounts?.calicoSelector("selector"), ports: fields.ports("ports"),
            notPorts: fields.ports("notPorts"),
            service: service.map {
                NamespacedName($0.optionalString("namespace") ?? "", $0.string("name", .objectName))
            },
            domains: fields.strings("domains"))
    }

    /// True when it asks what endpoints are, beside their addresses and ports.
    public var asksForEndpoints: Bool {
        selector != nil || notSelector != nil || namespaceSelector != nil || asksForServiceAccounts
    }

    /// True when it asks for service accounts.
    public var asksForServiceAccounts: Bool { !serviceAccountNames.isEmpty || serviceAccountSelector != nil }
}

extension Fields {
    /// A protocol by name or number, or nil when there is none.
    fileprivate func proto(_ key: String) -> IPProtocol? {
        guard let value = value(key) else { return nil }
        let found: IPProtocol?
        switch value.content {
        case .integer(let number): found = UInt8(exactly: number).map(IPProtocol.init)
        case .string(let text): found = IPProtocol(text)
        default: found = nil
        }
        if let found, found.rawValue > 0 { return found }
        wrong(path(to: key), value, "must be TCP, UDP, SCTP, ICMP, ICMPv6, UDPLite or a number between 1 and 255")
        return nil
    }

    fileprivate func ports(_ key: String) -> [CalicoPort] {
        (values(key, 0...Int.max) ?? []).enumerated().compactMap { index, value in
            if let port = CalicoPort(value) { return port }
            wrong(
                "\(path(to: key))[\(index)]", value,
                "must be a port between 0 and 65535, a range such as \"8000:8080\", or the name of a port")
            return nil
        }
    }
}

extension CalicoPort {
    fileprivate init?(_ value: Value) {
        if let number = value.integer {
            guard let port = UInt16(exactly: number) else { return nil }
            self = .range(PortRange(port))
            return
        }
        guard let text = value.text else { return nil }
        let isNumeric = text.utf8.allSatisfy { Names.isDigit($0) || $0 == UInt8(ascii: ":") }
        guard isNumeric else {
            let isName = text.utf8.allSatisfy { Names.isAlphanumeric($0) || "-_.".utf8.contains($0) }
            guard isName, (1...128).contains(text.utf8.count) else { return nil }
            self = .named(text)
            return
        }
        let ends = text.split(separator: ":", omittingEmptySubsequences: false).compactMap { UInt16($0) }
        let colons = text.utf8.count { $0 == UInt8(ascii: ":") }
        guard ends.count == colons + 1, ends.count <= 2, let range = PortRange(ends[0], ends[ends.count - 1]) else {
            return nil
        }
        self = .range(range)
    }
}
