import Addresses

extension TokenIssuer: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        self.init(
            metadata: metadata,
            issuer: spec.string("issuer", .length(1...1024), .plainText),
            audiences: spec.strings("audiences", 1...16, unique: true, each: .length(1...1024), .plainText),
            algorithms: spec.algorithms("algorithms"),
            jwks: KeySource(spec.need("jwks")),
            requiredClaims: spec.claims("requiredClaims"),
            subjectClaim: spec.string("subjectClaim", default: "sub", .claimName),
            clockSkew: spec.duration("clockSkew", 0...300_000, "at most 5m") ?? Milliseconds(30_000),
            maximumLifetime: spec.duration("maximumLifetime", 1_000...31_536_000_000, "between 1s and 8760h"),
            serviceAccounts: spec.optionalFlag("serviceAccounts") ?? false,
            bindings: spec["bindings"].map { Bindings($0, namespace: metadata.namespace) },
            console: spec["console"].map(Console.init))
        if let login = console?.login, !audiences.contains(login.clientID) {
            spec.fail("must have console.login.clientID: the tokens that people get are for it", at: "audiences")
        }
        if serviceAccounts, subjectClaim != "sub" {
            spec.fail("must be sub for service accounts, whose names are checked against it", at: "subjectClaim")
        }
    }
}

extension TokenIssuer.Bindings {
    fileprivate init(_ fields: Fields, namespace: String) {
        self.init(
            networks: fields.networks("networks"),
            workloads: fields["workloads"].map { WorkloadSelection($0, namespace: namespace) },
            certificates: fields["certificates"].map(CertificateSelection.init))
        let keys = ["networks", "workloads", "certificates"]
        if !keys.contains(where: fields.has) { fields.fail("must have one of \(keys.joined(separator: ", "))") }
    }
}

extension TokenIssuer.KeySource {
    fileprivate init(_ fields: Fields) {
        if ["inline", "secretRef", "url", "cluster"].filter(fields.has).count != 1 {
            fields.fail("must have exactly one of inline, secretRef, url and cluster")
        }
        fields.refuse("refresh", when: !fields.has("url") && !fields.has("cluster"), "there is no url")
        fields.refuse("caCertificates", when: !fields.has("url"), "there is no url")
        if let reference = fields["secretRef"] {
            self = .secret(TokenIssuer.KeyReference(reference, key: nil))
        } else if fields.has("url") {
            self = .fetched(TokenIssuer.URLSource(fields, .url(fields.string("url", .keySetURL))))
        } else if fields.has("cluster") {
            // Nothing can be said of it yet.
            _ = fields["cluster"]
            self = .fetched(TokenIssuer.URLSource(fields, .cluster))
        } else {
            // Messages about a long text would be as long.
            self = .inline(fields.string("inline", default: "", .atMostOneMebibyte))
        }
    }
}

extension TokenIssuer.URLSource {
    fileprivate init(_ fields: Fields, _ place: TokenIssuer.Place) {
        self.init(
            place: place,
            refresh: fields.duration("refresh", 60_000...86_400_000, "between 1m and 24h") ?? Milliseconds(600_000),
            caCertificates: fields["caCertificates"].flatMap(TokenIssuer.Certificates.init))
    }
}

extension TokenIssuer.Certificates {
    init?(_ fields: Fields) {
        if fields.has("configMapRef") == fields.has("secretRef") {
            fields.fail("must have exactly one of configMapRef and secretRef")
        }
        if let reference = fields["configMapRef"] {
            self = .configMap(TokenIssuer.KeyReference(reference, key: "ca.crt"))
        } else if let reference = fields["secretRef"] {
            self = .secret(TokenIssuer.KeyReference(reference, key: "ca.crt"))
        } else {
            return nil
        }
    }
}

extension TokenIssuer.KeyReference {
    init(_ fields: Fields, key: String?) {
        self.init(name: fields.string("name", .subdomain), key: fields.string("key", default: key, .dataKey))
    }
}

extension Fields {
    /// A duration within bounds, in milliseconds; nil when there is none.
    fileprivate func duration(_ key: String, _ range: ClosedRange<Int64>, _ bounds: String) -> Milliseconds? {
        guard let duration = duration(key) else { return nil }
        if !range.contains(duration.count) { fail("must be \(bounds)", at: key) }
        return duration
    }

    /// All algorithms where the field is absent; none is a mistake, because it could mean either.
    fileprivate func algorithms(_ key: String) -> [TokenAlgorithm] {
        guard has(key) else { return TokenAlgorithm.allCases }
        return strings(key, 1...TokenAlgorithm.allCases.count, unique: true, each: .tokenAlgorithm)
            .compactMap(TokenAlgorithm.init)
    }

    /// A map from claims to a string or a list of strings; empty when there is none.
    fileprivate func claims(_ key: String) -> [String: [String]] {
        guard let fields = self[key] else { return [:] }
        if fields.members.count > 64 { fail("must have at most 64 entries, has \(fields.members.count)", at: key) }
        var claims: [String: [String]] = [:]
        for member in fields.members {
            if let problem = Check.claimName.problem(member.key) {
                context.fail(member.mark, fields.path(to: member.key), "the key " + problem)
            }
            if case .list = member.value.content {
                claims[member.key] = fields.strings(member.key, 1...256, unique: true, each: .length(0...1024))
            } else if case .null = member.value.content {
                fields.ignore(member.key)
                context.fail(member.mark, fields.path(to: member.key), "must be a string or a list of strings")
            } else {
                claims[member.key] = [fields.string(member.key, .length(0...1024))]
            }
        }
        return claims
    }
}

extension Check {
    static let plainText = Check { text in
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7f..<0xa0).contains($0.value) }
            ? nil : "must not contain control characters"
    }

    static let claimName = Check { text in
        (1...256).contains(text.utf8.count) && Check.plainText.problem(text) == nil
            ? nil : "must be the name of a claim: 1 to 256 bytes without control characters"
    }

    fileprivate static let tokenAlgorithm = Check { text in
        TokenAlgorithm(rawValue: text) != nil
            ? nil : "must be one of \(TokenAlgorithm.allCases.map(\.rawValue).joined(separator: ", "))"
    }

    fileprivate static let atMostOneMebibyte = Check { text in
        text.utf8.count <= 1 << 20 ? nil : "must have at most 1048576 bytes"
    }

    /// An address that keys may be fetched from: nobody between it and us can change them.
    static let keySetURL = Check { text in
        guard let url = WebAddress(text) else {
            return "must be an address such as https://example.com/keys, without user, fragment and capital host"
        }
        return url.isSecure || url.isLoopback ? nil : "must begin with https://; http:// is for loopback addresses only"
    }
}
