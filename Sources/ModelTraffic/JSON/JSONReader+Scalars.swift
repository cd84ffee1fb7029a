/// Strings and numbers.
extension JSONReader {
    /// The string whose opening quote is at `at`; afterwards `at` is behind its closing quote.
    mutating func string(_ text: Span<UInt8>) throws(JSONProblem) -> JSONEntry {
        at += 1
        let start = at
        var escaped = false
        while true {
            skipPlain(text)
            guard at < text.count else { throw problem(.badString) }
            let byte = text[at]
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                escaped = true
                isCompact = false
                try escape(text)
            } else if byte < 0x20 {
                throw problem(.controlCharacter)
            } else {
                guard let length = utf8Length(text, at) else { throw problem(.badUTF8) }
                at += length
            }
        }
        at += 1
        return JSONEntry(.string, start: start, end: at - 1, escaped: escaped)
    }

    /// Passes over ASCII that needs no look, eight bytes at a time.
    @inline(__always)
    private mutating func skipPlain(_ text: Span<UInt8>) {
        let bytes = text.bytes
        while at &+ 8 <= text.count {
            let word = UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
            let stops = Self.stops(word)
            if stops != 0 {
                // Only the lowest mark is certain to be one, and it is the first.
                at += stops.trailingZeroBitCount >> 3
                return
            }
            at += 8
        }
        while at < text.count {
            let byte = text[at]
            if byte >= 0x80 || byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return }
            at += 1
        }
    }

    /// Marks the bytes of a word that are quotes, backslashes, control characters or not ASCII.
    @inline(__always)
    private static func stops(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let control = (word &- ones &* 0x20) & ~word
        return (((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | control | word) & highs
    }

    /// The escape whose backslash is at `at`.
    private mutating func escape(_ text: Span<UInt8>) throws(JSONProblem) {
        let start = at
        guard at + 1 < text.count else { throw problem(.badString, text.count) }
        switch text[at + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 2
        case UInt8(ascii: "u"):
            guard let unit = hexUnit(text, at) else { throw problem(.badEscape) }
            at += 6
            guard unit & 0xF800 == 0xD800 else { return }
            guard unit & 0xFC00 == 0xD800, let low = hexUnit(text, at), low & 0xFC00 == 0xDC00 else {
                throw problem(.badSurrogate, start)
            }
            at += 6
        default:
            throw problem(.badEscape)
        }
    }

    /// The number that begins at `at`.
    mutating func number(_ text: Span<UInt8>) throws(JSONProblem) -> JSONEntry {
        let start = at
        if text[at] == UInt8(ascii: "-") { at += 1 }
        let first = at
        guard digits(text) > 0 else { throw problem(.badNumber, start) }
        if text[first] == UInt8(ascii: "0"), at > first + 1 { throw problem(.badNumber, start) }
        if at < text.count, text[at] == UInt8(ascii: ".") {
            at += 1
            guard digits(text) > 0 else { throw problem(.badNumber, start) }
        }
        if at < text.count, text[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            if at < text.count, text[at] == UInt8(ascii: "+") || text[at] == UInt8(ascii: "-") { at += 1 }
            guard digits(text) > 0 else { throw problem(.badNumber, start) }
        }
        return JSONEntry(.number, start: start, end: at)
    }

    /// Passes over digits, and says how many.
    private mutating func digits(_ text: Span<UInt8>) -> Int {
        let start = at
        while at < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[at]) { at += 1 }
        return at - start
    }
}

/// The 16 bits of a `\uXXXX` that begins at `at`; nil when there is none.
func hexUnit(_ text: Span<UInt8>, _ at: Int) -> UInt32? {
    guard at + 6 <= text.count, text[at] == UInt8(ascii: "\\"), text[at + 1] == UInt8(ascii: "u") else { return nil }
    var unit: UInt32 = 0
    for offset in 2..<6 {
        let byte = text[at + offset]
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
        default: return nil
        }
    }
    return unit
}

/// How many bytes the well-formed UTF-8 sequence at `at` has; nil when it is not well-formed.
func utf8Length(_ text: Span<UInt8>, _ at: Int) -> Int? {
    let lead = text[at]
    switch lead {
    case 0x00...0x7F: return 1
    case 0xC2...0xDF: return continues(text, at, 0x80...0xBF, 2)
    case 0xE0: return continues(text, at, 0xA0...0xBF, 3)
    case 0xED: return continues(text, at, 0x80...0x9F, 3)
    case 0xE1...0xEF: return continues(text, at, 0x80...0xBF, 3)
    case 0xF0: return continues(text, at, 0x90...0xBF, 4)
    case 0xF1...0xF3: return continues(text, at, 0x80...0xBF, 4)
    case 0xF4: return continues(text, at, 0x80...0x8F, 4)
    default: return nil
    }
}

/// `length` when the second byte is in `second` and the others are continuations.
@inline(__always)
private func continues(_ text: Span<UInt8>, _ at: Int, _ second: ClosedRange<UInt8>, _ length: Int) -> Int? {
    guard at + length <= text.count, second.contains(text[at + 1]) else { return nil }
    var offset = 2
    while offset < length {
        guard text[at + offset] & 0xC0 == 0x80 else { return nil }
        offset += 1
    }
    return length
}
