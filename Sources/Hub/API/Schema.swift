import Records

/// What a JSON value looks like, for `/openapi.json`; the tests hold answers against it.
indirect enum Schema: Sendable {
    case text
    case number
    case integer
    case flag
    case list(Schema)
    /// Any names, each with a value like this.
    case map(Schema)
    /// These members; those whose name ends in `?` may be absent.
    case object([(String, Schema)])
    /// One of `Schemas.all`.
    case named(String)

    /// As OpenAPI 3.1 writes it.
    var json: JSONTree {
        switch self {
        case .text: .object([("type", "string")])
        case .number: .object([("type", "number")])
        case .integer: .object([("type", "integer")])
        case .flag: .object([("type", "boolean")])
        case .list(let element): .object([("type", "array"), ("items", element.json)])
        case .map(let value): .object([("type", "object"), ("additionalProperties", value.json)])
        case .named(let name): .object([("$ref", .text("#/components/schemas/\(name)"))])
        case .object(let members): Self.object(members)
        }
    }

    private static func object(_ members: [(String, Schema)]) -> JSONTree {
        let needed = members.map(\.0).filter { !$0.hasSuffix("?") }
        let properties = members.map { name, schema in
            (name.hasSuffix("?") ? String(name.dropLast()) : name, schema.json)
        }
        return .object([
            ("type", "object"), ("properties", .object(properties)), ("required", .list(needed.map { .text($0) })),
        ])
    }
}

/// JSON that is written in its own order.
indirect enum JSONTree: Sendable, ExpressibleByStringLiteral {
    case text(String)
    case integer(Int)
    case flag(Bool)
    case null
    case list([JSONTree])
    case object([(String, JSONTree)])

    init(stringLiteral text: String) { self = .text(text) }

    /// The text.
    var text: String {
        switch self {
        case .text(let text): (try? JSONText.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
        case .integer(let number): String(number)
        case .flag(let flag): String(flag)
        case .null: "null"
        case .list(let elements): "[" + elements.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { JSONTree.text($0).text + ":" + $1.text }.joined(separator: ",") + "}"
        }
    }
}

/// Every answer of the API.
enum Schemas {
    static let all: [(String, Schema)] = records + numbers + cluster + hub

    private static let records: [(String, Schema)] = [
        ("Record", record),
        (
            "RecordPage",
            .object([("records", .list(.named("Record"))), ("next", .text), ("complete", .named("Completeness"))])
        ),
        ("RecordList", .object([("records", .list(.named("Record")))])),
        ("Completeness", .object([("share", .number), ("lost", .integer), ("oldest?", .integer)])),
        ("FilterCheck", .object([("filter", .text), ("isCounted", .flag)])),
        (
            "Fields",
            .object([
                (
                    "fields",
                    .list(
                        .object([
                            ("name", .text), ("kind", .text), ("meaning", .text), ("openTelemetry?", .text),
                            ("isDimension", .flag),
                        ]))
                )
            ])
        ),
    ]

    private static let numbers: [(String, Schema)] = [
        (
            "Numbers",
            .object(
                [
                    "count", "repeats", "bytesIn", "bytesOut", "tokensIn", "tokensOut", "tokensCached",
                    "tokensReasoning", "tokensEstimated",
                ].map { ($0, .integer) } + [("costUSD", .text)]
                    + ["durationMedian?", "durationP95?", "durationMaximum?", "firstByteMedian?", "firstByteP95?"]
                    .map { ($0, .number) } + [("first?", .text), ("last?", .text)])
        ),
        (
            "Groups",
            .object([
                ("from", .text), ("to", .text), ("by", .list(.text)), ("starts", .list(.text)),
                (
                    "rows",
                    .list(
                        .object([
                            ("key", .map(.text)), ("total", .named("Numbers")), ("steps?", .list(.named("Numbers"))),
                        ]))
                ),
                ("other?", .named("Numbers")), ("otherCount", .integer), ("total", .named("Numbers")),
                ("undecided", .integer),
            ])
        ),
        (
            "Graph",
            .object([
                ("from", .text), ("to", .text), ("starts", .list(.text)), ("others", .integer),
                ("nodes", .list(.object([("id", .text), ("kind", .text), ("namespace", .text), ("name", .text)]))),
                (
                    "edges",
                    .list(
                        .object(
                            [("from", .text), ("to", .text)]
                                + ["allowed", "denied", "stagedDenied", "stagedAllowed", "bytes", "tokens"]
                                .map { ($0, .integer) } + [
                                    ("steps", .list(.list(.integer))), ("points", .list(.text)),
                                ]))
                ),
            ])
        ),
        (
            "AI",
            .object(["models", "principals", "tools", "classes", "workloads"].map { ($0, .named("Groups")) })
        ),
    ]

    private static let place: [(String, Schema)] = [("file?", .text), ("line?", .integer)]
    private static let conditions = Schema.list(
        .object([("type", .text), ("status", .text), ("reason", .text), ("message", .text), ("isBad", .flag)]))

    private static let cluster: [(String, Schema)] = [
        (
            "Object",
            .object(
                [("kind", .text), ("namespace", .text), ("name", .text)] + place + [
                    ("conditions", conditions),
                    ("parts", .list(.object([("name", .text), ("conditions", conditions)]))),
                ])
        ),
        (
            "Objects",
            .object([
                ("revision", .integer), ("objects", .list(.named("Object"))),
                (
                    "mistakes",
                    .list(.object([("file", .text), ("line", .integer), ("message", .text), ("namespace", .text)]))
                ),
            ])
        ),
        (
            "Guarantee",
            .object(
                [
                    ("guarantee", .text), ("rule", .text), ("promise", .text), ("text", .text), ("result", .text),
                    ("pairs?", .integer), ("witness?", .text), ("reason?", .text), ("remarks", .list(.text)),
                    ("namespaces", .list(.text)),
                ] + place)
        ),
        ("Guarantees", .object([("revision", .integer), ("guarantees", .list(.named("Guarantee")))])),
        (
            "Workload",
            .object([
                ("kind", .text), ("namespace", .text), ("name", .text), ("isGuardedIn", .flag), ("isGuardedOut", .flag),
            ])
        ),
        (
            "Exposure",
            .object([
                ("namespace", .text), ("target", .text), ("source", .text), ("traffic", .text), ("way", .text),
                ("isAI", .flag),
            ])
        ),
        ("Use", .object([("allowed", .integer), ("denied", .integer), ("last?", .text)])),
        (
            "Policies",
            .object([
                ("from", .text), ("to", .text),
                (
                    "policies",
                    .list(
                        .object([
                            (
                                "policy",
                                .object(
                                    [
                                        ("kind", .text), ("namespace", .text), ("name", .text), ("isStaged", .flag),
                                        ("tier", .text), ("rules", .list(.text)), ("subject", .text),
                                    ] + place)
                            ),
                            ("recordName", .text), ("use", .named("Use")),
                            (
                                "rules",
                                .list(.object([("name", .text), ("use", .named("Use")), ("isThere", .flag)]))
                            ),
                            (
                                "effect?",
                                .object([("same", .integer), ("newlyDenied", .integer), ("newlyAllowed", .integer)])
                            ),
                            ("isUnused", .flag),
                        ]))
                ),
            ])
        ),
        (
            "Overview",
            .object([
                ("revision", .integer),
                (
                    "protected",
                    .object([
                        ("workloads", .integer), ("guardedIn", .integer), ("guardedOut", .integer),
                        ("open", .list(.named("Workload"))),
                    ])
                ), ("objects", .object([("count", .integer), ("bad", .integer), ("mistakes", .integer)])),
                (
                    "guarantees",
                    .object([
                        ("proved", .integer), ("refuted", .integer), ("vacuous", .integer),
                        ("broken", .list(.named("Guarantee"))),
                    ])
                ), ("exposures", .list(.named("Exposure"))), ("decisions", .named("Groups")),
                ("denied", .named("Groups")), ("spent", .named("Groups")), ("alarms", .named("Groups")),
                ("staged", .named("Groups")),
            ])
        ),
        ("Explained", .object([("explanation?", .named("Explanation"))])),
        (
            "Explanation",
            .object([
                ("isAllowed", .flag), ("answer", .text), ("isChanged", .flag),
                (
                    "sides",
                    .list(
                        .object([
                            ("heading", .text), ("isAllowed", .flag), ("conclusion", .text),
                            (
                                "findings",
                                .list(
                                    .object(
                                        [("policy", .text), ("rule", .text), ("text", .text), ("isDecisive", .flag)]
                                            + place))
                            ),
                        ]))
                ), ("changes", .list(.object([("text", .text), ("yaml", .text)]))),
            ])
        ),
    ]

    private static let hub: [(String, Schema)] = [
        (
            "Status",
            .object([
                ("storage", .text), ("storageProblem?", .text), ("bytes", .integer), ("oldest?", .integer),
                ("dropped", .map(.integer)), ("head", .text),
                (
                    "sources",
                    .list(
                        .object([
                            ("name", .text), ("lastSeen", .integer), ("clockSkew", .integer), ("dropped", .integer),
                        ]))
                ),
            ])
        ),
        (
            "Session",
            .object([
                ("name", .text), ("owner", .text), ("means", .text), ("role", .text), ("namespaces?", .list(.text)),
                ("content", .flag),
            ])
        ),
        (
            "Content",
            .object([
                ("id", .text), ("time", .integer), ("prompt?", .named("ContentPart")),
                ("answer?", .named("ContentPart")),
            ])
        ), ("ContentPart", .object([("text", .text), ("isCut", .flag), ("redactions", .integer)])),
        (
            "Problem",
            .object([
                ("type", .text), ("title", .text), ("status", .integer), ("code", .text), ("detail", .text),
                ("parameter?", .text), ("position?", .integer), ("suggestion?", .text),
            ])
        ),
    ]

    /// A record, from its own list of fields.
    private static let record: Schema = {
        final class Tree {
            var members: [(String, Tree)] = []
            var leaf: Schema?
            var isList = false

            func child(_ name: String) -> Tree {
                if let found = members.first(where: { $0.0 == name }) { return found.1 }
                let tree = Tree()
                members.append((name, tree))
                return tree
            }

            var schema: Schema {
                let one = leaf ?? .object(members.map { ($0.0 + "?", $0.1.schema) })
                return isList ? .list(one) : one
            }
        }
        let root = Tree()
        for field in Record.fields {
            var tree = root
            for part in field.name.split(separator: ".") {
                let isList = part.hasSuffix("[]")
                tree = tree.child(String(isList ? part.dropLast(2) : part))
                if isList { tree.isList = true }
            }
            switch field.kind {
            case .string: tree.leaf = .text
            case .integer: tree.leaf = .integer
            case .boolean: tree.leaf = .flag
            case .seconds: tree.leaf = .number
            }
        }
        return root.schema
    }()
}
