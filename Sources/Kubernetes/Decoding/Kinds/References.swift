// References from one object to another; their defaults differ by where they stand.

extension ObjectRef {
    /// A reference; group and kind must be there where there is no default.
    init(_ fields: Fields, group: String? = nil, kind: String? = nil) {
        self.init(
            group: fields.string("group", default: group, .group),
            kind: fields.string("kind", default: kind, .kind),
            name: fields.string("name", .objectName),
            namespace: fields.optionalString("namespace", .label),
            position: fields.position)
    }

    /// A reference to a backend: a Service unless it says otherwise, and then with a port.
    static func backend(_ fields: Fields) -> (ref: ObjectRef, port: Int?) {
        let ref = ObjectRef(fields, group: "", kind: "Service")
        let port = fields.optionalInteger("port", Fields.portNumbers)
        if ref.group.isEmpty, ref.kind == "Service", !fields.has("port") {
            fields.fail("must be there for a Service", at: "port")
        }
        return (ref, port)
    }
}

extension ParentRef {
    fileprivate init(_ fields: Fields) {
        self.init(
            group: fields.string("group", default: "gateway.networking.k8s.io", .group),
            kind: fields.string("kind", default: "Gateway", .kind),
            namespace: fields.optionalString("namespace", .label),
            name: fields.string("name", .objectName),
            sectionName: fields.optionalString("sectionName", .sectionName),
            port: fields.optionalInteger("port", Fields.portNumbers),
            position: fields.position)
    }

    /// `spec.parentRefs` of a route.
    static func list(_ spec: Fields) -> [ParentRef] {
        spec.ignore("useDefaultGateways")
        let fields = spec.list("parentRefs", 0...32)
        let refs = fields.map(ParentRef.init)
        let parents = refs.map { [$0.group, $0.kind, $0.namespace ?? "", $0.name] }
        let sections = refs.map { [$0.sectionName ?? "", $0.port.map(String.init) ?? ""] }
        spec.refuseMixedSections("parentRefs", fields, parents: parents, sections: sections)
        return refs
    }
}

extension TargetRef {
    fileprivate init(_ fields: Fields, group: Check, kind: Check) {
        self.init(
            group: fields.string("group", group),
            kind: fields.string("kind", kind),
            name: fields.string("name", .objectName),
            sectionName: fields.optionalString("sectionName", .sectionName),
            position: fields.position)
    }

    /// `spec.targetRefs` of a policy.
    static func list(_ spec: Fields, group: Check = .group, kind: Check = .kind) -> [TargetRef] {
        let fields = spec.list("targetRefs", 1...16)
        let refs = fields.map { TargetRef($0, group: group, kind: kind) }
        let parents = refs.map { [$0.group, $0.kind, $0.name] }
        spec.refuseMixedSections("targetRefs", fields, parents: parents, sections: refs.map { [$0.sectionName ?? ""] })
        return refs
    }
}

extension Fields {
    /// References to one object must each name another part of it, and either all or none name a part.
    fileprivate func refuseMixedSections(
        _ key: String, _ entries: [Fields], parents: [[String]], sections: [[String]]
    ) {
        var seen: [[String]: [[String]]] = [:]
        for (index, entry) in entries.enumerated() {
            let others = seen[parents[index], default: []]
            let section = sections[index]
            if others.contains(section) {
                entry.fail("refers to the same object, and the same part of it, as an entry before")
            } else if let other = others.first, other.map(\.isEmpty) != section.map(\.isEmpty) {
                entry.fail("refers to the same object as an entry before: sectionName must be in both or in none")
            }
            seen[parents[index], default: []].append(section)
        }
    }
}

extension GatewayClass.ParametersRef {
    init(_ fields: Fields, withNamespace: Bool) {
        self.init(
            group: fields.string("group", .group),
            kind: fields.string("kind", .kind),
            name: fields.string("name", .objectName),
            namespace: withNamespace ? fields.optionalString("namespace", .label) : nil)
    }
}
