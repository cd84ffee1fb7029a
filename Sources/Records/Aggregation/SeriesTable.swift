/// Gives series numbers, from 0, in the order in which they are first seen. A series that was seen before is found
/// without a value being made of it.
///
/// Their number is bounded: when three quarters of the places are taken, new series are told apart no longer by what
/// callers choose (port, model, tool, method); when all are, what is new is counted in `Series.overflow`, number 0, which
/// is always there.
public struct SeriesTable: ~Copyable, @unchecked Sendable {
    // Its memory is nobody else's, so it may go from thread to thread.
    /// Series that there can be.
    public let limit: Int
    /// Bytes that their values can take together.
    public let maximumBytes: Int
    /// Records that were counted in `overflow`.
    public private(set) var overflowed: UInt64 = 0
    /// Records of which what callers choose was not told apart.
    public private(set) var collapsed: UInt64 = 0

    private let seed: UInt64
    private let table = DimensionTable.shared
    private var key = SeriesKey()
    /// The bytes of all series, each padded to whole steps.
    private var memory: UnsafeMutableRawPointer
    private var capacity = 1 << 16
    private var used = 0
    private var places: [(start: Int, count: Int)] = []
    /// Twice as many as there can be series at least: the upper half of the hash, and the number and 1; 0: free.
    private var slots: UnsafeMutablePointer<UInt64>
    private var slotCount = 1_024

    /// A table of `overflow` alone.
    ///
    /// - Parameters:
    ///   - limit: series that there can be.
    ///   - maximumBytes: bytes that their values can take together.
    ///   - seed: a random number, where sources may choose values so that finding them is slow.
    public init(limit: Int = 100_000, maximumBytes: Int = 256 << 20, seed: UInt64 = 0) {
        self.limit = max(1, min(limit, Int(UInt32.max) - 1))
        self.maximumBytes = maximumBytes
        self.seed = seed
        memory = .allocate(byteCount: capacity, alignment: SeriesKey.step)
        slots = .allocate(capacity: slotCount)
        slots.initialize(repeating: 0, count: slotCount)
        fill(.overflow)
        key.pad()
        insert(key.hash(seed: seed))
    }

    deinit {
        memory.deallocate()
        slots.deallocate()
    }

    /// Series that there are, `overflow` among them.
    public var count: Int { places.count }

    /// The number of the series of a scanned line.
    public mutating func number(of scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer) -> UInt32 {
        key.read(scanner, table)
        key.pad()
        let hash = key.hash(seed: seed)
        if let number = find(hash) { return number }
        if places.count < limit - limit / 4 { return insertIfRoom(hash) }
        key.readSlowly(scanner, collapsing: SeriesKey.chosen)
        key.pad()
        collapsed += 1
        let coarse = key.hash(seed: seed)
        return find(coarse) ?? insertIfRoom(coarse)
    }

    /// The number of a series, which becomes one of the table where there is room: to fill the table with what was
    /// stored, in the order of the stored numbers.
    public mutating func number(of series: Series) -> UInt32 {
        fill(series)
        key.pad()
        let hash = key.hash(seed: seed)
        return find(hash) ?? insertIfRoom(hash)
    }

    /// The series of a number that the table has given.
    public subscript(number: UInt32) -> Series {
        let place = places[Int(number)]
        return Series(unchecked: Array(UnsafeRawBufferPointer(start: memory + place.start, count: place.count)))
    }

    private mutating func fill(_ series: Series) {
        series.encoded.withUnsafeBytes { key.fill($0) }
    }

    @inline(__always)
    private func find(_ hash: UInt64) -> UInt32? {
        var slot = Int(truncatingIfNeeded: hash) & (slotCount - 1)
        while true {
            let entry = slots[slot]
            guard entry != 0 else { return nil }
            if entry >> 32 == hash >> 32 {
                let number = UInt32(truncatingIfNeeded: entry) - 1
                let place = places[Int(number)]
                if place.count == key.count, key.isEqual(to: memory + place.start) { return number }
            }
            slot = (slot + 1) & (slotCount - 1)
        }
    }

    private mutating func insertIfRoom(_ hash: UInt64) -> UInt32 {
        guard places.count < limit, used + key.count <= maximumBytes else {
            overflowed += 1
            return 0
        }
        return insert(hash)
    }

    @discardableResult
    private mutating func insert(_ hash: UInt64) -> UInt32 {
        let padded = (key.count + SeriesKey.step - 1) / SeriesKey.step * SeriesKey.step
        if used + padded > capacity { growMemory(padded) }
        (memory + used).copyMemory(from: key.memory, byteCount: padded)
        places.append((used, key.count))
        used += padded
        if places.count * 2 > slotCount { growSlots() }
        place(hash, UInt64(places.count))
        return UInt32(places.count - 1)
    }

    private func place(_ hash: UInt64, _ number: UInt64) {
        var slot = Int(truncatingIfNeeded: hash) & (slotCount - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slotCount - 1) }
        slots[slot] = (hash >> 32) << 32 | number
    }

    private mutating func growMemory(_ more: Int) {
        capacity = (capacity + more) * 2
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: SeriesKey.step)
        larger.copyMemory(from: memory, byteCount: used)
        memory.deallocate()
        memory = larger
    }

    /// Doubles the slots. The hashes are made again: half of each is not kept.
    private mutating func growSlots() {
        slots.deallocate()
        slotCount *= 2
        slots = .allocate(capacity: slotCount)
        slots.initialize(repeating: 0, count: slotCount)
        var other = SeriesKey()
        for number in 0..<(places.count - 1) {
            other.fill(UnsafeRawBufferPointer(start: memory + places[number].start, count: places[number].count))
            other.pad()
            place(other.hash(seed: seed), UInt64(number + 1))
        }
    }
}
