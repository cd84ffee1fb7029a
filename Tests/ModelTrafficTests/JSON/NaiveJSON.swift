/// A second reader, written in the most obvious way: recursive, on a list of code points, keys compared all with all.
/// It says what a text means, and has nothing in common with the reader that is tested.
indirect enum NaiveJSON: Equatable {
    case null, bool(Bool), number(String), string(String), array([NaiveJSON]), object([NaiveMember])

    struct NaiveMember: Equatable {
        let key: String
        let value: NaiveJSON
    }

    struct Wrong: Error {}

    /// The meaning of a text; nil when it is refused.
    static func read(_ bytes: [UInt8], depth: Int = 64) -> NaiveJSON? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        var reader = NaiveReader(rest: Array(text.unicodeScalars), depth: depth)
        guard let value = try? reader.value(0) else { return nil }
        reader.space()
        return reader.at == reader.rest.count ? value : nil
    }
}

private struct NaiveReader {
    let rest: [Unicode.Scalar]
    let depth: Int
    var at = 0

    mutating func space() { while at < rest.count, " \t\r\n".unicodeScalars.contains(rest[at]) { at += 1 } }

    mutating func take(_ word: String) -> Bool {
        let scalars = Array(word.unicodeScalars)
        guard at + scalars.count <= rest.count, Array(rest[at..<at + scalars.count]) == scalars else { return false }
        at += scalars.count
        return true
    }

    mutating func value(_ level: Int) throws -> NaiveJSON {
        space()
        if take("null") { return .null }
        if take("true") { return .bool(true) }
        if take("false") { return .bool(false) }
        if take("\"") { return .string(try string()) }
        if take("[") { return .array(try items(level, "]") { try $0.value(level + 1) }) }
        if take("{") {
            let members = try items(level, "}") { reader in
                reader.space()
                guard reader.take("\"") else { throw NaiveJSON.Wrong() }
                let key = try reader.string()
                reader.space()
                guard reader.take(":") else { throw NaiveJSON.Wrong() }
                return NaiveJSON.NaiveMember(key: key, value: try reader.value(level + 1))
            }
            var folded: Set<[Unicode.Scalar]> = []
            for member in members where !folded.insert(Self.fold(member.key)).inserted { throw NaiveJSON.Wrong() }
            return .object(members)
        }
        return .number(try number())
    }

    /// Scalar by scalar, so that equal letters in other compositions stay different keys.
    static func fold(_ key: String) -> [Unicode.Scalar] {
        key.unicodeScalars.flatMap { Array(String($0).lowercased().uppercased().lowercased().unicodeScalars) }
    }

    mutating func items<Item>(_ level: Int, _ end: String, _ one: (inout Self) throws -> Item) throws -> [Item] {
        guard level < depth else { throw NaiveJSON.Wrong() }
        var items: [Item] = []
        space()
        if take(end) { return items }
        while true {
            items.append(try one(&self))
            space()
            if take(end) { return items }
            guard take(",") else { throw NaiveJSON.Wrong() }
        }
    }

    mutating func number() throws -> String {
        let start = at
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return String(String.UnicodeScalarView(rest[start..<at]))
    }

    mutating func digits() throws {
        let start = at
        while at < rest.count, ("0"..."9").contains(rest[at]) { at += 1 }
        if at == start { throw NaiveJSON.Wrong() }
    }

    mutating func string() throws -> String {
        var units: [UInt16] = []
        while at < rest.count {
            if take("\"") { return try Self.joined(units) }
            if take("\\") {
                units += try escape()
            } else {
                guard rest[at].value >= 0x20 else { throw NaiveJSON.Wrong() }
                units += Array(String(rest[at]).utf16)
                at += 1
            }
        }
        throw NaiveJSON.Wrong()
    }

    mutating func escape() throws -> [UInt16] {
        for (short, meaning) in [
            ("n", 10), ("t", 9), ("r", 13), ("b", 8), ("f", 12), ("\"", 34), ("\\", 92), ("/", 47),
        ] as [(String, UInt16)]
        where take(short) { return [meaning] }
        guard take("u"), at + 4 <= rest.count else { throw NaiveJSON.Wrong() }
        let hex = rest[at..<at + 4]
        at += 4
        guard hex.allSatisfy({ $0.isASCII && $0.properties.isASCIIHexDigit }) else { throw NaiveJSON.Wrong() }
        return [UInt16(String(String.UnicodeScalarView(hex)), radix: 16) ?? 0]
    }

    static func joined(_ units: [UInt16]) throws -> String {
        guard let text = String(validating: units, as: UTF16.self) else { throw NaiveJSON.Wrong() }
        return text
    }
}
