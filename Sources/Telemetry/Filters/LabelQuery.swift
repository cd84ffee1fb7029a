/// A label selector as text, as Kubernetes' command line takes it: `a=b, c!=d, e in (f, g), h notin (i), j, !k`.
struct LabelQuery: Sendable, Hashable {
    enum Requirement: Sendable, Hashable {
        case isIn(String, Set<String>)
        case notIn(String, Set<String>)
        case exists(String)
        case isAbsent(String)
    }

    /// All must hold.
    private(set) var requirements: [Requirement] = []

    /// Reads it; the error is what is wrong, in words.
    init(_ text: String) throws(PatternError) {
        for part in Self.parts(of: text) {
            let trimmed = Self.trim(part)
            guard !trimmed.isEmpty else { throw PatternError(description: "a requirement is empty") }
            requirements.append(try Self.requirement(trimmed))
        }
    }

    /// True when all hold for labels of flows, `source:key=value`. A key without a source means any.
    func matches(_ labels: [String]) -> Bool {
        var values: [Substring: Substring] = [:]
        for label in labels {
            let equals = label.firstIndex(of: "=") ?? label.endIndex
            let name = label[..<equals]
            let value = equals == label.endIndex ? "" : label[label.index(after: equals)...]
            values[name] = value
            if let colon = name.firstIndex(of: ":") { values[name[name.index(after: colon)...]] = value }
        }
        return requirements.allSatisfy { requirement in
            switch requirement {
            case .isIn(let key, let set): values[key[...]].map { set.contains(String($0)) } ?? false
            case .notIn(let key, let set): values[key[...]].map { !set.contains(String($0)) } ?? true
            case .exists(let key): values[key[...]] != nil
            case .isAbsent(let key): values[key[...]] == nil
            }
        }
    }

    /// Cut at the commas that are not between parentheses.
    private static func parts(of text: String) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var depth = 0
        for place in text.indices {
            switch text[place] {
            case "(": depth += 1
            case ")": depth -= 1
            case "," where depth == 0:
                parts.append(text[start..<place])
                start = text.index(after: place)
            default: break
            }
        }
        return parts + [text[start...]]
    }

    private static func requirement(_ text: Substring) throws(PatternError) -> Requirement {
        for (sign, isNegated) in [("!=", true), ("==", false), ("=", false)] {
            guard let range = text.firstRange(of: sign) else { continue }
            let key = try key(text[..<range.lowerBound])
            let value = try value(text[range.upperBound...])
            return isNegated ? .notIn(key, [value]) : .isIn(key, [value])
        }
        if text.hasPrefix("!") { return .isAbsent(try key(text.dropFirst())) }
        guard let open = text.firstIndex(of: "(") else { return .exists(try key(text)) }
        guard text.hasSuffix(")") else { throw PatternError(description: "a ( without its ) in \(text)") }
        let words = text[..<open].split(whereSeparator: \.isWhitespace)
        guard words.count == 2, words[1] == "in" || words[1] == "notin" else {
            throw PatternError(description: "expected KEY in (...) or KEY notin (...), not \(text)")
        }
        var set: Set<String> = []
        let inside = text[text.index(after: open)...].dropLast()
        for word in inside.split(separator: ",", omittingEmptySubsequences: false) { set.insert(try value(word)) }
        return words[1] == "in" ? .isIn(try key(words[0]), set) : .notIn(try key(words[0]), set)
    }

    private static func key(_ text: Substring) throws(PatternError) -> String {
        var key = trim(text)
        if key.hasPrefix("any:") { key = key.dropFirst(4) }
        guard !key.isEmpty, key.unicodeScalars.allSatisfy({ isName($0) || $0 == "/" || $0 == ":" }) else {
            throw PatternError(description: "\(text) is no key of a label")
        }
        return String(key)
    }

    private static func value(_ text: Substring) throws(PatternError) -> String {
        let value = trim(text)
        guard value.unicodeScalars.allSatisfy(isName) else {
            throw PatternError(description: "\(text) is no value of a label")
        }
        return String(value)
    }

    private static func isName(_ scalar: Unicode.Scalar) -> Bool {
        PatternClass.isWord(scalar) || scalar == "-" || scalar == "."
    }

    static func trim(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
