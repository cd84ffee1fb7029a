import Foundation
import Synchronization

@testable import Kubernetes

/// What an API server says of a value by a structural schema: the keywords that we write, and no others. Rules in CEL
/// are answered by functions that say the same.
struct SchemaJudge {
    /// What answers for an expression.
    var rules: [String: @Sendable (YAMLTree) -> Bool] = [:]

    /// What is wrong, each with its place; an unknown field is wrong, as with strict field validation.
    func problems(_ value: YAMLTree, _ schema: YAMLTree, _ path: String = "") -> [String] {
        var problems: [String] = []
        if let type = schema["type"]?.string, type != value.typeName {
            return ["\(path): is \(value.typeName), must be \(type)"]
        }
        switch value {
        case .text(let text): problems += self.text(text, schema)
        case .integer(let number):
            if let least = schema["minimum"]?.number, number < least { problems.append("below \(least)") }
            if let most = schema["maximum"]?.number, number > most { problems.append("above \(most)") }
        case .flag: break
        case .list(let elements): problems += list(elements, schema)
        case .map(let members): problems += map(members, schema)
        }
        problems = problems.map { "\(path): \($0)" } + inner(value, schema, path)
        return problems + combinations(value, schema, path) + expressions(value, schema, path)
    }

    private func text(_ text: String, _ schema: YAMLTree) -> [String] {
        var problems: [String] = []
        let count = text.unicodeScalars.count
        if let words = schema["enum"]?.elements, !words.contains(.text(text)) {
            problems.append("not one of the words")
        }
        if let least = schema["minLength"]?.number, count < least { problems.append("too short") }
        if let most = schema["maxLength"]?.number, count > most { problems.append("too long") }
        if let pattern = schema["pattern"]?.string, !Self.matches(text, pattern) { problems.append("not \(pattern)") }
        if schema["format"]?.string == "date-time", secondsSince1970(text) == nil { problems.append("no time") }
        return problems
    }

    /// `$` is the end of the text for API servers; ICU would let a line break follow.
    static func matches(_ text: String, _ pattern: String) -> Bool {
        let expression = compiled.withLock { compiled -> NSRegularExpression? in
            if let known = compiled[pattern] { return known }
            let atEnd = pattern.hasSuffix("$") ? pattern.dropLast() + "\\z" : pattern[...]
            let made = try? NSRegularExpression(pattern: String(atEnd))
            compiled[pattern] = made
            return made
        }
        let whole = NSRange(location: 0, length: text.utf16.count)
        return expression?.firstMatch(in: text, range: whole) != nil
    }

    private static let compiled = Mutex<[String: NSRegularExpression]>([:])

    private func list(_ elements: [YAMLTree], _ schema: YAMLTree) -> [String] {
        var problems: [String] = []
        if let least = schema["minItems"]?.number, elements.count < least { problems.append("too few entries") }
        if let most = schema["maxItems"]?.number, elements.count > most { problems.append("too many entries") }
        if schema["x-kubernetes-list-type"]?.string == "set", Set(elements).count < elements.count {
            problems.append("an entry twice")
        }
        return problems
    }

    private func map(_ members: [YAMLTree.Member], _ schema: YAMLTree) -> [String] {
        var problems: [String] = []
        if let least = schema["minProperties"]?.number, members.count < least { problems.append("too few fields") }
        if let most = schema["maxProperties"]?.number, members.count > most { problems.append("too many fields") }
        let names = members.map(\.key)
        for needed in (schema["required"]?.elements ?? []).compactMap(\.string) where !names.contains(needed) {
            problems.append("\(needed) is missing")
        }
        return problems
    }

    private func inner(_ value: YAMLTree, _ schema: YAMLTree, _ path: String) -> [String] {
        switch value {
        case .list(let elements):
            guard let items = schema["items"] else { return [] }
            return elements.enumerated().flatMap { problems($0.element, items, "\(path)[\($0.offset)]") }
        case .map(let members):
            return members.flatMap { member -> [String] in
                let place = "\(path).\(member.key)"
                if let field = schema["properties"]?[member.key] { return problems(member.value, field, place) }
                if let values = schema["additionalProperties"] { return problems(member.value, values, place) }
                // Inside of a combination nothing is said of other fields.
                return schema["type"] == nil ? [] : ["\(place): no such field"]
            }
        default: return []
        }
    }

    private func combinations(_ value: YAMLTree, _ schema: YAMLTree, _ path: String) -> [String] {
        func holds(_ part: YAMLTree) -> Bool { problems(value, part).isEmpty }
        var said: [String] = []
        if let parts = schema["allOf"]?.elements, !parts.allSatisfy(holds) { said.append("\(path): not allOf") }
        if let parts = schema["anyOf"]?.elements, !parts.contains(where: holds) { said.append("\(path): not anyOf") }
        if let parts = schema["oneOf"]?.elements, parts.filter(holds).count != 1 { said.append("\(path): not oneOf") }
        if let part = schema["not"], holds(part) { said.append("\(path): not not") }
        return said
    }

    private func expressions(_ value: YAMLTree, _ schema: YAMLTree, _ path: String) -> [String] {
        (schema["x-kubernetes-validations"]?.elements ?? []).compactMap { rule in
            guard let text = rule["rule"]?.string, let answer = rules[text] else {
                return "\(path): a rule of unknown meaning"
            }
            return answer(value) ? nil : "\(path): \(rule["message"]?.string ?? "")"
        }
    }
}

extension YAMLTree {
    /// The type in JSON.
    var typeName: String {
        switch self {
        case .text: "string"
        case .integer: "integer"
        case .flag: "boolean"
        case .list: "array"
        case .map: "object"
        }
    }

    /// The number, when this is one.
    var number: Int? { if case .integer(let number) = self { number } else { nil } }

    /// The members; none when this is no map.
    var members: [Member] {
        if case .map(let members) = self { members } else { [] }
    }

    /// The same map with one more member, or another value of one, or without it.
    func with(_ key: String, _ value: YAMLTree?) -> YAMLTree {
        guard case .map(var members) = self else { return self }
        let index = members.firstIndex { $0.key == key }
        switch (index, value) {
        case (let index?, let value?): members[index].value = value
        case (let index?, nil): members.remove(at: index)
        case (nil, let value?): members.append(Member(key, value))
        case (nil, nil): break
        }
        return .map(members)
    }

    /// What the readers of objects made of a text.
    init?(_ value: Kubernetes.Value) {
        switch value.content {
        case .bool(let flag): self = .flag(flag)
        case .integer(let number): self = .integer(Int(number))
        case .string(let text): self = .text(text)
        case .list(let elements): self = .list(elements.compactMap { YAMLTree($0) })
        case .map(let members): self = .map(members.compactMap { m in YAMLTree(m.value).map { Member(m.key, $0) } })
        case .null, .number, .broken: return nil
        }
    }
}
