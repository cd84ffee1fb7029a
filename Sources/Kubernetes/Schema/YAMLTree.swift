/// A document that we write: maps keep the order in which they were made, so that the same values give the same text.
public indirect enum YAMLTree: Hashable, Sendable {
    /// One key of a map, with its value.
    public struct Member: Hashable, Sendable {
        /// The key.
        public var key: String
        /// The value.
        public var value: YAMLTree

        /// That member.
        public init(_ key: String, _ value: YAMLTree) {
            self.key = key
            self.value = value
        }
    }

    /// A string.
    case text(String)
    /// A whole number.
    case integer(Int)
    /// True or false.
    case flag(Bool)
    /// A list.
    case list([YAMLTree])
    /// A map; keys are unique.
    case map([Member])
}

extension YAMLTree {
    /// The value of a key, when this is a map that has it.
    public subscript(key: String) -> YAMLTree? {
        guard case .map(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// The elements; none when this is no list.
    public var elements: [YAMLTree] {
        if case .list(let elements) = self { elements } else { [] }
    }

    /// The text, when this is a string.
    public var string: String? {
        if case .text(let text) = self { text } else { nil }
    }

    /// The map of those members that are there.
    static func some(_ members: (String, YAMLTree?)...) -> YAMLTree {
        .map(members.compactMap { key, value in value.map { Member(key, $0) } })
    }

    /// A list of strings.
    static func texts(_ texts: some Sequence<String>) -> YAMLTree { .list(texts.map { .text($0) }) }

    /// The same map with more at its end.
    func adding(_ more: [Member]) -> YAMLTree {
        if case .map(let members) = self { .map(members + more) } else { self }
    }
}

extension YAMLTree: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .text(value) }

    /// A whole number.
    public init(integerLiteral value: Int) { self = .integer(value) }

    /// True or false.
    public init(booleanLiteral value: Bool) { self = .flag(value) }

    /// A list.
    public init(arrayLiteral elements: YAMLTree...) { self = .list(elements) }

    /// A map, in the order that is written.
    public init(dictionaryLiteral elements: (String, YAMLTree)...) {
        self = .map(elements.map { Member($0.0, $0.1) })
    }
}
