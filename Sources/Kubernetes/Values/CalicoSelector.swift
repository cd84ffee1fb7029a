/// A question about labels in Calico's selector language.
///
///     app == "db" && !(tier in {"front", "back"}) || has(owner) && name starts with "a"
///
/// `!=` and `not in` hold for a label that is absent; all other questions about a value do not.
public indirect enum CalicoSelector: Hashable, Sendable {
    /// `all()`: everything; where namespaces are asked for, everything that is in one.
    case all
    /// `global()`: everything; where namespaces are asked for, everything that is in none.
    case global
    /// One label.
    case label(String, Test)
    /// `!`
    case not(CalicoSelector)
    /// `&&`, two or more.
    case and([CalicoSelector])
    /// `||`, two or more.
    case or([CalicoSelector])

    /// What is asked of a label.
    public enum Test: Hashable, Sendable {
        /// `has(key)`
        case exists
        /// `key == "value"`, `key in {"value", "value"}`
        case isIn(Set<String>)
        /// `key contains "text"`
        case contains(String)
        /// `key starts with "text"`
        case startsWith(String)
        /// `key ends with "text"`
        case endsWith(String)
    }

    /// What is wrong with the text of a selector.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// The character where it is, from 1; one more than there are when the text ends too early.
        public var character: Int
        /// What would be right there.
        public var expected: String

        /// One sentence that says what would be right.
        public var description: String {
            "must be a selector of Calico: at character \(character) expected \(expected)"
        }
    }

    /// How deep parentheses and negations may stand in each other.
    public static let depth = 64

    /// Reads a selector; a text of nothing but blanks selects everything.
    public static func parse(_ text: String) -> Result<CalicoSelector, Problem> {
        var reader = CalicoSelectorReader(text)
        do {
            return .success(try reader.read())
        } catch {
            return .failure(error)
        }
    }
}

extension CalicoSelector {
    /// True when `global()` stands in it.
    public var asksForGlobal: Bool {
        switch self {
        case .global: true
        case .all, .label: false
        case .not(let part): part.asksForGlobal
        case .and(let parts), .or(let parts): parts.contains(where: \.asksForGlobal)
        }
    }
}

extension CalicoSelector: CustomStringConvertible {
    /// The selector as it can be written; reading that gives the same selector.
    public var description: String {
        switch self {
        case .all: "all()"
        case .global: "global()"
        case .label(let key, .exists): "has(\(key))"
        case .label(let key, .isIn(let values)): Self.membership(key, values, "==", "in")
        case .label(let key, .contains(let text)): "\(key) contains \(Self.literal(text))"
        case .label(let key, .startsWith(let text)): "\(key) starts with \(Self.literal(text))"
        case .label(let key, .endsWith(let text)): "\(key) ends with \(Self.literal(text))"
        case .not(.label(let key, .isIn(let values))): Self.membership(key, values, "!=", "not in")
        case .not(.not(let part)): "!(\(CalicoSelector.not(part)))"
        case .not(let part): "!\(part.operand)"
        case .and(let parts): parts.map(\.operand).joined(separator: " && ")
        case .or(let parts): parts.map(\.operand).joined(separator: " || ")
        }
    }

    /// In parentheses where it needs them beside an operator.
    private var operand: String {
        switch self {
        case .and, .or: "(\(self))"
        default: description
        }
    }

    private static func membership(_ key: String, _ values: Set<String>, _ one: String, _ many: String) -> String {
        if values.count == 1, let value = values.first { return "\(key) \(one) \(literal(value))" }
        return "\(key) \(many) {\(values.sorted().map(literal).joined(separator: ", "))}"
    }

    /// A text has one kind of quote in it at most, because it was written in the other.
    private static func literal(_ text: String) -> String { text.contains("\"") ? "'\(text)'" : "\"\(text)\"" }
}
