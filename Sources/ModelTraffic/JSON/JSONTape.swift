/// One value, or one key, in the flat array that a text becomes. 16 bytes.
///
/// A container is followed by what is in it; in an object each key is followed by its value.
struct JSONEntry {
    /// The kinds; keys are strings that stand where only keys can.
    enum Kind: UInt32 {
        case null, bool, number, string, array, object
    }

    /// First byte of the value; of a string, the one after its quote.
    var start: UInt32
    /// After the last byte of the value; of a string, where its closing quote is.
    var end: UInt32
    /// Of a container: the entry after all that is in it (while it is open: the container around it).
    /// Of a key: the hash of its folded text. Otherwise 0.
    var link: UInt32 = 0
    /// Kind, escape mark and count in one number.
    private var info: UInt32

    /// An entry without members.
    init(_ kind: Kind, start: Int, end: Int, escaped: Bool = false) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.end = UInt32(truncatingIfNeeded: end)
        self.info = kind.rawValue | (escaped ? Self.escapeBit : 0)
    }

    private static let escapeBit: UInt32 = 8
    private static let countShift: UInt32 = 4

    /// The most members or elements that an entry can count.
    static let greatestCount = Int(UInt32.max >> countShift)

    var kind: Kind { Kind(rawValue: info & 7) ?? .null }
    /// True when the string has a backslash in it.
    var isEscaped: Bool { info & Self.escapeBit != 0 }
    var isContainer: Bool { info & 7 >= Kind.array.rawValue }
    /// Members or elements.
    var count: Int { Int(info >> Self.countShift) }
    /// The bytes of the value; of a string, those between its quotes.
    var range: Range<Int> { Int(start)..<Int(end) }

    mutating func addMember() { info += 1 << Self.countShift }
}

/// A text and its entries: what documents and nodes share.
final class JSONStorage: Sendable {
    let bytes: [UInt8]
    let tape: [JSONEntry]

    init(bytes: [UInt8], tape: [JSONEntry]) {
        self.bytes = bytes
        self.tape = tape
    }

    /// The entry after the value at `index` and all that is in it.
    func next(_ index: Int) -> Int {
        let entry = tape[index]
        return entry.isContainer ? Int(entry.link) : index + 1
    }

    /// The value of the member with exactly this key of the object at `index`; nil when there is none.
    func member(_ key: UnsafeBufferPointer<UInt8>, of index: Int) -> Int? {
        let entries = self.tape
        let tape = entries.span
        guard tape[index].kind == .object else { return nil }
        let end = Int(tape[index].link)
        var at = index + 1
        while at < end {
            let name = tape[at]
            // An escape is never shorter than what it stands for.
            let mayBe = name.isEscaped ? name.range.count >= key.count : name.range.count == key.count
            if mayBe, isText(name, key) { return at + 1 }
            let value = tape[at + 1]
            at = value.isContainer ? Int(value.link) : at + 2
        }
        return nil
    }

    /// True when the string or key, unescaped, is exactly this text.
    func isText(_ entry: JSONEntry, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard !entry.isEscaped else { return self.text(of: entry).elementsEqual(text) }
        let range = entry.range
        guard range.count == text.count else { return false }
        let all = self.bytes
        let bytes = all.span
        for offset in 0..<text.count where bytes[range.lowerBound + offset] != text[offset] { return false }
        return true
    }

    /// The bytes of a string or key, unescaped.
    func text(of entry: JSONEntry) -> [UInt8] {
        let bytes = bytes
        var text: [UInt8] = []
        unescape(entry, bytes.span, into: &text)
        return text
    }
}
