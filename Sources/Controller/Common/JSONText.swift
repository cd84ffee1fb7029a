import Kubernetes
import ModelTraffic

// What is written to an API server is a `JSONLiteral`; what comes from it is a `Value`.

extension JSONLiteral {
    /// An object; members without a value are left out.
    static func object(_ members: KeyValuePairs<String, JSONLiteral?>) -> JSONLiteral {
        .object(members.compactMap { key, value in value.map { (key, $0) } })
    }

    /// A map of texts, by name.
    static func map(_ texts: [String: String]) -> JSONLiteral {
        .object(texts.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
    }

    /// A list of texts.
    static func list(_ texts: [String]) -> JSONLiteral { .array(texts.map { .string($0) }) }

    /// A whole number.
    static func number(_ number: Int) -> JSONLiteral { .integer(Int64(number)) }

    /// What was read. Numbers that are not whole become texts: nothing that we pass on has any.
    init(_ value: Value) {
        switch value.content {
        case .null: self = .null
        case .bool(let flag): self = .bool(flag)
        case .integer(let number): self = .integer(number)
        case .number(let text), .string(let text): self = .string(text)
        case .list(let values): self = .array(values.map { JSONLiteral($0) })
        case .map(let members): self = .object(members.map { ($0.key, JSONLiteral($0.value)) })
        case .broken: self = .null
        }
    }

    /// The value of a key, when this is an object that has it.
    subscript(key: String) -> JSONLiteral? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.0 == key }?.1
    }

    /// The text, when this is one.
    var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The elements, when this is an array.
    var elements: [JSONLiteral]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The same object with a member set, or without it.
    func setting(_ key: String, _ value: JSONLiteral?) -> JSONLiteral {
        guard case .object(var members) = self else { return self }
        members.removeAll { $0.0 == key }
        if let value { members.append((key, value)) }
        return .object(members)
    }
}

extension Value {
    /// The members in the order of the text, when this is a map.
    var members: [Member]? {
        if case .map(let members) = content { members } else { nil }
    }

    /// True or false, when this is one of them.
    var flag: Bool? {
        if case .bool(let flag) = content { flag } else { nil }
    }

    /// What is found by going through maps, one key after the other.
    func at(_ keys: String...) -> Value? {
        keys.reduce(Optional(self)) { $0?[$1] }
    }

    /// A map of texts; what is no text is left out.
    var texts: [String: String] {
        Dictionary(
            (members ?? []).compactMap { member in member.value.text.map { (member.key, $0) } },
            uniquingKeysWith: { first, _ in first })
    }
}
