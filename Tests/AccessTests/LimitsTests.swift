import Foundation
import Synchronization
import Testing

@testable import Access
@testable import Kubernetes

private let second: Int64 = 1_000_000_000

private func limits(_ count: Int? = nil, per window: Int64 = 1_000, burst: Int? = nil, concurrency: Int? = nil)
    -> CompiledLimits
{
    let rate = count.map { AccessPolicy.RequestRate(count: $0, window: Milliseconds(window), burst: burst ?? $0) }
    return CompiledLimits(AccessPolicy.Limits(requests: rate, concurrency: concurrency))
}

@Suite("Limits as values")
struct LimitsTests {
    @Test("a burst at once, then the steady rate")
    func rate() {
        let limits = limits(60, per: 60_000, burst: 3)
        var usage = CallerUsage()
        for _ in 0..<3 { #expect(usage.reserve(limits, now: 0) == .granted) }
        #expect(usage.reserve(limits, now: 0) == .tooFast(wait: second))
        #expect(usage.reserve(limits, now: second - 1) == .tooFast(wait: 1))
        #expect(usage.reserve(limits, now: second) == .granted)
        #expect(usage.reserve(limits, now: second) == .tooFast(wait: second))
        #expect(usage.reserve(limits, now: 100 * second) == .granted)
        #expect(!usage.isIdle(now: 100 * second))
        #expect(usage.isIdle(now: 101 * second))
    }

    @Test("whatever is asked when, no window ever sees more than count and burst")
    func never() {
        let seed = UInt64.random(in: 0...(.max))
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let count = Int.random(in: 1...50, using: &generator)
            let burst = Int.random(in: 1...50, using: &generator)
            let window = Int64.random(in: 1...5_000, using: &generator)
            let limits = limits(count, per: window, burst: burst)
            var usage = CallerUsage()
            var now: Int64 = 0
            var granted: [Int64] = []
            for _ in 0..<400 {
                now += Int64.random(in: 0...(window * 1_000_000 / Int64(count)), using: &generator)
                if usage.reserve(limits, now: now) == .granted { granted.append(now) }
            }
            for (index, start) in granted.enumerated() {
                let inWindow = granted[index...].prefix { $0 < start + window * 1_000_000 }.count
                #expect(inWindow <= count + burst, "seed \(seed)")
            }
            #expect(granted.count >= min(burst, 400), "seed \(seed)")
        }
    }

    @Test("waiting as long as told is enough")
    func wait() {
        let seed = UInt64.random(in: 0...(.max))
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let limits = limits(
                Int.random(in: 1...1_000_000, using: &generator),
                per: Int64.random(in: 1...1_000_000, using: &generator),
                burst: Int.random(in: 1...5, using: &generator))
            var usage = CallerUsage()
            var now: Int64 = 5
            for _ in 0..<20 {
                if case .tooFast(let wait) = usage.reserve(limits, now: now) {
                    #expect(wait > 0, "seed \(seed)")
                    now += wait
                    #expect(usage.reserve(limits, now: now) == .granted, "seed \(seed)")
                }
            }
        }
    }

    @Test("numbers that make no sense, or are huge, let nothing pass or nothing break")
    func extremes() {
        for nonsense in [limits(0), limits(-1), limits(1, per: 0), limits(5, burst: 0), limits(concurrency: -1)] {
            var usage = CallerUsage()
            #expect(usage.reserve(nonsense, now: 1) != .granted)
        }
        for huge in [
            limits(.max), limits(.max, burst: .max), limits(1, per: .max), limits(1, per: .max, burst: .max),
            limits(1, burst: .max, concurrency: .max),
        ] {
            var usage = CallerUsage()
            #expect(usage.reserve(huge, now: Int64.max / 8) == .granted)
        }
        #expect(limits().isUnlimited)
    }

    @Test("requests at once")
    func concurrency() {
        let limits = limits(concurrency: 2)
        var usage = CallerUsage()
        #expect(usage.reserve(limits, now: 0) == .granted)
        #expect(usage.reserve(limits, now: 0) == .granted)
        #expect(usage.reserve(limits, now: 0) == .tooMany)
        usage.release()
        #expect(usage.reserve(limits, now: 0) == .granted)
        usage.release()
        usage.release()
        usage.release()
        #expect(usage.inFlight == 0)
    }

    @Test("what is refused for one limit uses nothing of the other")
    func both() {
        let limits = limits(2, per: 1_000, burst: 2, concurrency: 1)
        var usage = CallerUsage()
        #expect(usage.reserve(limits, now: 0) == .granted)
        for _ in 0..<10 { #expect(usage.reserve(limits, now: 0) == .tooMany) }
        usage.release()
        #expect(usage.reserve(limits, now: 0) == .granted)
    }
}

@Suite("The registry of limits")
struct LimiterRegistryTests {
    private func key(_ caller: Int, rule: UInt128 = 1) -> LimiterKey {
        LimiterKey(rule: rule, caller: UInt128(caller), isAddress: true)
    }

    @Test("callers and rules do not touch each other")
    func separate() {
        let registry = LimiterRegistry()
        let one = limits(1, per: 3_600_000)
        #expect(registry.reserve(key(1), one, now: 0) == .granted)
        #expect(registry.reserve(key(2), one, now: 0) == .granted)
        #expect(registry.reserve(key(1, rule: 2), one, now: 0) == .granted)
        let sameNumber = LimiterKey(rule: 1, caller: 1, isAddress: false)
        #expect(registry.reserve(sameNumber, one, now: 0) == .granted)
        #expect(registry.reserve(key(1), one, now: 0) != .granted)
    }

    @Test("memory is bounded, and full means closed")
    func bounded() {
        let registry = LimiterRegistry(capacity: 1_600)
        let hourly = limits(1, per: 3_600_000)
        var granted = 0
        for caller in 0..<20_000 where registry.reserve(key(caller), hourly, now: 0) == .granted { granted += 1 }
        #expect(granted == registry.count)
        #expect(registry.count <= 1_600)
        #expect(registry.count >= 1_200)
        #expect(registry.reserve(key(50_000), hourly, now: 0) == .noRoom)
        // After the hour all are forgotten when room is needed.
        let later = 3_601 * second
        for caller in 60_000..<61_000 { #expect(registry.reserve(key(caller), hourly, now: later) == .granted) }
        #expect(registry.count <= 1_600)
    }

    @Test("a flood of addresses takes no place from callers with keys")
    func flood() {
        let registry = LimiterRegistry(capacity: 1_600)
        let hourly = limits(1, per: 3_600_000)
        for caller in 0..<20_000 { _ = registry.reserve(key(caller), hourly, now: 0) }
        #expect(registry.reserve(key(50_000), hourly, now: 0) == .noRoom)
        for caller in 0..<1_000 {
            let withKey = LimiterKey(rule: 1, caller: UInt128(caller), isAddress: false)
            #expect(registry.reserve(withKey, hourly, now: 0) == .granted)
        }
    }

    @Test("a stream of new callers leaves only those in use")
    func sweep() {
        let registry = LimiterRegistry(capacity: 1 << 20)
        let quick = limits(1_000, per: 1_000, burst: 1)
        for caller in 0..<200_000 {
            _ = registry.reserve(key(caller), quick, now: Int64(caller) * 1_000)
        }
        // Each is idle after a millisecond: a thousand are in use at once.
        #expect(registry.count < 20_000)
    }

    @Test("those with requests running are never forgotten")
    func held() {
        let registry = LimiterRegistry(capacity: 4_096)
        let one = limits(concurrency: 1)
        for caller in 0..<100 { #expect(registry.reserve(key(caller), one, now: 0) == .granted) }
        for caller in 1_000..<50_000 {
            #expect(registry.reserve(key(caller), one, now: 0) == .granted)
            registry.release(key(caller))
        }
        for caller in 0..<100 { #expect(registry.reserve(key(caller), one, now: 0) == .tooMany) }
        for caller in 0..<100 { registry.release(key(caller)) }
        for caller in 0..<100 { #expect(registry.reserve(key(caller), one, now: 0) == .granted) }
    }

    @Test("many threads together are never granted more than the limit")
    func threads() {
        let registry = LimiterRegistry()
        let limits = limits(500, per: 3_600_000, burst: 500, concurrency: 3)
        let granted = Mutex(0)
        let most = Mutex((now: 0, ever: 0))
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<5_000 where registry.reserve(key(1), limits, now: 0) == .granted {
                granted.withLock { $0 += 1 }
                most.withLock { $0 = ($0.now + 1, max($0.ever, $0.now + 1)) }
                most.withLock { $0.now -= 1 }
                registry.release(key(1))
            }
        }
        #expect(granted.withLock { $0 } == 500)
        #expect(most.withLock { $0.ever } <= 3)
    }
}

@Suite("Limits at the door")
struct LimitedDoorTests {
    private func yaml(_ limits: String, from: String = "accessKeys: {selector: {}}") -> String {
        gatewayAndRoute + key("alice", 1) + key("bob", 2)
            + policy("p", rules: "  - {name: r, from: [{\(from)}], limits: {\(limits)}}")
    }

    @Test("are for each key, say when to come back, and survive a new configuration")
    func rate() {
        let text = yaml("requests: {count: 2, window: 1m}")
        var door = Door(text)
        #expect(door.ask(key: 1).reason == nil)
        #expect(door.ask(key: 1, from: "10.0.0.2").reason == nil)
        let third = door.ask(key: 1)
        #expect(third.reason == .rateLimited)
        #expect(third.retryAfterSeconds == 30)
        #expect(door.ask(key: 2).reason == nil)
        let limiters = door.limiters
        door = Door(text + key("abel", 3), revision: 2)
        door.limiters = limiters
        #expect(door.ask(key: 1).reason == .rateLimited)
        #expect(door.ask(key: 1, nanoseconds: 29_000_000_001).retryAfterSeconds == 1)
        #expect(door.ask(key: 1, nanoseconds: 30_000_000_000).reason == nil)
    }

    @Test("are for each address where no key is asked for, and for each /64 of IPv6")
    func addresses() {
        let door = Door(yaml("requests: {count: 1, window: 1m}", from: "networks: [10.0.0.0/8, 'fd00::/8']"))
        #expect(door.ask(from: "10.0.0.1").reason == nil)
        #expect(door.ask(from: "10.0.0.1").reason == .rateLimited)
        #expect(door.ask(key: 1, from: "10.0.0.1").reason == .rateLimited)
        #expect(door.ask(from: "10.0.0.2").reason == nil)
        #expect(door.ask(from: "fd00::1").reason == nil)
        #expect(door.ask(from: "fd00::2").reason == .rateLimited)
        #expect(door.ask(from: "fd00:0:0:1::1").reason == nil)
    }

    @Test("a permit holds its place until it is dropped, and gives it back once")
    func permits() {
        let door = Door(yaml("concurrency: 1"))
        let caller = door.caller([("x-api-key", keyText(1).reveal { $0 })], from: "10.0.0.1")
        for _ in 0..<3 {
            guard case .permitted(let permit) = door.decide(caller) else {
                Issue.record("the place was not given back")
                return
            }
            #expect(door.ask(key: 1).reason == .tooManyConcurrent)
            #expect(door.ask(key: 2).reason == nil)
            _ = consume permit
        }
        #expect(door.ask(key: 1).reason == nil)
    }

    @Test("what a rule denies for its limit no later rule allows")
    func noFallThrough() {
        let rules = """
              - {name: limited, from: [{accessKeys: {selector: {}}}], limits: {requests: {count: 1, window: 1h}}}
              - {name: open, from: [{accessKeys: {selector: {}}}]}
            """
        let door = Door(gatewayAndRoute + key("alice", 1) + policy("p", rules: rules))
        #expect(door.ask(key: 1).reason == nil)
        #expect(door.ask(key: 1).reason == .rateLimited)
    }
}
