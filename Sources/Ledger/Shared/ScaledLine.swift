import Access

/// A line in the numbers of the scripts, which are exact up to 2^53: tokens as they are, dollars in nanodollars,
/// rounded so that too much is counted and never too little.
struct ScaledLine: Sendable {
    let line: SpendLine
    /// Of the script's numbers.
    let limit: Int64
    let wanted: Int64
    let least: Int64
    let step: Int64

    init(_ line: SpendLine) {
        self.line = line
        let unit = line.unit
        limit = min(unit == .tokens ? line.limit : line.limit / 1_000, CounterScripts.most)
        wanted = Self.up(line.wanted, unit)
        least = Self.up(line.least, unit)
        step = Self.up(line.step, unit)
    }

    /// An amount of what was spent, in the script's numbers.
    func total(_ amount: SpendAmount) -> Int64 {
        let count = line.unit == .tokens ? amount.tokens : amount.picodollars
        return Self.up(count < 0 ? .max : count, line.unit)
    }

    private static func up(_ amount: Int64, _ unit: SpendUnit) -> Int64 {
        min(unit == .tokens || amount <= 0 ? amount : (amount - 1) / 1_000 + 1, CounterScripts.most)
    }

    /// The same line with these numbers, for a `SpendHold`.
    var scaled: SpendLine {
        var line = line
        (line.limit, line.wanted, line.least, line.step) = (limit, wanted, least, max(1, step))
        return line
    }

    /// The account as the keys have it.
    static func name(_ account: UInt128) -> String { String(account, radix: 16) }

    /// Milliseconds that the account's key must live from now: until all of its window has passed, and a minute for
    /// clocks that differ.
    static func life(_ window: SpendWindow, bucket: Int64, now: Int64) -> Int64 {
        max(60_000, window.expiry(of: bucket) - now + 60_000)
    }
}
