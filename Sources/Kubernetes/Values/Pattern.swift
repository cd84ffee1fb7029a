/// A name in which `*` stands for any run of characters, the empty one too. Compared byte by byte, with its case.
public struct Pattern: Sendable, Hashable {
    /// What stands before, between and after the stars; one part: there is no star.
    private let parts: [[UInt8]]

    /// The pattern that a text writes; without a `*` it is a name.
    public init(_ text: String) {
        parts = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
    }

    /// Whether the whole text is such a name.
    public func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { matches(UnsafeRawBufferPointer($0)) }
    }

    /// Whether the whole text is such a name.
    ///
    /// The first place where a part fits is as good as any later one, so nothing is tried twice: the work is at most the
    /// product of both lengths.
    public func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        let (first, last) = (parts[0], parts[parts.count - 1])
        guard parts.count > 1 else { return text.elementsEqual(first) }
        guard text.count >= first.count + last.count, text.starts(with: first),
            text.suffix(last.count).elementsEqual(last)
        else { return false }
        var rest = text[first.count..<(text.count - last.count)]
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let end = Self.end(of: part, in: rest) else { return false }
            rest = rest[end...]
        }
        return true
    }

    /// Where the first occurrence of a part ends.
    private static func end(of part: [UInt8], in text: Slice<UnsafeRawBufferPointer>) -> Int? {
        var start = text.startIndex
        while start + part.count <= text.endIndex {
            if text[start..<(start + part.count)].elementsEqual(part) { return start + part.count }
            start += 1
        }
        return nil
    }
}

extension [Pattern] {
    /// True when one of them matches.
    public func match(_ text: String) -> Bool { contains { $0.matches(text) } }
}
