/// The bytes of a line, and what JSON is made of.
///
/// It is two words, so that it stays in registers. Functions take the place at which they begin and return the one behind
/// what they read; less than 0: a `Slip` says what is wrong.
struct LineBytes {
    private let base: UnsafeRawPointer
    let count: Int

    /// nil: there are none.
    init?(_ line: UnsafeRawBufferPointer) {
        guard let base = line.baseAddress, line.count > 0 else { return nil }
        (self.base, count) = (base, line.count)
    }

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

    /// A byte; behind the end 0, which is in no place right.
    @inline(__always)
    func byte(_ index: Int) -> UInt8 { index < count ? base.load(fromByteOffset: index, as: UInt8.self) : 0 }

    /// Eight bytes, the first lowest; zeros behind the end.
    @inline(__always)
    func word(_ index: Int) -> UInt64 {
        index &+ 8 <= count
            ? UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self)) : lastWord(index)
    }

    @inline(never)
    private func lastWord(_ index: Int) -> UInt64 {
        var word: UInt64 = 0
        var place = count - 1
        while place >= index {
            word = word << 8 | UInt64(byte(place))
            place -= 1
        }
        return word
    }

    /// Behind spaces, of which our lines have none.
    @inline(__always)
    func space(_ index: Int) -> Int { byte(index) > 0x20 ? index : spaces(index) }

    @inline(never)
    private func spaces(_ start: Int) -> Int {
        var index = start
        while index < count {
            switch byte(index) {
            case 0x20, 0x09, 0x0a, 0x0d: index += 1
            default: return index
            }
        }
        return index
    }

    // MARK: text

    /// A text from behind its quotation mark. Returns twice the place of the mark at its end, and 1 more when there are
    /// escapes in it.
    @inline(__always)
    func text(_ start: Int) -> Int {
        var index = start
        while index &+ 8 <= count {
            let marks = Self.marks(UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
            guard marks != 0 else {
                index &+= 8
                continue
            }
            index &+= marks.trailingZeroBitCount >> 3
            if base.load(fromByteOffset: index, as: UInt8.self) == UInt8(ascii: "\"") { return index << 1 }
            break
        }
        return unusualText(index)
    }

    /// The top bit of bytes that end a text or need a look; of those above the lowest that has it, it may be wrong.
    @inline(__always)
    private static func marks(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones &* 0x22)
        let slashes = word ^ (ones &* 0x5c)
        let found = ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes) | ((word &- ones &* 0x20) & ~word)
        return (found | word) & (ones &* 0x80)
    }

    /// The rest of a text in which something needs a look, or that is at the end of the line.
    @inline(never)
    private func unusualText(_ start: Int) -> Int {
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
