import GRDB
import Records

/// The answer to a question for numbers, and how it was found.
public struct GroupAnswer: Sendable, Hashable {
    /// The numbers. The question in it has its time widened to whole minutes, or to what older sums are about.
    public var table: GroupTable
    /// True: the filter asks what is not counted apart, and the lines were read. Then what is not kept in detail is missing.
    public var isOfRecords: Bool
    /// What is missing of an answer of records.
    public var complete: Completeness
}

extension History {
    /// Answers a question for numbers.
    public func groups(_ query: GroupQuery, columns: MeasureColumns = .all) async throws(HistoryError) -> GroupTable {
        try await answer(query, columns: columns).table
    }

    /// Answers a question for numbers, and says how: from sums, or, where the filter asks what is not counted apart, from
    /// the lines.
    ///
    /// - Parameter columns: what is read from sums; less is faster.
    public func answer(
        _ query: GroupQuery, columns: MeasureColumns = .all
    ) async throws(HistoryError) -> GroupAnswer {
        guard query.from < query.to else { throw .wrongQuestion(reason: "the time ends before it begins") }
        if let step = query.step {
            guard step >= microsecondsOfMinute, step % microsecondsOfMinute == 0 else {
                throw .wrongQuestion(reason: "a step is a number of whole minutes")
            }
        }
        return try await questions.ask { () throws(HistoryError) in
            try Self.checkSize(self, query)
            return query.filter.isDecidedBySeries
                ? try Self.ofSums(self, query, columns) : try Self.ofRecords(self, query)
        }
    }

    /// Groups times steps, each of some hundred bytes while they are counted.
    static let mostCells = 500_000

    /// Refuses what would need more, before anything is read.
    private static func checkSize(_ history: History, _ query: GroupQuery) throws(HistoryError) {
        guard let step = query.usedStep, !query.by.isEmpty else { return }
        let names = history.state.names.all
        let steps = Int(clamping: (query.to - query.from) / step + 1)
        guard steps.multipliedReportingOverflow(by: names.count).partialValue > mostCells else { return }
        var groups: Set<[String]> = []
        for series in names.values where query.filter.matches(series) != .no {
            groups.insert(query.by.map { series[$0] })
        }
        guard groups.count * steps > mostCells else { return }
        throw .wrongQuestion(
            reason:
                "\(groups.count) groups in \(steps) steps are too many: take longer steps, or ask for fewer groups")
    }

    private static func ofSums(
        _ history: History, _ query: GroupQuery, _ columns: MeasureColumns
    ) throws(HistoryError) -> GroupAnswer {
        let names = history.state.names.all
        let (memory, recent) = history.state.memory.withLock { ($0.buckets, $0.recent) }
        if let minutes = recent.minutes(of: query) {
            return try ofRecentSums(history, query, columns, minutes, recent, memory)
        }
        let chain = history.state.chain.withLock { $0 }
        do {
            return try history.pool.read { database in
                let minutes = try widened(query, database)
                var asked = query
                asked.from = minutes.lowerBound * microsecondsOfMinute
                asked.to = minutes.upperBound * microsecondsOfMinute
                var evaluation = GroupEvaluation(asked, columns: columns)
                let parts = BucketPlan.parts(
                    minutes, step: asked.usedStep.map { $0 / microsecondsOfMinute }, fives: chain.fives,
                    hours: chain.hours, days: chain.days)
                for part in parts {
                    try BucketRows.each(part.level, part.minutes, database) { key, bytes in
                        try evaluation.add(bytes, start: key.minute * microsecondsOfMinute) { names[$0] ?? .overflow }
                    }
                }
                for (minute, entries) in memory where minutes.contains(minute) {
                    try entries.withUnsafeBytes { bytes in
                        try evaluation.add(bytes, start: minute * microsecondsOfMinute) { names[$0] ?? .overflow }
                    }
                }
                return GroupAnswer(table: evaluation.table(), isOfRecords: false, complete: Completeness())
            }
        } catch {
            throw .failed(path: HistorySchema.path(history.configuration.directory), reason: HistorySchema.words(error))
        }
    }

    /// The same, of the last hour: from memory alone.
    private static func ofRecentSums(
        _ history: History, _ query: GroupQuery, _ columns: MeasureColumns, _ minutes: Range<Int64>,
        _ recent: RecentSums, _ uncommitted: [(minute: Int64, entries: [UInt8])]
    ) throws(HistoryError) -> GroupAnswer {
        let names = history.state.names.all
        var asked = query
        asked.from = minutes.lowerBound * microsecondsOfMinute
        asked.to = minutes.upperBound * microsecondsOfMinute
        var evaluation = GroupEvaluation(asked, columns: columns)
        do {
            try recent.each(minutes) { minute, bytes in
                try evaluation.add(bytes, start: minute * microsecondsOfMinute) { names[$0] ?? .overflow }
            }
            for (minute, entries) in uncommitted where minutes.contains(minute) {
                try entries.withUnsafeBytes { bytes in
                    try evaluation.add(bytes, start: minute * microsecondsOfMinute) { names[$0] ?? .overflow }
                }
            }
        } catch {
            throw .failed(path: history.configuration.directory, reason: "sums in memory cannot be read: \(error)")
        }
        return GroupAnswer(table: evaluation.table(), isOfRecords: false, complete: Completeness())
    }

    /// Whole minutes; whole hours or days where there are no finer sums any more, and nothing before the first of all.
    private static func widened(_ query: GroupQuery, _ database: Database) throws -> Range<Int64> {
        var from = minuteOf(query.from)
        // Beyond what a row can be about, there is nothing to ask for.
        var to = min(minuteOf(min(query.to, .max - microsecondsOfMinute) - 1) + 1, 1 << 36 - 1)
        to = max(from, to)
        let first = try BucketLevel.allCases.map { try BucketRows.first($0, from: 0, database) }
        guard let earliest = first.compactMap({ $0 }).min() else { return from..<to }
        if query.step == nil { from = min(max(from, earliest), to) }
        let level: BucketLevel
        if from >= first[0] ?? .max {
            level = .minute
        } else if from >= first[1] ?? .max {
            level = .hour
        } else {
            level = .day
        }
        guard query.step.map({ $0 / microsecondsOfMinute % level.minutes == 0 }) ?? true else { return from..<to }
        from = level.start(of: from)
        if to < first[0] ?? 0 { to = level.start(of: to + level.minutes - 1) }
        return from..<to
    }

    private static func ofRecords(_ history: History, _ query: GroupQuery) throws(HistoryError) -> GroupAnswer {
        let question = BlockWalk.Question(
            filter: query.filter, times: query.from..<query.to, numbers: 0..<UInt64.max, newestFirst: true,
            mostBytes: mostBytesOfQuestion)
        var walk = BlockWalk(history, question)
        var scanner = RecordScanner()
        var evaluation = GroupEvaluation(query)
        while let block = try walk.next() {
            for entry in block.entries where query.from <= entry.time && entry.time < query.to {
                guard walk.answer(entry.series) != .no else { continue }
                block.withLine(entry) { line in
                    do throws(RecordLineError) {
                        try scanner.scan(line)
                        evaluation.add(scanner, in: line)
                    } catch {
                        // What was stored was scanned before; a block that was changed has not got here.
                    }
                }
            }
        }
        return GroupAnswer(table: evaluation.table(), isOfRecords: true, complete: walk.complete)
    }
}
