@testable import Kubernetes

/// A value with one thing changed, and what schema and decoder are to say of it.
struct SchemaChange {
    let name: String
    /// Made late: some are large, and most are not looked at.
    private let make: () -> YAMLTree
    let schemaTakes: Bool
    let decoderTakes: Bool

    var value: YAMLTree { make() }

    init(
        name: String, schemaTakes: Bool = false, decoderTakes: Bool = false,
        value: @autoclosure @escaping () -> YAMLTree
    ) {
        self.name = name
        self.schemaTakes = schemaTakes
        self.decoderTakes = decoderTakes
        make = value
    }

    /// Every small change that makes a value wrong, or that is just right.
    static func all(_ node: SchemaNode, _ value: YAMLTree, _ path: String) -> [SchemaChange] {
        let others: [YAMLTree] = ["text", 1, true, ["text"], ["key": "text"]]
        let types = others.filter { $0.typeName != node.typeName }
            .map { other in
                SchemaChange(
                    name: "\(path) is \(other.typeName)", decoderTakes: mayBeOneText(path) && other == "text",
                    value: other)
            }
        return types + own(node, value, path)
    }

    /// In files a text may stand for a list with one entry; a schema has one type for each field.
    private static func mayBeOneText(_ path: String) -> Bool { path == "spec.requiredClaims.key" }

    private static func own(_ node: SchemaNode, _ value: YAMLTree, _ path: String) -> [SchemaChange] {
        switch node {
        case .text(let rule): return texts(rule, path)
        case .duration: return texts(.duration, path).filter { !$0.schemaTakes }
        case .choice(let words):
            return ["", words[0].lowercased() + "x", words[0] + " "].map {
                SchemaChange(name: "\(path) is \($0)", value: .text($0))
            }
        case .integer(let range):
            return [range.lowerBound - 1, range.upperBound + 1].map {
                SchemaChange(name: "\(path) is \($0)", value: .integer($0))
            }
        case .flag: return []
        case .list(let element, let count, let kind): return list(element, count, kind, value, path)
        case .map(let element, let count):
            let inner = value.members.first.map { member in
                all(element, member.value, "\(path).key").map { $0.inside { value.with(member.key, $0) } }
            }
            var changes = inner ?? []
            if count.lowerBound > 0 { changes.append(SchemaChange(name: "\(path) is empty", value: .map([]))) }
            if let member = value.members.first {
                changes.append(
                    SchemaChange(
                        name: "\(path) has too many", decoderTakes: onlyTheSchemaCounts(path),
                        value: .map((0...count.upperBound).map { .init("key-\($0)", member.value) })))
            }
            return changes
        case .object(let object): return fields(object, value, path)
        }
    }

    private static func texts(_ rule: TextRule, _ path: String) -> [SchemaChange] {
        let samples = TextSamples.of(rule)
        return samples.bad.map { SchemaChange(name: "\(path) is bad: \($0.prefix(40))", value: .text($0)) }
            + samples.leftToDecoder.map {
                SchemaChange(name: "\(path) is wrong: \($0.prefix(40))", schemaTakes: true, value: .text($0))
            }
    }

    private static func list(
        _ element: SchemaNode, _ count: ClosedRange<Int>, _ kind: SchemaNode.ListKind, _ value: YAMLTree, _ path: String
    ) -> [SchemaChange] {
        var changes: [SchemaChange] = []
        if let first = value.elements.first {
            changes += all(element, first, "\(path)[]").map { change in
                change.inside { .list([$0] + value.elements.dropFirst()) }
            }
            if kind == .set {
                let entry = first == "" ? "twice" : first
                changes.append(SchemaChange(name: "\(path) has an entry twice", value: [entry, entry]))
            }
            let isNamed = first["name"] != nil
            changes.append(
                SchemaChange(
                    name: "\(path) has too many", decoderTakes: onlyTheSchemaCounts(path),
                    value: .list(
                        (0...count.upperBound).map { isNamed ? first.with("name", .text("name-\($0)")) : first })))
        }
        if count.lowerBound > 0 { changes.append(SchemaChange(name: "\(path) is empty", value: [])) }
        return changes
    }

    /// Selectors have no bounds of their own in the decoders: Kubernetes' kinds have selectors too. Neither does the API
    /// server of an object of some megabytes.
    private static func onlyTheSchemaCounts(_ path: String) -> Bool {
        ["matchLabels", "matchExpressions", "values"].contains { path.hasSuffix($0) && path.contains("elector.") }
    }

    private static func fields(_ object: SchemaObject, _ value: YAMLTree, _ path: String) -> [SchemaChange] {
        var changes = [SchemaChange(name: "\(path) has another field", value: value.with("nothing-known", "text"))]
        for field in object.fields {
            if field.isRequired {
                changes.append(
                    SchemaChange(name: "\(path).\(field.name) is missing", value: value.with(field.name, nil)))
            }
            guard let inner = value[field.name] else { continue }
            changes += all(field.node, inner, "\(path).\(field.name)").map { change in
                change.inside { value.with(field.name, $0) }
            }
        }
        if let count = object.count {
            if count.lowerBound > 0 { changes.append(SchemaChange(name: "\(path) has nothing", value: .map([]))) }
        }
        return changes
    }

    private func inside(_ around: @escaping (YAMLTree) -> YAMLTree) -> SchemaChange {
        SchemaChange(name: name, schemaTakes: schemaTakes, decoderTakes: decoderTakes, value: around(make()))
    }

    // MARK: Rules

    /// For each rule of the value, and each place where it holds, the value with it broken.
    static func breaking(_ node: SchemaNode, _ value: YAMLTree, _ objects: inout SchemaObjects) -> [SchemaChange] {
        var changes: [SchemaChange] = []
        for place in places(node, value) {
            if let change = broken(place.rule, place.object, place.value, &objects) {
                changes.append(change.inside(place.around))
            }
        }
        return changes
    }

    private struct Place {
        var object: SchemaObject
        var rule: SchemaRule
        var value: YAMLTree
        var around: (YAMLTree) -> YAMLTree
    }

    /// Every map that has rules, each rule apart.
    private static func places(_ node: SchemaNode, _ value: YAMLTree) -> [Place] {
        switch node {
        case .object(let object):
            let own = object.rules.map { Place(object: object, rule: $0, value: value) { $0 } }
            return own
                + object.fields.flatMap { field -> [Place] in
                    guard let inner = value[field.name] else { return [] }
                    return places(field.node, inner).map { place in
                        var place = place
                        let around = place.around
                        place.around = { value.with(field.name, around($0)) }
                        return place
                    }
                }
        case .list(let element, _, _):
            guard let first = value.elements.first else { return [] }
            return places(element, first).map { place in
                var place = place
                let around = place.around
                place.around = { .list([around($0)] + value.elements.dropFirst()) }
                return place
            }
        default: return []
        }
    }

    private static func broken(
        _ rule: SchemaRule, _ object: SchemaObject, _ value: YAMLTree, _ objects: inout SchemaObjects
    ) -> SchemaChange? {
        func filled(_ names: [String]) -> YAMLTree {
            names.reduce(value) { made, name in
                guard made[name] == nil, let field = object.fields.first(where: { $0.name == name }) else {
                    return made
                }
                return made.with(name, objects.value(field.node))
            }
        }
        let changed: YAMLTree
        switch rule.form {
        case .exactlyOne(let names):
            changed =
                Bool.random(using: &objects.random)
                ? filled(names) : names.reduce(value) { $0.with($1, nil) }
        case .atMostOne(let names): changed = filled(Array(names.shuffled(using: &objects.random).prefix(2)))
        case .some(let names): changed = names.reduce(value) { $0.with($1, nil) }
        case .together(let one, let other): changed = filled([one]).with(other, nil)
        case .needs(let one, let others): changed = others.reduce(filled([one])) { $0.with($1, nil) }
        case .requirement:
            changed = value["values"] == nil ? value.with("values", ["a"]) : value.with("values", nil)
        case .expression: changed = wrong(rule.message, filled([]), objects: &objects, object)
        }
        let holds: Bool
        if case .expression = rule.form {
            holds = SchemaMeanings.expressions[rule.message]?.holds(changed) ?? true
        } else {
            holds = SchemaMeanings.holds(rule.form, changed)
        }
        // Where another rule is broken with it, or this one is not, the next round finds another place.
        let others = object.rules.filter { $0 != rule }.allSatisfy {
            if case .expression = $0.form { return SchemaMeanings.expressions[$0.message]?.holds(changed) ?? false }
            return SchemaMeanings.holds($0.form, changed)
        }
        return holds || !others ? nil : SchemaChange(name: rule.message, value: changed)
    }

    /// Breaks an expression.
    private static func wrong(
        _ message: String, _ value: YAMLTree, objects: inout SchemaObjects, _ object: SchemaObject
    ) -> YAMLTree {
        switch message.split(separator: " ").first {
        case "targetRefs":
            let first = value["targetRefs"]?.elements.first?.with("sectionName", nil) ?? ""
            let section: YAMLTree = Bool.random(using: &objects.random) ? first : first.with("sectionName", "part")
            return value.with("targetRefs", [first, section])
        case "each":
            let rules = (value["rules"]?.elements ?? []).map { $0.with("name", "twice") }
            return value.with("rules", .list(rules + rules.prefix(1)))
        case "prompts": return value.with("prompts", nil).with("answers", nil)
        case "dollars": return value.with("tokens", nil).with("dollars", "0.00")
        case "endPort": return value.with("port", 80).with("endPort", 79)
        case "port": return value.with("port", nil).with("kind", nil).with("group", nil)
        case "endpoints,": return value.with("endpoints", nil).with("extends", [])
        case "audiences": return value.with("audiences", ["nobody-else"])
        case "subjectClaim": return value.with("serviceAccounts", true).with("subjectClaim", "email")
        default: return value
        }
    }

    // MARK: Defaults

    /// For each field with a default, the value without it and with the default written.
    static func defaults(
        _ node: SchemaNode, _ value: YAMLTree, _ path: String
    ) -> [(name: String, absent: YAMLTree, written: YAMLTree)] {
        switch node {
        case .object(let object):
            return object.fields.flatMap { field -> [(name: String, absent: YAMLTree, written: YAMLTree)] in
                let place = "\(path).\(field.name)"
                let own = field.standard.map { (place, value.with(field.name, nil), value.with(field.name, $0)) }
                let inner = value[field.name].map { defaults(field.node, $0, place) } ?? []
                return (own.map { [$0] } ?? [])
                    + inner.map { ($0.name, value.with(field.name, $0.absent), value.with(field.name, $0.written)) }
            }
        case .list(let element, _, _):
            guard let first = value.elements.first else { return [] }
            let rest = value.elements.dropFirst()
            return defaults(element, first, path).map {
                ($0.name, .list([$0.absent] + rest), .list([$0.written] + rest))
            }
        default: return []
        }
    }
}
