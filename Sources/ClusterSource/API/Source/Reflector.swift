/// Keeps one kind as the server has it, by deciding what to ask next: a value that is told what happened.
///
/// List, then watch from where the list ended; go on where a watch ended; list again when that state is too old, or when
/// going on fails again and again; after failures with growing patience. What was known stays until something newer is.
///
/// All times are milliseconds of a clock that never goes back; `chance` is a random number from 0 up to 1.
struct Reflector: Sendable {
    /// How patient it is.
    struct Terms: Sendable {
        /// Wait after the first failure; it doubles with each further one.
        var firstRetry: Int64 = 200
        /// The longest wait after failures.
        var longestRetry: Int64 = 30_000
        /// Objects that are asked for at once.
        var pageSize = 500
        /// How long a watch goes on, at least; up to twice that, so that not all end together.
        var watch: Int64 = 300_000
        /// A list that is older is read again when its watch ends, so that nothing that got lost stays lost for long.
        var resync: Int64 = 3_600_000
        /// Wait between two looks for a kind that is not installed, at first and at most.
        var firstLook: Int64 = 2_000
        var longestLook: Int64 = 20_000
        /// A kind that was there is believed to be gone when it was not there for so long, and that often.
        var loss: Int64 = 60_000
        var lossLooks = 3
    }

    /// What to do next.
    enum Step: Equatable, Sendable {
        /// Look whether the kind is served, and where.
        case discover
        /// Read a part of the list: from the beginning, or what follows; at most so many objects, or all.
        case list(next: String?, limit: Int?)
        /// Follow changes from a state on, for so many seconds.
        case watch(from: String, seconds: Int)
        /// Nothing before that time.
        case wait(until: Int64)
    }

    /// What went wrong, as far as it makes a difference.
    enum Failure: Equatable, Sendable {
        /// The state that was asked about is too old.
        case expired
        /// There is no such resource.
        case missing
        /// The server knows us, or not, and says no.
        case refused
        /// It asks for patience, for so many milliseconds.
        case busy(Int64?)
        /// It cannot be reached, or does not work.
        case down
        /// What it says cannot be understood.
        case garbled
        /// It says nothing.
        case silent
    }

    private enum Stage: Equatable {
        case discovering
        case listing(next: String?)
        case watching(version: String)
    }

    private let terms: Terms
    private var stage = Stage.discovering
    private var notBefore: Int64 = 0
    private var failures = 0
    /// Failures since the last sign of life of a watch at this version.
    private var watchFailures = 0
    /// True: the server cannot keep a list together for as long as its parts take.
    private var listsWhole = false
    private var listedAt: Int64?
    private var watchSince: Int64 = 0
    private var missingSince: Int64?
    private var looks = 0

    /// Nothing is known yet.
    init(_ terms: Terms = Terms()) {
        self.terms = terms
    }

    /// True once a whole list was read, until the kind is gone.
    var hasListed: Bool { listedAt != nil }

    /// What to do at that time.
    func step(now: Int64, chance: Double) -> Step {
        if now < notBefore { return .wait(until: notBefore) }
        switch stage {
        case .discovering: return .discover
        case .listing(let next): return .list(next: next, limit: listsWhole ? nil : terms.pageSize)
        case .watching(let version):
            return .watch(from: version, seconds: Int((Double(terms.watch) * (1 + chance)) / 1000))
        }
    }

    // MARK: What happened

    /// The kind is served.
    mutating func found() {
        missingSince = nil
        looks = 0
        stage = .listing(next: nil)
    }

    /// The kind is not served. True when that is believed: when it never was there, or was not for long.
    mutating func notFound(now: Int64, chance: Double) -> Bool {
        looks += 1
        let since = missingSince ?? now
        missingSince = since
        let wait = min(terms.firstLook << Int64(min(looks - 1, 20)), terms.longestLook)
        notBefore = now + spread(wait, chance)
        guard listedAt != nil else { return true }
        guard looks >= terms.lossLooks, now - since >= terms.loss else { return false }
        listedAt = nil
        return true
    }

    /// A part of a list was read. True when it was the last.
    mutating func listed(version: String, next: String?, now: Int64) -> Bool {
        if let next {
            stage = .listing(next: next)
            return false
        }
        listedAt = now
        listsWhole = false
        watchFailures = 0
        stage = .watching(version: version)
        return true
    }

    /// A watch begins.
    mutating func watching(now: Int64) { watchSince = now }

    /// A watch told of a change or of how far it is. What it says now is the state to go on from.
    mutating func progressed(to version: String) {
        failures = 0
        watchFailures = 0
        if case .watching = stage, !version.isEmpty { stage = .watching(version: version) }
    }

    /// A watch ended as it should.
    mutating func watchEnded(now: Int64, chance: Double) {
        if now - watchSince >= 5_000 {
            failures = 0
            watchFailures = 0
        } else {
            // A server that lets go at once would be asked without end.
            notBefore = now + patience(chance)
        }
        if let listedAt, now - listedAt >= terms.resync { stage = .listing(next: nil) }
    }

    /// Something failed.
    mutating func failed(_ failure: Failure, now: Int64, chance: Double) {
        let wait = patience(chance)
        notBefore = now + wait
        switch (stage, failure) {
        case (_, .missing): stage = .discovering
        case (_, .busy(let asked)): notBefore = now + max(wait, asked ?? 0)
        case (.discovering, _): break
        case (.listing(let next), .expired):
            // The list grew too old between two parts: once more, and then all at once.
            listsWhole = next != nil || listsWhole
            stage = .listing(next: nil)
        case (.listing, _): stage = .listing(next: nil)
        case (.watching, .expired):
            // That is how servers forget; only if it happens again at once is there something to wait for.
            if failures == 1 { notBefore = now }
            stage = .listing(next: nil)
        case (.watching, _): watchFailed()
        }
    }

    /// A state from which a watch fails again and again may be one that the server does not have: after it was set back
    /// to an older copy of its data, or when an event cannot be understood.
    private mutating func watchFailed() {
        watchFailures += 1
        if watchFailures >= 3 {
            watchFailures = 0
            stage = .listing(next: nil)
        }
    }

    /// Half of what is due by the number of failures, and up to as much again by chance.
    private mutating func patience(_ chance: Double) -> Int64 {
        let wait = min(terms.firstRetry << Int64(min(failures, 20)), terms.longestRetry)
        failures += 1
        return spread(wait, chance)
    }

    private func spread(_ wait: Int64, _ chance: Double) -> Int64 { wait / 2 + Int64(Double(wait) / 2 * chance) }
}

extension Reflector.Failure {
    /// What an error of the API server is here.
    init(_ error: APIError) {
        switch error.status {
        case _ where error.isGone: self = .expired
        case 404, 405: self = .missing
        case 401, 403: self = .refused
        case 429, 503: self = .busy(error.retryAfter?.count)
        case 0 where error.reason == "Malformed": self = .garbled
        case 0 where error.reason == "Silent": self = .silent
        case 0 where error.reason == "Credentials": self = .refused
        default: self = error.retryAfter.map { .busy($0.count) } ?? .down
        }
    }
}
