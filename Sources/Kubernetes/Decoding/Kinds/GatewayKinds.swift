extension GatewayClass: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        spec.ignore("description")
        self.init(
            metadata: metadata,
            controllerName: spec.string("controllerName", .domainPrefixedPath),
            parametersRef: spec["parametersRef"].map { ParametersRef($0, withNamespace: true) })
    }
}

extension Gateway: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        spec.ignore("defaultScope")
        let tls = spec["tls"]
        self.init(
            metadata: metadata,
            gatewayClassName: spec.string("gatewayClassName", .objectName),
            listeners: Listener.list(spec),
            allowedListeners: spec["allowedListeners"]?["namespaces"].map { FromNamespaces(ofListeners: $0) }
                ?? FromNamespaces.none,
            addresses: Address.list(spec),
            infrastructure: spec["infrastructure"].map(Infrastructure.init),
            backendClientCertificateRef: tls?["backend"]?["clientCertificateRef"]
                .map { ObjectRef($0, group: "", kind: "Secret") },
            frontendTLS: tls?["frontend"].map(FrontendTLS.init))
    }
}

extension ListenerSet: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        self.init(
            metadata: metadata,
            parentRef: ObjectRef(spec.need("parentRef"), group: Self.group, kind: Gateway.kind),
            listeners: Gateway.Listener.list(spec))
    }
}

extension Gateway.Address {
    fileprivate static func list(_ spec: Fields) -> [Self] {
        let addresses = spec.list("addresses", 0...16).map(Self.init)
        spec.refuseRepeats(
            addresses.compactMap { address in address.value.map { "\(address.type) \($0)" } }, in: "addresses")
        return addresses
    }

    private init(_ fields: Fields) {
        type = fields.string("type", default: "IPAddress", .length(1...253))
        value =
            type == "Hostname"
            ? fields.optionalString("value", .wildcardHostname) : fields.optionalString("value", .length(0...253))
    }
}

extension Gateway.Infrastructure {
    fileprivate init(_ fields: Fields) {
        self.init(
            labels: fields.map("labels", 8, keys: .labelKey, values: .labelValue),
            annotations: fields.map("annotations", 16, keys: .labelKey, values: .length(0...4096)),
            parametersRef: fields["parametersRef"].map { .init($0, withNamespace: false) })
    }
}

extension Gateway.FrontendTLS {
    fileprivate init(_ fields: Fields) {
        defaultValidation = fields.need("default")["validation"].map(Gateway.ClientValidation.init)
        perPort = [:]
        let ports = fields.list("perPort", 0...64)
        for entry in ports {
            let port = entry.integer("port", Fields.portNumbers)
            let validation = entry.need("tls")["validation"].map(Gateway.ClientValidation.init)
            if perPort.updateValue(validation, forKey: port) != nil {
                entry.fail("is the port of an entry before; each must be unique", at: "port")
            }
        }
    }
}

extension Gateway.ClientValidation {
    fileprivate init(_ fields: Fields) {
        caCertificateRefs = fields.list("caCertificateRefs", 1...16).map { ObjectRef($0) }
        let mode = fields.string("mode", default: "AllowValidOnly", .oneOf("AllowValidOnly", "AllowInsecureFallback"))
        allowInsecureFallback = mode == "AllowInsecureFallback"
    }
}

extension Gateway.Listener {
    fileprivate static func list(_ spec: Fields) -> [Self] {
        let fields = spec.list("listeners", 1...64)
        let listeners = fields.map(Self.init)
        spec.refuseRepeats(listeners.map(\.name), in: "listeners", by: "name")
        var seen: Set<[String]> = []
        for (listener, fields) in zip(listeners, fields) {
            let identity = [listener.protocolName, String(listener.port), listener.hostname ?? ""]
            if !seen.insert(identity).inserted {
                fields.fail("has the port, protocol and hostname of a listener before; one of them must differ")
            }
        }
        return listeners
    }

    private init(_ fields: Fields) {
        self.init(
            name: fields.string("name", .sectionName),
            hostname: fields.optionalString("hostname", .wildcardHostname),
            port: fields.integer("port", Fields.portNumbers),
            protocolName: fields.string("protocol", .protocolType),
            tls: fields["tls"].map(Gateway.TLS.init),
            allowedRoutes: Gateway.AllowedRoutes(fields["allowedRoutes"]),
            position: fields.position)
        checkProtocol(fields)
    }

    private func checkProtocol(_ fields: Fields) {
        if ["HTTP", "TCP", "UDP"].contains(protocolName), tls != nil {
            fields.fail("must not be there when protocol is \(protocolName)", at: "tls")
        }
        if protocolName == "HTTPS", let tls, tls.mode == "Passthrough" {
            fields["tls"]?.fail("must be Terminate when protocol is HTTPS", at: "mode")
        }
        if protocolName == "TLS", tls == nil { fields.fail("must be there when protocol is TLS", at: "tls") }
        if ["TCP", "UDP"].contains(protocolName), hostname != nil {
            fields.fail("must not be there when protocol is \(protocolName)", at: "hostname")
        }
    }
}

extension Gateway.TLS {
    fileprivate init(_ fields: Fields) {
        self.init(
            mode: fields.string("mode", default: "Terminate", .oneOf("Terminate", "Passthrough")),
            certificateRefs: fields.list("certificateRefs", 0...64).map {
                ObjectRef($0, group: "", kind: "Secret")
            },
            options: fields.map("options", 16, keys: .labelKey, values: .length(0...4096)))
        if mode == "Terminate", certificateRefs.isEmpty, options.isEmpty {
            fields.fail("must name a certificate when mode is Terminate", at: "certificateRefs")
        }
    }
}

extension Gateway.AllowedRoutes {
    fileprivate init(_ fields: Fields?) {
        namespaces = fields?["namespaces"].map { FromNamespaces($0) } ?? .same
        kinds =
            fields?.list("kinds", 0...8).map {
                GroupKind(
                    group: $0.string("group", default: "gateway.networking.k8s.io", .group),
                    kind: $0.string("kind", .kind))
            } ?? []
    }
}

extension FromNamespaces {
    fileprivate init(_ fields: Fields) {
        let selector = fields.selector("selector")
        self.init(fields.string("from", default: "Same", .oneOf("All", "Selector", "Same")), selector)
    }

    /// Whose ListenerSets may add to a Gateway.
    fileprivate init(ofListeners fields: Fields) {
        let selector = fields.selector("selector")
        self.init(fields.string("from", default: "None", .oneOf("All", "Selector", "Same", "None")), selector)
    }

    private init(_ from: String, _ selector: LabelSelector?) {
        switch from {
        case "All": self = .all
        case "Selector": self = selector.map { .selector($0) } ?? .none
        case "None": self = .none
        default: self = .same
        }
    }
}
