/// Values by key, of which only so many are kept: the one that was put in first goes first.
///
/// Keys stand once, in one array with their values; a look-up goes through a table of numbers. That is half of what a
/// dictionary beside a list would take, and there can be hundreds of thousands of entries.
struct BoundedTable<Key: Hashable, Value> {
    private struct Entry {
        var key: Key
        var value: Value
        var previous: Int32
        var next: Int32
    }

    /// nil: free, and `next` of free places is kept apart.
    private var entries: [Entry?] = []
    private var free: [Int32] = []
    /// Places of entries, by hash; -1: nothing.
    private var places: [Int32]
    private var first: Int32 = -1
    private var last: Int32 = -1
    private let limit: Int
    /// How many there are.
    private(set) var count = 0

    /// Nothing yet.
    ///
    /// - Parameter limit: how many there may be; at least one.
    init(limit: Int) {
        self.limit = max(1, limit)
        places = Array(repeating: -1, count: 16)
    }

    /// The value of a key.
    subscript(key: Key) -> Value? {
        guard let slot = slot(of: key) else { return nil }
        return entries[Int(places[slot])]?.value
    }

    /// The key that was put in first.
    var oldest: (key: Key, value: Value)? {
        guard first >= 0, let entry = entries[Int(first)] else { return nil }
        return (entry.key, entry.value)
    }

    /// Changes a value where it is; false when there is none.
    mutating func change(_ key: Key, _ change: (inout Value) -> Void) -> Bool {
        guard let slot = slot(of: key) else { return false }
        let place = Int(places[slot])
        guard entries[place] != nil else { return false }
        change(&entries[place]!.value)
        return true
    }

    /// Puts in a value, as the newest; what was there under the key goes.
    ///
    /// - Returns: the oldest, when it had to go.
    mutating func insert(_ key: Key, _ value: Value) -> (key: Key, value: Value)? {
        _ = remove(key)
        let evicted = count >= limit ? removeOldest() : nil
        if (count + 1) * 2 > places.count { rehash(places.count * 2) }
        let entry = Entry(key: key, value: value, previous: last, next: -1)
        let place = free.popLast() ?? Int32(entries.count)
        if Int(place) == entries.count { entries.append(entry) } else { entries[Int(place)] = entry }
        if last >= 0 { entries[Int(last)]?.next = place } else { first = place }
        last = place
        occupy(place, key)
        count += 1
        return evicted
    }

    /// Takes a key out.
    @discardableResult
    mutating func remove(_ key: Key) -> Value? {
        guard let slot = slot(of: key) else { return nil }
        return remove(at: slot)
    }

    /// Takes the oldest out.
    mutating func removeOldest() -> (key: Key, value: Value)? {
        guard let oldest else { return nil }
        remove(oldest.key)
        return oldest
    }

    // MARK: the table of numbers, with linear probing

    private func home(_ key: Key) -> Int { key.hashValue & (places.count - 1) }

    private func slot(of key: Key) -> Int? {
        var slot = home(key)
        while places[slot] >= 0 {
            if entries[Int(places[slot])]?.key == key { return slot }
            slot = (slot + 1) & (places.count - 1)
        }
        return nil
    }

    private mutating func occupy(_ place: Int32, _ key: Key) {
        var slot = home(key)
        while places[slot] >= 0 { slot = (slot + 1) & (places.count - 1) }
        places[slot] = place
    }

    private mutating func rehash(_ size: Int) {
        places = Array(repeating: -1, count: size)
        for (place, entry) in entries.enumerated() {
            if let entry { occupy(Int32(place), entry.key) }
        }
    }

    private mutating func remove(at slot: Int) -> Value? {
        let place = Int(places[slot])
        guard let entry = entries[place] else { return nil }
        if entry.previous >= 0 { entries[Int(entry.previous)]?.next = entry.next } else { first = entry.next }
        if entry.next >= 0 { entries[Int(entry.next)]?.previous = entry.previous } else { last = entry.previous }
        entries[place] = nil
        free.append(Int32(place))
        count -= 1
        close(slot)
        return entry.value
    }

    /// Moves back what was pushed beyond a slot that is empty now, so that look-ups need no marks of what was there.
    private mutating func close(_ empty: Int) {
        let mask = places.count - 1
        var hole = empty
        var slot = (empty + 1) & mask
        places[hole] = -1
        while places[slot] >= 0 {
            if let key = entries[Int(places[slot])]?.key {
                let distance = (slot &- home(key)) & mask
                if distance >= (slot &- hole) & mask {
                    places[hole] = places[slot]
                    places[slot] = -1
                    hole = slot
                }
            }
            slot = (slot + 1) & mask
        }
    }
}
