/// JSON, whole or cut off, with what is not kept taken out of its strings: each is read without its escapes, so that an
/// escape hides nothing, and written anew. It judges nothing else: what was judged before stays as it is.
struct RedactedJSON {
    private let redactor: Redactor
    private let bytes: [UInt8]
    /// Bytes of the input of which something is kept; what comes after only helps to see what begins before.
    private let end: Int
    private var output: [UInt8] = []
    private var count = 0
    /// The name of the member whose value comes next.
    private var name: [UInt8] = []

    /// How many texts of JSON are around this one, as their strings.
    private let depth: Int

    /// The arguments of tools are JSON in a string; more than that nobody writes.
    private static let deepest = 4

    private init(_ bytes: [UInt8], upTo end: Int, _ redactor: Redactor, depth: Int) {
        self.redactor = redactor
        self.depth = depth
        self.bytes = bytes
        self.end = min(end, bytes.count)
    }

    /// The text without what is not kept.
    static func redact(_ bytes: [UInt8], upTo end: Int, by redactor: Redactor, depth: Int = 0) -> Redactor.Result {
        var work = RedactedJSON(bytes, upTo: end, redactor, depth: depth)
        work.run()
        return Redactor.Result(text: work.output, count: work.count)
    }

    /// The text without what is not kept, read as JSON where it begins like that.
    static func redactAny(
        _ text: [UInt8], upTo end: Int? = nil, by redactor: Redactor, depth: Int = 0
    ) -> Redactor.Result {
        let first = text.first { $0 > 0x20 }
        guard depth < deepest, first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
            return redactor.redact(text, upTo: end)
        }
        let inner = redact(text, upTo: end ?? text.count, by: redactor, depth: depth)
        // What only begins like JSON is seen as text, too.
        let outer = redactor.redact(inner.text)
        return Redactor.Result(text: outer.text, count: inner.count + outer.count)
    }

    private mutating func run() {
        output.reserveCapacity(end)
        var at = 0
        while at < end {
            let start = at
            while at < end, bytes[at] != UInt8(ascii: "\"") { at += 1 }
            between(start..<at)
            if at < end { at = string(at + 1) }
        }
    }

    /// Signs, blanks, numbers and words: of those only numbers say something.
    private mutating func between(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        if bytes[range].contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "}") }) { name = [] }
        guard bytes[range].contains(where: \.isDecimal) else {
            output += bytes[range]
            return
        }
        // The number that the end goes through is seen whole.
        var stop = range.upperBound
        if stop == end { while stop < bytes.count, bytes[stop] != UInt8(ascii: "\"") { stop += 1 } }
        let result = redactor.redact(Array(bytes[range.lowerBound..<stop]), upTo: range.count)
        output += result.text
        count += result.count
    }

    /// A string from behind its quote; gives the place after it.
    private mutating func string(_ start: Int) -> Int {
        var text: [UInt8] = []
        /// Bytes of the text that stand before the end.
        var kept: Int?
        var at = start
        while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
            if at >= end, kept == nil { kept = text.count }
            at = character(at, into: &text)
        }
        let isClosed = at < bytes.count && at < end
        let isName = isClosed && isFollowedByColon(at + 1)
        if !name.isEmpty, CredentialSearch.isNameOfSecret(name), !isName {
            appendString("[redacted secret]".utf8, isClosed)
            count += 1
        } else {
            let result = Self.redactAny(text, upTo: kept, by: redactor, depth: depth + 1)
            appendString(result.text, isClosed)
            count += result.count
        }
        name = isName ? text : []
        return at + 1
    }

    private mutating func appendString(_ text: some Sequence<UInt8>, _ isClosed: Bool) {
        appendQuoted(text, to: &output)
        if !isClosed { output.removeLast() }
    }

    private func isFollowedByColon(_ start: Int) -> Bool {
        var at = start
        while at < bytes.count, bytes[at] <= 0x20 { at += 1 }
        return at < bytes.count && bytes[at] == UInt8(ascii: ":")
    }

    /// One character of a string, or its escape; gives the place after it.
    private func character(_ at: Int, into text: inout [UInt8]) -> Int {
        guard bytes[at] == UInt8(ascii: "\\") else {
            text.append(bytes[at])
            return at + 1
        }
        guard at + 1 < bytes.count else { return at + 1 }
        switch bytes[at + 1] {
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): return unicode(at, into: &text)
        case let byte: text.append(byte)
        }
        return at + 2
    }

    private func unicode(_ at: Int, into text: inout [UInt8]) -> Int {
        guard let unit = unit(at) else { return at + 2 }
        var value = unit
        var end = at + 6
        if unit & 0xFC00 == 0xD800, let low = self.unit(at + 6), low & 0xFC00 == 0xDC00 {
            value = 0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF
            end = at + 12
        }
        text += String(Unicode.Scalar(value).map(Character.init) ?? "\u{FFFD}").utf8
        return end
    }

    /// The unit of `\uXXXX` at a place; nil: there is none.
    private func unit(_ at: Int) -> UInt32? {
        guard at + 6 <= bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else {
            return nil
        }
        return UInt32(String(decoding: bytes[(at + 2)..<(at + 6)], as: UTF8.self), radix: 16)
    }
}
