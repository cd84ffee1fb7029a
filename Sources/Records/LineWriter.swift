/// Builds lines of JSON in memory of its own, so that every byte is written once: no `String`, no second pass.
///
/// Memory is asked for before each piece is written, as much as the piece can take at most; that is the one bounds
/// check of a piece.
struct LineWriter: ~Copyable {
    private var bytes: UnsafeMutablePointer<UInt8>
    /// Bytes that have been written.
    private(set) var count = 0
    private var capacity: Int
    private let firstCapacity: Int
    /// The second that was written last, and its text: many records begin in the same one.
    private var second: (number: UInt64, text: [UInt8])?

    /// Nothing yet, and room for that many bytes.
    init(capacity: Int) {
        self.capacity = capacity
        firstCapacity = capacity
        bytes = .allocate(capacity: capacity)
    }

    deinit {
        bytes.deallocate()
    }

    /// Gives out what has been written, and forgets it. The room is kept, unless much more was needed than at first.
    mutating func take() -> [UInt8] {
        let written = [UInt8](UnsafeBufferPointer(start: bytes, count: count))
        count = 0
        if capacity > firstCapacity * 4 {
            bytes.deallocate()
            bytes = .allocate(capacity: firstCapacity)
            capacity = firstCapacity
        }
        return written
    }

    /// Makes room for that many bytes.
    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if count + more > capacity { grow(more) }
    }

    private mutating func grow(_ more: Int) {
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: (count + more) * 2)
        larger.update(from: bytes, count: count)
        bytes.deallocate()
        bytes = larger
        capacity = (count + more) * 2
    }

    /// The room for it is there.
    @inline(__always)
    private mutating func put(_ byte: UInt8) {
        bytes[count] = byte
        count += 1
    }

    /// JSON punctuation and names, which are known to be harmless. The compiler knows the length and makes a few moves
    /// of it.
    @inline(__always)
    mutating func raw(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        reserve(length)
        (bytes + count).update(from: text.utf8Start, count: length)
        count += length
    }

    /// The same for a text that the place of the call does not know.
    mutating func piece(_ text: StaticString) { raw(text) }

    /// What was encoded before.
    mutating func encoded(_ part: [UInt8]) { encoded(part, part.indices) }

    /// The same: a part of these bytes.
    mutating func encoded(_ part: [UInt8], _ range: Range<Int>) {
        reserve(range.count)
        part.withUnsafeBufferPointer { part in
            guard let start = part.extracting(range).baseAddress else { return }
            (bytes + count).update(from: start, count: range.count)
        }
        count += range.count
    }

    /// Writes the text of a second, as it was written for the record before where that was of the same.
    mutating func second(_ number: UInt64, _ write: (inout LineWriter) -> Void) {
        if let second, second.number == number { return encoded(second.text) }
        let start = count
        write(&self)
        second = (number, Array(UnsafeBufferPointer(start: bytes + start, count: count - start)))
    }

    /// One byte of JSON punctuation.
    @inline(__always)
    mutating func byte(_ byte: UInt8) {
        reserve(1)
        put(byte)
    }

    /// Puts the last byte right: the comma after the last member of an object becomes its end.
    mutating func closeObject() { close(UInt8(ascii: "}")) }

    /// The same for an array.
    mutating func closeArray() { close(UInt8(ascii: "]")) }

    private mutating func close(_ end: UInt8) {
        if count > 0, bytes[count - 1] == UInt8(ascii: ",") { count -= 1 }
        byte(end)
    }

    /// A decimal number.
    mutating func number(_ value: Int64) {
        if value < 0 { byte(UInt8(ascii: "-")) }
        number(value.magnitude)
    }

    /// A decimal number.
    mutating func number(_ value: UInt64) {
        var length = 1
        var rest = value / 10
        while rest > 0 {
            length += 1
            rest /= 10
        }
        digits(value, count: length)
    }

    /// Exactly that many digits, with zeros in front.
    mutating func digits(_ value: UInt64, count length: Int) {
        reserve(length)
        var rest = value
        var place = count + length
        while place > count {
            place -= 1
            bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += length
    }

    /// Microseconds as seconds; less than nothing is nothing.
    mutating func seconds(_ microseconds: Int64) {
        let value = UInt64(max(0, microseconds))
        number(value / 1_000_000)
        byte(UInt8(ascii: "."))
        digits(value % 1_000_000, count: 6)
    }

    /// A string between quotation marks.
    mutating func quoted(_ text: String) {
        guard text.utf8.withContiguousStorageIfAvailable({ quoted($0) }) == nil else { return }
        // A text that another system's strings stand behind.
        var copy = text
        copy.withUTF8 { quoted($0) }
    }

    /// A string between quotation marks. Whatever could end the string, break the line or deceive the eye is written
    /// with an escape.
    ///
    /// - Parameter isCut: `…` is put at the end.
    mutating func quoted(_ text: UnsafeBufferPointer<UInt8>, isCut: Bool = false) {
        // An escape has at most six bytes for one; a redacted key is shorter than a key.
        reserve(text.count * 6 + 16)
        put(UInt8(ascii: "\""))
        var index = 0
        while index < text.count {
            index = plainWords(text, index)
            guard index < text.count else { break }
            switch TextClass(text[index]) {
            case .plain:
                put(text[index])
                index += 1
            case .underscore: index = underscore(text, index)
            case .control:
                escape(UInt32(text[index]))
                index += 1
            case .beyondASCII: index = unicode(text, index)
            }
        }
        if isCut { raw("…") }
        put(UInt8(ascii: "\""))
    }

    /// Copies eight bytes at a time for as long as none of them needs a look; returns where it stopped. What is left
    /// over at the end, and short text, goes with words that overlap.
    private mutating func plainWords(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        let source = UnsafeRawBufferPointer(text)
        let target = UnsafeMutableRawPointer(bytes)
        var index = start
        while index + 8 <= text.count {
            let word = source.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            guard isPlain(word) else { return index }
            target.storeBytes(of: word, toByteOffset: count, as: UInt64.self)
            index += 8
            count += 8
        }
        let left = text.count - index
        guard left >= 4 else { return index }
        let first = source.loadUnaligned(fromByteOffset: index, as: UInt32.self)
        let last = source.loadUnaligned(fromByteOffset: text.count - 4, as: UInt32.self)
        guard isPlain(UInt64(first) | UInt64(last) << 32) else { return index }
        target.storeBytes(of: first, toByteOffset: count, as: UInt32.self)
        target.storeBytes(of: last, toByteOffset: count + left - 4, as: UInt32.self)
        count += left
        return text.count
    }

    private mutating func underscore(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int {
        put(UInt8(ascii: "_"))
        guard let end = keyEnd(text, underscore: index) else { return index + 1 }
        raw("[redacted]")
        return end
    }

    /// One character that is not ASCII, or one replacement character for what is none; returns where the next begins.
    private mutating func unicode(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var parser = Unicode.UTF8.ForwardParser()
        var rest = UnsafeBufferPointer(rebasing: text[start...]).makeIterator()
        switch parser.parseScalar(from: &rest) {
        case .valid(let encoded):
            let scalar = Unicode.UTF8.decode(encoded)
            if isInvisible(scalar) { escape(scalar.value) } else { for byte in encoded { put(byte) } }
            return start + encoded.count
        case .error(let length):
            for byte in [0xef, 0xbf, 0xbd] as [UInt8] { put(byte) }
            return start + max(1, length)
        case .emptyInput: return text.count
        }
    }

    private mutating func escape(_ scalar: UInt32) {
        put(UInt8(ascii: "\\"))
        switch scalar {
        case 0x22: put(UInt8(ascii: "\""))
        case 0x5c: put(UInt8(ascii: "\\"))
        case 0x10000...:
            hexadecimal(0xd800 + (scalar - 0x10000) >> 10)
            put(UInt8(ascii: "\\"))
            hexadecimal(0xdc00 + (scalar - 0x10000) & 0x3ff)
        default: hexadecimal(scalar)
        }
    }

    private mutating func hexadecimal(_ unit: UInt32) {
        put(UInt8(ascii: "u"))
        for shift in [12, 8, 4, 0] as [UInt32] {
            let digit = UInt8(unit >> shift & 15)
            put(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}

/// True when none of the eight bytes is a control, `"`, `\`, `_`, DEL or beyond ASCII.
private func isPlain(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    // Subtracting borrows into the top bit of bytes that are smaller; only the lowest such byte is exact, and "any" is
    // all that is asked.
    let below = { (value: UInt64, limit: UInt64) in (value &- ones &* limit) & ~value }
    let isByte = { (byte: UInt64) in below(word ^ (ones &* byte), 1) }
    let marked = word | below(word, 0x20) | isByte(0x22) | isByte(0x5c) | isByte(0x5f) | isByte(0x7f)
    return marked & tops == 0
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
private func keyEnd(_ text: UnsafeBufferPointer<UInt8>, underscore: Int) -> Int? {
    guard underscore >= 2, text[underscore - 1] == UInt8(ascii: "p"),
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
