import Addresses

extension Namespace: Readable {
    static let nameCheck = Check.label

    init(_ metadata: ObjectMeta, _ fields: Fields) {
        self.init(metadata: metadata)
        // The API server sets this label on every namespace, whatever was written.
        self.metadata.labels["kubernetes.io/metadata.name"] = metadata.name
    }
}

extension Service: Readable {
    static let nameCheck = Check(Names.serviceNameProblem)

    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        let types = Check.oneOf("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
        let type = spec.string("type", default: "ClusterIP", types)
        let isExternal = type == "ExternalName"
        let addresses = spec.strings("clusterIPs", 0...2, each: .clusterIP)
        let ports = spec.list("ports").map(Port.init)
        self.init(
            metadata: metadata,
            type: type,
            externalName: isExternal ? spec.string("externalName", .hostname) : nil,
            clusterIPs: addresses.isEmpty
                ? spec.optionalString("clusterIP", .clusterIP).map { $0.isEmpty ? [] : [$0] } ?? [] : addresses,
            selector: spec.map("selector", keys: .labelKey, values: .labelValue),
            ports: ports,
            externalIPs: spec.strings("externalIPs", each: .address).compactMap(Address.init),
            loadBalancerAddresses: Self.loadBalancerAddresses(fields),
            externalTrafficPolicy: spec.string("externalTrafficPolicy", default: "Cluster", .trafficPolicy))
        spec.refuseRepeats(ports.map(\.name), in: "ports", by: "name")
        if ports.count > 1, ports.contains(where: \.name.isEmpty) {
            spec.fail("must all have a name when there is more than one", at: "ports")
        }
    }

    private static func loadBalancerAddresses(_ fields: Fields) -> [Address] {
        let entries = fields["status"]?["loadBalancer"]?.list("ingress") ?? []
        return entries.compactMap { $0.optionalString("ip").flatMap(Address.init) }
    }
}

extension Service.Port {
    fileprivate init(_ fields: Fields) {
        let port = fields.integer("port", Fields.portNumbers)
        self.init(
            name: fields.string("name", default: "", Check { $0.isEmpty ? nil : Names.labelProblem($0) }),
            port: port,
            targetPort: fields.port("targetPort") ?? .int(port),
            protocolName: fields.string("protocol", default: "TCP", .oneOf("TCP", "UDP", "SCTP")),
            appProtocol: fields.optionalString("appProtocol", .length(1...253)),
            nodePort: fields.optionalInteger("nodePort", 0...65535).flatMap { $0 == 0 ? nil : $0 })
    }
}

extension Fields {
    /// A port by number or by name; nil when there is none.
    fileprivate func port(_ key: String) -> IntOrString? {
        guard let value = value(key) else { return nil }
        switch value.content {
        case .integer(let number) where Self.portNumbers.contains(Int(number)): return .int(Int(number))
        // Zero and the empty name are what API servers print for "the same as port".
        case .integer(0), .string(""): return nil
        case .string(let name) where Check.portName.problem(name) == nil: return .string(name)
        default:
            wrong(path(to: key), value, "must be a port number between 1 and 65535 or a port's name")
            return nil
        }
    }

    /// Whole numbers of a list; empty when there is none.
    func integers(_ key: String, _ range: ClosedRange<Int>) -> [Int] {
        (values(key, 0...Int.max) ?? []).enumerated().compactMap { index, value in
            if case .integer(let number) = value.content, let integer = Int(exactly: number), range.contains(integer) {
                return integer
            }
            wrong(
                "\(path(to: key))[\(index)]", value,
                "must be a whole number between \(range.lowerBound) and \(range.upperBound)")
            return nil
        }
    }
}

extension Check {
    /// Name of a container port (IANA service name).
    static let portName = Check { text in
        let isRight =
            Names.isLabel(text.utf8[...]) && text.utf8.count <= 15 && text.utf8.contains(where: Names.isLower)
            && !text.contains("--")
        return isRight ? nil : "must be at most 15 lower-case letters, digits and single '-', with a letter"
    }

    /// An address without a prefix length.
    static let address = Check { Address($0) == nil ? "must be an IPv4 or IPv6 address" : nil }

    /// `externalTrafficPolicy`; empty where an API server prints it so.
    fileprivate static let trafficPolicy = Check {
        ["", "Cluster", "Local"].contains($0) ? nil : "must be one of Cluster, Local"
    }

    fileprivate static let clusterIP = Check { text in
        text.isEmpty || text == "None" || Address(text) != nil ? nil : "must be an IP address or None"
    }
}

extension EndpointSlice: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let type = fields.string("addressType", .oneOf("IPv4", "IPv6", "FQDN"))
        self.init(
            metadata: metadata,
            serviceName: metadata.labels["kubernetes.io/service-name"],
            addressType: type,
            endpoints: fields.list("endpoints", 0...1000).map { Endpoint($0, .address(type)) },
            ports: fields.list("ports", 0...20000).map(Port.init))
    }
}

extension EndpointSlice.Endpoint {
    fileprivate init(_ fields: Fields, _ address: Check) {
        let conditions = fields["conditions"]
        let ready = conditions?.optionalFlag("ready") ?? true
        // What v1beta1 has where v1 has nodeName and zone.
        let topology = fields["topology"]
        self.init(
            addresses: fields.strings("addresses", 1...100, each: address),
            ready: ready,
            serving: conditions?.optionalFlag("serving") ?? ready,
            terminating: conditions?.optionalFlag("terminating") ?? false,
            nodeName: fields.optionalString("nodeName") ?? topology?.optionalString("kubernetes.io/hostname"),
            zone: fields.optionalString("zone") ?? topology?.optionalString("topology.kubernetes.io/zone"),
            hints: EndpointSlice.Hints(fields["hints"]))
    }
}

extension EndpointSlice.Hints {
    fileprivate init(_ fields: Fields?) {
        self.init(
            zones: fields?.list("forZones", 0...8).map { $0.string("name") } ?? [],
            nodes: fields?.list("forNodes", 0...8).map { $0.string("name") } ?? [])
    }
}

extension Check {
    fileprivate static func address(_ type: String) -> Check {
        switch type {
        case "IPv4": Check { Address($0)?.isIPv4 == true ? nil : "must be an IPv4 address" }
        case "IPv6": Check { Address($0)?.isIPv4 == false ? nil : "must be an IPv6 address" }
        default: .hostname
        }
    }
}

extension EndpointSlice.Port {
    fileprivate init(_ fields: Fields) {
        self.init(
            name: fields.string("name", default: "", Check { $0.isEmpty ? nil : Names.labelProblem($0) }),
            port: fields.optionalInteger("port", Fields.portNumbers),
            protocolName: fields.string("protocol", default: "TCP", .oneOf("TCP", "UDP", "SCTP")),
            appProtocol: fields.optionalString("appProtocol", .length(1...253)))
    }
}

extension Secret: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let type = fields.string("type", default: "Opaque")
        let base64 = Check { decodeBase64($0) == nil ? "must be base64 (plain text goes into stringData)" : nil }
        var data = fields.map("data", keys: .dataKey, values: base64).compactMapValues(decodeBase64)
            .mapValues(SecretBytes.init)
        for (key, text) in fields.map("stringData", keys: .dataKey) { data[key] = SecretBytes(Array(text.utf8)) }
        self.init(metadata: metadata, type: type, data: data)
        guard type == "kubernetes.io/tls" else { return }
        for key in ["tls.crt", "tls.key"] where data[key] == nil {
            fields.fail("must have the key \(key) when type is kubernetes.io/tls", at: "data")
        }
    }
}

extension ConfigMap: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let values: Check? = metadata.labels[Self.namesRanges] == nil ? nil : .blocks
        self.init(metadata: metadata, data: fields.map("data", keys: .dataKey, values: values))
    }
}
