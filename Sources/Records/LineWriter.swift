/// Appends JSON to bytes: no `String` and no second pass is made.
struct LineWriter: ~Copyable {
    private(set) var bytes: [UInt8]

    /// Goes on where these bytes end.
    init(_ bytes: consuming [UInt8]) {
        self.bytes = bytes
    }

    /// Gives the bytes back.
    consuming func finish() -> [UInt8] { bytes }

    /// JSON punctuation and names, which are known to be harmless.
    mutating func raw(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func byte(_ byte: UInt8) {
        bytes.append(byte)
    }

    /// Puts the last byte right: the comma after the last member of an object becomes its end.
    mutating func closeObject() {
        if bytes.last == UInt8(ascii: ",") { bytes[bytes.count - 1] = UInt8(ascii: "}") } else { raw("}") }
    }

    /// A string between quotation marks.
    mutating func quoted(_ text: String) {
        var text = text
        text.withUTF8 { quoted($0) }
    }

    /// A string between quotation marks.
    mutating func quoted(_ text: [UInt8]) {
        text.withUnsafeBufferPointer { quoted($0) }
    }

    /// A decimal number.
    mutating func number(_ value: UInt64) {
        var limit: UInt64 = 1
        while value / limit >= 10 { limit *= 10 }
        while limit > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / limit % 10))
            limit /= 10
        }
    }

    /// A decimal number.
    mutating func number(_ value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        number(value.magnitude)
    }

    /// Exactly that many digits, with zeros in front.
    mutating func digits(_ value: UInt64, count: Int) {
        var limit: UInt64 = 1
        for _ in 1..<count { limit *= 10 }
        while limit > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / limit % 10))
            limit /= 10
        }
    }

    /// Microseconds as seconds; less than nothing is nothing.
    mutating func seconds(_ microseconds: Int64) {
        let value = UInt64(max(0, microseconds))
        number(value / 1_000_000)
        bytes.append(UInt8(ascii: "."))
        digits(value % 1_000_000, count: 6)
    }

    /// Microseconds since 1970 as RFC 3339 in UTC, between quotation marks; times outside 1970...9999 become the nearest.
    mutating func time(_ microseconds: Int64) {
        let value = UInt64(min(max(0, microseconds), 253_402_300_799_999_999))
        let seconds = value / 1_000_000
        let (year, month, day) = civil(days: Int64(seconds / 86_400))
        byte(UInt8(ascii: "\""))
        digits(UInt64(year), count: 4)
        byte(UInt8(ascii: "-"))
        digits(UInt64(month), count: 2)
        byte(UInt8(ascii: "-"))
        digits(UInt64(day), count: 2)
        byte(UInt8(ascii: "T"))
        digits(seconds / 3_600 % 24, count: 2)
        byte(UInt8(ascii: ":"))
        digits(seconds / 60 % 60, count: 2)
        byte(UInt8(ascii: ":"))
        digits(seconds % 60, count: 2)
        byte(UInt8(ascii: "."))
        digits(value % 1_000_000, count: 6)
        raw("Z\"")
    }

    /// Writes with an escape whatever could end the string, break the line or deceive the eye.
    mutating func quoted(_ text: UnsafeBufferPointer<UInt8>, isCut: Bool = false) {
        bytes.append(UInt8(ascii: "\""))
        var clean = 0
        var index = 0
        while index < text.count {
            switch TextClass(text[index]) {
            case .plain: index += 1
            case .underscore:
                guard let end = keyEnd(text, underscore: index, notBefore: clean) else {
                    index += 1
                    continue
                }
                append(text[clean..<(index + 1)])
                raw("[redacted]")
                index = end
                clean = end
            case .control:
                append(text[clean..<index])
                escape(UInt32(text[index]))
                index += 1
                clean = index
            case .beyondASCII:
                append(text[clean..<index])
                index = unicode(text, index)
                clean = index
            }
        }
        append(text[clean...])
        if isCut { raw("…") }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func append(_ part: Slice<UnsafeBufferPointer<UInt8>>) {
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: part))
    }

    /// One character that is not ASCII, or one replacement character for what is none; returns where the next begins.
    private mutating func unicode(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var parser = Unicode.UTF8.ForwardParser()
        var rest = UnsafeBufferPointer(rebasing: text[start...]).makeIterator()
        switch parser.parseScalar(from: &rest) {
        case .valid(let encoded):
            let scalar = Unicode.UTF8.decode(encoded)
            if isInvisible(scalar) { escape(scalar.value) } else { bytes.append(contentsOf: encoded) }
            return start + encoded.count
        case .error(let length):
            raw("\u{fffd}")
            return start + max(1, length)
        case .emptyInput: return text.count
        }
    }

    private mutating func escape(_ scalar: UInt32) {
        switch scalar {
        case 0x22: raw("\\\"")
        case 0x5c: raw("\\\\")
        case 0x10000...:
            escape(0xd800 + (scalar - 0x10000) >> 10)
            escape(0xdc00 + (scalar - 0x10000) & 0x3ff)
        default:
            raw("\\u")
            for shift in [12, 8, 4, 0] as [UInt32] {
                let digit = UInt8(scalar >> shift & 15)
                bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
    }
}

/// What writing a byte of text takes.
private enum TextClass {
    case plain
    /// May be in the middle of an access key.
    case underscore
    /// Controls, `"`, `\` and DEL.
    case control
    case beyondASCII

    init(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "_"): self = .underscore
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0..<0x20, 0x7f: self = .control
        case 0x80...: self = .beyondASCII
        default: self = .plain
        }
    }
}

/// An access key that somebody put where it does not belong, in a path or a name, is not written on. `sp_` and twenty
/// letters or digits are taken for one: a cut-off key is redacted too. Returns where it ends.
private func keyEnd(_ text: UnsafeBufferPointer<UInt8>, underscore: Int, notBefore: Int) -> Int? {
    guard underscore - notBefore >= 2, text[underscore - 1] == UInt8(ascii: "p"),
        text[underscore - 2] == UInt8(ascii: "s")
    else { return nil }
    var end = underscore + 1
    while end < text.count, isBase62(text[end]) { end += 1 }
    return end - underscore > 20 ? end : nil
}

private func isBase62(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        true
    default: false
    }
}

/// Characters that end lines, turn the direction of text or cannot be seen: harmless to JSON, not to who reads it.
private func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x80...0x9f, 0xad, 0x61c, 0x180e, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff, 0xfff9...0xfffb,
        0xe0000...0xe0fff:
        true
    default: false
    }
}

/// Year, month and day of a number of days since 1970, in the Gregorian calendar; never negative.
private func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    // Years begin in March here, so that the leap day is the last of its year and eras of 400 years are all alike.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
}
