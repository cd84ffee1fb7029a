@testable import Kubernetes

/// What each rule means, and how a value is changed to keep it, or to break it: said here a second time, by functions.
enum SchemaMeanings {
    struct Meaning: Sendable {
        var holds: @Sendable (YAMLTree) -> Bool
        var keep: @Sendable (YAMLTree) -> YAMLTree
    }

    /// Expressions by their messages.
    static let expressions: [String: Meaning] = [
        "targetRefs to one object must each have another sectionName": Meaning(
            holds: { spec in
                let refs = spec["targetRefs"]?.elements ?? []
                return refs.indices.allSatisfy { a in
                    refs.indices.allSatisfy { b in
                        a == b || refs[a]["kind"] != refs[b]["kind"] || refs[a]["name"] != refs[b]["name"]
                            || refs[a]["sectionName"] != nil && refs[b]["sectionName"] != nil
                                && refs[a]["sectionName"] != refs[b]["sectionName"]
                    }
                }
            }, keep: { numbered($0, "targetRefs") }),
        "prompts or answers must be true; leave out capture to store neither": Meaning(
            holds: { $0["prompts"]?.isTrue == true || $0["answers"]?.isTrue == true },
            keep: { $0["answers"]?.isTrue == true ? $0 : $0.with("prompts", true) }),
        "each name in rules must be there once": Meaning(
            holds: { spec in
                let names = (spec["rules"]?.elements ?? []).compactMap { $0["name"] }
                return Set(names).count == names.count
            }, keep: { numbered($0, "rules") }),
        "dollars must be more than nothing": Meaning(
            holds: { $0["dollars"]?.string.map { $0.contains { "123456789".contains($0) } } ?? true },
            keep: { $0["dollars"] == nil ? $0 : $0.with("dollars", "0.5") }),
        "endPort must not be less than port": Meaning(
            holds: { ($0["endPort"]?.number ?? .max) >= ($0["port"]?.number ?? 0) },
            keep: { $0["endPort"] == nil ? $0 : $0.with("endPort", 65535) }),
        "port must be there for a Service": Meaning(
            holds: {
                $0["port"] != nil || ($0["kind"] ?? "Service") != "Service" || ($0["group"] ?? "") != ""
            }, keep: { $0["port"] == nil ? $0.with("port", 80) : $0 }),
        "endpoints, or built-in servers that it extends, or both must be there": Meaning(
            holds: { $0["endpoints"] != nil || $0["extends"]?.elements.isEmpty == false },
            keep: { $0["endpoints"] == nil ? $0.with("extends", ["vllm"]) : $0 }),
        "the name must not be that of a built-in server, or none": Meaning(
            holds: { object in
                let name = object["metadata"]?["name"]?.string ?? ""
                return name != ModelServer.noServer && !ModelServer.builtInNames.contains(name)
            }, keep: { $0 }),
        "audiences must have console.login.clientID: the tokens that people get are for it": Meaning(
            holds: { spec in
                spec["console"]?["login"]?["clientID"].map { spec["audiences"]?.elements.contains($0) ?? false } ?? true
            },
            keep: { spec in
                spec["console"]?["login"]?["clientID"].map { spec.with("audiences", [$0]) } ?? spec
            }),
        "subjectClaim must be sub for service accounts, whose names are checked against it": Meaning(
            holds: { $0["serviceAccounts"] != true || ($0["subjectClaim"] ?? "sub") == "sub" },
            keep: { $0["serviceAccounts"] == true && $0["subjectClaim"] != nil ? $0.with("subjectClaim", "sub") : $0 }),
    ]

    /// Entries of a list with names that no two have.
    private static func numbered(_ spec: YAMLTree, _ list: String) -> YAMLTree {
        guard let entries = spec[list]?.elements else { return spec }
        return spec.with(
            list,
            .list(
                entries.enumerated().map { index, entry in
                    entry["name"] == nil ? entry : entry.with("name", .text("name-\(index)"))
                }))
    }

    /// What the forms that are no expressions mean.
    static func holds(_ form: SchemaRule.Form, _ value: YAMLTree) -> Bool {
        func has(_ name: String) -> Bool { value[name] != nil }
        switch form {
        case .exactlyOne(let names): return names.filter(has).count == 1
        case .atMostOne(let names): return names.filter(has).count <= 1
        case .some(let names): return names.contains(where: has)
        case .together(let one, let other): return has(one) == has(other)
        case .needs(let one, let others): return !has(one) || others.contains(where: has)
        case .requirement:
            let isPresence = ["Exists", "DoesNotExist"].contains(value["operator"]?.string)
            return isPresence == (value["values"]?.elements ?? []).isEmpty
        case .expression: return false
        }
    }

    /// Answers for every expression that a kind's schema has.
    static func judge(_ kind: KindSchema) -> SchemaJudge {
        var judge = SchemaJudge()
        for rule in rules(of: kind) {
            guard let text = rule.expression else { continue }
            let form = rule.form
            if case .expression = form {
                judge.rules[text] = expressions[rule.message]?.holds
            } else {
                judge.rules[text] = { holds(form, $0) }
            }
        }
        for (least, most) in durations(.object(kind.spec)) {
            let lower = "duration(self) >= duration('\(least)')"
            let text = most.map { "\(lower) && duration(self) <= duration('\($0)')" } ?? lower
            judge.rules[text] = { value in
                guard let duration = value.string.flatMap(Milliseconds.init(duration:)) else { return true }
                return (Milliseconds(duration: least).map { duration >= $0 } ?? false)
                    && (most.flatMap(Milliseconds.init(duration:)).map { duration <= $0 } ?? true)
            }
        }
        return judge
    }

    /// Every rule of a kind.
    static func rules(of kind: KindSchema) -> [SchemaRule] { kind.rules + objects(.object(kind.spec)).flatMap(\.rules) }

    /// Every map with known fields, from the outside in.
    static func objects(_ node: SchemaNode) -> [SchemaObject] {
        switch node {
        case .object(let object): [object] + object.fields.flatMap { objects($0.node) }
        case .list(let element, _, _), .map(let element, _): objects(element)
        default: []
        }
    }

    private static func durations(_ node: SchemaNode) -> [(String, String?)] {
        switch node {
        case .duration(let least, let most): [(least, most)]
        case .object(let object): object.fields.flatMap { durations($0.node) }
        case .list(let element, _, _), .map(let element, _): durations(element)
        default: []
        }
    }
}
