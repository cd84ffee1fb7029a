/// Times of day as records have them: RFC 3339.
enum RecordTime {
    /// Microseconds since 1970 of a time with its offset, such as `2026-11-23T09:00:00.123456Z`; digits after the sixth
    /// are left out. nil: it is none.
    static func microseconds(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard let second = seconds(text) else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index += 1
            let start = index
            while index < text.count, let digit = digit(text[index]) {
                if index - start < 6 { fraction = fraction * 10 + digit }
                index += 1
            }
            guard index > start else { return nil }
            for _ in min(6, index - start)..<6 { fraction *= 10 }
        }
        guard let offset = offset(UnsafeRawBufferPointer(rebasing: text[index...])) else { return nil }
        return (second - offset) * 1_000_000 + fraction
    }

    /// Seconds of `2026-11-23T09:00:00`, at the beginning of the text.
    private static func seconds(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard text.count > 19, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            text[10] | 0x20 == UInt8(ascii: "t"), text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
            let century = pair(text, 0), let ofCentury = pair(text, 2), let month = pair(text, 5),
            let day = pair(text, 8), let hour = pair(text, 11), let minute = pair(text, 14),
            let second = pair(text, 17)
        else { return nil }
        let year = century * 100 + ofCentury
        // A leap second is the first of the next minute.
        guard (1...12).contains(month), (1...daysOf(month, year)).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        return days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
    }

    /// Seconds east of UTC: `Z` or `+01:00`.
    private static func offset(_ text: UnsafeRawBufferPointer) -> Int64? {
        if text.count == 1 { return text[0] | 0x20 == UInt8(ascii: "z") ? 0 : nil }
        guard text.count == 6, text[3] == UInt8(ascii: ":"), let hours = pair(text, 1), let minutes = pair(text, 4),
            hours < 24, minutes < 60
        else { return nil }
        switch text[0] {
        case UInt8(ascii: "+"): return hours * 3_600 + minutes * 60
        case UInt8(ascii: "-"): return -hours * 3_600 - minutes * 60
        default: return nil
        }
    }

    private static func pair(_ text: UnsafeRawBufferPointer, _ index: Int) -> Int64? {
        guard let tens = digit(text[index]), let ones = digit(text[index + 1]) else { return nil }
        return tens * 10 + ones
    }

    private static func digit(_ byte: UInt8) -> Int64? {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? Int64(byte - UInt8(ascii: "0")) : nil
    }

    private static func daysOf(_ month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970 of a day of the Gregorian calendar.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        // Years begin in March here, so that the leap day is the last of its year and eras of 400 years are all alike.
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

extension RecordTime {
    /// Remembers the second that was read last: many records are of the same.
    struct Cache {
        private var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
        private var second: Int64 = 0

        /// The same as `RecordTime.microseconds`.
        mutating func microseconds(_ text: UnsafeRawBufferPointer) -> Int64? {
            guard text.count == 27, text[26] == UInt8(ascii: "Z") else { return RecordTime.microseconds(text) }
            // Bytes 0 to 19: the date, the time of day and the point; behind them six digits.
            let first = text.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
            let middle = text.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            let last = text.loadUnaligned(fromByteOffset: 12, as: UInt64.self)
            guard first == words.0, middle == words.1, last == words.2 else {
                guard let time = RecordTime.microseconds(text) else { return nil }
                (words, second) = ((first, middle, last), time - time.modulo(1_000_000))
                return time
            }
            // From the point to the `Z`; its six digits, behind two that are 0.
            let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: 19, as: UInt64.self))
            let digits = (word << 8) & 0xffff_ffff_ffff_0000 ^ 0x3030_3030_3030_0000
            guard LineBytes.others(digits) & 0x8080_8080_8080_0000 == 0 else { return nil }
            let fraction = Int64(truncatingIfNeeded: LineBytes.value(digits))
            return second + fraction
        }
    }
}

extension Int64 {
    /// What is left over of a division that rounds down.
    func modulo(_ divisor: Int64) -> Int64 {
        let rest = self % divisor
        return rest < 0 ? rest + divisor : rest
    }
}
