/// Answers a `GroupQuery` from buckets, or from records one by one, in any order.
public struct GroupEvaluation: Sendable {
    /// The question.
    public let query: GroupQuery
    /// Measures that are read from encoded buckets.
    public let columns: MeasureColumns

    private let starts: [Int64]
    private let step: Int64?
    /// Each group's number, by its key.
    private var numbers: [[String]: Int32] = [:]
    private var keys: [[String]] = []
    /// For each series its group: -1 not asked for, -2 it cannot be told, -3 not looked at yet.
    private var groups: [Int32] = []
    /// What each group measured, by step. What cannot be told is the first of each.
    private var sums: [[Measures]]

    /// Nothing counted yet.
    ///
    /// - Parameter columns: the others stay empty in rows that come from encoded buckets.
    public init(_ query: GroupQuery, columns: MeasureColumns = .all) {
        self.query = query
        self.columns = columns.union(.count)
        starts = query.starts
        step = query.usedStep
        sums = Array(repeating: [Measures()], count: starts.count)
    }

    /// Counts an encoded bucket.
    ///
    /// - Parameters:
    ///   - start: when it begins; it counts in the step that this is in, and not at all before `from` or from `to` on.
    ///   - series: the series of a number; asked once for each number.
    public mutating func add(
        _ bytes: UnsafeRawBufferPointer, start: Int64, series: (UInt32) -> Series
    ) throws(BucketError) {
        guard let place = place(of: start) else { return }
        for number in try BucketCoder.series(bytes) { _ = group(of: number, series) }
        let places = groups.map { $0 == -2 ? 0 : $0 < 0 ? -1 : $0 + 1 }
        grow(place)
        try BucketCoder.sum(bytes, columns: columns, groups: places, into: &sums[place])
    }

    /// Counts a bucket that is not encoded.
    public mutating func add(_ bucket: Bucket, series: (UInt32) -> Series) {
        guard let place = place(of: bucket.start) else { return }
        for entry in bucket.entries {
            let group = group(of: entry.series, series)
            guard group != -1 else { continue }
            grow(place)
            sums[place][Int(group == -2 ? 0 : group + 1)] += entry.measures
        }
    }

    /// Counts a scanned record, if it is one that the filter asks for.
    public mutating func add(_ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer) {
        guard let place = place(of: scanner.time), query.filter.matches(scanner, in: line) else { return }
        var key = SeriesKey()
        key.readSlowly(scanner, collapsing: [])
        let group = group(of: Series(unchecked: key.bytes))
        grow(place)
        sums[place][Int(group) + 1].add(scanner, in: line)
    }

    /// The step that a time is in.
    private func place(of time: Int64) -> Int? {
        guard time >= query.from, time < query.to else { return nil }
        guard let step, let first = starts.first else { return 0 }
        return min(Int((time - first) / step), starts.count - 1)
    }

    /// Room for every group in a step.
    private mutating func grow(_ place: Int) {
        let missing = keys.count + 1 - sums[place].count
        if missing > 0 { sums[place] += Array(repeating: Measures(), count: missing) }
    }

    private mutating func group(of number: UInt32, _ series: (UInt32) -> Series) -> Int32 {
        let number = Int(number)
        if number >= groups.count { groups += Array(repeating: -3, count: number + 1 - groups.count) }
        guard groups[number] == -3 else { return groups[number] }
        let series = series(UInt32(number))
        groups[number] =
            switch query.filter.matches(series) {
            case .yes: group(of: series)
            case .no: -1
            case .cannotTell: -2
            }
        return groups[number]
    }

    private mutating func group(of series: Series) -> Int32 {
        // What was not kept apart has a name of its own: it is not nothing.
        let key = query.by.map { series.isCollapsed($0) ? GroupEvaluation.collapsed : series[$0] }
        if let there = numbers[key] { return there }
        let number = Int32(keys.count)
        numbers[key] = number
        keys.append(key)
        return number
    }

    /// The value in a row of what was not counted apart, because there were too many values.
    public static let collapsed = "…"

    /// The answer so far.
    public func table() -> GroupTable {
        var rows = keys.enumerated().map { row(key: $1, of: [$0]) }.filter { $0.total.count > 0 }
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
                steps: step == nil ? [] : starts.map { _ in Measures() })
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

    /// The row of some groups together.
    private func row(key: [String], of groups: [Int]) -> GroupRow {
        var row = GroupRow(key: key, total: Measures())
        for step in sums {
            var sum = Measures()
            for group in groups where group + 1 < step.count { sum += step[group + 1] }
            row.total += sum
            if self.step != nil { row.steps.append(sum) }
        }
        return row
    }
}
