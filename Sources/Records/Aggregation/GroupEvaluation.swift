/// Answers a `GroupQuery` from buckets, or from records one by one, in any order.
public struct GroupEvaluation: Sendable {
    /// The question.
    public let query: GroupQuery
    /// Measures that are read from encoded buckets.
    public let columns: MeasureColumns

    private let starts: [Int64]
    /// How long steps are; nil: there is one.
    private let length: Int64?
    /// Each group's place in the sums of a step, by its key.
    private var numbers: [[String]: Int32] = [:]
    private var keys: [[String]] = []
    /// For each series its place in the sums of a step: 0 it cannot be told, -1 not asked for, -2 not looked at yet.
    private var places: [Int32] = []
    /// What each group measured, by step. What cannot be told is the first of each.
    private var sums: [[Measures]]
    /// The same of encoded buckets.
    private var columnSums: [ColumnSums]

    /// Nothing counted yet.
    ///
    /// - Parameter columns: the others stay empty in rows that come from encoded buckets.
    public init(_ query: GroupQuery, columns: MeasureColumns = .all) {
        self.query = query
        self.columns = columns.union(.count)
        starts = query.starts
        length = query.usedStep
        sums = Array(repeating: [Measures()], count: starts.count)
        columnSums = Array(repeating: ColumnSums(count: 1), count: starts.count)
    }

    /// Counts an encoded bucket.
    ///
    /// - Parameters:
    ///   - start: when it begins; it counts in the step that this is in, and not at all before `from` or from `to` on.
    ///   - series: the series of a number; asked once for each number.
    public mutating func add(
        _ bytes: UnsafeRawBufferPointer, start: Int64, series: (UInt32) -> Series
    ) throws(BucketError) {
        guard let step = step(of: start) else { return }
        let entries = try BucketCoder.series(bytes).map { place(of: $0, series) }
        columnSums[step].grow(to: keys.count + 1)
        try BucketCoder.sum(bytes, columns, places: entries, into: &columnSums[step])
    }

    /// Counts a bucket that is not encoded.
    public mutating func add(_ bucket: Bucket, series: (UInt32) -> Series) {
        guard let step = step(of: bucket.start) else { return }
        for entry in bucket.entries {
            let place = place(of: entry.series, series)
            guard place >= 0 else { continue }
            grow(step)
            sums[step][Int(place)] += entry.measures
        }
    }

    /// Counts a scanned record, if it is one that the filter asks for.
    public mutating func add(_ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer) {
        guard let step = step(of: scanner.time), query.filter.matches(scanner, in: line) else { return }
        let place = place(of: Series(scanner))
        grow(step)
        sums[step][Int(place)].add(scanner, in: line)
    }

    /// The step that a time is in.
    private func step(of time: Int64) -> Int? {
        guard time >= query.from, time < query.to else { return nil }
        guard let length, let first = starts.first else { return 0 }
        return min(Int((time - first) / length), starts.count - 1)
    }

    /// Room for every group in a step.
    private mutating func grow(_ step: Int) {
        let missing = keys.count + 1 - sums[step].count
        if missing > 0 { sums[step] += Array(repeating: Measures(), count: missing) }
    }

    private mutating func place(of number: UInt32, _ series: (UInt32) -> Series) -> Int32 {
        let index = Int(number)
        if index >= places.count {
            places += Array(repeating: -2, count: max(index + 1, places.count * 2) - places.count)
        }
        if places[index] != -2 { return places[index] }
        let series = series(number)
        switch query.filter.matches(series) {
        case .yes: places[index] = place(of: series)
        case .no: places[index] = -1
        case .cannotTell: places[index] = 0
        }
        return places[index]
    }

    private mutating func place(of series: Series) -> Int32 {
        // What was not kept apart has a name of its own: it is not nothing.
        let key = query.by.map { series.isCollapsed($0) ? GroupEvaluation.collapsed : series[$0] }
        if let there = numbers[key] { return there }
        keys.append(key)
        numbers[key] = Int32(keys.count)
        return Int32(keys.count)
    }

    /// The value in a row of what was not counted apart, because there were too many values.
    public static let collapsed = "…"

    /// The answer so far.
    public func table() -> GroupTable {
        let sums = allSums
        var rows = keys.enumerated().map { row(key: $1, group: $0 + 1, sums) }.filter { $0.total.count > 0 }
        rows.sort { a, b in
            let (first, second) = (query.order.amount(a.total), query.order.amount(b.total))
            return first == second ? a.key.lexicographicallyPrecedes(b.key) : first > second
        }
        var total = Measures()
        for row in rows { total += row.total }
        let rest = rows.dropFirst(max(0, query.top))
        var other: GroupRow?
        if !rest.isEmpty {
            var sum = GroupRow(
                key: query.by.map { _ in "" }, total: Measures(),
                steps: length == nil ? [] : starts.map { _ in Measures() })
            for row in rest {
                sum.total += row.total
                for place in row.steps.indices { sum.steps[place] += row.steps[place] }
            }
            other = sum
        }
        return GroupTable(
            query: query, rows: Array(rows.prefix(max(0, query.top))), other: other, otherCount: rest.count,
            total: total, undecided: sums.reduce(0) { $0.addingSaturated($1[0].count) }, starts: starts)
    }

    /// Those of buckets, encoded or not, and of records together.
    private var allSums: [[Measures]] {
        zip(sums, columnSums).map { own, columns in
            let missing = max(0, columns.count - own.count)
            var all = own + repeatElement(Measures(), count: missing)
            for place in 0..<columns.count { all[place] += columns.measures(place) }
            return all
        }
    }

    /// The row of a group.
    private func row(key: [String], group: Int, _ sums: [[Measures]]) -> GroupRow {
        var row = GroupRow(key: key, total: Measures())
        for step in sums {
            let sum = group < step.count ? step[group] : Measures()
            row.total += sum
            if length != nil { row.steps.append(sum) }
        }
        return row
    }
}
