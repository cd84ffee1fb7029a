extension LineWriter {
    /// Microseconds since 1970 as RFC 3339 in UTC, between quotation marks; times outside 1970...9999 become the nearest.
    mutating func time(_ microseconds: Int64) {
        let value = UInt64(min(max(0, microseconds), 253_402_300_799_999_999))
        let seconds = value / 1_000_000
        byte(UInt8(ascii: "\""))
        second(seconds) { $0.dateAndTime(seconds) }
        byte(UInt8(ascii: "."))
        digits(value % 1_000_000, count: 6)
        raw("Z\"")
    }

    private mutating func dateAndTime(_ seconds: UInt64) {
        let (year, month, day) = civil(days: Int64(seconds / 86_400))
        digits(UInt64(year), count: 4)
        byte(UInt8(ascii: "-"))
        digits(UInt64(month), count: 2)
        byte(UInt8(ascii: "-"))
        digits(UInt64(day), count: 2)
        byte(UInt8(ascii: "T"))
        digits(seconds / 3_600 % 24, count: 2)
        byte(UInt8(ascii: ":"))
        digits(seconds / 60 % 60, count: 2)
        byte(UInt8(ascii: ":"))
        digits(seconds % 60, count: 2)
    }
}

/// Year, month and day of a number of days since 1970, in the Gregorian calendar; never negative.
private func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    // Years begin in March here, so that the leap day is the last of its year and eras of 400 years are all alike.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
}
