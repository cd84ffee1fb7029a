/// Bytes of events that are made here: JSON whose strings come from outside and are escaped.
struct EventText {
    private(set) var bytes: [UInt8] = []

    /// Text that is known to be right.
    mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// A number.
    mutating func number(_ value: Int64) { raw(String(value)) }

    /// A string with its quotes.
    mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20, 0x7f:
                raw("\\u00")
                bytes += [Self.hex(byte >> 4), Self.hex(byte & 15)]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Members of an object, without its braces and without a comma at the end.
    mutating func members(_ members: [(String, Value)]) {
        for (index, (key, value)) in members.enumerated() {
            if index > 0 { raw(",") }
            string(key)
            raw(":")
            self.value(value)
        }
    }

    private mutating func value(_ value: Value) {
        switch value {
        case .null: raw("null")
        case .bool(let bool): raw(bool ? "true" : "false")
        case .number(let value): number(value)
        case .string(let text): string(text)
        case .list: raw("[]")
        case .object(let inner):
            raw("{")
            members(inner)
            raw("}")
        }
    }

    private static func hex(_ digit: UInt8) -> UInt8 { digit < 10 ? digit + 0x30 : digit + 0x57 }

    /// A value of JSON; lists are always empty.
    indirect enum Value {
        case null
        case bool(Bool)
        case number(Int64)
        case string(String)
        case list
        case object([(String, Value)])
    }

    /// An event of a stream of server-sent events.
    mutating func event(_ name: String?, _ data: [(String, Value)]) {
        if let name { raw("event: \(name)\n") }
        raw("data: {")
        members(data)
        raw("}\n\n")
    }

    /// A line of a stream of lines.
    mutating func line(_ data: [(String, Value)]) {
        raw("{")
        members(data)
        raw("}\n")
    }
}

/// A time as RFC 3339 in UTC, for events that carry one.
///
/// - Parameter seconds: since 1970; before that it is 1970.
func timeText(_ seconds: Int64) -> String {
    let (days, second) = max(0, min(seconds, 253_402_300_799)).quotientAndRemainder(dividingBy: 86_400)
    // The calendar repeats every 400 years of 146,097 days; years begin in March, so that a leap day ends one.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
    let date = "\(year)-\(two(month < 10 ? month + 3 : month - 9))-\(two(day))"
    return "\(date)T\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60))Z"
}

private func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
