/// Reads Calico's selector language, in one pass over the bytes.
///
///     or      = and *("||" and)
///     and     = operation *("&&" operation)
///     operation = *"!" ("(" or ")" / "all()" / "global()" / "has(" key ")" / key test)
///     test    = ("==" / "!=" / "contains" / "starts with" / "ends with") text / ["not"] "in" "{" [text *("," text)] "}"
struct CalicoSelectorReader {
    private let bytes: [UInt8]
    private var at = 0
    private var depth = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    mutating func read() throws(CalicoSelector.Problem) -> CalicoSelector {
        skipBlanks()
        if at == bytes.count { return .all }
        let selector = try readOr()
        guard at == bytes.count else { throw problem("&&, || or the end") }
        return selector
    }

    private func problem(_ expected: String) -> CalicoSelector.Problem {
        let before = String(decoding: bytes[..<at], as: UTF8.self)
        return CalicoSelector.Problem(character: before.unicodeScalars.count + 1, expected: expected)
    }

    // MARK: Expressions

    private mutating func readOr() throws(CalicoSelector.Problem) -> CalicoSelector {
        var parts = [try readAnd()]
        while skip("||") { parts.append(try readAnd()) }
        return parts.count == 1 ? parts[0] : .or(parts)
    }

    private mutating func readAnd() throws(CalicoSelector.Problem) -> CalicoSelector {
        var parts = [try readOperation()]
        while skip("&&") { parts.append(try readOperation()) }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func readOperation() throws(CalicoSelector.Problem) -> CalicoSelector {
        var isNegated = false
        while skip("!") { isNegated.toggle() }
        let operand = try readOperand()
        return isNegated ? .not(operand) : operand
    }

    private mutating func readOperand() throws(CalicoSelector.Problem) -> CalicoSelector {
        if skip("(") {
            depth += 1
            guard depth <= CalicoSelector.depth else {
                throw problem("at most \(CalicoSelector.depth) parentheses in each other")
            }
            let inner = try readOr()
            try need(")")
            depth -= 1
            return inner
        }
        if skip("all(") {
            try need(")")
            return .all
        }
        if skip("global(") {
            try need(")")
            return .global
        }
        if skip("has(") {
            let key = try readKey("a label")
            try need(")")
            return .label(key, .exists)
        }
        return try readTest(of: try readKey("a label, has(, all(), global(), ! or ("))
    }

    private mutating func readTest(of key: String) throws(CalicoSelector.Problem) -> CalicoSelector {
        if skip("==") { return .label(key, .isIn([try readText()])) }
        if skip("!=") { return .not(.label(key, .isIn([try readText()]))) }
        if skipWords("contains") { return .label(key, .contains(try readText())) }
        if skipWords("starts", "with") { return .label(key, .startsWith(try readText())) }
        if skipWords("ends", "with") { return .label(key, .endsWith(try readText())) }
        if skipWords("not", "in") { return .not(.label(key, .isIn(try readTexts()))) }
        if skipWords("in") { return .label(key, .isIn(try readTexts())) }
        throw problem("==, !=, in, not in, contains, starts with or ends with")
    }

    // MARK: Words

    /// A label's name, which may have any of the characters that labels have, in any order.
    private mutating func readKey(_ expected: String) throws(CalicoSelector.Problem) -> String {
        let end = bytes[at...].firstIndex { !Self.isWord($0) } ?? bytes.count
        guard end > at else { throw problem(expected) }
        guard end - at <= 512 else { throw problem("a label of at most 512 characters") }
        defer {
            at = end
            skipBlanks()
        }
        return String(decoding: bytes[at..<end], as: UTF8.self)
    }

    private mutating func readTexts() throws(CalicoSelector.Problem) -> Set<String> {
        try need("{")
        var texts: Set<String> = []
        // A comma may stand after the last one.
        while at < bytes.count, isAtText {
            texts.insert(try readText())
            guard skip(",") else { break }
        }
        try need("}", orElse: isAtEndOfText ? ", or }" : "a value in quotes or }")
        return texts
    }

    /// A value in quotes of either kind; nothing in it is special.
    private mutating func readText() throws(CalicoSelector.Problem) -> String {
        guard at < bytes.count, isAtText else { throw problem("a value in quotes") }
        let quote = bytes[at]
        let start = at + 1
        guard let end = bytes[start...].firstIndex(of: quote) else {
            at = bytes.count
            throw problem("the closing \(quote == UInt8(ascii: "'") ? "'" : "\"")")
        }
        at = end + 1
        skipBlanks()
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private var isAtText: Bool { bytes[at] == UInt8(ascii: "\"") || bytes[at] == UInt8(ascii: "'") }

    /// True after a text, with blanks between or not.
    private var isAtEndOfText: Bool {
        let last = bytes[..<at].last { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
        return last == UInt8(ascii: "\"") || last == UInt8(ascii: "'")
    }

    // MARK: Tokens

    private mutating func need(_ token: StaticString, orElse expected: String? = nil) throws(CalicoSelector.Problem) {
        guard skip(token) else { throw problem(expected ?? "\(token)") }
    }

    /// Moves behind a token, and the blanks after it, when it is there.
    private mutating func skip(_ token: StaticString) -> Bool {
        guard let end = end(of: token, at) else { return false }
        at = end
        skipBlanks()
        return true
    }

    /// Moves behind words that may stand together (`notin`) or apart, when they are there and end there.
    private mutating func skipWords(_ words: StaticString...) -> Bool {
        var last = at
        for word in words {
            guard let end = end(of: word, afterBlanks(last)) else { return false }
            last = end
        }
        guard last == bytes.count || !Self.isWord(bytes[last]) else { return false }
        at = afterBlanks(last)
        return true
    }

    private func end(of token: StaticString, _ start: Int) -> Int? {
        let end = start + token.utf8CodeUnitCount
        guard end <= bytes.count else { return nil }
        return token.withUTF8Buffer { bytes[start..<end].elementsEqual($0) } ? end : nil
    }

    private mutating func skipBlanks() { at = afterBlanks(at) }

    private func afterBlanks(_ start: Int) -> Int {
        bytes[start...].firstIndex { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") } ?? bytes.count
    }

    private static func isWord(_ byte: UInt8) -> Bool { Names.isAlphanumeric(byte) || "_./-".utf8.contains(byte) }
}
