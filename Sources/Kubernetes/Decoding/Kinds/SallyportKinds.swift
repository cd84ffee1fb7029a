import Network

extension AccessPolicy: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        let rules = spec.list("rules", 0...256).enumerated().map { Rule($0.element, index: $0.offset) }
        spec.refuseRepeats(rules.map(\.name), in: "rules", by: "name")
        let targets = TargetRef.list(
            spec, group: .oneOf("gateway.networking.k8s.io"), kind: .oneOf("Gateway", "HTTPRoute", "GRPCRoute"))
        self.init(metadata: metadata, targetRefs: targets, rules: rules)
    }
}

extension AccessPolicy.Rule {
    fileprivate init(_ fields: Fields, index: Int) {
        self.init(
            name: fields.string("name", default: "rule-\(index)", .sectionName),
            from: fields.list("from", 0...256).map(AccessPolicy.From.init),
            to: fields.listOrAll("to").map(AccessPolicy.To.init),
            limits: fields["limits"].map(AccessPolicy.Limits.init) ?? .init(),
            position: fields.position)
    }
}

extension AccessPolicy.From {
    fileprivate init(_ fields: Fields) {
        self.init(
            accessKeys: fields["accessKeys"].map(AccessPolicy.KeySelection.init), networks: fields.networks("networks"))
        if accessKeys == nil, networks.isEmpty, !fields.has("networks") {
            fields.fail("must have accessKeys or networks or both")
        }
    }
}

extension AccessPolicy.KeySelection {
    fileprivate init(_ fields: Fields) {
        self.init(
            names: fields.strings("names", 0...4096, unique: true, each: .subdomain),
            selector: fields.selector("selector"))
        if names.isEmpty, selector == nil {
            fields.fail("must have names or a selector; the selector {} selects all keys of the namespace")
        }
    }
}

extension AccessPolicy.To {
    fileprivate init(_ fields: Fields) {
        fields.refuseEmptyList("methods")
        self.init(
            methods: fields.strings("methods", 0...64, unique: true, each: .method),
            paths: fields.listOrAll("paths").map {
                HTTPRoute.PathMatch($0, type: nil, value: nil, regularExpressions: false)
            })
        if !fields.has("methods"), !fields.has("paths") {
            fields.fail("must have methods or paths; leave out 'to' to mean everything behind the target")
        }
    }
}

extension Check {
    fileprivate static let method = Check { text in
        let isRight =
            (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy { ($0 >= 65 && $0 <= 90) || $0 == UInt8(ascii: "-") }
        return isRight ? nil : "must be an HTTP method in capital letters, such as POST"
    }
}

extension AccessPolicy.Limits {
    fileprivate init(_ fields: Fields) {
        self.init(
            requests: fields["requests"].map(AccessPolicy.RequestRate.init),
            concurrency: fields.optionalInteger("concurrency", 1...1_000_000))
    }
}

extension AccessPolicy.RequestRate {
    fileprivate init(_ fields: Fields) {
        let count = fields.integer("count", 1...1_000_000_000)
        let window = fields.duration("window")
        if window == nil { fields.fail("must be there", at: "window") }
        if window?.count == 0 { fields.fail("must be longer than nothing", at: "window") }
        self.init(
            count: count, window: window ?? Milliseconds(1),
            burst: fields.integer("burst", 1...1_000_000_000, default: count))
    }
}

extension AccessKey: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        let hash: [UInt8]? = spec.parsed("sha256") { text in
            let digits = text.utf8.compactMap(hexDigit)
            guard digits.count == 64, text.utf8.count == 64 else {
                return .failure(ParseProblem("must be 64 hexadecimal digits: the SHA-256 of the key, never the key"))
            }
            return .success(stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
        }
        if hash == nil, !spec.has("sha256") { spec.fail("must be there", at: "sha256") }
        self.init(
            metadata: metadata,
            sha256: hash ?? [],
            owner: spec.optionalString("owner", .length(1...253), .printable),
            expires: spec.time("expires"),
            revoked: spec.optionalFlag("revoked") ?? false,
            networks: spec.networks("networks"))
    }
}

extension Check {
    fileprivate static let printable = Check { text in
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7f..<0xa0).contains($0.value) }
            ? nil : "must not contain control characters"
    }
}

extension Fields {
    /// A list that means everything when it is left out. Written but empty it is a mistake: whoever filled in a
    /// template with nothing wanted nobody, not everybody.
    fileprivate func listOrAll(_ key: String) -> [Fields] {
        refuseEmptyList(key)
        return list(key, 0...1024)
    }

    fileprivate func refuseEmptyList(_ key: String) {
        if let value = value(key), case .list(let values) = value.content, values.isEmpty {
            fail("must not be empty; leave it out to mean all", at: key)
        }
    }

    /// Address blocks; empty when there is none, which means from everywhere.
    fileprivate func networks(_ key: String) -> [Prefix] {
        refuseEmptyList(key)
        return (values(key, 0...4096) ?? []).enumerated().compactMap { index, value in
            let place = "\(path(to: key))[\(index)]"
            guard let text = value.text else {
                wrong(place, value, "must be an address block such as 10.0.0.0/8")
                return nil
            }
            let result = Prefix.parse(text)
            if case .failure(let error) = result { wrong(place, value, error.description) }
            return try? result.get()
        }
    }
}
