extension FilterNode {
    /// The canonical text.
    var text: String {
        switch self {
        case .all: return "all"
        case .and(let nodes):
            return nodes.map { $0.isDisjunction ? "(\($0.text))" : $0.text }.joined(separator: " and ")
        case .or(let nodes): return nodes.map(\.text).joined(separator: " or ")
        case .present(let subject): return subject.name
        case .search(let text): return FilterValue.quoted(text)
        case .compare(let subject, let comparison): return subject.name + comparison.text(isNegated: false)
        case .not(.compare(let subject, let comparison)) where comparison.hasNegation:
            return subject.name + comparison.text(isNegated: true)
        case .not(let node):
            switch node {
            case .and, .or: return "not (\(node.text))"
            default: return "not \(node.text)"
            }
        }
    }

    private var isDisjunction: Bool {
        if case .or = self { return true }
        return false
    }
}

extension FilterComparison {
    /// True when there is a sign for what it is not.
    fileprivate var hasNegation: Bool {
        switch self {
        case .oneOf, .like: true
        case .less, .lessOrEqual, .greater, .greaterOrEqual: false
        }
    }

    /// What follows the name.
    fileprivate func text(isNegated: Bool) -> String {
        switch self {
        case .oneOf(let values):
            if values.count == 1, case .prefix = values[0] {
                return "\(isNegated ? " not" : "") in \(values[0].text)"
            }
            if values.count == 1 { return "\(isNegated ? "!=" : "=")\(values[0].text)" }
            return "\(isNegated ? " not" : "") in (\(values.map(\.text).joined(separator: ", ")))"
        case .like(let pattern): return "\(isNegated ? "!~" : "~")\(FilterValue.quoted(pattern.text))"
        case .less(let value): return "<\(value.text)"
        case .lessOrEqual(let value): return "<=\(value.text)"
        case .greater(let value): return ">\(value.text)"
        case .greaterOrEqual(let value): return ">=\(value.text)"
        }
    }
}

extension FilterValue {
    /// The value as it is read.
    var text: String {
        switch self {
        case .text(let text): FilterLexer.isWord(text) ? text : Self.quoted(text)
        case .address(let address): "\(address)"
        case .prefix(let prefix): "\(prefix)"
        case .integer(let number): "\(number)"
        case .statusClass(let first): "\(first)xx"
        case .duration(let microseconds): "\(Cost(picodollars: Int128(microseconds) * 1_000_000))s"
        case .time(let microseconds): Self.time(microseconds)
        case .cost(let cost): "\(cost)"
        case .boolean(let value): "\(value)"
        }
    }

    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    private static func time(_ microseconds: Int64) -> String {
        var writer = LineWriter(capacity: 32)
        writer.time(microseconds)
        return String(decoding: writer.take().dropFirst().dropLast(), as: UTF8.self)
    }
}
