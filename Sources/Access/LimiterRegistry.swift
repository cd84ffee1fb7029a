import Synchronization

/// Who uses which rule, by name rather than by index, so that usage survives a change of the configuration.
struct LimiterKey: Hashable, Sendable {
    /// First 128 bits of the SHA-256 of policy and rule names.
    let rule: UInt128
    /// First 128 bits of the SHA-256 of the key's names, or the source address.
    let caller: UInt128
    /// Keeps the two meanings of `caller` apart.
    let isAddress: Bool
}

/// What callers have used of their limits, for all event loops and across configurations.
///
/// Memory is bounded: callers who use nothing any more are forgotten when room is needed, and when there is none left
/// new callers are refused rather than let through unlimited.
public final class LimiterRegistry: Sendable {
    // Many small locks: event loops that serve different callers do not wait for each other.
    private final class Shard: Sendable {
        let table: Mutex<LimiterTable>
        init(capacity: Int) { table = Mutex(LimiterTable(capacity: capacity)) }
    }

    private static let shardCount = 16
    /// First those of callers with keys, then as many of callers without.
    private let shards: [Shard]

    /// A registry that remembers at most about that many callers with keys at once, and as many without: addresses cost
    /// nothing, and a flood of them must leave no key without a place.
    public init(capacity: Int = 1 << 17) {
        let share = max(1, (capacity + Self.shardCount - 1) / Self.shardCount)
        shards = (0..<2 * Self.shardCount).map { _ in Shard(capacity: share) }
    }

    /// How many callers of rules are remembered.
    public var count: Int { shards.reduce(0) { $0 + $1.table.withLock { $0.count } } }

    func reserve(_ key: LimiterKey, _ limits: CompiledLimits, now: Int64) -> Reservation {
        let hash = key.hashValue
        return shard(key, hash).table.withLock { $0.reserve(key, hash: hash, limits, now: now) }
    }

    func release(_ key: LimiterKey) {
        let hash = key.hashValue
        shard(key, hash).table.withLock { $0.release(key, hash: hash) }
    }

    private func shard(_ key: LimiterKey, _ hash: Int) -> Shard {
        // The table uses the low bits.
        let place = Int(truncatingIfNeeded: UInt(bitPattern: hash) >> 56) % Self.shardCount
        return shards[key.isAddress ? Self.shardCount + place : place]
    }
}

/// An open-addressed table of callers. Entries leave only when it is rebuilt, which happens when it is full: the work
/// of a rebuild is paid by the many insertions before it.
struct LimiterTable: Sendable {
    private struct Slot: Sendable {
        var key: LimiterKey
        var usage: CallerUsage
    }

    private static let smallest = 32
    /// How long a table in which nobody can be forgotten waits before it looks again.
    private static let pauseWhenFull: Int64 = 1_000_000_000

    private let capacity: Int
    private var slots: [Slot?]
    private(set) var count = 0
    private var lookAgain = Int64.min

    init(capacity: Int) {
        self.capacity = capacity
        slots = Array(repeating: nil, count: Self.smallest)
    }

    mutating func reserve(_ key: LimiterKey, hash: Int, _ limits: CompiledLimits, now: Int64) -> Reservation {
        var index = find(key, hash: hash)
        if slots[index] == nil {
            if count >= room {
                guard makeRoom(now: now) else { return .noRoom }
                index = find(key, hash: hash)
            }
            var usage = CallerUsage()
            let reservation = usage.reserve(limits, now: now)
            // Nothing was taken: nothing to remember.
            guard reservation == .granted else { return reservation }
            slots[index] = Slot(key: key, usage: usage)
            count += 1
            return .granted
        }
        return slots[index]!.usage.reserve(limits, now: now)
    }

    mutating func release(_ key: LimiterKey, hash: Int) {
        // A caller with requests in flight is never forgotten, so it is there.
        slots[find(key, hash: hash)]?.usage.release()
    }

    /// How many entries this size may hold: at most three slots in four are used, so that searches stay short.
    private var room: Int { min(capacity, slots.count / 4 * 3) }

    /// The slot of the key, or the empty one where it belongs.
    private func find(_ key: LimiterKey, hash: Int) -> Int {
        var index = hash & (slots.count - 1)
        while let slot = slots[index], slot.key != key {
            index = (index + 1) & (slots.count - 1)
        }
        return index
    }

    /// Forgets the idle ones, and grows or shrinks to what is left; false when there is still no room.
    private mutating func makeRoom(now: Int64) -> Bool {
        guard now >= lookAgain else { return false }
        let live = slots.compactMap { $0 }.filter { !$0.usage.isIdle(now: now) }
        // Nearly full: rest before the next look, or every new caller would pay for a whole one.
        if live.count > capacity / 8 * 7 { lookAgain = now + Self.pauseWhenFull }
        guard live.count < capacity else { return false }
        var size = Self.smallest
        while size / 2 < live.count + 1 { size *= 2 }
        slots = Array(repeating: nil, count: size)
        for slot in live { slots[find(slot.key, hash: slot.key.hashValue)] = slot }
        count = live.count
        return true
    }
}
