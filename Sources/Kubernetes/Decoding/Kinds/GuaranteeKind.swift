import Addresses

extension Guarantee: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        let rules = spec.list("rules", 1...64).enumerated().map { Rule($0.element, index: $0.offset) }
        spec.refuseRepeats(rules.map(\.name), in: "rules", by: "name")
        self.init(
            metadata: metadata,
            description: spec.optionalString("description", .length(1...1024), .printable),
            rules: rules)
    }
}

extension Guarantee.Rule {
    fileprivate init(_ fields: Fields, index: Int) {
        let written = Guarantee.Promise.allCases.filter { fields.has($0.rawValue) }
        if written.count != 1 { fields.fail("must have exactly one of never, always and onlyVia") }
        let promise = written.first ?? .never
        // Of several, each is read: what is wrong in one is said too.
        let bodies = written.map { (promise: $0, fields: fields.need($0.rawValue)) }
        self.init(
            name: fields.string("name", default: "rule-\(index)", .sectionName), promise: promise, via: [], from: [],
            to: [], ports: nil, position: fields.position)
        for body in bodies { read(body.promise, body.fields) }
    }

    private mutating func read(_ promise: Guarantee.Promise, _ fields: Fields) {
        let isVia = promise == .onlyVia
        via = isVia ? Guarantee.Side.list(fields, "via", mayBeNames: false) : []
        let isForAll = isVia && !fields.has("from")
        from = isForAll ? [.anything] : Guarantee.Side.list(fields, "from", mayBeNames: false)
        to = Guarantee.Side.list(fields, "to", mayBeNames: true)
        let isNeeded = promise == .always
        guard fields.has("ports") || isNeeded else { return ports = nil }
        ports = fields.list("ports", 1...25).map(Guarantee.Ports.init)
    }
}

extension Guarantee.Side {
    private static let keys = ["workloads", "outside", "addresses", "domainNames", "anything"]

    fileprivate static func list(_ fields: Fields, _ key: String, mayBeNames: Bool) -> [Self] {
        fields.list(key, 1...25).compactMap { side in
            side.refuse("domainNames", when: !mayBeNames, "connections come from it: they come from addresses")
            return Self(side)
        }
    }

    private init?(_ fields: Fields) {
        let written = Self.keys.filter { fields.has($0) }
        if written.count != 1 { fields.fail("must have exactly one of \(Self.keys.joined(separator: ", "))") }
        switch written.first {
        case "workloads": self = .workloads(Guarantee.Workloads(fields.need("workloads")))
        case "outside":
            let body = fields.need("outside")
            let blocks = body.networks("cidrs")
            self = .outside(cidrs: body.has("cidrs") ? blocks : nil, except: body.networks("except"))
        case "addresses": self = .addresses(fields.networks("addresses"))
        case "domainNames":
            self = .domainNames(fields.strings("domainNames", 1...25, unique: true, each: .mediaHost))
        case "anything":
            _ = fields.need("anything")
            self = .anything
        default: return nil
        }
    }
}

extension Guarantee.Workloads {
    fileprivate init(_ fields: Fields) {
        for key in ["namespaces", "names"] { fields.refuseEmptyList(key) }
        let namespaces = fields.strings("namespaces", 0...256, unique: true, each: .label)
        let names = fields.strings("names", 0...256, unique: true, each: .subdomain)
        self.init(
            namespaces: fields.has("namespaces") ? namespaces : nil,
            namespaceSelector: fields.selector("namespaceSelector"),
            podSelector: fields.selector("podSelector"),
            kind: fields.optionalString("kind", .kind),
            names: fields.has("names") ? names : nil,
            asset: fields.optionalString("asset", .oneOf("model", "data", "credential")).flatMap(Asset.init))
    }
}

extension Guarantee.Ports {
    fileprivate init(_ fields: Fields) {
        let first = fields.optionalInteger("port", Fields.portNumbers)
        let last = fields.optionalInteger("endPort", Fields.portNumbers)
        fields.refuse("endPort", when: first == nil, "there is no port")
        let range = first.map { PortRange($0, last ?? $0) } ?? .all
        if range == nil { fields.fail("must not be less than port", at: "endPort") }
        self.init(proto: fields.transport("protocol"), range: range ?? .all)
    }
}
