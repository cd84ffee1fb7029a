import Addresses

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
        fields.refuseEmptyList("serviceAccounts")
        self.init(
            accessKeys: fields["accessKeys"].map(AccessPolicy.KeySelection.init),
            tokens: fields["tokens"].map(AccessPolicy.TokenSelection.init),
            serviceAccounts: fields.has("serviceAccounts")
                ? fields.list("serviceAccounts", 0...256).map(AccessPolicy.ServiceAccountSelection.init) : nil,
            certificates: fields["certificates"].map(CertificateSelection.init),
            workloads: fields["workloads"].map { WorkloadSelection($0) }, networks: fields.networks("networks"))
        let sent = ["accessKeys", "tokens", "serviceAccounts"].filter { fields.has($0) }
        if sent.count > 1 {
            fields.fail("must have only one of \(sent.joined(separator: " and ")): a request brings one credential")
        }
        let conditions = ["accessKeys", "tokens", "serviceAccounts", "certificates", "workloads", "networks"]
        if !conditions.contains(where: { fields.has($0) }) {
            fields.fail("must have one of \(conditions.joined(separator: ", "))")
        }
    }
}

extension AccessPolicy.TokenSelection {
    fileprivate init(_ fields: Fields) {
        for key in ["issuers", "subjects", "claims"] { fields.refuseEmptyList(key) }
        self.init(
            issuers: fields.strings("issuers", 0...64, unique: true, each: .subdomain),
            subjects: fields.strings("subjects", 0...1024, unique: true, each: .pattern),
            claims: fields.stringLists("claims", 16))
    }
}

extension AccessPolicy.ServiceAccountSelection {
    fileprivate init(_ fields: Fields) {
        self.init(namespace: fields.string("namespace", .label), name: fields.string("name", .pattern))
    }
}

extension CertificateSelection {
    /// Which client certificates; one name at least.
    init(_ fields: Fields) {
        let keys = ["spiffeIDs", "dnsNames", "subjects", "fingerprints"]
        for key in keys { fields.refuseEmptyList(key) }
        self.init(
            spiffeIDs: fields.strings("spiffeIDs", 0...1024, unique: true, each: .spiffeID),
            dnsNames: fields.strings("dnsNames", 0...1024, unique: true, each: .hostname),
            subjects: fields.strings("subjects", 0...1024, unique: true, each: .length(1...1024), .printable),
            fingerprints: fields.strings("fingerprints", 0...1024, unique: true, each: .fingerprint))
        if !keys.contains(where: { fields.has($0) }) {
            fields.fail("must have one of \(keys.joined(separator: ", "))")
        }
    }
}

extension WorkloadSelection {
    /// Which workloads; a namespace or a workload at least. `namespace`: of workloads that name none; empty: they must.
    init(_ fields: Fields, namespace: String = "") {
        for key in ["namespaces", "names"] { fields.refuseEmptyList(key) }
        self.init(
            namespaces: fields.strings("namespaces", 0...256, unique: true, each: .label),
            names: fields.list("names", 0...256).map { entry in
                WorkloadName(
                    kind: entry.string("kind", .kind),
                    namespace: entry.string("namespace", default: namespace.isEmpty ? nil : namespace, .label),
                    name: entry.string("name", .subdomain))
            })
        if !fields.has("namespaces"), !fields.has("names") { fields.fail("must have namespaces or names or both") }
    }
}

extension AccessPolicy.KeySelection {
    fileprivate init(_ fields: Fields) {
        self.init(
            names: fields.has("names") ? fields.strings("names", 1...4096, unique: true, each: .subdomain) : [],
            selector: fields.selector("selector"))
        if !fields.has("names"), selector == nil {
            fields.fail("must have names or a selector; the selector {} selects all keys of the namespace")
        }
    }
}

extension AccessPolicy.To {
    fileprivate init(_ fields: Fields) {
        let conditions = [
            "methods", "paths", "classes", "models", "tools", "prompts", "resources", "mediaHosts", "strict",
        ]
        for key in conditions.dropLast() { fields.refuseEmptyList(key) }
        self.init(
            methods: fields.strings("methods", 0...64, unique: true, each: .method),
            paths: fields.listOrAll("paths").map {
                HTTPRoute.PathMatch($0, type: nil, value: nil, regularExpressions: false)
            },
            classes: fields.strings("classes", 0...16, unique: true, each: .operationClass),
            models: fields.strings("models", 0...1024, unique: true, each: .pattern),
            mcp: AccessPolicy.MCPSelection(fields),
            mediaHosts: fields.strings("mediaHosts", 0...256, unique: true, each: .mediaHost),
            isStrict: fields.optionalFlag("strict") ?? false)
        if !conditions.contains(where: { fields.has($0) }) {
            fields.fail("must have a condition; leave out 'to' to mean everything behind the target")
        }
    }
}

extension AccessPolicy.MCPSelection {
    fileprivate init?(_ fields: Fields) {
        guard ["tools", "prompts", "resources"].contains(where: { fields.has($0) }) else { return nil }
        self.init(
            tools: fields.strings("tools", 0...1024, unique: true, each: .pattern),
            prompts: fields.strings("prompts", 0...1024, unique: true, each: .pattern),
            resources: fields.strings("resources", 0...1024, unique: true, each: .pattern))
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
            requests: fields["requests"].map { AccessPolicy.RequestRate($0, hasBurst: true) },
            tokens: fields["tokens"].map { AccessPolicy.RequestRate($0, hasBurst: false) },
            concurrency: fields.optionalInteger("concurrency", 1...1_000_000))
    }
}

extension AccessPolicy.RequestRate {
    fileprivate init(_ fields: Fields, hasBurst: Bool) {
        let most = hasBurst ? 1_000_000_000 : 1_000_000_000_000
        let count = fields.integer("count", 1...most)
        let window = fields.duration("window")
        if window == nil { fields.fail("must be there", at: "window") }
        if window?.count == 0 { fields.fail("must be longer than nothing", at: "window") }
        // Tokens are counted in sixtieths of the window.
        if !hasBurst, let window, window.count > 0, !(60_000...2_678_400_000).contains(window.count) {
            fields.fail("must be between 1m and 744h for tokens", at: "window")
        }
        self.init(
            count: count, window: window ?? Milliseconds(1),
            burst: hasBurst ? fields.integer("burst", 1...most, default: count) : count)
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
            networks: spec.networks("networks"),
            workloads: spec["workloads"].map { WorkloadSelection($0, namespace: metadata.namespace) },
            certificates: spec["certificates"].map(CertificateSelection.init),
            console: spec["console"].map(ConsoleGrant.init))
    }
}

extension Check {
    /// Classes of operations, as a rule names them.
    static let operationClass = oneOf(
        "Inference", "Metadata", "ModelMutation", "CodeExecution", "DataRead", "DataWrite", "Administration", "Health",
        "ServerFetch")

    /// A name in which `*` stands for any run of characters.
    static let pattern = Check { text in
        guard (1...256).contains(text.utf8.count) else { return "must have 1 to 256 characters" }
        return printable.problem(text)
    }

    /// A host name, or `*.` and one for everything below it.
    static let mediaHost = Check { text in
        Names.subdomainProblem(text.hasPrefix("*.") ? String(text.dropFirst(2)) : text)
    }

    static let spiffeID = Check { text in
        let isRight = text.hasPrefix("spiffe://") && text.utf8.count > 9 && text.utf8.count <= 2048
        let body = text.hasSuffix("/*") ? text.dropLast(2) : text[...]
        return isRight && !body.utf8.contains(UInt8(ascii: "*"))
            ? printable.problem(text) : "must be a SPIFFE ID such as spiffe://example.com/agent, or end in /*"
    }

    static let fingerprint = Check { text in
        text.utf8.count == 64 && text.utf8.allSatisfy { ($0 >= 48 && $0 <= 57) || ($0 >= 97 && $0 <= 102) }
            ? nil : "must be the SHA-256 of a certificate, 64 lower-case hexadecimal digits"
    }

    static let printable = Check { text in
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7f..<0xa0).contains($0.value) }
            ? nil : "must not contain control characters"
    }
}

extension Fields {
    /// A list that means everything when it is left out. Written but empty it is a mistake: whoever filled in a
    /// template with nothing wanted nobody, not everybody.
    func listOrAll(_ key: String) -> [Fields] {
        refuseEmptyList(key)
        return list(key, 0...1024)
    }

    func refuseEmptyList(_ key: String) {
        guard let value = value(key) else { return }
        if case .list(let values) = value.content, values.isEmpty {
            fail("must not be empty; leave it out to mean all", at: key)
        }
        if case .map(let members) = value.content, members.isEmpty {
            fail("must not be empty; leave it out to mean all", at: key)
        }
    }

    /// Lists of strings by name.
    func stringLists(_ key: String, _ count: Int) -> [String: [String]] {
        guard let fields = self[key] else { return [:] }
        if fields.members.count > count { fail("must have at most \(count) entries", at: key) }
        var lists: [String: [String]] = [:]
        for member in fields.members {
            fields.refuseEmptyList(member.key)
            lists[member.key] = fields.strings(member.key, 1...64, unique: true, each: .length(1...1024), .printable)
        }
        return lists
    }

    /// Address blocks; empty when there is none, which means from everywhere.
    func networks(_ key: String) -> [Prefix] {
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
