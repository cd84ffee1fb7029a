import Foundation
import Testing

@testable import Kubernetes

/// What Kubernetes asks of the schema of a CustomResourceDefinition, and what we ask besides.
@Suite("Structural schemas") struct SchemaStructureTests {
    /// Both forms of each kind.
    static let definitions: [(name: String, kind: KindSchema, withRules: Bool)] = KindSchema.all.flatMap { kind in
        [true, false].map { ("\(kind.kind) \($0 ? "with" : "without") rules", kind, $0) }
    }

    /// Keywords of a node that has a type.
    static let keywords: Set<String> = [
        "type", "description", "default", "properties", "additionalProperties", "items", "required", "enum", "format",
        "pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "minProperties",
        "maxProperties", "allOf", "anyOf", "oneOf", "not", "x-kubernetes-list-type", "x-kubernetes-list-map-keys",
        "x-kubernetes-validations",
    ]
    /// Keywords inside of `allOf`, `anyOf`, `oneOf` and `not`, where nothing may be defined.
    static let conditions: Set<String> = [
        "properties", "required", "enum", "minItems", "maxItems", "allOf", "anyOf", "oneOf", "not",
    ]

    @Test("every node has a type and bounds, and no keyword that is forbidden", arguments: definitions.map(\.name))
    func nodes(name: String) throws {
        let (_, kind, withRules) = try #require(Self.definitions.first { $0.name == name })
        let problems = Self.problems(kind.schema(withRules: withRules), "", SchemaMeanings.judge(kind))
        #expect(problems == [])
        #expect(withRules || !kind.definition(withRules: false).json.contains("x-kubernetes-validations"))
    }

    static func problems(_ node: YAMLTree, _ path: String, _ judge: SchemaJudge = SchemaJudge()) -> [String] {
        let keys = node.members.map(\.key)
        var problems = Set(keys).subtracting(keywords).sorted().map { "\(path): must not have \($0)" }
        if Set(keys).count < keys.count { problems.append("\(path): has a keyword twice") }
        func need(_ needed: String...) {
            problems += needed.filter { node[$0] == nil }.map { "\(path): must have \($0)" }
        }
        switch node["type"]?.string {
        case "string": if node["enum"] == nil { need("maxLength") }
        case "integer": need("minimum", "maximum", "format")
        case "boolean": break
        case "array":
            need("items", "maxItems", "x-kubernetes-list-type")
            problems += list(node, path)
        case "object":
            if node["additionalProperties"] != nil { need("maxProperties") }
            if node["additionalProperties"] != nil, node["properties"] != nil { problems.append("\(path): has both") }
        default: problems.append("\(path): must have a type")
        }
        let inner =
            (node["properties"]?.members ?? []).map { ($0.key, $0.value) }
            + ["items", "additionalProperties"].compactMap { key in node[key].map { (key, $0) } }
        problems += inner.flatMap { Self.problems($0.1, "\(path).\($0.0)", judge) }
        for name in (node["required"]?.elements ?? []).compactMap(\.string) where node["properties"]?[name] == nil {
            problems.append("\(path): requires \(name), which is no property")
        }
        if let standard = node["default"], !judge.problems(standard, node).isEmpty {
            problems.append("\(path): has a default that it refuses")
        }
        if node["default"] != nil, path.contains(".items") {
            problems.append(
                "\(path): has a default inside of a list, over which those who apply the list would quarrel")
        }
        return problems + conditions(node, node, path)
    }

    private static func list(_ node: YAMLTree, _ path: String) -> [String] {
        guard let items = node["items"] else { return [] }
        switch node["x-kubernetes-list-type"]?.string {
        case "atomic": return []
        case "set": return ["array", "object"].contains(items["type"]?.string) ? ["\(path): a set of no scalars"] : []
        case "map":
            let keys = node["x-kubernetes-list-map-keys"]?.elements ?? []
            let isRight = !keys.isEmpty && keys.allSatisfy { items["required"]?.elements.contains($0) ?? false }
            return isRight ? [] : ["\(path): keys of the list must be required"]
        default: return ["\(path): a list of unknown type"]
        }
    }

    /// Combinations say nothing but conditions, and of known fields only.
    private static func conditions(_ node: YAMLTree, _ whole: YAMLTree, _ path: String) -> [String] {
        let parts = ["allOf", "anyOf", "oneOf"].flatMap { node[$0]?.elements ?? [] } + [node["not"]].compactMap { $0 }
        return parts.flatMap { part -> [String] in
            var problems = Set(part.members.map(\.key)).subtracting(conditions).sorted().map {
                "\(path): must not have \($0) in a combination"
            }
            let named =
                (part["properties"]?.members ?? []).map(\.key) + (part["required"]?.elements ?? []).compactMap(\.string)
            for name in named where whole["properties"]?[name] == nil {
                problems.append("\(path): \(name) is in a combination, and no property")
            }
            return problems + conditions(part, whole, path)
        }
    }

    @Test("the checks see what is wrong")
    func checks() {
        let wrong: [YAMLTree] = [
            [:], ["type": "string"], ["type": "integer"], ["type": "array", "maxItems": 1],
            ["type": "string", "maxLength": 1, "nullable": true],
            ["type": "string", "maxLength": 1, "default": "ab"],
            [
                "type": "array", "maxItems": 1, "x-kubernetes-list-type": "atomic",
                "items": ["type": "boolean", "default": true],
            ],
            ["type": "object", "required": ["a"]], ["type": "object", "anyOf": [["type": "object"]]],
            ["type": "object", "oneOf": [["required": ["a"]]]],
            ["type": "object", "additionalProperties": ["type": "boolean"]],
            [
                "type": "array", "maxItems": 1, "x-kubernetes-list-type": "set", "items": ["type": "object"],
            ],
        ]
        for node in wrong { #expect(!Self.problems(node, "").isEmpty, "\(node.json)") }
        #expect(Self.problems(["type": "object", "properties": ["a": ["type": "boolean"]]], "") == [])
    }

    /// What an API server lets one expression cost at most, as it estimates it.
    static let mostOfOneRule = 10_000_000
    /// ... and all of a definition.
    static let mostOfAllRules = 100_000_000

    @Test("rules are cheap enough for an API server, however large an object is", arguments: KindSchema.all)
    func costs(kind: KindSchema) {
        let costs = Self.costs(kind.schema(withRules: true), 1)
        for (rule, cost) in costs { #expect(cost <= Self.mostOfOneRule, "\(rule)") }
        #expect(costs.reduce(0) { $0 + $1.1 } <= Self.mostOfAllRules)
    }

    /// A rule is asked for each place of its node; a rule that looks at all pairs of a list, for each pair. What one
    /// look costs is estimated by the length of the rule and of the longest names that it compares.
    private static func costs(_ node: YAMLTree, _ places: Int) -> [(String, Int)] {
        let own = (node["x-kubernetes-validations"]?.elements ?? []).map { rule -> (String, Int) in
            let text = rule["rule"]?.string ?? ""
            let isOfPairs = text.contains("exists_one")
            let lists = (node["properties"]?.members ?? []).filter { text.contains("self.\($0.key).all") }
            let pairs = lists.compactMap { $0.value["maxItems"]?.number }.map { $0 * $0 }.max() ?? 1
            return (text, places * (isOfPairs ? pairs * 100 : text.utf8.count))
        }
        let inner = (node["properties"]?.members ?? []).flatMap { costs($0.value, places) }
        let items = node["items"].map { costs($0, places * (node["maxItems"]?.number ?? 1)) } ?? []
        let values = node["additionalProperties"].map { costs($0, places * (node["maxProperties"]?.number ?? 1)) } ?? []
        return own + inner + items + values
    }

    @Test("every field is explained, with an example that its own schema takes", arguments: KindSchema.all)
    func examples(kind: KindSchema) throws {
        let judge = SchemaMeanings.judge(kind)
        let whole = kind.schema(withRules: true)
        #expect(whole["description"]?.string?.contains(" Example: ") == true)
        for field in SchemaMeanings.objects(.object(kind.spec)).flatMap(\.fields) {
            let schema = StructuralSchema(withRules: true).schema(field.node)
            #expect(judge.problems(try Self.read(field.example), schema) == [], "\(field.name): \(field.example)")
            #expect(field.meaning.hasSuffix(".") && !field.meaning.contains("  "), "\(field.name)")
            #expect(field.explanation == "\(field.meaning) Example: \(field.name): \(field.example)")
        }
        let spec = StructuralSchema(withRules: true).schema(.object(kind.spec))
        #expect(judge.problems(try Self.read(kind.specExample), spec) == [])
        var undescribed: [String] = []
        Self.walk(whole["properties"] ?? "") {
            if $0["description"]?.string?.contains("Example: ") != true { undescribed.append($1) }
        }
        #expect(undescribed == [])
    }

    private static func read(_ text: String) throws -> YAMLTree {
        let value = try #require(try YAMLReader.read(Array("a: \(text)\n".utf8)).first?["a"])
        return try #require(YAMLTree(value))
    }

    /// Every property, with its name.
    private static func walk(_ properties: YAMLTree, _ look: (YAMLTree, String) -> Void) {
        for member in properties.members {
            look(member.value, member.key)
            var node = member.value
            while let items = node["items"] ?? node["additionalProperties"] { node = items }
            walk(node["properties"] ?? [:], look)
        }
    }

    @Test("columns show fields that exist", arguments: KindSchema.all)
    func columns(kind: KindSchema) {
        let schema = kind.schema(withRules: true)
        for column in kind.columns where column.path != ".metadata.creationTimestamp" {
            if let match = column.path.wholeMatch(of: /\.status\.conditions\[\?\(@\.type=="(\w+)"\)\]\.(status|reason)/)
            {
                #expect(kind.conditions.contains { $0.name == match.1 }, "\(column.path)")
                continue
            }
            var node: YAMLTree? = schema
            for step in column.path.split(separator: ".") {
                let name = String(step.prefix { $0 != "[" })
                node = node?["properties"]?[name]
                if step.hasSuffix("]") { node = node?["items"] }
            }
            let types = ["integer": "integer", "boolean": "boolean"]
            #expect(node != nil && (types[column.type].map { $0 == node?["type"]?.string } ?? true), "\(column.path)")
        }
    }

    @Test("names are short, and each is there once")
    func names() {
        let names = KindSchema.all.flatMap { [$0.plural, $0.kind.lowercased()] + $0.shortNames }
        #expect(Set(names).count == names.count)
        for kind in KindSchema.all {
            #expect(kind.categories.first == "sallyport" && kind.shortNames.allSatisfy { $0.utf8.count <= 8 })
            #expect(kind.definitionName == "\(kind.plural).sallyport.dev")
        }
    }
}
