/// A map from bytes to small numbers, filled while the table is compiled and then only read.
///
/// Keys live in a `scope`, so that one map holds many small maps (the edges of all nodes of a tree). Looking up costs
/// one hash of the key and, at half load, less than two slots on average, whatever the number of keys.
struct ByteMap: Sendable {
    private struct Slot: Sendable {
        var hash: UInt32 = 0
        var scope: UInt32 = 0
        var start: UInt32 = 0
        var length: UInt32 = 0
        /// Negative: free.
        var value: Int32 = -1
    }

    private var slots: [Slot] = []
    private var bytes: [UInt8] = []
    /// How many keys there are.
    private(set) var count = 0

    /// The value of a key; nil when it is not there.
    @inline(__always)
    func find(_ key: UnsafeRawBufferPointer, scope: UInt32 = 0, work: inout Work) -> Int? {
        work.lookups += 1
        if count == 0 { return nil }
        var hasher = ByteHash(seed: scope)
        hasher.combine(key)
        let hash = hasher.value
        let mask = slots.count - 1
        var at = Int(hash) & mask
        while true {
            work.slots += 1
            let slot = slots[at]
            if slot.value < 0 { return nil }
            if slot.hash == hash, slot.scope == scope, holds(slot, key) { return Int(slot.value) }
            at = (at + 1) & mask
        }
    }

    @inline(__always)
    private func holds(_ slot: Slot, _ key: UnsafeRawBufferPointer) -> Bool {
        guard Int(slot.length) == key.count else { return false }
        let range = Int(slot.start)..<Int(slot.start) + Int(slot.length)
        return bytes.withUnsafeBytes { sameBytes($0.part(range), key) }
    }

    /// The value of a key, which is `value` from now on if it had none.
    mutating func findOrInsert(_ key: [UInt8], scope: UInt32 = 0, _ value: Int) -> Int {
        var work = Work()
        if let found = key.withUnsafeBytes({ find($0, scope: scope, work: &work) }) { return found }
        if (count + 1) * 2 > slots.count { grow() }
        var hasher = ByteHash(seed: scope)
        key.withUnsafeBytes { hasher.combine($0) }
        place(
            Slot(
                hash: hasher.value, scope: scope, start: UInt32(bytes.count), length: UInt32(key.count),
                value: Int32(value)))
        bytes.append(contentsOf: key)
        count += 1
        return value
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: Slot(), count: max(8, old.count * 2))
        for slot in old where slot.value >= 0 { place(slot) }
    }

    private mutating func place(_ slot: Slot) {
        let mask = slots.count - 1
        var at = Int(slot.hash) & mask
        while slots[at].value >= 0 { at = (at + 1) & mask }
        slots[at] = slot
    }
}

/// What one match cost, counted in steps and not in time: tests assert that it does not grow with the configuration.
struct Work: Equatable {
    /// Keys looked up in a map.
    var lookups = 0
    /// Slots of maps looked at.
    var slots = 0
    /// Sets of conditions (method, header names, query names) tried.
    var shapes = 0
}
