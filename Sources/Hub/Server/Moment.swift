import Foundation

/// Times of queries, in microseconds since 1970.
enum Moment {
    /// A time: RFC 3339 with its zone, or back from now like `-15m`; nil: neither.
    static func read(_ text: String, now: Int64) -> Int64? {
        if text == "now" { return now }
        if text.hasPrefix("-") { return span(String(text.dropFirst())).map { now - $0 } }
        return absolute(text)
    }

    /// Whether `read` would take it.
    static func isWellFormed(_ text: String) -> Bool { read(text, now: 0) != nil }

    /// A length of time such as `90s`, `15m`, `6h`, `7d`, up to ten years; nil: none.
    static func span(_ text: String) -> Int64? {
        guard let unit = text.last, let seconds = units[unit], let count = Int64(text.dropLast()), count > 0,
            count <= 315_360_000 / seconds
        else { return nil }
        return count * seconds * 1_000_000
    }

    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800]

    private static func absolute(_ text: String) -> Int64? {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains("."))
        guard let date = try? style.parse(text) else { return nil }
        let seconds = date.timeIntervalSince1970
        guard (0..<253_402_300_800).contains(seconds) else { return nil }
        return Int64((seconds * 1_000_000).rounded())
    }

    /// As answers write it: RFC 3339, UTC, milliseconds.
    static func text(_ microseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
