extension HTTPRoute: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        let rules = spec.has("rules") ? spec.list("rules", 1...16).map(Rule.init) : [Rule.standard(spec.position)]
        spec.refuseTooManyMatches(rules.map(\.matches.count))
        spec.refuseRepeats(rules.compactMap(\.name), in: "rules", by: "name")
        self.init(
            metadata: metadata,
            parentRefs: ParentRef.list(spec),
            hostnames: spec.strings("hostnames", 0...16, each: .wildcardHostname),
            rules: rules)
    }
}

extension GRPCRoute: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        let rules = spec.list("rules", 0...16).map(Rule.init)
        spec.refuseTooManyMatches(rules.map(\.matches.count))
        spec.refuseRepeats(rules.compactMap(\.name), in: "rules", by: "name")
        self.init(
            metadata: metadata,
            parentRefs: ParentRef.list(spec),
            hostnames: spec.strings("hostnames", 0...16, each: .wildcardHostname),
            rules: rules)
    }
}

extension Fields {
    fileprivate func refuseTooManyMatches(_ counts: [Int]) {
        let total = counts.reduce(0, +)
        if total > 128 { fail("must have at most 128 matches in all, has \(total)", at: "rules") }
    }
}

extension HTTPRoute.Rule {
    /// What a route without rules does: match everything, and have nowhere to send it.
    fileprivate static func standard(_ position: Position?) -> Self {
        Self(
            name: nil, matches: [.everything], filters: [], backendRefs: [], timeouts: .init(), retry: nil,
            position: position)
    }

    fileprivate init(_ fields: Fields) {
        let matches = fields.list("matches", 0...64).map(HTTPRoute.Match.init)
        self.init(
            name: fields.optionalString("name", .sectionName),
            matches: matches.isEmpty ? [.everything] : matches,
            filters: RouteFilter.list(fields, .http),
            backendRefs: fields.list("backendRefs", 0...16).map { BackendRef($0, .http) },
            timeouts: fields["timeouts"].map(HTTPRoute.Timeouts.init) ?? .init(),
            retry: fields["retry"].map(HTTPRoute.Retry.init),
            position: fields.position)
        checkFilters(fields)
    }

    private func checkFilters(_ fields: Fields) {
        if !backendRefs.isEmpty, filters.contains(where: \.isRedirect) {
            fields.fail("must not be there beside a RequestRedirect filter", at: "backendRefs")
        }
        let all = filters + backendRefs.flatMap(\.filters)
        guard all.contains(where: \.replacesPrefix) else { return }
        if matches.count == 1, case .prefix = matches[0].path { return }
        fields.fail("must be exactly one, of type PathPrefix, when a filter has replacePrefixMatch", at: "matches")
    }
}

extension HTTPRoute.Match {
    fileprivate static let everything = Self(path: .prefix("/"), headers: [], queryParams: [], method: nil)

    fileprivate init(_ fields: Fields) {
        self.init(
            path: fields["path"].map { HTTPRoute.PathMatch($0, type: "PathPrefix", value: "/") } ?? .prefix("/"),
            headers: ValueMatch.list(fields, "headers", lowercased: true),
            queryParams: ValueMatch.list(fields, "queryParams", lowercased: false),
            method: fields.optionalString(
                "method",
                .oneOf("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")))
    }
}

extension HTTPRoute.PathMatch {
    /// A path match; type and value must be there where there is no default.
    init(_ fields: Fields, type: String?, value: String?, regularExpressions: Bool = true) {
        let types =
            regularExpressions
            ? Check.oneOf("Exact", "PathPrefix", "RegularExpression") : .oneOf("Exact", "PathPrefix")
        let type = fields.string("type", default: type, types)
        switch type {
        case "RegularExpression":
            self = .regularExpression(fields.string("value", default: value, .length(0...1024)))
        case "Exact": self = .exact(fields.string("value", default: value, .length(1...1024), .path))
        default: self = .prefix(fields.string("value", default: value, .length(1...1024), .path))
        }
    }
}

extension Check {
    /// A path to match: absolute, in the one form that it has after normalisation.
    static let path = Check { text in
        guard text.hasPrefix("/") else { return "must begin with '/'" }
        for part in ["//", "/./", "/../", "%2f", "%2F", "#"] where text.utf8.contains(part) {
            return "must not contain '\(part)'"
        }
        for end in ["/..", "/."] where text.hasSuffix(end) { return "must not end with '\(end)'" }
        guard isPathText(text.utf8[...]) else {
            return "must only contain letters, digits, -/._~!$&'()*+,;=:@ and '%' with two hexadecimal digits"
        }
        return nil
    }

    /// A path to put in place of another: nothing that could end the request line.
    static let newPath = Check { text in
        guard text.unicodeScalars.count <= 1024 else { return "must have at most 1024 characters" }
        let isSafe = text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f }
        return isSafe ? nil : "must not contain blanks or control characters"
    }

    private static func isPathText(_ text: Substring.UTF8View) -> Bool {
        var rest = text
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard rest.prefix(2).count == 2, rest.prefix(2).allSatisfy({ hexDigit($0) != nil }) else {
                    return false
                }
                rest = rest.dropFirst(2)
            } else if !Names.isAlphanumeric(byte), !"-/._~!$&'()*+,;=:@".utf8.contains(byte) {
                return false
            }
        }
        return true
    }
}

extension String.UTF8View {
    /// True when the bytes of the text occur.
    fileprivate func contains(_ text: String) -> Bool {
        indices.contains { self[$0...].starts(with: text.utf8) }
    }
}

/// Where two names are the same header, the first counts, as the specification says.
func firstOfEach<T>(_ entries: [T], by name: (T) -> String) -> [T] {
    var seen: Set<String> = []
    return entries.filter { seen.insert(name($0)).inserted }
}

extension ValueMatch {
    static func list(_ fields: Fields, _ key: String, lowercased: Bool) -> [ValueMatch] {
        let entries = fields.list(key, 0...16)
        fields.refuseRepeats(entries.compactMap { $0.value("name")?.text }, in: key, by: "name")
        return firstOfEach(entries.map { ValueMatch($0, lowercased: lowercased) }, by: \.name)
    }

    private init(_ fields: Fields, lowercased: Bool) {
        let name = fields.string("name", .headerName)
        let type = fields.string("type", default: "Exact", .oneOf("Exact", "RegularExpression"))
        self.init(
            name: lowercased ? name.lowercased() : name,
            value: fields.string("value", .length(1...(lowercased ? 4096 : 1024))),
            isRegularExpression: type == "RegularExpression")
    }
}

extension HTTPRoute.Timeouts {
    fileprivate init(_ fields: Fields) {
        self.init(request: fields.duration("request"), backendRequest: fields.duration("backendRequest"))
        if let request, let backendRequest, request.count != 0, backendRequest > request {
            fields.fail("must not be longer than request", at: "backendRequest")
        }
    }
}

extension HTTPRoute.Retry {
    fileprivate init(_ fields: Fields) {
        self.init(
            codes: fields.integers("codes", 400...599),
            attempts: fields.integer("attempts", 1...Int(Int32.max), default: 1),
            backoff: fields.duration("backoff"))
    }
}

extension BackendRef {
    fileprivate init(_ fields: Fields, _ route: RouteFilter.Route) {
        let backend = ObjectRef.backend(fields)
        self.init(
            ref: backend.ref,
            port: backend.port,
            weight: fields.integer("weight", 0...1_000_000, default: 1),
            filters: RouteFilter.list(fields, route))
    }
}

extension GRPCRoute.Rule {
    fileprivate init(_ fields: Fields) {
        self.init(
            name: fields.optionalString("name", .sectionName),
            matches: fields.list("matches", 0...64).map(GRPCRoute.Match.init),
            filters: RouteFilter.list(fields, .grpc),
            backendRefs: fields.list("backendRefs", 0...16).map { BackendRef($0, .grpc) },
            position: fields.position)
    }
}

extension GRPCRoute.Match {
    fileprivate init(_ fields: Fields) {
        let method = fields["method"]
        let type = method?.string("type", default: "Exact", .oneOf("Exact", "RegularExpression"))
        let isExact = type != "RegularExpression"
        self.init(
            service: method?.optionalString("service", .length(0...1024), isExact ? .grpcService : .length(0...1024)),
            method: method?.optionalString("method", .length(0...1024), isExact ? .grpcMethod : .length(0...1024)),
            isRegularExpression: !isExact,
            headers: ValueMatch.list(fields, "headers", lowercased: true))
        if let method, service == nil, self.method == nil { method.fail("must have service or method or both") }
    }
}

extension Check {
    fileprivate static let grpcMethod = Check { text in
        isIdentifier(text.utf8[...])
            ? nil : "must be a method name: letters, digits and '_', not beginning with a digit"
    }

    fileprivate static let grpcService = Check { text in
        let name = text.hasPrefix(".") ? text.utf8.dropFirst() : text.utf8[...]
        let parts = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.allSatisfy(isIdentifier) ? nil : "must be a service name such as package.Service"
    }

    private static func isIdentifier(_ text: Substring.UTF8View) -> Bool {
        guard let first = text.first, !Names.isDigit(first) else { return false }
        return text.allSatisfy { Names.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    }
}
