/// Which of several controllers leads. Pure: time is given, as a count of milliseconds that only goes up; what the
/// clocks of others say is never believed.
///
/// A follower takes over when the Lease has not changed for its whole length, by the follower's own clock since it saw
/// it. A leader lets go when it has not renewed for `renewWithin`, counted from when it began to ask: before anybody
/// else can have waited so long, as long as no clock runs half as fast again as another.
struct LeaderElection {
    /// How long what takes, in milliseconds.
    struct Timing: Hashable, Sendable {
        /// How long a Lease is good for.
        var lease: Int64 = 15_000
        /// A leader that has not renewed for so long leads no more.
        var renewWithin: Int64 = 10_000
        /// Between two attempts.
        var retry: Int64 = 2000
    }

    /// What is to be done next.
    enum Action: Hashable {
        /// Read the Lease, then say what it is: `read`, `absent`, or `failed`.
        case read
        /// Write it, at the version that it has (nil: make it), then say `written`, `lost` or `failed`.
        case write(Lease)
        /// Nothing until then.
        case wait(until: Int64)
    }

    private let identity: String
    private let timing: Timing
    /// What was seen last, and when the answer had come.
    private var seen: Lease?
    private var seenAt: Int64 = 0
    private var isKnown = false
    private var nextAttempt: Int64 = .min
    /// When the attempt began that is under way.
    private var startedAt: Int64 = 0
    /// When the last attempt began that made us leader, or kept us so; nil: we do not lead.
    private var renewedAt: Int64?

    init(identity: String, timing: Timing = Timing()) {
        self.identity = identity
        self.timing = timing
    }

    /// Whether we lead at that time. To be asked before everything that only a leader may do.
    func isLeader(now: Int64) -> Bool {
        renewedAt.map { now < $0 + timing.renewWithin } ?? false
    }

    /// Who leads, as far as was seen; empty: nobody.
    var holder: String { seen?.holder ?? "" }

    /// What to do now.
    ///
    /// - Parameter clock: the time of day, for the object; it decides nothing.
    mutating func next(now: Int64, clock: String) -> Action {
        if let renewed = renewedAt, now >= renewed + timing.renewWithin { stepDown() }
        guard now >= nextAttempt else { return .wait(until: nextAttempt) }
        startedAt = now
        guard isKnown else { return .read }
        if renewedAt != nil, let seen { return .write(renewal(seen, clock)) }
        guard let seen else { return .write(claim(nil, clock)) }
        let isFree = seen.holder.isEmpty || now >= seenAt + Int64(seen.durationSeconds) * 1000
        if isFree || seen.holder == identity { return .write(claim(seen, clock)) }
        // Somebody else leads: whether he still does is seen by the Lease.
        return .read
    }

    /// The Lease is that.
    mutating func read(_ lease: Lease, now: Int64) {
        if !isKnown || seen != lease {
            seen = lease
            seenAt = now
        }
        isKnown = true
        // Somebody took it: what is renewed is ours only.
        if lease.holder != identity { renewedAt = nil }
        let isFree = lease.holder.isEmpty || lease.holder == identity
        let end = seenAt + Int64(lease.durationSeconds) * 1000
        nextAttempt = isFree ? now : min(now + timing.retry, max(now + 1, end))
    }

    /// There is none.
    mutating func absent(now: Int64) {
        seen = nil
        isKnown = true
        nextAttempt = now
    }

    /// It was written, and is now that.
    mutating func written(_ lease: Lease, now: Int64) {
        seen = lease
        seenAt = now
        if lease.holder == identity {
            renewedAt = startedAt
            nextAttempt = now + timing.retry
        } else {
            stepDown()
        }
    }

    /// Somebody else was faster.
    mutating func lost(now: Int64) {
        isKnown = false
        // Whoever changed our Lease took it, or it is ours under another version: it is read at once.
        nextAttempt = now
    }

    /// The server did not answer, or refused.
    mutating func failed(now: Int64) {
        nextAttempt = now + timing.retry
    }

    /// What is written when we end; nil: we do not lead. From then on we do not.
    mutating func release(clock: String) -> Lease? {
        guard renewedAt != nil, var lease = seen, lease.holder == identity else { return nil }
        stepDown()
        lease.holder = ""
        lease.durationSeconds = 1
        lease.renewTime = clock
        return lease
    }

    private mutating func stepDown() {
        renewedAt = nil
        isKnown = false
        seen = nil
    }

    private func renewal(_ seen: Lease, _ clock: String) -> Lease {
        var lease = seen
        lease.holder = identity
        lease.durationSeconds = Int(timing.lease / 1000)
        lease.renewTime = clock
        return lease
    }

    private func claim(_ seen: Lease?, _ clock: String) -> Lease {
        let changes = seen.map { $0.holder == identity ? $0.transitions : $0.transitions + 1 } ?? 0
        return Lease(
            holder: identity, durationSeconds: Int(timing.lease / 1000), renewTime: clock, acquireTime: clock,
            transitions: changes, resourceVersion: seen?.resourceVersion)
    }
}
