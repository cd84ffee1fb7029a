/// A place among all records, in the order in which they came. It holds while records come and across restarts.
public struct Cursor: Hashable, Sendable, CustomStringConvertible {
    /// The history: one that was begun anew has another.
    let era: UInt32
    /// The run that gave the number. What a run numbered and did not commit before it was killed, the next run's records
    /// have the numbers of.
    let run: UInt32
    /// Number of the record.
    let sequence: UInt64

    init(era: UInt32, run: UInt32, sequence: UInt64) {
        self.era = era
        self.run = run
        self.sequence = sequence
    }

    /// Reads what `description` wrote.
    public init(_ text: String) throws(HistoryError) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, text.utf8.count <= 40, let era = UInt32(parts[0], radix: 36),
            let run = UInt32(parts[1], radix: 36), let sequence = UInt64(parts[2], radix: 36)
        else { throw .wrongCursor(String(text.prefix(60))) }
        self.init(era: era, run: run, sequence: sequence)
    }

    /// Short, and harmless in a URL.
    public var description: String {
        "\(String(era, radix: 36)).\(String(run, radix: 36)).\(String(sequence, radix: 36))"
    }
}

/// First numbers of the runs, so that a cursor of a run that was killed leads to where the next one began.
struct Runs: Sendable {
    let era: UInt32
    /// In order; the last is the one that runs.
    private(set) var firsts: [(run: UInt32, first: UInt64)]

    /// Starts that are remembered.
    static let most = 1_000

    init(era: UInt32, firsts: [(run: UInt32, first: UInt64)]) {
        self.era = era
        self.firsts = firsts
    }

    func cursor(_ sequence: UInt64) -> Cursor {
        let run = firsts.last { $0.first <= sequence } ?? firsts.first
        return Cursor(era: era, run: run?.run ?? 0, sequence: sequence)
    }

    /// The number of the record that a cursor points at, or of the last one before it.
    func sequence(_ cursor: Cursor) throws(HistoryError) -> UInt64 {
        guard cursor.era == era else { throw .wrongCursor(cursor.description) }
        guard let next = firsts.first(where: { $0.run > cursor.run }) else { return cursor.sequence }
        return min(cursor.sequence, next.first - 1)
    }
}
