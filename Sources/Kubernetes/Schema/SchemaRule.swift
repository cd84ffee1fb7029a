/// What holds between the fields of one map.
public struct SchemaRule: Hashable, Sendable {
    /// How the rule is said. All forms but `expression` can also be said to API servers that do not know CEL.
    public enum Form: Hashable, Sendable {
        /// One of these fields is there, and no other of them.
        case exactlyOne([String])
        /// Not two of these fields are there.
        case atMostOne([String])
        /// One of these fields is there at least.
        case some([String])
        /// Both fields are there, or none.
        case together(String, String)
        /// The first field is there only beside one of the others.
        case needs(String, [String])
        /// The operator of a requirement of a label selector asks for values, or takes none.
        case requirement
        /// An expression of CEL about `self`.
        case expression(String)
    }

    /// How it is said.
    public var form: Form
    /// What is told to whom breaks it: a sentence without full stop.
    public var message: String

    /// That rule.
    init(_ form: Form, _ message: String) {
        self.form = form
        self.message = message
    }
}

extension SchemaRule {
    /// The rule in CEL; nil for what is always said in the other way, because it would be asked too often.
    var expression: String? {
        switch form {
        case .exactlyOne(let names): names.map { "(has(self.\($0)) ? 1 : 0)" }.joined(separator: " + ") + " == 1"
        case .atMostOne(let names): names.map { "(has(self.\($0)) ? 1 : 0)" }.joined(separator: " + ") + " <= 1"
        case .some(let names): names.map { "has(self.\($0))" }.joined(separator: " || ")
        case .together(let one, let other): "has(self.\(one)) == has(self.\(other))"
        case .needs(let one, let others):
            (["!has(self.\(one))"] + others.map { "has(self.\($0))" }).joined(separator: " || ")
        case .requirement: nil
        case .expression(let text): text
        }
    }

    /// The rule without CEL; nil where that cannot be said.
    var withoutExpression: YAMLTree? {
        switch form {
        case .exactlyOne(let names): ["oneOf": .list(names.map { Self.has($0) })]
        case .atMostOne(let names):
            ["not": ["anyOf": .list(Self.pairs(names).map { Self.has($0.0, $0.1) })]]
        case .some(let names): ["anyOf": .list(names.map { Self.has($0) })]
        case .together(let one, let other):
            ["oneOf": [Self.has(one, other), ["not": ["anyOf": [Self.has(one), Self.has(other)]]]]]
        case .needs(let one, let others): ["anyOf": .list(others.map { Self.has($0) } + [["not": Self.has(one)]])]
        case .requirement: Self.requirement
        case .expression: nil
        }
    }

    private static func has(_ names: String...) -> YAMLTree { ["required": .texts(names)] }

    private static func pairs(_ names: [String]) -> [(String, String)] {
        names.indices.flatMap { first in names[(first + 1)...].map { (names[first], $0) } }
    }

    private static let requirement: YAMLTree = [
        "oneOf": [
            [
                "properties": ["operator": ["enum": ["In", "NotIn"]], "values": ["minItems": 1]],
                "required": ["values"],
            ],
            ["properties": ["operator": ["enum": ["Exists", "DoesNotExist"]], "values": ["maxItems": 0]]],
        ]
    ]
}
