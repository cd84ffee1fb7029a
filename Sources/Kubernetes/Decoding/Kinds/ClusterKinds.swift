import Addresses

extension Node: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields["spec"]
        let blocks = spec?.blocks("podCIDRs") ?? []
        let single = spec?.value("podCIDR").flatMap { spec?.block($0, "spec.podCIDR") }
        let addresses = fields["status"]?.list("addresses") ?? []
        self.init(
            metadata: metadata,
            addresses: addresses.compactMap { $0.optionalString("address").flatMap(Address.init) },
            podBlocks: blocks.isEmpty ? single.map { [$0] } ?? [] : blocks)
    }
}

extension ServiceAccount: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        self.init(metadata: metadata)
    }
}

extension Ingress: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields["spec"]
        self.init(
            metadata: metadata,
            className: spec?.optionalString("ingressClassName") ?? metadata.annotations["kubernetes.io/ingress.class"],
            defaultBackend: spec?["defaultBackend"].flatMap(Backend.init),
            paths: spec?.list("rules").flatMap(Path.list) ?? [])
    }
}

extension Ingress.Path {
    fileprivate static func list(_ rule: Fields) -> [Self] {
        let host = rule.string("host", default: "")
        return rule["http"]?.list("paths").compactMap { fields in
            Ingress.Backend(fields.need("backend")).map {
                Self(host: host, path: fields.string("path", default: ""), backend: $0)
            }
        } ?? []
    }
}

extension Ingress.Backend {
    /// nil when it is no Service.
    fileprivate init?(_ fields: Fields) {
        if fields.has("service") == fields.has("resource") { fields.fail("must have either service or resource") }
        guard let service = fields["service"] else { return nil }
        let port = service.need("port")
        if port.has("name") == port.has("number") { port.fail("must have either name or number") }
        let number = port.optionalInteger("number", Fields.portNumbers)
        self.init(
            service: service.string("name", .subdomain),
            port: number.map { .int($0) } ?? .string(port.string("name", default: "")),
            position: fields.position)
    }
}

extension Fields {
    /// Address blocks; empty when there is none.
    fileprivate func blocks(_ key: String) -> [Prefix] {
        (values(key, 0...Int.max) ?? []).enumerated().compactMap {
            block($0.element, "\(path(to: key))[\($0.offset)]")
        }
    }
}
