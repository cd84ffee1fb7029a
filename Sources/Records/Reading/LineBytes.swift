/// The bytes of a line, and what JSON is made of.
///
/// Behind the line there are zeros, at which everything stops: nothing in JSON is a zero. So no place is ever compared
/// with the end. It is two words, and stays in registers. Functions take the place at which they begin and return the one
/// behind what they read; less than 0: a `Slip` says what is wrong.
struct LineBytes {
    /// The first byte.
    let base: UnsafeRawPointer
    /// Bytes of the line.
    let count: Int

    /// Zeros that must be behind a line.
    static let margin = 64

    /// What can be wrong with JSON, as a number less than 0 that has the place in it.
    enum Slip: Int {
        case noMark, noEscape, control, noUTF8, noEnd, noName, noColon, noNext, noNextEntry, tooDeep, noValue, noNumber

        /// The number that says it.
        @inline(__always)
        func at(_ index: Int) -> Int { -1 - (index << 4 | rawValue) }

        /// The place and the words of such a number.
        static func error(_ number: Int) -> RecordLineError {
            let code = -1 - number
            return RecordLineError(offset: code >> 4, reason: Slip(rawValue: code & 15)?.words ?? "something is wrong")
        }

        private var words: String {
            switch self {
            case .noMark: "a text must begin"
            case .noEscape: "a text has an escape that is none"
            case .control: "a text has a control character"
            case .noUTF8: "a text is not UTF-8"
            case .noEnd: "a text must end"
            case .noName: "the name of a member must begin"
            case .noColon: "`:` must follow the name"
            case .noNext: "`,` or `}` must follow"
            case .noNextEntry: "`,` or `]` must follow"
            case .tooDeep: "there is too much within each other"
            case .noValue: "a value must begin"
            case .noNumber: "a number has no digits where it must"
            }
        }
    }

    // MARK: bytes

    /// A byte.
    @inline(__always)
    func byte(_ index: Int) -> UInt8 { base.load(fromByteOffset: index, as: UInt8.self) }

    /// Two bytes, the first lowest.
    @inline(__always)
    func pair(_ index: Int) -> UInt16 {
        UInt16(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt16.self))
    }

    /// Four bytes, the first lowest.
    @inline(__always)
    func four(_ index: Int) -> UInt32 {
        UInt32(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt32.self))
    }

    /// Eight bytes, the first lowest.
    @inline(__always)
    func word(_ index: Int) -> UInt64 {
        UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// Behind spaces, of which our lines have none.
    @inline(__always)
    func space(_ index: Int) -> Int { byte(index) > 0x20 ? index : spaces(index) }

    @inline(never)
    private func spaces(_ start: Int) -> Int {
        var index = start
        while true {
            switch byte(index) {
            case 0x20, 0x09, 0x0a, 0x0d: index += 1
            default: return index
            }
        }
    }

    // MARK: text

    /// A text from behind its quotation mark. Returns twice the place of the mark at its end, and 1 more when there are
    /// escapes in it.
    func text(_ start: Int) -> Int {
        let index = plainText(start)
        return byte(index) == UInt8(ascii: "\"") ? index << 1 : unusualText(index)
    }

    /// The first `"` of a text, or what needs a look before it.
    @inline(__always)
    func plainText(_ start: Int) -> Int {
        let marks = marks(start)
        return marks != 0 ? start &+ marks.trailingZeroBitCount >> 2 : longText(start &+ 16)
    }

    /// The same for the rest of a text that is longer than what is looked at once.
    @inline(__always)
    private func longText(_ start: Int) -> Int {
        var index = start
        while true {
            let marks = marks(index)
            if marks != 0 { return index &+ marks.trailingZeroBitCount >> 2 }
            index &+= 16
        }
    }

    /// Four bits for each of sixteen bytes, the first lowest: set where the byte ends a text or needs a look: `"`, `\`,
    /// controls and those beyond ASCII. With signs the latter are less than all others.
    @inline(__always)
    private func marks(_ index: Int) -> UInt64 {
        let signed = base.loadUnaligned(fromByteOffset: index, as: SIMD16<Int8>.self)
        let slashes = signed .== SIMD16<Int8>(repeating: 0x5c)
        // `"` changes places with the space, next to the controls.
        let others = signed ^ SIMD16<Int8>(repeating: 0x02) .< SIMD16<Int8>(repeating: 0x21)
        let found = unsafeBitCast(slashes .| others, to: SIMD8<UInt16>.self)
        // Of two bytes side by side, half of each.
        let halves = SIMD8<UInt8>(truncatingIfNeeded: found &>> 4)
        return UInt64(littleEndian: unsafeBitCast(halves, to: UInt64.self))
    }

    /// The rest of a text in which something needs a look, or that is at the end of the line; returns what `text` does.
    @inline(never)
    func unusualText(_ start: Int) -> Int {
        let line = UnsafeRawBufferPointer(start: base, count: count)
        var index = start
        var escapes = 0
        while index < count {
            switch line[index] {
            case UInt8(ascii: "\""): return index << 1 | escapes
            case UInt8(ascii: "\\"):
                let length = JSONText.escapeLength(line, index)
                guard length > 0 else { return Slip.noEscape.at(index) }
                escapes = 1
                index += length
            case 0..<0x20: return Slip.control.at(index)
            case 0x80...:
                let length = JSONText.characterLength(line, index)
                guard length > 0 else { return Slip.noUTF8.at(index) }
                index += length
            default: index += 1
            }
        }
        return Slip.noEnd.at(count)
    }

    // MARK: numbers

    /// Digits without zeros in front; end less than 0: there are none. What is too large is the most that fits.
    @inline(__always)
    func digits(_ start: Int) -> (value: UInt64, end: Int) {
        var index = start
        var value: UInt64 = 0
        while true {
            let digit = byte(index) &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            // Eighteen digits always fit.
            if index &- start >= 18 { return longDigits(start) }
            value = value &* 10 &+ UInt64(digit)
            index &+= 1
        }
        let hasZero = byte(start) == UInt8(ascii: "0") && index > start + 1
        return (value, index == start || hasZero ? Slip.noNumber.at(start) : index)
    }

    /// One to seven digits without zeros in front; nil: there are others, or none.
    @inline(__always)
    func fewDigits(_ start: Int) -> (value: UInt64, end: Int)? {
        let digits = word(start) ^ 0x3030_3030_3030_3030
        let bits = UInt64(truncatingIfNeeded: Self.others(digits).trailingZeroBitCount) & 0x78
        guard bits &- 8 < 56, digits & 0xff != 0 || bits == 8 else { return nil }
        return (Self.value(digits &<< (64 &- bits)), start &+ Int(truncatingIfNeeded: bits &>> 3))
    }

    /// One to seven digits, a point and six digits more, as millionths; nil: there are others, or none.
    @inline(__always)
    func fewSeconds(_ start: Int) -> (value: UInt64, end: Int)? {
        guard let (whole, point) = fewDigits(start), byte(point) == UInt8(ascii: ".") else { return nil }
        let digits = word(point &+ 1) ^ 0x3030_3030_3030_3030
        guard Self.others(digits).trailingZeroBitCount & 0x78 == 48 else { return nil }
        return (whole &* 1_000_000 &+ Self.value(digits << 16), point &+ 7)
    }

    /// Of eight bytes the highest bit of those that are more than 9; what is carried over changes only those behind the
    /// first.
    @inline(__always)
    static func others(_ digits: UInt64) -> UInt64 {
        ((digits &+ 0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080
    }

    /// The number of eight digits, the first lowest.
    @inline(__always)
    static func value(_ digits: UInt64) -> UInt64 {
        let pairs = (digits &* 10) &+ (digits >> 8)
        let high = (pairs & 0xff_0000_00ff) &* 0x000f_4240_0000_0064
        let low = (pairs >> 16 & 0xff_0000_00ff) &* 0x0000_2710_0000_0001
        return (high &+ low) >> 32
    }

    @inline(never)
    private func longDigits(_ start: Int) -> (value: UInt64, end: Int) {
        var index = start
        var value: UInt64 = 0
        while byte(index) &- UInt8(ascii: "0") < 10 {
            let (tens, isOver) = value.multipliedReportingOverflow(by: 10)
            let (sum, isOverToo) = tens.addingReportingOverflow(UInt64(byte(index) &- UInt8(ascii: "0")))
            value = isOver || isOverToo ? .max : sum
            index += 1
        }
        return (value, byte(start) == UInt8(ascii: "0") ? Slip.noNumber.at(start) : index)
    }

    // MARK: arrays, and what the schema does not have

    /// What follows an entry of an array: the next, or the end.
    func next(_ start: Int, isOpen: inout Bool) -> Int {
        let index = space(start)
        switch byte(index) {
        case UInt8(ascii: ","): return space(index + 1)
        case UInt8(ascii: "]"):
            isOpen = false
            return index + 1
        default: return Slip.noNextEntry.at(index)
        }
    }

    /// Objects and arrays that are within each other at most, in members that the schema does not have.
    static let deepest = 64

    /// Any value.
    func skip(_ start: Int, depth: Int = 0) -> Int {
        let index = space(start)
        guard depth < Self.deepest else { return Slip.tooDeep.at(index) }
        switch byte(index) {
        case UInt8(ascii: "\""):
            let end = text(index + 1)
            return end >= 0 ? end >> 1 + 1 : end
        case UInt8(ascii: "{"): return skipObject(index + 1, depth: depth + 1)
        case UInt8(ascii: "["): return skipArray(index + 1, depth: depth + 1)
        case UInt8(ascii: "t") where word(index) & 0xffff_ffff == 0x6575_7274: return index + 4
        case UInt8(ascii: "n") where word(index) & 0xffff_ffff == 0x6c6c_756e: return index + 4
        case UInt8(ascii: "f") where word(index) & 0xff_ffff_ffff == 0x65_736c_6166: return index + 5
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return skipNumber(index)
        default: return Slip.noValue.at(index)
        }
    }

    private func skipNumber(_ start: Int) -> Int {
        var (_, index) = digits(byte(start) == UInt8(ascii: "-") ? start + 1 : start)
        guard index >= 0 else { return index }
        if byte(index) == UInt8(ascii: ".") {
            index = skipDigits(index + 1)
            guard index >= 0 else { return index }
        }
        if byte(index) | 0x20 == UInt8(ascii: "e") {
            let sign = byte(index + 1)
            index = skipDigits(sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") ? index + 2 : index + 1)
        }
        return index
    }

    /// At least one digit.
    private func skipDigits(_ start: Int) -> Int {
        var index = start
        while byte(index) &- UInt8(ascii: "0") < 10 { index += 1 }
        return index > start ? index : Slip.noNumber.at(start)
    }

    private func skipArray(_ start: Int, depth: Int) -> Int {
        var index = space(start)
        if byte(index) == UInt8(ascii: "]") { return index + 1 }
        var isOpen = true
        while isOpen {
            index = skip(index, depth: depth)
            guard index >= 0 else { return index }
            index = next(index, isOpen: &isOpen)
            guard index >= 0 else { return index }
        }
        return index
    }

    private func skipObject(_ start: Int, depth: Int) -> Int {
        var index = space(start)
        if byte(index) == UInt8(ascii: "}") { return index + 1 }
        while true {
            guard byte(index) == UInt8(ascii: "\"") else { return Slip.noName.at(index) }
            let end = text(index + 1)
            guard end >= 0 else { return end }
            index = space(end >> 1 + 1)
            guard byte(index) == UInt8(ascii: ":") else { return Slip.noColon.at(index) }
            index = skip(index + 1, depth: depth)
            guard index >= 0 else { return index }
            index = space(index)
            switch byte(index) {
            case UInt8(ascii: ","): index = space(index + 1)
            case UInt8(ascii: "}"): return index + 1
            default: return Slip.noNext.at(index)
            }
        }
    }
}
