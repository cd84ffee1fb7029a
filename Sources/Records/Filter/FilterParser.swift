/// Reads a filter: `or` of `and` of `not` of what can be asked. Words next to each other mean `and`.
struct FilterParser {
    private let tokens: [FilterLexer.Token]
    private let values: FilterValueReader
    private var index = 0
    private var depth = 0

    /// Bytes that a filter has at most.
    static let longest = 16_384
    /// Brackets and `not` that are within each other at most.
    static let deepest = 64

    static func parse(_ text: String, now: Int64?) throws(FilterError) -> FilterNode {
        guard text.utf8.count <= longest else {
            throw FilterError(range: longest..<longest, message: "a filter has at most \(longest) bytes")
        }
        var parser = FilterParser(tokens: try FilterLexer.tokens(text), values: FilterValueReader(now: now))
        guard parser.token.kind != .end else { return .all }
        let node = try parser.disjunction()
        guard parser.token.kind == .end else {
            throw FilterError(range: parser.token.range, message: "there is no bracket that this `)` closes")
        }
        return node
    }

    private init(tokens: [FilterLexer.Token], values: FilterValueReader) {
        self.tokens = tokens
        self.values = values
    }

    private var token: FilterLexer.Token { tokens[index] }

    private mutating func advance() { index = min(index + 1, tokens.count - 1) }

    private mutating func disjunction() throws(FilterError) -> FilterNode {
        var nodes = [try conjunction()]
        while token.isWord("or") {
            advance()
            nodes.append(try conjunction())
        }
        return .any(of: nodes)
    }

    private mutating func conjunction() throws(FilterError) -> FilterNode {
        var nodes = [try negation()]
        while true {
            if token.isWord("and") {
                advance()
            } else if token.kind == .end || token.isSign(")") || token.isWord("or") {
                return .all(of: nodes)
            }
            nodes.append(try negation())
        }
    }

    private mutating func negation() throws(FilterError) -> FilterNode {
        guard token.isWord("not") else { return try primary() }
        try enter()
        advance()
        let node = FilterNode.none(of: try negation())
        depth -= 1
        return node
    }

    private mutating func enter() throws(FilterError) {
        depth += 1
        guard depth <= Self.deepest else {
            throw FilterError(range: token.range, message: "there is too much within each other")
        }
    }

    private mutating func primary() throws(FilterError) -> FilterNode {
        let token = token
        switch token.kind {
        case .end: throw FilterError(range: token.range, message: "something must follow: a field, a text or `(`")
        case .quoted:
            advance()
            guard !token.text.isEmpty else { throw FilterError(range: token.range, message: "the text is empty") }
            if self.token.kind == .sign, !["(", ")"].contains(self.token.text) {
                throw FilterError(range: token.range, message: "a field is written without quotation marks")
            }
            return .search(token.text.smallLetters)
        case .sign where token.text == "(":
            try enter()
            advance()
            let node = try disjunction()
            guard self.token.isSign(")") else {
                throw FilterError(range: self.token.range, message: "`)` must follow")
            }
            advance()
            depth -= 1
            return node
        case .sign:
            throw FilterError(range: token.range, message: "before `\(token.text)` there must be a field")
        case .word:
            advance()
            return try question(token)
        }
    }

    /// What begins with a word: a comparison, a field alone, or a text to look for.
    private mutating func question(_ word: FilterLexer.Token) throws(FilterError) -> FilterNode {
        let isCompared =
            token.kind == .sign && !["(", ")", ","].contains(token.text) || token.isWord("in")
            || token.isWord("not") && tokens[min(index + 1, tokens.count - 1)].isWord("in")
        for keyword in ["and", "or", "in"] where word.isWord(keyword) {
            throw FilterError(
                range: word.range, message: "before `\(keyword)` something is missing; quote it to look for it")
        }
        if word.isWord("all"), !isCompared { return .all }
        guard let subject = FilterSubject.named(word.text) else {
            guard isCompared || FilterNames.looksLikeField(word.text) else { return .search(word.text.smallLetters) }
            throw FilterError(
                range: word.range, message: "there is no field `\(word.text)`",
                suggestions: FilterNames.nearest(to: word.text))
        }
        guard isCompared else { return .present(subject) }
        guard subject.kind != .object else {
            let parts = FilterSubject.names.filter { $0.hasPrefix(subject.name + ".") }.sorted()
            throw FilterError(
                range: word.range, message: "`\(subject.name)` has parts, of which one must be named",
                suggestions: parts)
        }
        return try comparison(subject)
    }

    private mutating func comparison(_ subject: FilterSubject) throws(FilterError) -> FilterNode {
        let sign = token
        advance()
        if sign.isWord("not") {
            advance()
            return .none(of: .compare(subject, .oneOf(try list(subject))))
        }
        switch sign.text.smallLetters {
        case "in": return .compare(subject, .oneOf(try list(subject)))
        case "=": return .compare(subject, .oneOf([try value(subject)]))
        case "!=": return .none(of: .compare(subject, .oneOf([try value(subject)])))
        case "~": return .compare(subject, .like(try pattern(subject, sign)))
        case "!~": return .none(of: .compare(subject, .like(try pattern(subject, sign))))
        default: break
        }
        guard [.integer, .status, .duration, .time, .cost].contains(subject.kind) else {
            throw FilterError(
                range: sign.range, message: "`\(subject.name)` is not a number; there are =, !=, ~, !~ and in")
        }
        let range = token.range
        let value = try value(subject)
        if case .statusClass = value {
            throw FilterError(range: range, message: "`\(sign.text)` must be followed by one status")
        }
        switch sign.text {
        case "<": return .compare(subject, .less(value))
        case "<=": return .compare(subject, .lessOrEqual(value))
        case ">": return .compare(subject, .greater(value))
        default: return .compare(subject, .greaterOrEqual(value))
        }
    }

    private mutating func value(_ subject: FilterSubject) throws(FilterError) -> FilterValue {
        let token = token
        guard token.kind == .word || token.kind == .quoted else {
            throw FilterError(range: token.range, message: "a value of `\(subject.name)` must follow")
        }
        advance()
        return try values.read(token, for: subject)
    }

    /// Values in brackets, or one.
    private mutating func list(_ subject: FilterSubject) throws(FilterError) -> [FilterValue] {
        guard token.isSign("(") else { return [try value(subject)] }
        advance()
        var list = [try value(subject)]
        while token.isSign(",") {
            advance()
            list.append(try value(subject))
        }
        guard token.isSign(")") else { throw FilterError(range: token.range, message: "`,` or `)` must follow") }
        advance()
        var seen: Set<FilterValue> = []
        return list.filter { seen.insert($0).inserted }
    }

    private mutating func pattern(
        _ subject: FilterSubject, _ sign: FilterLexer.Token
    ) throws(FilterError) -> FilterPattern {
        guard subject.kind == .text || subject.kind == .address else {
            throw FilterError(
                range: sign.range, message: "`\(subject.name)` is not a text; there are =, !=, <, <=, >, >= and in")
        }
        let token = token
        guard token.kind == .word || token.kind == .quoted, !token.text.isEmpty else {
            throw FilterError(range: token.range, message: "a text must follow, with `*` for whatever there is")
        }
        advance()
        return FilterPattern(token.text)
    }
}
