import HTTPTypes
import Hummingbird

extension Route {
    /// `/openapi.json`, made of the routes themselves.
    static func description(of routes: [Route], version: String) -> Route {
        let summary = "This description."
        let own = Route(.get, "/openapi.json", .viewer, summary, gives: .text("application/json")) { _ in
            Response(status: .ok)
        }
        let text = Array(document(routes + [own], version: version).text.utf8)
        return Route(.get, "/openapi.json", .viewer, summary, gives: .text("application/json")) { _ in
            .bytes(text, "application/json")
        }
    }

    private static func document(_ routes: [Route], version: String) -> JSONTree {
        var paths: [(String, [(String, JSONTree)])] = []
        for route in routes where route.audience != .page && !route.isPage {
            let entry = (route.method.rawValue.lowercased(), route.json)
            if let index = paths.firstIndex(where: { $0.0 == route.path }) {
                paths[index].1.append(entry)
            } else {
                paths.append((route.path, [entry]))
            }
        }
        let schemes: JSONTree = .object([
            (
                "key",
                .object([
                    ("type", "http"), ("scheme", "bearer"),
                    ("description", "An access key with a console role, or a token of an issuer with a console grant."),
                ])
            ),
            (
                "header",
                .object([
                    ("type", "apiKey"), ("in", "header"), ("name", "x-api-key"),
                    ("description", "The same, where a proxy takes Authorization for itself."),
                ])
            ),
            ("session", .object([("type", "apiKey"), ("in", "cookie"), ("name", "sallyport")])),
        ])
        return .object([
            ("openapi", "3.1.0"),
            ("info", .object([("title", "Sallyport hub"), ("version", .text(version.isEmpty ? "0" : version))])),
            ("paths", .object(paths.map { ($0.0, .object($0.1)) })),
            (
                "components",
                .object([
                    ("schemas", .object(Schemas.all.map { ($0.0, $0.1.json) })), ("securitySchemes", schemes),
                ])
            ),
        ])
    }

    /// Pages and assets are for browsers, and are not described.
    private var isPage: Bool {
        if case .text(let type) = answer { return type == "text/html" || type == "*/*" }
        return false
    }

    private var json: JSONTree {
        var members: [(String, JSONTree)] = [("summary", .text(summary))]
        let described = parameters.map(\.json) + pathParameters
        if !described.isEmpty { members.append(("parameters", .list(described))) }
        members.append(("responses", .object(responses)))
        let security: [JSONTree] =
            audience == .anyone ? [] : ["key", "header", "session"].map { .object([($0, .list([]))]) }
        members.append(("security", .list(security)))
        return .object(members)
    }

    private var pathParameters: [JSONTree] {
        guard let open = path.firstIndex(of: "{"), let close = path.firstIndex(of: "}") else { return [] }
        return [
            .object([
                ("name", .text(String(path[path.index(after: open)..<close]))), ("in", "path"),
                ("required", .flag(true)), ("schema", Schema.text.json),
            ])
        ]
    }

    private var responses: [(String, JSONTree)] {
        let content: JSONTree? =
            switch answer {
            case .json(let name): .object([("application/json", .object([("schema", Schema.named(name).json)]))])
            case .events: .object([("text/event-stream", .object([("schema", Schema.text.json)]))])
            case .text(let type): .object([(type, .object([("schema", Schema.text.json)]))])
            case .nothing: nil
            }
        let good: [(String, JSONTree)] = [("description", "The answer.")] + (content.map { [("content", $0)] } ?? [])
        let problem: JSONTree = .object([
            ("description", "Why there is none (RFC 9457)."),
            (
                "content",
                .object([("application/problem+json", .object([("schema", Schema.named("Problem").json)]))])
            ),
        ])
        if case .nothing = answer { return [("204", .object(good)), ("default", problem)] }
        return [("200", .object(good)), ("default", problem)]
    }
}

extension Parameter {
    /// As OpenAPI describes it.
    fileprivate var json: JSONTree {
        var text = summary
        if let standard { text += " Absent: \(standard)." }
        return .object([
            ("name", .text(name)), ("in", "query"), ("required", .flag(isNeeded)), ("description", .text(text)),
            ("schema", schema),
        ])
    }

    private var schema: JSONTree {
        switch kind {
        case .text(let most): .object([("type", "string"), ("maxLength", .integer(most))])
        case .filter: .object([("type", "string"), ("maxLength", .integer(4096))])
        case .time, .span: .object([("type", "string")])
        case .number(let range):
            .object([
                ("type", "integer"), ("minimum", .integer(range.lowerBound)), ("maximum", .integer(range.upperBound)),
            ])
        case .choice(let words): .object([("type", "string"), ("enum", .list(words.map { .text($0) }))])
        case .choices(let words, let most):
            .object([
                ("type", "string"),
                ("description", .text("Up to \(most), with commas: \(words.joined(separator: ", "))")),
            ])
        }
    }
}
