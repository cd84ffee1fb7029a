extension ReferenceGrant: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        self.init(
            metadata: metadata,
            from: spec.list("from", 1...16).map {
                From(
                    group: $0.string("group", .group), kind: $0.string("kind", .kind),
                    namespace: $0.string("namespace", .label))
            },
            to: spec.list("to", 1...16).map {
                To(
                    group: $0.string("group", .group), kind: $0.string("kind", .kind),
                    name: $0.optionalString("name", .objectName))
            })
    }
}

extension BackendTLSPolicy: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        let validation = spec.need("validation")
        self.init(
            metadata: metadata,
            targetRefs: TargetRef.list(spec),
            caCertificateRefs: validation.list("caCertificateRefs", 0...8).map { ObjectRef($0) },
            wellKnownCACertificates: validation.optionalString("wellKnownCACertificates", .wellKnownCA),
            hostname: validation.string("hostname", .hostname),
            subjectAltNames: validation.list("subjectAltNames", 0...5).compactMap(SubjectAltName.init),
            options: spec.map("options", 16, keys: .labelKey, values: .length(0...4096)))
        if caCertificateRefs.isEmpty == (wellKnownCACertificates == nil) {
            validation.fail("must have either caCertificateRefs or wellKnownCACertificates")
        }
    }
}

extension BackendTLSPolicy.SubjectAltName {
    fileprivate init?(_ fields: Fields) {
        let type = fields.string("type", .oneOf("Hostname", "URI"))
        fields.refuse("uri", when: type == "Hostname", "type is Hostname")
        fields.refuse("hostname", when: type == "URI", "type is URI")
        switch type {
        case "Hostname": self = .hostname(fields.string("hostname", .wildcardHostname))
        case "URI": self = .uri(fields.string("uri", .length(1...253), .absoluteURI))
        default: return nil
        }
    }
}

extension Check {
    fileprivate static let absoluteURI = Check { text in
        let scheme = text.utf8.prefix { !":/?#".utf8.contains($0) }
        let rest = text.utf8[scheme.endIndex...]
        return !scheme.isEmpty && rest.starts(with: "://".utf8)
            ? nil : "must be a URI with a scheme, such as spiffe://example.com/service"
    }

    fileprivate static let wellKnownCA = Check { text in
        text == "System" || (text.utf8.contains(UInt8(ascii: "/")) && Names.qualifiedNameProblem(text) == nil)
            ? nil : "must be System, or a name with a domain such as example.com/roots"
    }
}
