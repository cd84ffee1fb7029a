/// What an expression says.
indirect enum PatternTree {
    case nothing
    case one(PatternClass)
    case assert(PatternAssertion)
    case sequence([PatternTree])
    case either(PatternTree, PatternTree)
    case repeated(PatternTree, least: Int, most: Int?)
}

/// Reads an expression from left to right.
struct PatternParser {
    private let text: [Unicode.Scalar]
    private var place = 0
    private var depth = 0
    private(set) var ignoresCase = false

    init(_ text: String) { self.text = Array(text.unicodeScalars) }

    private var next: Unicode.Scalar? { place < text.count ? text[place] : nil }

    private func error(_ what: String) -> PatternError {
        PatternError(description: "\(what), at character \(place + 1)")
    }

    mutating func parse() throws(PatternError) -> PatternTree {
        if text.starts(with: "(?i)".unicodeScalars) {
            ignoresCase = true
            place = 4
        }
        let tree = try alternatives()
        guard next == nil else { throw error("a ) without its (") }
        return tree
    }

    private mutating func alternatives() throws(PatternError) -> PatternTree {
        var tree = try sequence()
        while next == "|" {
            place += 1
            tree = .either(tree, try sequence())
        }
        return tree
    }

    private mutating func sequence() throws(PatternError) -> PatternTree {
        var parts: [PatternTree] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            let part = try atom()
            parts.append(try repetition(of: part))
        }
        return parts.isEmpty ? .nothing : .sequence(parts)
    }

    private mutating func atom() throws(PatternError) -> PatternTree {
        guard let scalar = next else { throw error("something is missing") }
        place += 1
        switch scalar {
        case ".": return .one(.any)
        case "^": return .assert(.start)
        case "$": return .assert(.end)
        case "(": return try group()
        case "[": return .one(try set())
        case "\\": return try escaped()
        case "*", "+", "?":
            place -= 1
            throw error("nothing to repeat before \(scalar)")
        default: return .one(PatternClass(scalar))
        }
    }

    private mutating func group() throws(PatternError) -> PatternTree {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 100 else { throw error("groups are too deep") }
        if next == "?" {
            guard place + 1 < text.count, text[place + 1] == ":" else {
                throw error("only (?: and a leading (?i) are known")
            }
            place += 2
        }
        let tree = try alternatives()
        guard next == ")" else { throw error("a ( without its )") }
        place += 1
        return tree
    }

    private mutating func repetition(of part: PatternTree) throws(PatternError) -> PatternTree {
        var least = 0
        var most: Int?
        switch next {
        case "*": place += 1
        case "+":
            place += 1
            least = 1
        case "?":
            place += 1
            most = 1
        case "{":
            guard let bounds = try counted() else { return part }
            (least, most) = bounds
        default: return part
        }
        // Lazy or greedy: whether it is found is the same.
        if next == "?" { place += 1 }
        guard next != "*", next != "+", next != "?" else { throw error("two repetitions one after the other") }
        return .repeated(part, least: least, most: most)
    }

    /// `{2}`, `{2,}` or `{2,5}`; nil: a brace that means itself, and then it stays where it is for the next atom.
    private mutating func counted() throws(PatternError) -> (Int, Int?)? {
        var end = place + 1
        while end < text.count, text[end] != "}" { end += 1 }
        guard end < text.count else { return nil }
        var inside = String.UnicodeScalarView()
        inside.append(contentsOf: text[(place + 1)..<end])
        let parts = String(inside).split(separator: ",", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let least = Int(parts[0]) else { return nil }
        var most: Int? = least
        if parts.count == 2 {
            most = parts[1].isEmpty ? nil : Int(parts[1])
            if !parts[1].isEmpty, most == nil { return nil }
        }
        guard least >= 0, least <= 1000, (most ?? least) <= 1000, (most ?? least) >= least else {
            throw error("a repetition that cannot be")
        }
        place = end + 1
        return (least, most)
    }

    private mutating func escaped() throws(PatternError) -> PatternTree {
        guard let scalar = next else { throw error("nothing after the last \\") }
        switch scalar {
        case "A": place += 1; return .assert(.start)
        case "z": place += 1; return .assert(.end)
        case "b": place += 1; return .assert(.boundary)
        case "B": place += 1; return .assert(.noBoundary)
        default: return .one(try escapedClass())
        }
    }

    private mutating func escapedClass() throws(PatternError) -> PatternClass {
        guard let scalar = next else { throw error("nothing after the last \\") }
        place += 1
        switch scalar {
        case "d": return .digits
        case "D": return PatternClass.digits.negated
        case "w": return .word
        case "W": return PatternClass.word.negated
        case "s": return .space
        case "S": return PatternClass.space.negated
        case "t": return PatternClass("\t")
        case "n": return PatternClass("\n")
        case "r": return PatternClass("\r")
        default:
            guard !PatternClass.isWord(scalar) else {
                place -= 1
                throw error("\\\(scalar) is not known")
            }
            return PatternClass(scalar)
        }
    }

    private mutating func set() throws(PatternError) -> PatternClass {
        var result = PatternClass([])
        var isNegated = false
        if next == "^" {
            isNegated = true
            place += 1
        }
        var isFirst = true
        while let scalar = next, scalar != "]" || isFirst {
            isFirst = false
            let low = try member()
            guard next == "-", place + 1 < text.count, text[place + 1] != "]" else {
                result.formUnion(low)
                continue
            }
            place += 1
            let high = try member()
            guard let from = low.single, let to = high.single, from <= to else { throw error("a range that cannot be") }
            result.ranges.append(from...to)
        }
        guard next == "]" else { throw error("a [ without its ]") }
        place += 1
        result.isNegated = isNegated
        return result
    }

    private mutating func member() throws(PatternError) -> PatternClass {
        guard let scalar = next else { throw error("a [ without its ]") }
        place += 1
        return scalar == "\\" ? try escapedClass() : PatternClass(scalar)
    }
}

extension PatternClass {
    /// The one character that it has; nil: not one.
    fileprivate var single: UInt32? {
        guard !isNegated, ranges.count == 1, ranges[0].count == 1 else { return nil }
        return ranges[0].lowerBound
    }
}
