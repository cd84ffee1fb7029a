extension Milliseconds {
    /// Reads a Gateway API duration (GEP-2257): one to four of a number of at most five digits and `h`, `m`, `s` or
    /// `ms`, such as `1h30m` or `500ms`; nil for everything else.
    public init?(duration text: String) {
        var rest = text.utf8[...]
        var total: Int64 = 0
        for _ in 0..<4 where !rest.isEmpty {
            let digits = rest.prefix(while: Names.isDigit)
            guard (1...5).contains(digits.count), let number = Int64(String(Substring(digits))) else { return nil }
            rest = rest[digits.endIndex...]
            guard let unit = Self.units.first(where: { rest.starts(with: $0.name.utf8) }) else { return nil }
            rest = rest.dropFirst(unit.name.utf8.count)
            total += number * unit.milliseconds
        }
        guard rest.isEmpty, !text.isEmpty else { return nil }
        self.init(total)
    }

    /// `ms` stands first: `m` begins it.
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1_000),
    ]
}

/// Reads an RFC 3339 time such as `2027-01-01T00:00:00Z` into seconds since 1970; fractions are cut off.
///
/// Written out, because Foundation's date parsing accepts more than the RFC.
func secondsSince1970(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20 else { return nil }
    func number(_ range: Range<Int>) -> Int? {
        bytes[range].allSatisfy(Names.isDigit) ? bytes[range].reduce(0) { $0 * 10 + Int($1 - 48) } : nil
    }
    let marks: [(Int, String)] = [(4, "-"), (7, "-"), (10, "Tt"), (13, ":"), (16, ":")]
    guard marks.allSatisfy({ $0.1.utf8.contains(bytes[$0.0]) }),
        let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
        let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
        (1...12).contains(month), (1...daysIn(month, year)).contains(day),
        hour < 24, minute < 60, second < 61,
        let offset = zoneOffset(bytes[19...])
    else { return nil }
    return daysSince1970(year, month, day) * 86400 + Int64(hour * 3600 + minute * 60 + second - offset)
}

private func daysIn(_ month: Int, _ year: Int) -> Int {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
}

/// Days of the proleptic Gregorian calendar, counted in eras of 400 years that begin in March.
private func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return Int64(era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468)
}

/// Seconds east of UTC from what follows the seconds: an optional fraction, then `Z` or `+hh:mm`.
private func zoneOffset(_ text: ArraySlice<UInt8>) -> Int? {
    var rest = text
    if rest.first == UInt8(ascii: ".") {
        let fraction = rest.dropFirst().prefix(while: Names.isDigit)
        guard !fraction.isEmpty else { return nil }
        rest = rest[fraction.endIndex...]
    }
    if rest.count == 1, rest.first == UInt8(ascii: "Z") || rest.first == UInt8(ascii: "z") { return 0 }
    let zone = Array(rest)
    guard zone.count == 6, "+-".utf8.contains(zone[0]), zone[3] == UInt8(ascii: ":"),
        [1, 2, 4, 5].allSatisfy({ Names.isDigit(zone[$0]) })
    else { return nil }
    let hours = Int(zone[1] - 48) * 10 + Int(zone[2] - 48)
    let minutes = Int(zone[4] - 48) * 10 + Int(zone[5] - 48)
    guard hours < 24, minutes < 60 else { return nil }
    return (zone[0] == UInt8(ascii: "-") ? -1 : 1) * (hours * 3600 + minutes * 60)
}
