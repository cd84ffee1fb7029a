/// Writes nodes as structural schemas: what a CustomResourceDefinition says of the fields of its objects.
struct StructuralSchema {
    /// False for API servers before Kubernetes 1.25, which do not know CEL: then what can be said in another way is, and
    /// the rest is left to the decoders.
    let withRules: Bool

    /// The schema of a node, with an explanation and a default where it has them.
    func schema(_ node: SchemaNode, _ explanation: String? = nil, standard: YAMLTree? = nil) -> YAMLTree {
        var members: [YAMLTree.Member] = []
        if let explanation { members.append(.init("description", .text(explanation))) }
        members.append(.init("type", .text(node.typeName)))
        if let standard { members.append(.init("default", standard)) }
        return YAMLTree.map(members).adding(constraints(node))
    }

    private func constraints(_ node: SchemaNode) -> [YAMLTree.Member] {
        switch node {
        case .text(let rule): Self.text(rule)
        case .duration(let least, let most):
            Self.text(.duration) + rules([SchemaRule(duration: least, most)])
        case .choice(let words): [.init("enum", .texts(words))]
        case .integer(let range): Self.integer(range)
        case .flag: []
        case .list(let element, let count, let kind):
            Self.count("Items", count) + Self.listKind(kind) + [.init("items", schema(element))]
        case .map(let element, let count):
            Self.count("Properties", count) + [.init("additionalProperties", schema(element))]
        case .object(let object): fields(object)
        }
    }

    private func fields(_ object: SchemaObject) -> [YAMLTree.Member] {
        var members: [YAMLTree.Member] = []
        if let count = object.count { members += Self.count("Properties", count) }
        let needed = object.fields.filter(\.isRequired).map(\.name)
        if !needed.isEmpty { members.append(.init("required", .texts(needed))) }
        if !object.fields.isEmpty {
            members.append(
                .init(
                    "properties",
                    .map(
                        object.fields.map {
                            .init($0.name, schema($0.node, $0.explanation, standard: $0.standard))
                        })))
        }
        return members + rules(object.rules)
    }

    /// Rules, in CEL where it is known and cheap, else by what every API server knows.
    func rules(_ rules: [SchemaRule]) -> [YAMLTree.Member] {
        let expressions = withRules ? rules.filter { $0.expression != nil } : []
        let others = rules.filter { !withRules || $0.expression == nil }.compactMap(\.withoutExpression)
        var members: [YAMLTree.Member] = []
        if others.count > 1 {
            members.append(.init("allOf", .list(others)))
        } else if case .map(let only)? = others.first {
            members += only
        }
        if !expressions.isEmpty {
            members.append(
                .init(
                    "x-kubernetes-validations",
                    .list(
                        expressions.map {
                            .some(("rule", $0.expression.map { .text($0) }), ("message", .text($0.message)))
                        })
                ))
        }
        return members
    }

    // MARK: Scalars and counts

    private static func text(_ rule: TextRule) -> [YAMLTree.Member] {
        var members: [YAMLTree.Member] = []
        if rule.length.lowerBound > 0 { members.append(.init("minLength", .integer(rule.length.lowerBound))) }
        members.append(.init("maxLength", .integer(rule.length.upperBound)))
        if let pattern = rule.pattern { members.append(.init("pattern", .text(pattern))) }
        if let format = rule.format { members.append(.init("format", .text(format))) }
        return members
    }

    private static func integer(_ range: ClosedRange<Int>) -> [YAMLTree.Member] {
        [
            .init("format", .text(range.upperBound > Int(Int32.max) ? "int64" : "int32")),
            .init("minimum", .integer(range.lowerBound)), .init("maximum", .integer(range.upperBound)),
        ]
    }

    private static func count(_ what: String, _ range: ClosedRange<Int>) -> [YAMLTree.Member] {
        (range.lowerBound > 0 ? [.init("min\(what)", .integer(range.lowerBound))] : [])
            + [.init("max\(what)", .integer(range.upperBound))]
    }

    private static func listKind(_ kind: SchemaNode.ListKind) -> [YAMLTree.Member] {
        switch kind {
        case .atomic: [.init("x-kubernetes-list-type", "atomic")]
        case .set: [.init("x-kubernetes-list-type", "set")]
        case .map(let key):
            [.init("x-kubernetes-list-type", "map"), .init("x-kubernetes-list-map-keys", [.text(key)])]
        }
    }
}

extension SchemaNode {
    /// The type in JSON.
    var typeName: String {
        switch self {
        case .text, .duration, .choice: "string"
        case .integer: "integer"
        case .flag: "boolean"
        case .list: "array"
        case .map, .object: "object"
        }
    }
}

extension SchemaRule {
    /// Bounds of a duration.
    fileprivate init(duration least: String, _ most: String?) {
        let lower = "duration(self) >= duration('\(least)')"
        guard let most else { self.init(.expression(lower), "must be at least \(least)"); return }
        self.init(
            .expression("\(lower) && duration(self) <= duration('\(most)')"), "must be between \(least) and \(most)")
    }
}
