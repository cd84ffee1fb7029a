/// Reads a text once, from left to right, into entries. No recursion: the containers that are open are linked through
/// their own entries.
struct JSONReader {
    /// What may come next.
    private enum Expected { case value, valueOrEnd, key, keyOrEnd, commaOrEnd, nothing }

    private static let none = UInt32.max

    let limits: JSONLimits
    var tape: [JSONEntry] = []
    var at = 0
    var keys = JSONKeys()
    /// There was no white space outside strings, and no escape, so far.
    var isCompact = true
    private var expected = Expected.value
    /// The innermost open container.
    private var open = Self.none
    private var depth = 0
    private var values = 0

    init(limits: JSONLimits, size: Int) {
        self.limits = JSONLimits(depth: limits.depth, nodes: min(limits.nodes, JSONEntry.greatestCount))
        tape.reserveCapacity(min(size / 8 + 8, 4096))
    }

    /// The whole text, or the first thing that is wrong with it.
    mutating func read(_ text: Span<UInt8>) throws(JSONProblem) {
        // Offsets are 32 bits wide.
        if text.count >= Int(UInt32.max) { throw JSONProblem(code: .tooManyNodes, offset: 0) }
        if text.count >= 3, text[0] == 0xEF, text[1] == 0xBB, text[2] == 0xBF { throw problem(.byteOrderMark) }
        while true {
            skipSpace(text)
            guard at < text.count else { break }
            try step(text, text[at])
        }
        guard expected == .nothing else { throw problem(tape.isEmpty ? .empty : .unexpectedEnd) }
    }

    func problem(_ code: JSONProblem.Code, _ offset: Int? = nil) -> JSONProblem {
        JSONProblem(code: code, offset: offset ?? at)
    }

    @inline(__always)
    private mutating func skipSpace(_ text: Span<UInt8>) {
        while at < text.count {
            let byte = text[at]
            guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            isCompact = false
            at += 1
        }
    }

    private mutating func step(_ text: Span<UInt8>, _ byte: UInt8) throws(JSONProblem) {
        switch expected {
        case .value:
            try value(text, byte)
        case .valueOrEnd:
            if byte == UInt8(ascii: "]") { try close(text) } else { try value(text, byte) }
        case .keyOrEnd:
            if byte == UInt8(ascii: "}") { try close(text) } else { try key(text, byte) }
        case .key:
            try key(text, byte)
        case .commaOrEnd:
            try separator(text, byte)
        case .nothing:
            throw problem(.trailingBytes)
        }
    }

    private mutating func separator(_ text: Span<UInt8>, _ byte: UInt8) throws(JSONProblem) {
        let inObject = tape[Int(open)].kind == .object
        if byte == UInt8(ascii: ",") {
            at += 1
            expected = inObject ? .key : .value
        } else if byte == UInt8(ascii: inObject ? "}" : "]") {
            try close(text)
        } else {
            throw problem(.unexpectedByte)
        }
    }

    private mutating func key(_ text: Span<UInt8>, _ byte: UInt8) throws(JSONProblem) {
        guard byte == UInt8(ascii: "\"") else { throw problem(.unexpectedByte) }
        var entry = try string(text)
        entry.link = keys.hash(entry, text)
        tape.append(entry)
        skipSpace(text)
        guard at < text.count else { throw problem(.unexpectedEnd) }
        guard text[at] == UInt8(ascii: ":") else { throw problem(.unexpectedByte) }
        at += 1
        expected = .value
    }

    private mutating func value(_ text: Span<UInt8>, _ byte: UInt8) throws(JSONProblem) {
        values += 1
        guard values <= limits.nodes else { throw problem(.tooManyNodes) }
        if open != Self.none { tape[Int(open)].addMember() }
        switch byte {
        case UInt8(ascii: "\""): tape.append(try string(text))
        case UInt8(ascii: "{"): return try begin(.object)
        case UInt8(ascii: "["): return try begin(.array)
        case UInt8(ascii: "t"): try word(text, "true", .bool)
        case UInt8(ascii: "f"): try word(text, "false", .bool)
        case UInt8(ascii: "n"): try word(text, "null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): tape.append(try number(text))
        default: throw problem(.unexpectedByte)
        }
        afterValue()
    }

    private mutating func begin(_ kind: JSONEntry.Kind) throws(JSONProblem) {
        depth += 1
        guard depth <= limits.depth else { throw problem(.tooDeep) }
        var entry = JSONEntry(kind, start: at, end: at)
        entry.link = open
        open = UInt32(truncatingIfNeeded: tape.count)
        tape.append(entry)
        at += 1
        expected = kind == .object ? .keyOrEnd : .valueOrEnd
    }

    private mutating func close(_ text: Span<UInt8>) throws(JSONProblem) {
        let index = Int(open)
        at += 1
        open = tape[index].link
        tape[index].link = UInt32(truncatingIfNeeded: tape.count)
        tape[index].end = UInt32(truncatingIfNeeded: at)
        depth -= 1
        if tape[index].kind == .object, tape[index].count > 1 { try keys.check(index, tape, text) }
        afterValue()
    }

    private mutating func afterValue() {
        expected = open == Self.none ? .nothing : .commaOrEnd
    }

    private mutating func word(_ text: Span<UInt8>, _ word: StaticString, _ kind: JSONEntry.Kind) throws(JSONProblem) {
        let start = at
        for offset in 0..<word.utf8CodeUnitCount {
            guard at < text.count else { throw problem(.unexpectedEnd) }
            guard text[at] == word.utf8Start[offset] else { throw problem(.unexpectedByte) }
            at += 1
        }
        tape.append(JSONEntry(kind, start: start, end: at))
    }
}
