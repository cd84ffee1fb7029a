extension RouteFilter {
    /// Which filters a route may have.
    enum Route: Sendable {
        case http, grpc
    }

    /// Field and type of each filter, and whether a list may have it more than once.
    private static let types: [(type: String, field: String, repeats: Bool, route: Set<Route>)] = [
        ("RequestHeaderModifier", "requestHeaderModifier", false, [.http, .grpc]),
        ("ResponseHeaderModifier", "responseHeaderModifier", false, [.http, .grpc]),
        ("RequestMirror", "requestMirror", true, [.http, .grpc]),
        ("RequestRedirect", "requestRedirect", false, [.http]),
        ("URLRewrite", "urlRewrite", false, [.http]),
        ("CORS", "cors", false, [.http]),
        ("ExtensionRef", "extensionRef", true, [.http, .grpc]),
    ]

    /// `filters` of a rule or a backend.
    static func list(_ fields: Fields, _ route: Route) -> [RouteFilter] {
        let entries = fields.list("filters", 0...16)
        let filters = entries.map { RouteFilter($0, route) }
        for type in types where !type.repeats {
            let repeats = entries.filter { $0.value("type")?.text == type.type }.dropFirst()
            for entry in repeats { entry.fail("must not be there twice in one list: \(type.type)", at: "type") }
        }
        let found = filters.compactMap { $0 }
        if found.contains(where: \.isRedirect), found.contains(where: \.isRewrite) {
            fields.fail("must not have both RequestRedirect and URLRewrite", at: "filters")
        }
        return found
    }

    private init?(_ fields: Fields, _ route: Route) {
        let types = Self.types.filter { $0.route.contains(route) }
        let names = types.map(\.type)
        let type = fields.string(
            "type", Check { names.contains($0) ? nil : "must be one of \(names.joined(separator: ", "))" })
        guard let field = types.first(where: { $0.type == type })?.field else {
            for other in types { fields.ignore(other.field) }
            return nil
        }
        for other in types where other.type != type && fields.has(other.field) {
            fields.fail("must not be there when type is \(type)", at: other.field)
        }
        let body = fields.need(field)
        switch type {
        case "RequestHeaderModifier": self = .requestHeaders(HeaderChanges(body))
        case "ResponseHeaderModifier": self = .responseHeaders(HeaderChanges(body))
        case "RequestMirror": self = .mirror(Mirror(body))
        case "RequestRedirect": self = .redirect(Redirect(body))
        case "URLRewrite": self = .rewrite(Rewrite(body))
        case "CORS": self = .cors(CORS(body))
        default: self = .extensionRef(ObjectRef(body))
        }
    }

    var isRedirect: Bool { if case .redirect = self { true } else { false } }

    private var isRewrite: Bool { if case .rewrite = self { true } else { false } }

    var replacesPrefix: Bool {
        switch self {
        case .redirect(let redirect): redirect.path?.replacesPrefix ?? false
        case .rewrite(let rewrite): rewrite.path?.replacesPrefix ?? false
        default: false
        }
    }
}

extension RouteFilter.HeaderChanges {
    fileprivate init(_ fields: Fields) {
        self.init(
            set: RouteFilter.Header.list(fields, "set"),
            add: RouteFilter.Header.list(fields, "add"),
            remove: fields.strings("remove", 0...16, unique: true, each: .headerName).map { $0.lowercased() })
    }
}

extension RouteFilter.Header {
    fileprivate static func list(_ fields: Fields, _ key: String) -> [Self] {
        let entries = fields.list(key, 0...16)
        fields.refuseRepeats(entries.compactMap { $0.value("name")?.text }, in: key, by: "name")
        let headers = entries.map {
            Self(name: $0.string("name", .headerName).lowercased(), value: $0.string("value", .headerValue))
        }
        return firstOfEach(headers, by: \.name)
    }
}

extension RouteFilter.Mirror {
    fileprivate init(_ fields: Fields) {
        let backend = ObjectRef.backend(fields.need("backendRef"))
        let percent = fields.optionalInteger("percent", 0...100)
        let fraction = fields["fraction"]
        if percent != nil, fraction != nil { fields.fail("must not be there beside percent", at: "fraction") }
        self.init(
            backend: backend.ref, port: backend.port,
            numerator: fraction?.integer("numerator", 0...Int(Int32.max)) ?? percent ?? 1,
            denominator: fraction?.integer("denominator", 1...Int(Int32.max), default: 100)
                ?? (percent == nil ? 1 : 100))
        if numerator > denominator { fraction?.fail("must not be more than denominator", at: "numerator") }
    }
}

extension RouteFilter.Redirect {
    fileprivate init(_ fields: Fields) {
        self.init(
            scheme: fields.optionalString("scheme", .oneOf("http", "https")),
            hostname: fields.optionalString("hostname", .hostname),
            path: fields["path"].flatMap(RouteFilter.PathChange.init),
            port: fields.optionalInteger("port", Fields.portNumbers),
            statusCode: fields.integer("statusCode", 300...399, default: 302))
        if ![301, 302, 303, 307, 308].contains(statusCode) {
            fields.fail("must be one of 301, 302, 303, 307, 308, is \(statusCode)", at: "statusCode")
        }
    }
}

extension RouteFilter.Rewrite {
    fileprivate init(_ fields: Fields) {
        self.init(
            hostname: fields.optionalString("hostname", .hostname),
            path: fields["path"].flatMap(RouteFilter.PathChange.init))
    }
}

extension RouteFilter.PathChange {
    fileprivate init?(_ fields: Fields) {
        let type = fields.string("type", .oneOf("ReplaceFullPath", "ReplacePrefixMatch"))
        fields.refuse("replacePrefixMatch", when: type == "ReplaceFullPath", "type is ReplaceFullPath")
        fields.refuse("replaceFullPath", when: type == "ReplacePrefixMatch", "type is ReplacePrefixMatch")
        switch type {
        case "ReplaceFullPath": self = .replaceFullPath(fields.string("replaceFullPath", .newPath))
        case "ReplacePrefixMatch": self = .replacePrefixMatch(fields.string("replacePrefixMatch", .newPath))
        default: return nil
        }
    }

    fileprivate var replacesPrefix: Bool { if case .replacePrefixMatch = self { true } else { false } }
}

extension RouteFilter.CORS {
    fileprivate init(_ fields: Fields) {
        let methods = Check.oneOf(
            "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "*")
        self.init(
            allowOrigins: fields.strings("allowOrigins", 0...64, unique: true, each: .origin),
            allowCredentials: fields.optionalFlag("allowCredentials") ?? false,
            allowMethods: fields.strings("allowMethods", 0...9, unique: true, each: methods),
            allowHeaders: fields.strings("allowHeaders", 0...64, unique: true, each: .headerName),
            exposeHeaders: fields.strings("exposeHeaders", 0...64, unique: true, each: .headerName),
            maxAge: fields.integer("maxAge", 1...Int(Int32.max), default: 5))
        for (key, list) in [
            ("allowOrigins", allowOrigins), ("allowMethods", allowMethods), ("allowHeaders", allowHeaders),
        ] where list.count > 1 && list.contains("*") {
            fields.fail("must not have other entries beside \"*\"", at: key)
        }
    }
}

extension Check {
    /// `*`, or a scheme and a host in which the first label may be `*`, and a port.
    fileprivate static let origin = Check { text in
        if text == "*" { return nil }
        let problem = "must be * or an origin such as https://*.example.com:8443"
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix), text.utf8.count <= 253 else {
            return problem
        }
        let parts = text.dropFirst(scheme.count).utf8
            .split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        if parts.count == 2, !(1...5).contains(parts[1].count) || !parts[1].allSatisfy(Names.isDigit) { return problem }
        guard (1...2).contains(parts.count) else { return problem }
        var labels = parts[0].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if labels.first.map({ $0.elementsEqual("*".utf8) }) == true {
            labels.removeFirst()
            if labels.isEmpty { return nil }
        }
        let areLabels = labels.allSatisfy { label in
            !label.isEmpty && label.allSatisfy { Names.isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
        return areLabels ? nil : problem
    }
}
