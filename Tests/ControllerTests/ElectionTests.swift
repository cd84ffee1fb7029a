import Testing

@testable import Controller

@Suite("Election of a leader")
struct ElectionTests {
    private let clock = "2026-01-01T00:00:00.000000Z"

    @Test("Where there is no Lease, the first to make it leads, and renews it")
    func first() {
        var election = LeaderElection(identity: "a")
        #expect(election.next(now: 0, clock: clock) == .read)
        election.absent(now: 5)
        guard case .write(var lease) = election.next(now: 5, clock: clock) else {
            Issue.record("no claim")
            return
        }
        #expect(lease.holder == "a" && lease.resourceVersion == nil && !election.isLeader(now: 5))
        lease.resourceVersion = "1"
        election.written(lease, now: 7)
        #expect(election.isLeader(now: 7))
        #expect(election.next(now: 8, clock: clock) == .wait(until: 2007))
        guard case .write(let renewal) = election.next(now: 2007, clock: clock) else {
            Issue.record("no renewal")
            return
        }
        #expect(renewal.resourceVersion == "1" && renewal.transitions == 0)
    }

    @Test("A leader whose renewals fail leads no more ten seconds after the last one began")
    func deadline() {
        var election = leading("a")
        for now in stride(from: Int64(2000), to: 9000, by: 2000) {
            if case .write = election.next(now: now, clock: clock) { election.failed(now: now + 1) }
        }
        #expect(election.isLeader(now: 9999))
        #expect(!election.isLeader(now: 10_000))
    }

    @Test("A Lease that somebody else has taken is not written over")
    func taken() {
        var election = leading("a")
        guard case .write = election.next(now: 2001, clock: clock) else {
            Issue.record("no renewal")
            return
        }
        election.lost(now: 2002)
        #expect(election.next(now: 2002, clock: clock) == .read)
        election.read(lease("b", version: "9"), now: 2003)
        #expect(!election.isLeader(now: 2003))
        #expect(election.next(now: 2003, clock: clock) == .wait(until: 4003))
    }

    @Test("A Lease that does not change for its length is taken, whatever its times say")
    func expiry() {
        var election = LeaderElection(identity: "b")
        #expect(election.next(now: 0, clock: clock) == .read)
        election.read(lease("a", version: "4"), now: 1000)
        for now in stride(from: Int64(3000), to: 15_000, by: 2000) {
            guard case .read = election.next(now: now, clock: clock) else { continue }
            election.read(lease("a", version: "4"), now: now)
        }
        guard case .write(let claim) = election.next(now: 16_000, clock: clock) else {
            Issue.record("no claim")
            return
        }
        #expect(claim.holder == "b" && claim.resourceVersion == "4" && claim.transitions == 1)
    }

    @Test("Who ends gives the Lease back, and leads no more")
    func release() {
        var election = leading("a")
        let lease = election.release(clock: clock)
        #expect(lease?.holder == "" && lease?.resourceVersion == "1")
        #expect(!election.isLeader(now: 1))
        var other = LeaderElection(identity: "b")
        _ = other.next(now: 0, clock: clock)
        if let lease { other.read(lease, now: 1) }
        guard case .write = other.next(now: 1, clock: clock) else {
            Issue.record("the next one waits for a Lease that nobody holds")
            return
        }
    }

    private func lease(_ holder: String, version: String) -> Lease {
        Lease(
            holder: holder, durationSeconds: 15, renewTime: clock, acquireTime: clock, transitions: 0,
            resourceVersion: version)
    }

    private func leading(_ identity: String) -> LeaderElection {
        var election = LeaderElection(identity: identity)
        _ = election.next(now: 0, clock: clock)
        election.absent(now: 0)
        _ = election.next(now: 0, clock: clock)
        election.written(lease(identity, version: "1"), now: 1)
        return election
    }

    // MARK: Many at once

    /// One controller of a simulated cluster: its clock runs at a rate of its own, from a start of its own.
    private struct Member {
        var election: LeaderElection
        let rate: Double
        let offset: Int64
        /// In true time, until which nothing is done: an answer is under way, or the process is stopped.
        var busyUntil: Int64 = 0
        var arriving: Arriving?

        enum Arriving {
            case read(Lease?)
            case written(Lease)
            case lost
            case failed
        }

        func local(_ time: Int64) -> Int64 { offset + Int64(Double(time) * rate) }
    }

    @Test(
        "There are never two leaders, whatever clocks, answers and stops do; and one is found again", arguments: 0..<40)
    func simulation(seed: UInt64) {
        var random = Seeded(seed)
        var members = (0..<3).map { index in
            Member(
                election: LeaderElection(identity: "c\(index)"), rate: Double.random(in: 0.85...1.15, using: &random),
                offset: Int64.random(in: -1_000_000...1_000_000, using: &random))
        }
        var stored: Lease?
        var version = 0
        var timeWithLeader: Int64 = 0
        let (end, troubleEnds): (Int64, Int64) = (300_000, 200_000)
        for time in stride(from: Int64(0), to: end, by: 50) {
            for index in members.indices where members[index].busyUntil <= time {
                if let arriving = members[index].arriving {
                    members[index].arriving = nil
                    let now = members[index].local(time)
                    switch arriving {
                    case .read(let lease?): members[index].election.read(lease, now: now)
                    case .read(nil): members[index].election.absent(now: now)
                    case .written(let lease): members[index].election.written(lease, now: now)
                    case .lost: members[index].election.lost(now: now)
                    case .failed: members[index].election.failed(now: now)
                    }
                }
                let isTrouble = time < troubleEnds
                let action = members[index].election.next(now: members[index].local(time), clock: "\(time)")
                let delay = Int64.random(in: 1...(isTrouble ? 4000 : 100), using: &random)
                let isLost = isTrouble && Int.random(in: 0..<4, using: &random) == 0
                switch action {
                case .wait: break
                case .read:
                    members[index].arriving = isLost ? .failed : .read(stored)
                    members[index].busyUntil = time + delay
                case .write(var lease):
                    // Also what is answered by nothing may have been done.
                    let isDone = !isLost || Bool.random(using: &random)
                    if isDone, lease.resourceVersion == stored?.resourceVersion {
                        version += 1
                        lease.resourceVersion = "\(version)"
                        stored = lease
                        members[index].arriving = isLost ? .failed : .written(lease)
                    } else {
                        members[index].arriving = isLost ? .failed : .lost
                    }
                    members[index].busyUntil = time + delay
                }
                // A process that is stopped for a while wakes up believing what it believed.
                if isTrouble, Int.random(in: 0..<400, using: &random) == 0 {
                    members[index].busyUntil = time + Int64.random(in: 0...30_000, using: &random)
                }
            }
            let leaders = members.filter { $0.election.isLeader(now: $0.local(time)) }
            #expect(leaders.count <= 1, "two leaders at \(time), seed \(seed)")
            if time >= troubleEnds + 40_000, leaders.count == 1 { timeWithLeader += 50 }
        }
        #expect(timeWithLeader == end - troubleEnds - 40_000, "no leader for a while without trouble, seed \(seed)")
    }
}
