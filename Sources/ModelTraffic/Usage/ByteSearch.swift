/// Searching eight bytes at a time.
extension RawSpan {
    /// The byte at that place.
    @inline(__always)
    func byte(_ index: Int) -> UInt8 {
        unsafeLoad(fromByteOffset: index, as: UInt8.self)
    }

    /// Eight bytes from that place, the first one lowest.
    @inline(__always)
    private func word(_ index: Int) -> UInt64 {
        UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// The first `"`, `\` or control character from `start` on; the end when there is none.
    @inline(__always)
    func endOfPlainText(from start: Int) -> Int {
        var index = start
        let end = byteCount
        while index + 8 <= end {
            let word = word(index)
            let found = zeros(word ^ 0x2222_2222_2222_2222) | zeros(word ^ 0x5c5c_5c5c_5c5c_5c5c) | controls(word)
            if found != 0 { return index + found.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < end {
            let byte = byte(index)
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { return index }
            index += 1
        }
        return end
    }

    /// The first `"`, brace, bracket or control character from `start` on; the end when there is none.
    @inline(__always)
    func nextStructure(from start: Int) -> Int {
        var index = start
        let end = byteCount
        while index + 8 <= end {
            let word = word(index)
            // Brackets and braces differ by one bit.
            let folded = word | 0x2020_2020_2020_2020
            let found =
                zeros(word ^ 0x2222_2222_2222_2222) | zeros(folded ^ 0x7b7b_7b7b_7b7b_7b7b)
                | zeros(folded ^ 0x7d7d_7d7d_7d7d_7d7d) | controls(word)
            if found != 0 { return index + found.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < end {
            let byte = byte(index)
            if byte == UInt8(ascii: "\"") || byte < 0x20 || byte | 0x20 == 0x7b || byte | 0x20 == 0x7d { return index }
            index += 1
        }
        return end
    }

    /// The end of a number or word from `start` on: the first comma, brace, bracket, space or control character;
    /// the end when there is none.
    @inline(__always)
    func endOfScalar(from start: Int) -> Int {
        var index = start
        let end = byteCount
        while index < end {
            let byte = byte(index)
            if byte <= 0x20 || byte == UInt8(ascii: ",") || byte | 0x20 == 0x7d { return index }
            index += 1
        }
        return end
    }

    /// The first line feed or carriage return from `start` on; the end when there is none.
    @inline(__always)
    func endOfLine(from start: Int) -> Int {
        var index = start
        let end = byteCount
        while index + 8 <= end {
            let word = word(index)
            let found = zeros(word ^ 0x0a0a_0a0a_0a0a_0a0a) | zeros(word ^ 0x0d0d_0d0d_0d0d_0d0d)
            if found != 0 { return index + found.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < end, byte(index) != 0x0a, byte(index) != 0x0d { index += 1 }
        return index
    }
}

/// The high bit of bytes that are zero. Only the lowest one set can be relied on: a borrow may mark those above it.
@inline(__always)
private func zeros(_ word: UInt64) -> UInt64 {
    (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
}

/// The high bit of bytes below 0x20; the lowest one set can be relied on.
@inline(__always)
private func controls(_ word: UInt64) -> UInt64 {
    (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080
}
