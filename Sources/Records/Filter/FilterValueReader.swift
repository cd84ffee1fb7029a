import Addresses

/// Reads values as the subject has them.
struct FilterValueReader {
    /// Microseconds since 1970 that times such as `-15m` count from.
    let now: Int64?

    func read(_ token: FilterLexer.Token, for subject: FilterSubject) throws(FilterError) -> FilterValue {
        let text = token.text
        guard !text.isEmpty else {
            throw FilterError(
                range: token.range, message: "nothing has an empty value", suggestions: ["not \(subject.name)"])
        }
        let value: FilterValue? =
            switch subject.kind {
            case .text: .text(text)
            case .object: nil
            case .address: Address(text).map { .address($0) } ?? Prefix(text).map { .prefix($0) }
            case .integer: Self.integer(text).map { .integer($0) }
            case .status: Self.statusClass(text).map { .statusClass($0) } ?? Self.integer(text).map { .integer($0) }
            case .duration: Self.duration(text).map { .duration($0) }
            case .time: try time(token).map { .time($0) }
            case .cost: Self.cost(text).map { .cost($0) }
            case .boolean: text == "true" ? .boolean(true) : text == "false" ? .boolean(false) : nil
            }
        guard let value else {
            throw FilterError(
                range: token.range,
                message: "`\(text)` is no value of `\(subject.name)`: \(Self.expected(subject.kind, text))")
        }
        return value
    }

    private static func expected(_ kind: FilterSubject.Kind, _ text: String) -> String {
        switch kind {
        case .text, .object: "a text"
        case .address:
            if case .failure(.hostBitsSet(let prefix)) = Prefix.parse(text) {
                "it has host bits set; did you mean \(prefix)?"
            } else {
                "an address or a block such as 10.0.0.0/8"
            }
        case .integer: "a whole number, such as 200, 10k or 10MiB"
        case .status: "a status such as 403, or 4xx"
        case .duration: "a length of time, such as 1.5s, 200ms, 5m or 2h"
        case .time: "a time such as 2026-11-23T09:00:00Z, 2026-11-23 or -15m"
        case .cost: "dollars, such as 0.05, with at most twelve digits after the point"
        case .boolean: "`true` or `false`"
        }
    }

    // MARK: numbers

    /// A number and the word behind it.
    private static func parts(_ text: String) -> (number: Cost, unit: String)? {
        let end = text.firstIndex { !($0.isASCII && $0.isNumber) && $0 != "." && $0 != "-" } ?? text.endIndex
        let digits = String(text[..<end])
        // More digits than are kept would not be exact.
        if let point = digits.firstIndex(of: "."), digits[point...].utf8.count > 13 { return nil }
        return Cost(digits).map { ($0, String(text[end...])) }
    }

    /// A number of units, when it is whole and fits.
    private static func whole(_ number: Cost, times unit: Int128) -> Int64? {
        let (product, isOver) = number.picodollars.multipliedReportingOverflow(by: unit)
        guard !isOver, product % 1_000_000_000_000 == 0 else { return nil }
        return Int64(exactly: product / 1_000_000_000_000)
    }

    static func integer(_ text: String) -> Int64? {
        guard let (number, unit) = parts(text), let factor = sizes[unit] else { return nil }
        return whole(number, times: factor)
    }

    private static let sizes: [String: Int128] = [
        "": 1, "B": 1, "k": 1_000, "K": 1_000, "M": 1_000_000, "G": 1_000_000_000, "T": 1_000_000_000_000, "kB": 1_000,
        "KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000, "TB": 1_000_000_000_000, "Ki": 1 << 10, "Mi": 1 << 20,
        "Gi": 1 << 30, "Ti": 1 << 40, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
    ]

    /// `5xx`.
    private static func statusClass(_ text: String) -> Int64? {
        guard text.utf8.count == 3, text.smallLetters.hasSuffix("xx"), let first = Int64(text.prefix(1)), first > 0
        else {
            return nil
        }
        return first
    }

    static func duration(_ text: String) -> Int64? {
        guard let (number, unit) = parts(text), let factor = lengths[unit] else { return nil }
        return whole(number, times: factor)
    }

    /// Microseconds.
    private static let lengths: [String: Int128] = [
        "": 1_000_000, "us": 1, "µs": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000,
        "d": 86_400_000_000,
    ]

    static func cost(_ text: String) -> Cost? {
        guard let (number, unit) = parts(text.hasPrefix("$") ? String(text.dropFirst()) : text), unit.isEmpty else {
            return nil
        }
        return number
    }

    // MARK: times

    private func time(_ token: FilterLexer.Token) throws(FilterError) -> Int64? {
        let text = token.text
        if text == "now" || text.hasPrefix("-") {
            guard let now else {
                throw FilterError(range: token.range, message: "here only times with a date are known")
            }
            guard text != "now" else { return now }
            guard text.utf8.last.map({ $0 &- UInt8(ascii: "0") >= 10 }) == true,
                let length = Self.duration(String(text.dropFirst()))
            else { return nil }
            let (time, isOver) = now.subtractingReportingOverflow(length)
            return isOver || !Self.times.contains(time) ? nil : time
        }
        let whole = text.utf8.count == 10 ? text + "T00:00:00Z" : text
        guard let time = Array(whole.utf8).withUnsafeBytes({ RecordTime.microseconds($0) }), Self.times.contains(time)
        else { return nil }
        return time
    }

    /// Times that can be written: from 1970 to 9999.
    private static let times: ClosedRange<Int64> = 0...253_402_300_799_999_999
}
