import Kubernetes
import Testing

@testable import Access

/// A time well inside of a minute, an hour, a day, a week and a month: 2026-11-25T16:00:00Z.
let noon: Int64 = 1_795_622_400_000

let hourly = SpendWindow.calendar(.hour)
let minute = SpendWindow.rolling(Milliseconds(60_000))

/// A line with as little as it takes.
func line(
    _ account: UInt128 = 1, limit: Int64, window: SpendWindow = hourly, wanted: Int64, least: Int64? = nil,
    step: Int64? = nil, isStaged: Bool = false
) -> SpendLine {
    SpendLine(
        account: account, unit: .tokens, limit: limit, window: window, wanted: wanted, least: least ?? wanted,
        step: step, budget: "ai/b\(account)", subject: SpendSubject(kind: "All", namespace: "", name: ""),
        isStaged: isStaged)
}

extension SpendBook {
    /// The reservation, or nil when it is denied.
    func take(_ lines: SpendLine..., now: Int64 = noon) -> SpendReservation? {
        guard case .granted(let reservation) = reserve(lines, now: now) else { return nil }
        return reservation
    }

    func denial(_ lines: SpendLine..., now: Int64 = noon) -> SpendDenial? {
        guard case .denied(let denial) = reserve(lines, now: now) else { return nil }
        return denial
    }

    func status(_ account: UInt128 = 1, now: Int64 = noon) -> SpendStatus? {
        report(now: now).first { $0.line.account == account }
    }
}

func tokens(_ count: Int64) -> SpendAmount { SpendAmount(tokens: count) }
