/// Looks over the text of a YAML document before the YAML library builds it, and refuses what would cost far more
/// than its size.
///
/// The library expands aliases by sharing and hashes every key of a map. Both are cheap, until a key holds aliases
/// of aliases (exponential hashing) or a chain of aliases makes a tree so deep that freeing it overflows the stack.
/// The scan does not know quotes or block scalars, because a scan that can be fooled about them is no guard. It errs
/// on the strict side, but only in documents with shapes that configuration has no use for.
struct YAMLGuard {
    /// Lines of a document that uses aliases; bounds the depth that they can build.
    static let linesWithAliases = 2_000
    /// Flow maps and lists inside each other.
    static let flowDepth = 100
    /// Flow maps and lists as keys inside each other.
    static let keyDepth = 4
    /// Explicit keys (`? key`) in one document.
    static let explicitKeys = 100
    /// Maps or lists as keys, and nested list items (`- - -`), in one line.
    static let perLine = 20

    /// Refuses a document, or returns.
    static func check(_ text: ArraySlice<UInt8>) throws(SyntaxError) {
        var scan = YAMLGuard()
        for index in text.indices { try scan.read(text[index], text, index) }
        try scan.checkAliases()
    }

    private var line = 1
    private var column = 0
    /// The last byte that was no blank; a line feed where a line begins.
    private var before = UInt8(ascii: "\n")
    /// What is open, as far as a scan without quotes can know: the bracket, and whether it begins a key.
    private var open: [(byte: UInt8, isKey: Bool)] = []
    private var keyDepth = 0
    private var keysInLine = 0
    private var dashesInLine = 0
    private var explicitKeys = 0
    private var openers = 0
    private var anchors: Set<ArraySlice<UInt8>> = []
    private var aliases: [(name: ArraySlice<UInt8>, mark: Value.Mark)] = []
    /// The first thing that must not stand in a document with aliases.
    private var complexKey: Value.Mark?

    private var mark: Value.Mark { Value.Mark(line: line, column: column) }

    private mutating func read(_ byte: UInt8, _ text: ArraySlice<UInt8>, _ index: Int) throws(SyntaxError) {
        if byte & 0xc0 != 0x80 { column += 1 }
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"): return
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"): endLine(byte)
        case UInt8(ascii: "["), UInt8(ascii: "{"): try opening(byte, text, index)
        case UInt8(ascii: "]"), UInt8(ascii: "}"): if open.popLast()?.isKey == true { keyDepth -= 1 }
        case UInt8(ascii: ":"): try colon()
        case UInt8(ascii: "?"): try explicitKey()
        case UInt8(ascii: "-"): try dash()
        case UInt8(ascii: "&"): if beginsNode { anchors.insert(Self.name(text, index)) }
        case UInt8(ascii: "*"): try alias(text, index)
        default: break
        }
        before = byte
    }

    /// True where a node can begin: the text before it ended a token.
    private var beginsNode: Bool { "\n\r[{,:-?".utf8.contains(before) }

    private mutating func endLine(_ byte: UInt8) {
        line += byte == UInt8(ascii: "\n") ? 1 : 0
        column = 0
        keysInLine = 0
        dashesInLine = 0
    }

    private mutating func opening(_ byte: UInt8, _ text: ArraySlice<UInt8>, _ index: Int) throws(SyntaxError) {
        openers += 1
        let isEmptyMap = text[(index + 1)...].first { $0 != UInt8(ascii: " ") } == UInt8(ascii: "}")
        if byte == UInt8(ascii: "{"), !isEmptyMap { complexKey = complexKey ?? mark }
        guard beginsNode else { return }
        // In a map, what follows '{' or ',' is a key, and every key is hashed whole at each level around it.
        let isKey = open.last?.byte == UInt8(ascii: "{") && "{,?".utf8.contains(before)
        open.append((byte, isKey))
        keyDepth += isKey ? 1 : 0
        guard open.count <= Self.flowDepth, keyDepth <= Self.keyDepth else {
            throw SyntaxError(mark: mark, message: "maps and lists are nested too deep")
        }
    }

    private mutating func colon() throws(SyntaxError) {
        guard before == UInt8(ascii: "]") || before == UInt8(ascii: "}") else { return }
        complexKey = complexKey ?? mark
        keysInLine += 1
        guard keysInLine <= Self.perLine else {
            throw SyntaxError(mark: mark, message: "too many maps or lists as keys; a key must be a string")
        }
    }

    private mutating func explicitKey() throws(SyntaxError) {
        guard beginsNode else { return }
        complexKey = complexKey ?? mark
        explicitKeys += 1
        keysInLine += 1
        guard explicitKeys <= Self.explicitKeys, keysInLine <= Self.perLine else {
            throw SyntaxError(mark: mark, message: "too many explicit keys ('? key'); write 'key: value'")
        }
    }

    private mutating func dash() throws(SyntaxError) {
        guard "\n\r-".utf8.contains(before) else { return }
        dashesInLine += before == UInt8(ascii: "-") ? 1 : 0
        // Rules such as "-----" are scalars or markers, and longer than any nesting; only "- - -" has blanks.
        guard dashesInLine <= 512 else {
            throw SyntaxError(mark: mark, message: "too many '-' in one line")
        }
    }

    private mutating func alias(_ text: ArraySlice<UInt8>, _ index: Int) throws(SyntaxError) {
        guard beginsNode else { return }
        let name = Self.name(text, index)
        guard !name.isEmpty else { return }
        aliases.append((name, mark))
        let next = text[name.endIndex...].first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
        if next == UInt8(ascii: ":") { complexKey = complexKey ?? mark }
    }

    /// Text after `*` is an alias only where an anchor of that name stands too; all else is text that looks like one.
    private func checkAliases() throws(SyntaxError) {
        guard let first = aliases.first(where: { anchors.contains($0.name) }) else { return }
        if let complexKey {
            throw SyntaxError(
                mark: complexKey,
                message: "a document that uses aliases (line \(first.mark.line)) must have neither {...} maps "
                    + "nor keys that are not plain strings")
        }
        guard line <= Self.linesWithAliases, openers <= Self.linesWithAliases else {
            throw SyntaxError(
                mark: first.mark,
                message: "a document that uses aliases must have at most \(Self.linesWithAliases) lines")
        }
    }

    /// The anchor characters after the byte at `index`.
    private static func name(_ text: ArraySlice<UInt8>, _ index: Int) -> ArraySlice<UInt8> {
        text[(index + 1)...].prefix { Names.isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }
}
