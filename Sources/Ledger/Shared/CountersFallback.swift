/// What happens to requests with budgets while the shared counters do not answer.
public enum CountersFallback: Sendable, Hashable {
    /// They are denied with `counters_unavailable`.
    case closed
    /// This gateway counts alone, up to a part of every limit: with `local(1, of: 3)` three gateways together stay
    /// within it. What was spent before counts no longer meanwhile; what is spent meanwhile is booked afterwards.
    case local(Int64, of: Int64)

    /// Reads `closed`, `local` (all of every limit) or `local:1/3`; nil for everything else.
    public init?(_ text: String) {
        if text == "closed" {
            self = .closed
        } else if text == "local" {
            self = .local(1, of: 1)
        } else {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard text.hasPrefix("local:"), parts.count == 2, let part = Int64(parts[0].dropFirst(6)),
                let whole = Int64(parts[1]), (1...1_000).contains(whole), (1...whole).contains(part)
            else { return nil }
            self = .local(part, of: whole)
        }
    }

    /// The part of a limit, rounded down.
    static func share(_ limit: Int64, _ part: Int64, of whole: Int64) -> Int64 {
        limit / whole * part + limit % whole * part / whole
    }
}
