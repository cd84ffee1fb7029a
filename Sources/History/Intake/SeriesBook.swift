import Records
import Synchronization

/// The names of the numbers that series are stored with, for whoever answers questions.
final class SeriesNames: Sendable {
    private let names = Mutex<[UInt32: Series]>([0: .overflow])

    var count: Int { names.withLock { $0.count } }

    /// Those of this moment.
    var all: [UInt32: Series] { names.withLock { $0 } }

    subscript(id: UInt32) -> Series? { names.withLock { $0[id] } }

    func set(_ id: UInt32, _ series: Series) { names.withLock { $0[id] = series } }

    func forget(_ ids: [UInt32]) {
        names.withLock { names in
            for id in ids { names[id] = nil }
        }
    }
}

/// Series by two numbers: the place in the table, which is small and changes with the run, and the number that they are
/// stored with, which is never given to another.
struct SeriesBook: ~Copyable {
    private var table: SeriesTable
    /// Stored numbers by place.
    private(set) var ids: [UInt32] = [0]
    /// The minute in which a series was last counted, by place; as it is in the file, and as it is.
    private var savedSeen: [Int64] = [0]
    private var seen: [Int64] = [0]
    private var nextID: UInt32
    private let names: SeriesNames
    /// Places of series that are not in the file yet.
    private var unsaved: [Int] = []

    /// `seen` is written again when it has grown by so many minutes.
    private static let coarseness: Int64 = 360

    init(_ stored: [SeriesRows.Stored], limit: Int, names: SeriesNames) {
        table = SeriesTable(limit: limit, seed: .random(in: 0 ... .max))
        self.names = names
        nextID = (stored.last?.id ?? 0) + 1
        fill(stored)
    }

    private mutating func fill(_ stored: [SeriesRows.Stored]) {
        for one in stored {
            names.set(one.id, one.series)
            let place = Int(table.number(of: one.series))
            guard place == ids.count, table[UInt32(place)] == one.series else {
                // Without room in the table they are only known by name; what is collapsed is another series.
                while ids.count < table.count { add(ids.count) }
                continue
            }
            ids.append(one.id)
            seen.append(one.seen)
            savedSeen.append(one.seen)
        }
    }

    var count: Int { table.count }
    var overflowed: UInt64 { table.overflowed + table.collapsed }
    /// True when series are not told apart any more that would be if there were room.
    var isCrowded: Bool { table.count >= table.limit / 4 * 3 }

    /// The place of a scanned line's series.
    mutating func place(_ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer) -> UInt32 {
        let place = table.number(of: scanner, in: line)
        // A series whose kind was collapsed makes one new place, too.
        while ids.count < table.count { add(ids.count) }
        return place
    }

    private mutating func add(_ place: Int) {
        ids.append(nextID)
        seen.append(0)
        savedSeen.append(0)
        unsaved.append(place)
        names.set(nextID, table[UInt32(place)])
        nextID += 1
    }

    mutating func note(_ place: UInt32, seenIn minute: Int64) {
        let place = Int(place)
        guard seen[place] < minute else { return }
        seen[place] = minute
        if minute - savedSeen[place] >= Self.coarseness, savedSeen[place] != 0 {
            savedSeen[place] = minute
            unsaved.append(place)
        }
    }

    /// What has to be written.
    var changes: [SeriesRows.Stored] {
        unsaved.map { SeriesRows.Stored(id: ids[$0], series: table[UInt32($0)], seen: seen[$0]) }
    }

    /// It was written.
    mutating func wereSaved() {
        for place in unsaved { savedSeen[place] = max(1, seen[place]) }
        unsaved.removeAll(keepingCapacity: true)
    }

    /// Numbers of series that nothing was counted of since a minute; `forget` takes them out.
    func unseen(since minute: Int64) -> [UInt32] {
        ids.indices.dropFirst().filter { seen[$0] < minute }.map { ids[$0] }
    }

    /// Begins the table anew without them; nobody may hold places when this is called.
    mutating func forget(_ old: [UInt32]) {
        let gone = Set(old)
        let stored = ids.indices.dropFirst().filter { !gone.contains(ids[$0]) }
            .map { SeriesRows.Stored(id: ids[$0], series: table[UInt32($0)], seen: seen[$0]) }
        let limit = table.limit
        table = SeriesTable(limit: limit, seed: .random(in: 0 ... .max))
        ids = [0]
        seen = [0]
        savedSeen = [0]
        unsaved = []
        names.forget(old)
        fill(stored)
    }
}
