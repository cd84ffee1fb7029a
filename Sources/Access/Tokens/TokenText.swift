/// What is a token by its looks. Says nothing about whether it is a good one.
public enum TokenText {
    /// Whether a credential is to be read as a token: it has two dots at least, and does not begin like an access key,
    /// which has none.
    public static func looksLikeToken(_ text: UnsafeRawBufferPointer) -> Bool {
        guard !text.starts(with: AccessKeyText.prefix.utf8) else { return false }
        var dots = 0
        for byte in text where byte == UInt8(ascii: ".") {
            dots += 1
            if dots == 2 { return true }
        }
        return false
    }

    /// Where in the bytes the first signed JWT stands, for what looks for secrets where they should not be: in URLs and
    /// in what is written down. Two parts that begin as `{"` does in base64, and a signature of 16 digits or more.
    public static func first(in bytes: UnsafeRawBufferPointer) -> Range<Int>? {
        var start = 0
        while start < bytes.count {
            let end = endOfDigits(bytes, start)
            if beginsObject(bytes, start, end), end < bytes.count, bytes[end] == dot {
                let second = endOfDigits(bytes, end + 1)
                if beginsObject(bytes, end + 1, second), second < bytes.count, bytes[second] == dot {
                    let third = endOfDigits(bytes, second + 1)
                    if third - second > 16 { return start..<endOfParts(bytes, third) }
                }
            }
            start = end + 1
        }
        return nil
    }

    private static let dot = UInt8(ascii: ".")

    private static func beginsObject(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Bool {
        end - start > 3 && bytes[start] == UInt8(ascii: "e") && bytes[start + 1] == UInt8(ascii: "y")
            && bytes[start + 2] == UInt8(ascii: "J")
    }

    /// Where a token ends of which three parts were found: whatever looks like more parts is of it too.
    private static func endOfParts(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end] == dot { end = endOfDigits(bytes, end + 1) }
        return end
    }

    /// The first byte from `start` on that is no digit of base64url.
    private static func endOfDigits(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var end = start
        while end < bytes.count, Base64URL.isDigit(bytes[end]) { end += 1 }
        return end
    }
}
