/// Appends the text of a string or key, without its escapes, as UTF-8. The string was read before, so it is well-formed.
func unescape(_ entry: JSONEntry, _ text: Span<UInt8>, into result: inout [UInt8]) {
    var at = Int(entry.start)
    let end = Int(entry.end)
    result.reserveCapacity(result.count + end - at)
    while at < end {
        let plain = at
        while at < end, text[at] != UInt8(ascii: "\\") { at += 1 }
        text.extracting(plain..<at).withUnsafeBufferPointer { result.append(contentsOf: $0) }
        guard at + 1 < end else { return }
        at += escaped(text, at, into: &result)
    }
}

/// True when a string's escapes are those that `appendQuoted` would write.
func isCanonical(_ entry: JSONEntry, _ text: Span<UInt8>) -> Bool {
    var at = Int(entry.start)
    let end = Int(entry.end)
    while at < end {
        guard text[at] == UInt8(ascii: "\\") else {
            at += 1
            continue
        }
        guard at + 1 < end else { return false }
        switch text[at + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 2
        default: return false
        }
    }
    return true
}

/// Appends what the escape at `at` stands for, and gives its length.
private func escaped(_ text: Span<UInt8>, _ at: Int, into result: inout [UInt8]) -> Int {
    switch text[at + 1] {
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u"):
        guard let unit = hexUnit(text, at) else { break }
        guard unit & 0xFC00 == 0xD800, let low = hexUnit(text, at + 6) else {
            appendScalar(unit, to: &result)
            return 6
        }
        appendScalar(0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF, to: &result)
        return 12
    case let byte: result.append(byte)
    }
    return 2
}

/// Appends a scalar value as UTF-8.
private func appendScalar(_ value: UInt32, to result: inout [UInt8]) {
    func part(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: value >> shift & 0x3F) }
    switch value {
    case 0..<0x80:
        result.append(UInt8(truncatingIfNeeded: value))
    case 0x80..<0x800:
        result.append(0xC0 | UInt8(truncatingIfNeeded: value >> 6))
        result.append(part(0))
    case 0x800..<0x10000:
        result.append(0xE0 | UInt8(truncatingIfNeeded: value >> 12))
        result.append(part(6))
        result.append(part(0))
    default:
        result.append(0xF0 | UInt8(truncatingIfNeeded: value >> 18))
        result.append(part(12))
        result.append(part(6))
        result.append(part(0))
    }
}

/// Appends a string with its quotes, in the one way in which strings are written: `"`, `\` and control characters are
/// escaped, by their short names where they have one; everything else stands for itself.
func appendQuoted(_ text: some Sequence<UInt8>, to result: inout [UInt8]) {
    result.append(UInt8(ascii: "\""))
    for byte in text {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            result.append(UInt8(ascii: "\\"))
            result.append(byte)
        case 0x08: result.append(contentsOf: "\\b".utf8)
        case 0x09: result.append(contentsOf: "\\t".utf8)
        case 0x0A: result.append(contentsOf: "\\n".utf8)
        case 0x0C: result.append(contentsOf: "\\f".utf8)
        case 0x0D: result.append(contentsOf: "\\r".utf8)
        case 0..<0x20:
            result.append(contentsOf: "\\u00".utf8)
            result.append(UInt8(ascii: byte < 0x10 ? "0" : "1"))
            result.append(hexDigit(byte & 0xF))
        default: result.append(byte)
        }
    }
    result.append(UInt8(ascii: "\""))
}

private func hexDigit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
}
