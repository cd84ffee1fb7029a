import Access
import NIOCore

/// Where the gateway asks for what a request may spend: in this process, or in counters that gateways share.
///
///     accounts.reserve(lines, now: milliseconds, on: eventLoop) { decision in
///         switch decision {
///         case .granted(let spend): ...    // meter every event, settle at the end, or drop it
///         case .denied(let refusal): ...   // refusal.denial
///         }
///     }
public final class SpendAccounts: Sendable {
    private let book: SpendBook
    private let journal: SpendJournal?
    private let counters: SharedCounters?

    /// Accounts in this process, stored by a journal.
    ///
    /// - Parameter journal: the one that stores the book; nil: nothing is stored, and a restart forgets.
    public init(book: SpendBook, journal: SpendJournal?) {
        self.book = book
        self.journal = journal
        counters = nil
    }

    /// Accounts that several gateways share.
    ///
    /// - Parameter share: counts this gateway's share while the counters do not answer.
    public init(counters: SharedCounters, share: SpendBook = SpendBook()) {
        book = share
        journal = nil
        self.counters = counters
    }

    /// Sets aside what a request could cost, of every line or of none.
    ///
    /// In this process the completion is called before this returns. With shared counters it is called later, on the
    /// event loop that was given.
    ///
    /// - Parameters:
    ///   - lines: none: granted at once.
    ///   - now: milliseconds since 1970.
    ///   - loop: the caller's.
    public func reserve(
        _ lines: [SpendLine], now: Int64, on loop: any EventLoop,
        _ completion: @escaping @Sendable (SpendDecision) -> Void
    ) {
        guard let counters, !lines.isEmpty else { return completion(local(lines, now: now)) }
        let scaled = lines.map(ScaledLine.init)
        counters.reserve(scaled, now: now, on: loop) { [self] answer in
            switch answer {
            case .granted(let amounts, let replica):
                completion(
                    .granted(
                        .shared(
                            SharedReservation(
                                counters, scaled, granted: amounts, replica: replica, now: now, loop: loop))))
            case .denied(let line, let leaving):
                let wait = Self.wait(lines[line], leaving: leaving, now: now)
                let denial = SpendDenial(.exhausted, line: line, retryAfter: wait)
                completion(.denied(SpendRefusal(denial.denial(lines), line: line)))
            case .unavailable: completion(alone(lines, counters, now: now))
            }
        }
    }

    /// The same at once, where nobody has to be asked.
    ///
    /// - Returns: nil when the shared counters have to be: then `reserve` is to be called.
    public func reserveHere(_ lines: [SpendLine], now: Int64) -> SpendDecision? {
        counters == nil || lines.isEmpty ? local(lines, now: now) : nil
    }

    private func local(_ lines: [SpendLine], now: Int64) -> SpendDecision {
        if let journal, !journal.isCurrent, !lines.isEmpty {
            return .denied(SpendRefusal(Denial(.ledgerUnavailable, retryAfterSeconds: 5), line: nil))
        }
        switch book.reserve(lines, now: now) {
        case .granted(let reservation): return .granted(.local(reservation))
        case .denied(let denial): return .denied(SpendRefusal(denial.denial(lines), line: denial.line))
        }
    }

    /// The counters do not answer.
    private func alone(_ lines: [SpendLine], _ counters: SharedCounters, now: Int64) -> SpendDecision {
        guard case .local(let part, let whole) = counters.settings.whenUnreachable else {
            return .denied(SpendRefusal(Denial(.countersUnavailable, retryAfterSeconds: 1), line: nil))
        }
        let shares = lines.map { line in
            var share = line
            share.limit = CountersFallback.share(line.limit, part, of: whole)
            return share
        }
        switch book.reserve(shares, now: now) {
        case .granted(let reservation): return .granted(.share(LocalShare(counters, lines, reservation)))
        case .denied(let denial): return .denied(SpendRefusal(denial.denial(lines), line: denial.line))
        }
    }

    private static func wait(_ line: SpendLine, leaving: Int64, now: Int64) -> Int64? {
        guard line.least <= line.limit else { return nil }
        return leaving < 0 ? 1_000 : max(1, line.window.expiry(of: leaving) - now)
    }
}

/// What `reserve` says.
public enum SpendDecision: Sendable {
    /// The request may begin.
    case granted(Spend)
    /// It may not, and holds nothing.
    case denied(SpendRefusal)
}

/// Why a request may not begin.
public struct SpendRefusal: Sendable, Hashable {
    /// For the caller and the record.
    public var denial: Denial
    /// Index of the line that had too little; nil where no line is to blame.
    public var line: Int?

    init(_ denial: Denial, line: Int?) {
        self.denial = denial
        self.line = line
    }
}

/// What one running request holds. Whatever way it ends, what is held comes back: by `settle`, or when the last copy
/// is dropped.
public enum Spend: Sendable {
    /// In this process.
    case local(SpendReservation)
    /// In the shared counters.
    case shared(SharedReservation)
    /// In this process, because the shared counters did not answer.
    case share(LocalShare)

    /// Where it is counted, for records: `local`, `shared`, or `local_share` when the shared counters did not answer.
    public var counted: String {
        switch self {
        case .local: "local"
        case .shared: "shared"
        case .share: "local_share"
        }
    }

    /// Counts what the request has cost so far, all in all. `exhausted`: the stream must be cut now.
    public func meter(_ soFar: SpendAmount, now: Int64) -> MeterResult {
        switch self {
        case .local(let reservation): reservation.meter(soFar, now: now)
        case .shared(let reservation): reservation.meter(soFar, now: now)
        case .share(let share): share.meter(soFar, now: now)
        }
    }

    /// Books what the request did cost, also when that is more than was set aside, and gives the rest back. Only the
    /// first call counts.
    public func settle(_ actual: SpendAmount, now: Int64) {
        switch self {
        case .local(let reservation): reservation.settle(actual, now: now)
        case .shared(let reservation): reservation.settle(actual, now: now)
        case .share(let share): share.settle(actual, now: now)
        }
    }

    /// The first line of a budget that is only watched and that would have denied or cut the request; nil: none.
    public var stagedShortfall: Int? {
        switch self {
        case .local(let reservation): reservation.stagedShortfall
        case .shared(let reservation): reservation.stagedShortfall
        case .share(let share): share.reservation.stagedShortfall
        }
    }
}
