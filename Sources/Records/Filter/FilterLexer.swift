/// Cuts the text of a filter into words, quoted texts and signs.
struct FilterLexer {
    enum Kind: Equatable {
        case word, quoted, end
        /// `=`, `!=`, `~`, `!~`, `<`, `<=`, `>`, `>=`, `(`, `)` or `,`.
        case sign
    }

    struct Token: Equatable {
        var kind: Kind
        /// The text, without quotation marks.
        var text: String
        /// Where it stands.
        var range: Range<Int>

        func isSign(_ sign: String) -> Bool { kind == .sign && text == sign }

        func isWord(_ word: String) -> Bool { kind == .word && text.smallLetters == word }
    }

    private let bytes: [UInt8]
    private var index = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// All tokens, `end` last.
    static func tokens(_ text: String) throws(FilterError) -> [Token] {
        var lexer = FilterLexer(text)
        var tokens: [Token] = []
        repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .end
        return tokens
    }

    private mutating func next() throws(FilterError) -> Token {
        while index < bytes.count, isSpace(bytes[index]) { index += 1 }
        let start = index
        guard index < bytes.count else { return Token(kind: .end, text: "", range: start..<start) }
        switch bytes[index] {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return try quoted(bytes[index])
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: "="), UInt8(ascii: "~"):
            index += 1
            // `==` is what some are used to.
            if bytes[start] == UInt8(ascii: "="), index < bytes.count, bytes[index] == UInt8(ascii: "=") { index += 1 }
            return Token(kind: .sign, text: String(UnicodeScalar(bytes[start])), range: start..<index)
        case UInt8(ascii: "<"), UInt8(ascii: ">"):
            index += 1
            if index < bytes.count, bytes[index] == UInt8(ascii: "=") { index += 1 }
            return sign(start)
        case UInt8(ascii: "!"):
            guard index + 1 < bytes.count,
                bytes[index + 1] == UInt8(ascii: "=") || bytes[index + 1] == UInt8(ascii: "~")
            else {
                throw FilterError(range: start..<(start + 1), message: "`!` alone says nothing", suggestions: ["not"])
            }
            index += 2
            return sign(start)
        case UInt8(ascii: "&"), UInt8(ascii: "|"):
            let suggestion = bytes[index] == UInt8(ascii: "&") ? "and" : "or"
            throw FilterError(
                range: start..<(start + 1),
                message: "`\(UnicodeScalar(bytes[index]))` is not known; quote it in a text",
                suggestions: [suggestion])
        default: return try word()
        }
    }

    private func sign(_ start: Int) -> Token {
        Token(kind: .sign, text: String(decoding: bytes[start..<index], as: UTF8.self), range: start..<index)
    }

    private mutating func word() throws(FilterError) -> Token {
        let start = index
        while index < bytes.count, !isSpace(bytes[index]), !isSign(bytes[index]) { index += 1 }
        return Token(kind: .word, text: String(decoding: bytes[start..<index], as: UTF8.self), range: start..<index)
    }

    private mutating func quoted(_ mark: UInt8) throws(FilterError) -> Token {
        let start = index
        index += 1
        var text: [UInt8] = []
        while index < bytes.count, bytes[index] != mark {
            if bytes[index] == UInt8(ascii: "\\") {
                index += 1
                guard index < bytes.count else { break }
                guard
                    bytes[index] == UInt8(ascii: "\\") || bytes[index] == UInt8(ascii: "\"")
                        || bytes[index] == UInt8(ascii: "'")
                else {
                    throw FilterError(
                        range: (index - 1)..<index,
                        message: "in quotation marks `\\` is written before `\"`, `'` and `\\` only")
                }
            }
            text.append(bytes[index])
            index += 1
        }
        guard index < bytes.count else {
            throw FilterError(range: start..<bytes.count, message: "the quotation mark is not closed")
        }
        index += 1
        return Token(kind: .quoted, text: String(decoding: text, as: UTF8.self), range: start..<index)
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

    /// Bytes that end a word.
    private func isSign(_ byte: UInt8) -> Bool { Self.signs.contains(byte) }

    private static let signs = Set("()=!~<>,\"'&|".utf8)

    /// True when the text is one word, whole.
    static func isWord(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && !signs.contains($0) }
    }
}
