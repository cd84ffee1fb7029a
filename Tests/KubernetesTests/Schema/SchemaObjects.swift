import Testing

@testable import Kubernetes

/// Random objects made from schemas, which keep all rules.
struct SchemaObjects {
    var random: SplitMix
    /// True: every field that may stand beside the others is there.
    var isFull = false

    /// A whole object.
    mutating func object(_ kind: KindSchema) -> YAMLTree {
        [
            "apiVersion": .text("\(kind.group)/\(kind.version)"), "kind": .text(kind.kind),
            "metadata": ["name": "x"], "spec": value(.object(kind.spec)),
        ]
    }

    mutating func value(_ node: SchemaNode) -> YAMLTree {
        switch node {
        case .text(let rule): return .text(rule.random(&random))
        case .duration(let least, let most):
            return .text(
                ["90s", "1h", "5m", least == "1m" ? "60000ms" : least].filter { Self.isIn($0, least, most) }
                    .randomElement(using: &random) ?? least)
        case .choice(let words): return .text(words.randomElement(using: &random)!)
        case .integer(let range):
            return .integer(
                [range.lowerBound, range.upperBound, .random(in: range, using: &random)].randomElement(using: &random)!)
        case .flag: return .flag(.random(using: &random))
        case .list(let element, let count, let kind): return list(element, count, kind)
        case .map(let element, let count):
            let size = self.count(count)
            return .map((0..<size).map { .init("key-\($0)", value(element)) })
        case .object(let object): return map(object)
        }
    }

    private static func isIn(_ text: String, _ least: String, _ most: String?) -> Bool {
        guard let duration = Milliseconds(duration: text), let least = Milliseconds(duration: least) else {
            return false
        }
        return duration >= least && (most.flatMap(Milliseconds.init(duration:)).map { duration <= $0 } ?? true)
    }

    private mutating func count(_ range: ClosedRange<Int>) -> Int {
        let least = isFull ? max(range.lowerBound, min(1, range.upperBound)) : range.lowerBound
        return .random(in: least...min(range.upperBound, least + 2), using: &random)
    }

    private mutating func list(_ element: SchemaNode, _ count: ClosedRange<Int>, _ kind: SchemaNode.ListKind)
        -> YAMLTree
    {
        var elements: [YAMLTree] = []
        let wanted = self.count(count)
        for _ in 0..<(wanted * 20) where elements.count < wanted {
            let next = value(element)
            if kind != .set || !elements.contains(next) { elements.append(next) }
        }
        return .list(elements)
    }

    private mutating func map(_ object: SchemaObject) -> YAMLTree {
        var names = Set(object.fields.filter(\.isRequired).map(\.name))
        let optional = object.fields.filter { !$0.isRequired }.map(\.name).shuffled(using: &random)
        let most = object.count?.upperBound ?? object.fields.count
        let least = object.count?.lowerBound ?? 0
        let wanted = isFull ? most : Int.random(in: min(least, most)...most, using: &random)
        for name in optional where names.count < wanted { names.insert(name) }
        for rule in object.rules { repair(&names, rule.form) }
        if names.isEmpty, least > 0, let first = optional.first { names = [first] }
        var made = YAMLTree.map([])
        for field in object.fields where names.contains(field.name) {
            made = made.with(field.name, value(field.node))
        }
        return object.rules.reduce(made) { made, rule in
            switch rule.form {
            case .expression: SchemaMeanings.expressions[rule.message]?.keep(made) ?? made
            case .requirement: Self.requirement(made)
            default: made
            }
        }
    }

    private mutating func repair(_ names: inout Set<String>, _ form: SchemaRule.Form) {
        switch form {
        case .exactlyOne(let group):
            let chosen = group.randomElement(using: &random)!
            names.subtract(group)
            names.insert(chosen)
        case .atMostOne(let group):
            let there = group.filter(names.contains)
            guard there.count > 1, let chosen = there.randomElement(using: &random) else { return }
            names.subtract(group)
            names.insert(chosen)
        case .some(let group): if names.isDisjoint(with: group) { names.insert(group.randomElement(using: &random)!) }
        case .together(let one, let other):
            if names.contains(one) != names.contains(other) { names.formUnion([one, other]) }
        case .needs(let one, let others): if names.isDisjoint(with: others) { names.remove(one) }
        case .requirement, .expression: break
        }
    }

    private static func requirement(_ made: YAMLTree) -> YAMLTree {
        ["Exists", "DoesNotExist"].contains(made["operator"]?.string)
            ? made.with("values", nil) : made.with("values", ["a", "b"])
    }
}

extension KindSchema {
    /// What decoders say of an object.
    static func mistakes(_ object: YAMLTree) -> [String] {
        let decoded = ObjectDecoder.decode(text: object.json, file: "x.json")
        return (decoded.mistakes + decoded.notes).map { "\($0.path): \($0.message)" }
    }
}

extension KindSchema: CustomTestStringConvertible {
    /// What tests with kinds as arguments are called.
    public var testDescription: String { kind }
}
