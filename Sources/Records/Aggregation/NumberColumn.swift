/// Writes numbers so that small ones take few bytes: seven bits in each, the top bit where more follow.
struct ColumnWriter {
    private(set) var bytes: [UInt8] = []

    mutating func byte(_ byte: UInt8) { bytes.append(byte) }

    mutating func number(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// A number with its sign in the lowest bit.
    mutating func signed(_ value: Int128) {
        var rest = UInt128(bitPattern: value << 1) ^ UInt128(bitPattern: value >> 127)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// A column with its name and length before it.
    mutating func column(_ name: UInt8, _ column: ColumnWriter) {
        bytes.append(name)
        number(UInt64(column.bytes.count))
        bytes += column.bytes
    }
}

/// Reads what `ColumnWriter` wrote. What is not there reads as 0, and `isWhole` says so in the end.
struct ColumnReader {
    private let base: UnsafeRawBufferPointer
    private var index: Int
    private let end: Int
    /// False: a number was cut off, or too large.
    private(set) var isWhole = true

    init(_ bytes: UnsafeRawBufferPointer) {
        base = bytes
        (index, end) = (0, bytes.count)
    }

    private init(_ base: UnsafeRawBufferPointer, _ range: Range<Int>) {
        self.base = base
        (index, end) = (range.lowerBound, range.upperBound)
    }

    /// True when everything was read, and was right.
    var isDone: Bool { isWhole && index == end }

    /// True when there is more to read.
    var hasMore: Bool { isWhole && index < end }

    @inline(__always)
    mutating func byte() -> UInt8 {
        guard index < end else {
            isWhole = false
            return 0
        }
        index &+= 1
        return base[index &- 1]
    }

    @inline(__always)
    mutating func number() -> UInt64 {
        guard index < end else {
            isWhole = false
            return 0
        }
        let first = base[index]
        index &+= 1
        return first < 0x80 ? UInt64(first) : longNumber(UInt64(first & 0x7f))
    }

    @inline(__always)
    private mutating func longNumber(_ first: UInt64) -> UInt64 {
        var value = first
        var shift: UInt64 = 7
        while index < end, shift < 64 {
            let byte = base[index]
            index &+= 1
            value |= UInt64(byte & 0x7f) &<< shift
            if byte < 0x80 {
                // In the tenth byte there is room for one bit.
                if shift == 63, byte > 1 { isWhole = false }
                return value
            }
            shift &+= 7
        }
        isWhole = false
        return 0
    }

    /// A number with its sign in the lowest bit.
    @inline(__always)
    mutating func signed() -> Int128 {
        // Nine bytes fit a word.
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while index < end, shift < 63 {
            let byte = base[index]
            index &+= 1
            value |= UInt64(byte & 0x7f) &<< shift
            if byte < 0x80 { return Int128(Int64(bitPattern: (value >> 1) ^ (0 &- (value & 1)))) }
            shift &+= 7
        }
        return longSigned(value)
    }

    private mutating func longSigned(_ first: UInt64) -> Int128 {
        var value = UInt128(first)
        var shift: UInt128 = 63
        while index < end, shift < 128 {
            let byte = base[index]
            index &+= 1
            value |= UInt128(byte & 0x7f) << shift
            if byte < 0x80 { return Int128(bitPattern: value >> 1) ^ -Int128(value & 1) }
            shift += 7
        }
        isWhole = false
        return 0
    }

    /// The bytes that follow, as a column of its own.
    mutating func column(_ length: UInt64) -> ColumnReader? {
        guard length <= UInt64(end - index) else {
            isWhole = false
            return nil
        }
        defer { index += Int(length) }
        return ColumnReader(base, index..<(index + Int(length)))
    }
}
