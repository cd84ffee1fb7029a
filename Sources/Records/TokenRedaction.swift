/// A signed token (JWT) that somebody put where it does not belong, in a path or a name, is not written on.
enum TokenRedaction {
    /// The text without tokens; nil: it has none, as nearly every text.
    static func redacted(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var output: [UInt8]?
        var copied = 0
        var index = 0
        while let found = nextMark(text, index) {
            index = found
            guard let end = endOfToken(text, index) else {
                index += 1
                continue
            }
            output = (output ?? []) + text[copied..<index] + Array("[redacted]".utf8)
            copied = end
            index = end
        }
        return output.map { $0 + text[copied...] }
    }

    /// Where `eyJ` stands next, with which a token begins. Its third letter is looked for: where none of the three is
    /// found in its place, none can begin at the next three places.
    private static func nextMark(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
        var last = start + 2
        while last < text.count {
            switch text[last] {
            case UInt8(ascii: "J"):
                if text[last - 1] == UInt8(ascii: "y"), text[last - 2] == UInt8(ascii: "e") { return last - 2 }
                last += 3
            case UInt8(ascii: "y"): last += 1
            case UInt8(ascii: "e"): last += 2
            default: last += 3
            }
        }
        return nil
    }

    /// Where a token ends that begins here; a cut-off one counts from its second part on.
    private static func endOfToken(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
        let first = endOfDigits(text, start)
        guard first < text.count, text[first] == UInt8(ascii: "."), first - start >= 12 else { return nil }
        var end = endOfDigits(text, first + 1)
        guard end - first > 12 else { return nil }
        while end < text.count, text[end] == UInt8(ascii: ".") { end = endOfDigits(text, end + 1) }
        return end
    }

    private static func endOfDigits(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var end = start
        while end < text.count, isDigit(text[end]) { end += 1 }
        return end
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
