import GRDB
import Records

/// Goes through the blocks that a filter may find something in, newest or oldest first; blocks of series that it says no to
/// are not unpacked. Blocks that are only in memory come where they belong.
struct BlockWalk: ~Copyable {
    /// What is asked for.
    struct Question {
        var filter: RecordFilter
        /// Times of records, in microseconds.
        var times: Range<Int64>
        /// Numbers of records.
        var numbers: Range<UInt64>
        var newestFirst: Bool
        /// Bytes that are unpacked at most.
        var mostBytes: Int
    }

    /// Rows that are read at once.
    private static let chunk = 64

    private let question: Question
    private let pool: DatabasePool
    private var reader: BlockReader
    private let names: [UInt32: Series]
    private var answers: [UInt32: Ternary] = [:]
    /// Blocks that are in memory alone, in the order in which they are wanted.
    private var memory: [Waiting]
    /// Rows to come, the next at the end, each with whether some series in it may be wanted.
    private var rows: [(row: BlockRow, isWanted: Bool)] = []
    private var left: Range<UInt64>
    private var isAtEnd = false
    private var bytes = 0
    private(set) var complete = Completeness()

    init(_ history: History, _ question: Question) {
        self.question = question
        pool = history.pool
        reader = BlockReader(history: history.configuration.directory)
        names = history.state.names.all
        // Memory first: what is committed meanwhile is not asked for in the tables then.
        let memory = history.state.memory.withLock { $0.blocks }
        let end = memory.first?.block.first ?? .max
        left = question.numbers.clamped(to: 0..<end)
        self.memory = memory.filter { question.overlaps($0.block) }
        if question.newestFirst { self.memory.reverse() }
    }

    /// The answer that all records of a series have.
    mutating func answer(_ id: UInt32) -> Ternary {
        if let answer = answers[id] { return answer }
        let answer = names[id].map { question.filter.matches($0) } ?? .cannotTell
        answers[id] = answer
        return answer
    }

    /// The next block that may have something; nil: there are no more, or so much was unpacked that it is enough
    /// (`complete.isWhole`).
    mutating func next() throws(HistoryError) -> Block? {
        while true {
            guard bytes < question.mostBytes else {
                complete.isWhole = false
                return nil
            }
            if question.newestFirst, let block = nextInMemory() { return block }
            if rows.isEmpty, !isAtEnd { try readRows() }
            guard let (row, isWanted) = rows.popLast() else {
                return question.newestFirst ? nil : nextInMemory()
            }
            complete.sampledOut += row.taken - min(row.taken, UInt64(row.count))
            complete.lost += row.lost
            guard isWanted else { continue }
            do throws(BlockProblem) {
                let block = try reader.block(at: row.place)
                bytes += block.weight
                return block
            } catch {
                complete.unreadable += 1
            }
        }
    }

    private mutating func nextInMemory() -> Block? {
        while !memory.isEmpty {
            let one = memory.removeFirst()
            complete.sampledOut += one.taken - min(one.taken, UInt64(one.block.count))
            complete.lost += one.lost + one.skipped
            guard one.block.series.contains(where: { answer($0) != .no }) else { continue }
            let header = one.block.header(after: BlockHeader.noHash, skipped: 0)
            guard let block = try? BlockReader.unpacked(header, one.block.data) else { continue }
            bytes += block.weight
            return block
        }
        return nil
    }

    private mutating func readRows() throws(HistoryError) {
        let (left, question) = (left, question)
        let found: [(BlockRow, [UInt8])]
        do {
            found = try pool.read { database in
                try GRDB.Row.fetchAll(
                    database.cachedStatement(sql: Self.sql(question.newestFirst)),
                    arguments: [
                        Int64(clamping: left.lowerBound), Int64(clamping: left.upperBound),
                        question.times.lowerBound, question.times.upperBound, Self.chunk,
                    ]
                ).map { (BlockRow($0), [UInt8]($0[8] as DatabaseValue)) }
            }
        } catch {
            throw .failed(path: HistorySchema.path(""), reason: HistorySchema.words(error))
        }
        isAtEnd = found.count < Self.chunk
        if let last = found.last?.0 {
            self.left =
                question.newestFirst
                ? left.lowerBound..<max(left.lowerBound, last.first) : min(last.end, left.upperBound)..<left.upperBound
        }
        rows = found.reversed().map { row, series in
            (row, series.withUnsafeBytes { SeriesSet.contains($0) { answer($0) != .no } })
        }
    }

    /// A block may begin before the first number that is wanted.
    private static func sql(_ newestFirst: Bool) -> String {
        """
        SELECT \(BlockRow.columns), series FROM block LEFT JOIN block_series ON block_series.first = block.first
        WHERE block.first >= coalesce((SELECT max(first) FROM block WHERE first <= ?1), 0)
            AND block.first + count > ?1 AND block.first < ?2 AND newest >= ?3 AND oldest < ?4
        ORDER BY block.first \(newestFirst ? "DESC" : "ASC") LIMIT ?5
        """
    }
}

extension BlockWalk.Question {
    func overlaps(_ block: PackedBlock) -> Bool {
        block.end > numbers.lowerBound && block.first < numbers.upperBound && block.newest >= times.lowerBound
            && block.oldest < times.upperBound
    }

    /// Whether a record is in the times and numbers that are wanted.
    func covers(_ entry: Block.Entry, _ number: UInt64) -> Bool {
        numbers.contains(number) && times.contains(entry.time)
    }
}

extension [UInt8] {
    /// The bytes of a blob; none for nothing.
    fileprivate init(_ value: DatabaseValue) {
        if case .blob(let data) = value.storage { self = Array(data) } else { self = [] }
    }
}
