/// Reads one JSON document (RFC 8259, strictly) into a `Value`, keeping every place.
///
/// Duplicate keys are refused because two readers of one text could believe two different things.
struct JSONReader {
    private let bytes: [UInt8]
    private var index = 0
    private var line = 1
    private var lineStart = 0
    /// UTF-8 continuation bytes in this line: columns are Unicode scalars, as the YAML reader counts them.
    private var continuationBytes = 0
    private var depth = 0
    /// Members whose values nobody wants, by their paths; they are read as null, and not kept on the way.
    private let omitted: Set<[String]>
    /// Where this value is, as far down as something is omitted.
    private var path: [String] = []
    private let deepestOmission: Int

    /// Reads a whole text; throws where it is not JSON.
    ///
    /// - Parameter omitted: paths of members whose values are read as null.
    static func read(_ bytes: [UInt8], omitting omitted: Set<[String]> = []) throws(SyntaxError) -> Value {
        var reader = JSONReader(bytes: bytes, omitted: omitted)
        reader.skipSpace()
        let value = try reader.value()
        reader.skipSpace()
        guard reader.index == bytes.count else { throw reader.error("nothing may follow the JSON value") }
        return value
    }

    private init(bytes: [UInt8], omitted: Set<[String]>) {
        self.bytes = bytes
        self.omitted = omitted
        deepestOmission = omitted.map(\.count).max() ?? 0
    }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private var mark: Value.Mark {
        Value.Mark(line: line, column: index - lineStart - continuationBytes + 1)
    }

    private func error(_ message: String) -> SyntaxError { SyntaxError(mark: mark, message: message) }

    private mutating func skipSpace() {
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\n"):
                line += 1
                lineStart = index + 1
                continuationBytes = 0
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
            default: return
            }
            index += 1
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        index += 1
        return true
    }

    private mutating func value() throws(SyntaxError) -> Value {
        let start = mark
        switch current {
        case UInt8(ascii: "{"): return Value(.map(try nested { reader throws(SyntaxError) in try reader.map() }), start)
        case UInt8(ascii: "["):
            return Value(.list(try nested { reader throws(SyntaxError) in try reader.list() }), start)
        case UInt8(ascii: "\""): return Value(.string(try string()), start)
        case UInt8(ascii: "t"): return Value(try word("true", .bool(true)), start)
        case UInt8(ascii: "f"): return Value(try word("false", .bool(false)), start)
        case UInt8(ascii: "n"): return Value(try word("null", .null), start)
        case let byte? where byte == UInt8(ascii: "-") || Names.isDigit(byte): return Value(try number(), start)
        case nil: throw error("the text ends where a value must follow")
        default: throw error("a JSON value must begin here")
        }
    }

    private mutating func nested<T>(
        _ body: (inout JSONReader) throws(SyntaxError) -> T
    ) throws(SyntaxError) -> T {
        guard depth < DocumentLimits.depth else {
            throw error("nested deeper than \(DocumentLimits.depth) levels")
        }
        depth += 1
        index += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    private mutating func map() throws(SyntaxError) -> [Value.Member] {
        var members: [Value.Member] = []
        var keys: Set<String> = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return members }
        while true {
            let start = mark
            guard current == UInt8(ascii: "\"") else { throw error("a key in double quotes must begin here") }
            let key = try string()
            guard keys.insert(key).inserted else {
                throw SyntaxError(mark: start, message: "the key \(quoted(key)) is written twice in one map")
            }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw error("':' must follow the key") }
            skipSpace()
            members.append(Value.Member(key: key, mark: start, value: try member(key)))
            skipSpace()
            if take(UInt8(ascii: "}")) { return members }
            guard take(UInt8(ascii: ",")) else { throw error("',' or '}' must follow here") }
            skipSpace()
        }
    }

    /// The value of a member of a map.
    private mutating func member(_ key: String) throws(SyntaxError) -> Value {
        guard depth <= deepestOmission, path.count == depth - 1 else { return try value() }
        path.append(key)
        defer { path.removeLast() }
        guard omitted.contains(path) else { return try value() }
        let start = mark
        try skipValue()
        return Value(.null, start)
    }

    /// Passes over a value. Its strings are read, and not kept.
    private mutating func skipValue() throws(SyntaxError) {
        switch current {
        case UInt8(ascii: "{"): try nested { reader throws(SyntaxError) in try reader.skipMembers() }
        case UInt8(ascii: "["): try nested { reader throws(SyntaxError) in try reader.skipElements() }
        default: _ = try value()
        }
    }

    private mutating func skipMembers() throws(SyntaxError) {
        skipSpace()
        if take(UInt8(ascii: "}")) { return }
        while true {
            guard current == UInt8(ascii: "\"") else { throw error("a key in double quotes must begin here") }
            _ = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw error("':' must follow the key") }
            skipSpace()
            try skipValue()
            skipSpace()
            if take(UInt8(ascii: "}")) { return }
            guard take(UInt8(ascii: ",")) else { throw error("',' or '}' must follow here") }
            skipSpace()
        }
    }

    private mutating func skipElements() throws(SyntaxError) {
        skipSpace()
        if take(UInt8(ascii: "]")) { return }
        while true {
            try skipValue()
            skipSpace()
            if take(UInt8(ascii: "]")) { return }
            guard take(UInt8(ascii: ",")) else { throw error("',' or ']' must follow here") }
            skipSpace()
        }
    }

    private mutating func list() throws(SyntaxError) -> [Value] {
        var values: [Value] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return values }
        while true {
            values.append(try value())
            skipSpace()
            if take(UInt8(ascii: "]")) { return values }
            guard take(UInt8(ascii: ",")) else { throw error("',' or ']' must follow here") }
            skipSpace()
        }
    }

    private mutating func word(_ text: String, _ content: Value.Content) throws(SyntaxError) -> Value.Content {
        guard bytes[index...].starts(with: text.utf8) else { throw error("must be true, false or null") }
        index += text.utf8.count
        return content
    }

    private mutating func number() throws(SyntaxError) -> Value.Content {
        let start = index
        _ = take(UInt8(ascii: "-"))
        let integerStart = index
        guard digits() > 0 else { throw error("a digit must follow '-'") }
        if bytes[integerStart] == UInt8(ascii: "0"), index - integerStart > 1 {
            throw error("a number must not begin with 0")
        }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            guard digits() > 0 else { throw error("a digit must follow '.'") }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() > 0 else { throw error("a digit must follow the exponent sign") }
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isInteger, let integer = Int64(text) { return .integer(integer) }
        return .number(text)
    }

    private mutating func digits() -> Int {
        let start = index
        while let byte = current, Names.isDigit(byte) { index += 1 }
        return index - start
    }

    private mutating func string() throws(SyntaxError) -> String {
        index += 1
        var text: [UInt8] = []
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                index += 1
                text.append(contentsOf: try escape())
            case 0..<0x20: throw error("a control character in a string must be written as \\u00XX")
            default:
                text.append(byte)
                index += 1
                if byte & 0xc0 == 0x80 { continuationBytes += 1 }
            }
        }
        throw error("the text ends inside a string")
    }

    private mutating func escape() throws(SyntaxError) -> [UInt8] {
        guard let byte = current else { throw error("the text ends inside a string") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return Array(String(Character(try unicodeEscape())).utf8)
        default: throw error("no such escape in a JSON string")
        }
    }

    private mutating func unicodeEscape() throws(SyntaxError) -> Unicode.Scalar {
        let first = try fourHexDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xd800..<0xdc00).contains(first), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw error("half of a surrogate pair stands alone")
        }
        let second = try fourHexDigits()
        guard (0xdc00..<0xe000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw error("half of a surrogate pair stands alone") }
        return scalar
    }

    private mutating func fourHexDigits() throws(SyntaxError) -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = hexDigit(byte) else {
                throw error("four hexadecimal digits must follow \\u")
            }
            number = number << 4 | UInt32(digit)
            index += 1
        }
        return number
    }
}

/// The value of a hexadecimal digit.
func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

/// Text from outside as messages show it: in quotes, control characters escaped, cut where it gets long.
func quoted(_ text: String) -> String {
    var result = "\""
    for (count, scalar) in text.unicodeScalars.enumerated() {
        guard count < 64 else { return result + "...\"" }
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff:
            result += "\\u{\(String(scalar.value, radix: 16))}"
        case 0x22: result += "\\\""
        case 0x5c: result += "\\\\"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
