/// What one value of an object may be. A few shapes are enough for all of our kinds; each becomes one node of a
/// structural schema of Kubernetes (`StructuralSchema.swift`) and some words of a reference page (`ReferencePage.swift`).
public indirect enum SchemaNode: Hashable, Sendable {
    /// A string.
    case text(TextRule)
    /// A duration of at least the first and at most the second, which may be absent.
    case duration(from: String, to: String?)
    /// One of some words.
    case choice([String])
    /// A whole number within bounds.
    case integer(ClosedRange<Int>)
    /// True or false.
    case flag
    /// A list with so many entries.
    case list(SchemaNode, ClosedRange<Int>, ListKind)
    /// A map from names that are not known before to values, with so many entries at most.
    case map(SchemaNode, ClosedRange<Int>)
    /// A map with known fields.
    case object(SchemaObject)

    /// How entries of a list belong together when several people write it.
    public enum ListKind: Hashable, Sendable {
        /// The list is one value: whoever writes it writes all of it.
        case atomic
        /// Scalars in any order, none twice.
        case set
        /// Maps, each told from the others by one field.
        case map(key: String)
    }
}

extension SchemaNode {
    /// A map with known fields.
    static func object(
        _ fields: [SchemaField], count: ClosedRange<Int>? = nil, rules: [SchemaRule] = []
    ) -> SchemaNode {
        .object(SchemaObject(fields: fields, count: count, rules: rules))
    }

    /// A list of strings, none twice.
    static func texts(_ rule: TextRule, _ count: ClosedRange<Int>) -> SchemaNode { .list(.text(rule), count, .set) }

    /// A list of maps that is one value.
    static func objects(
        _ fields: [SchemaField], _ count: ClosedRange<Int>, fieldCount: ClosedRange<Int>? = nil,
        rules: [SchemaRule] = []
    ) -> SchemaNode {
        .list(.object(fields, count: fieldCount, rules: rules), count, .atomic)
    }
}

/// A map with known fields, and what holds between them.
public struct SchemaObject: Hashable, Sendable {
    /// In the order in which people look for them.
    public var fields: [SchemaField]
    /// How many of the fields must be there, where that is another way to say which may stand beside each other.
    public var count: ClosedRange<Int>?
    /// What holds between fields.
    public var rules: [SchemaRule]
}

/// A field of a map.
public struct SchemaField: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Whether it must be there.
    public var isRequired: Bool
    /// What it means, in whole sentences.
    public var meaning: String
    /// A value in YAML's flow style, as it would stand behind the name.
    public var example: String
    /// What it is when it is absent, where the API server fills that in. Never inside of a list that is one value: who
    /// applies the same list without it would be told that he changes it.
    public var standard: YAMLTree?
    /// What it may be.
    public var node: SchemaNode

    /// A field that must be there.
    static func required(_ name: String, _ node: SchemaNode, _ meaning: String, example: String) -> SchemaField {
        SchemaField(name: name, isRequired: true, meaning: meaning, example: example, standard: nil, node: node)
    }

    /// A field that may be absent.
    static func optional(
        _ name: String, _ node: SchemaNode, _ meaning: String, example: String, standard: YAMLTree? = nil
    ) -> SchemaField {
        SchemaField(name: name, isRequired: false, meaning: meaning, example: example, standard: standard, node: node)
    }

    /// The meaning with the example, as `kubectl explain` shows it.
    var explanation: String { "\(meaning) Example: \(name): \(example)" }
}
