/// Sums of groups, one measure after the other as in encoded buckets: adding a bucket touches only what it has, and nothing
/// is made for each group until the sums are asked for.
struct ColumnSums: Sendable {
    /// Groups.
    private(set) var count: Int
    /// A column of `Column.numbers` each, empty until a bucket has it.
    private var numbers: [[UInt64]]
    /// A column of `Column.histograms` each, all counts of a group next to each other.
    private var histograms: [[UInt64]]
    private var costs: [Cost] = []
    private var firsts: [Int64] = []
    private var lasts: [Int64] = []

    private static let width = Histogram.bounds.count + 1

    /// Nothing in so many groups.
    init(count: Int) {
        self.count = count
        numbers = Column.numbers.map { _ in [] }
        histograms = Column.histograms.map { _ in [] }
    }

    /// Room for more groups.
    mutating func grow(to more: Int) {
        guard more > count else { return }
        count = more
        for index in numbers.indices where !numbers[index].isEmpty { Self.fill(&numbers[index], more, 0) }
        for index in histograms.indices where !histograms[index].isEmpty {
            Self.fill(&histograms[index], more * Self.width, 0)
        }
        if !costs.isEmpty { Self.fill(&costs, more, Cost()) }
        if !firsts.isEmpty {
            Self.fill(&firsts, more, .max)
            Self.fill(&lasts, more, .min)
        }
    }

    private static func fill<T>(_ column: inout [T], _ count: Int, _ value: T) {
        column += repeatElement(value, count: count - column.count)
    }

    /// The sums of a group.
    func measures(_ place: Int) -> Measures {
        var measures = Measures()
        for (index, column) in Column.numbers.enumerated() where !numbers[index].isEmpty {
            measures[keyPath: column.path] = numbers[index][place]
        }
        for (index, column) in Column.histograms.enumerated() where !histograms[index].isEmpty {
            let own = histograms[index][(place * Self.width)..<((place + 1) * Self.width)]
            if let histogram = Histogram(counts: Array(own)) { measures[keyPath: column.path] = histogram }
        }
        if !costs.isEmpty { measures.cost = costs[place] }
        if !firsts.isEmpty { (measures.first, measures.last) = (firsts[place], lasts[place]) }
        return measures
    }

    // MARK: columns

    /// Adds one column.
    ///
    /// - Parameter places: for each entry its group; negative: none.
    mutating func add(_ name: UInt8, _ column: inout ColumnReader, _ places: [Int32]) throws(BucketError) {
        if name == Column.cost { return addCosts(&column, places) }
        if name == Column.times { return addTimes(&column, places) }
        if let index = Column.numbers.firstIndex(where: { $0.name == name }) {
            addNumbers(&column, places, index)
        } else if let index = Column.histograms.firstIndex(where: { $0.name == name }) {
            try addHistograms(&column, places, index)
        }
    }

    private mutating func addNumbers(_ column: inout ColumnReader, _ places: [Int32], _ index: Int) {
        if numbers[index].isEmpty { Self.fill(&numbers[index], count, 0) }
        let isMaximum = Column.numbers[index].name == Column.maximum
        numbers[index].withUnsafeMutableBufferPointer { values in
            if isMaximum {
                for place in places {
                    let value = column.number()
                    if place >= 0 { values[Int(place)] = max(values[Int(place)], value) }
                }
            } else {
                for place in places {
                    let value = column.number()
                    if place >= 0 { values[Int(place)] = values[Int(place)].addingSaturated(value) }
                }
            }
        }
    }

    private mutating func addHistograms(
        _ column: inout ColumnReader, _ places: [Int32], _ index: Int
    ) throws(BucketError) {
        if histograms[index].isEmpty { Self.fill(&histograms[index], count * Self.width, 0) }
        let width = Self.width
        let isRight = histograms[index].withUnsafeMutableBufferPointer { counts in
            for place in places {
                for _ in 0..<column.byte() {
                    let bucket = Int(column.byte())
                    let count = column.number()
                    guard bucket < width else { return false }
                    guard place >= 0 else { continue }
                    let slot = Int(place) * width + bucket
                    counts[slot] = counts[slot].addingSaturated(count)
                }
            }
            return true
        }
        guard isRight else { throw BucketError("a histogram has too many buckets") }
    }

    private mutating func addCosts(_ column: inout ColumnReader, _ places: [Int32]) {
        if costs.isEmpty { Self.fill(&costs, count, Cost()) }
        costs.withUnsafeMutableBufferPointer { values in
            for place in places {
                let cost = column.signed()
                if place >= 0 { values[Int(place)] += Cost(picodollars: cost) }
            }
        }
    }

    private mutating func addTimes(_ column: inout ColumnReader, _ places: [Int32]) {
        if firsts.isEmpty {
            Self.fill(&firsts, count, .max)
            Self.fill(&lasts, count, .min)
        }
        let earliest = Int64(truncatingIfNeeded: column.signed())
        for place in places {
            let first = earliest &+ Int64(bitPattern: column.number())
            let last = first &+ Int64(bitPattern: column.number())
            guard place >= 0 else { continue }
            firsts[Int(place)] = min(firsts[Int(place)], first)
            lasts[Int(place)] = max(lasts[Int(place)], last)
        }
    }
}
