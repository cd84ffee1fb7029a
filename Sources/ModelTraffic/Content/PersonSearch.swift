/// What leads to a person: addresses of mail, telephone numbers.
enum PersonSearch {
    typealias Text = UnsafeBufferPointer<UInt8>

    /// Most characters of the part before the `@`, and of the name after it.
    private static let longestLocal = 64
    private static let longestDomain = 253

    static func findEmails(in text: Text, into found: inout [Redactor.Found]) {
        for at in text.indices where text[at] == UInt8(ascii: "@") {
            var start = at
            while start > 0, at - start < longestLocal, isLocal(text[start - 1]) { start -= 1 }
            var end = at + 1
            while end < text.count, end - at <= longestDomain, isDomain(text[end]) { end += 1 }
            // A full stop or a dash behind it belongs to the sentence.
            while end > at + 1, !isLetter(text[end - 1]) { end -= 1 }
            guard start < at, text[(at + 1)..<end].contains(UInt8(ascii: ".")) else { continue }
            found.append(.init(range: start..<end, label: "email"))
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { byte.isLatinOrDecimal || byte >= 0x80 }

    private static func isLocal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "%"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "&"), UInt8(ascii: "#"), UInt8(ascii: "!"), UInt8(ascii: "~"), UInt8(ascii: "$"):
            true
        default: isLetter(byte)
        }
    }

    private static func isDomain(_ byte: UInt8) -> Bool {
        isLetter(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }

    /// `+`, and 8 to 15 digits with signs between them that people write.
    static func findPhones(in text: Text, into found: inout [Redactor.Found]) {
        for at in text.indices where text[at] == UInt8(ascii: "+") {
            guard at + 1 < text.count, text[at + 1].isDecimal, at == 0 || !text[at - 1].isLatinOrDecimal else {
                continue
            }
            var end = at + 1
            var last = at
            var digits = 0
            var between = 0
            while end < text.count, between <= 2 {
                if text[end].isDecimal {
                    digits += 1
                    between = 0
                    last = end
                } else if isBetweenDigits(text[end]) {
                    between += 1
                } else {
                    break
                }
                end += 1
            }
            guard (8...15).contains(digits) else { continue }
            found.append(.init(range: at..<last + 1, label: "phone"))
        }
    }

    private static func isBetweenDigits(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "("),
            UInt8(ascii: ")"):
            true
        default: false
        }
    }
}
