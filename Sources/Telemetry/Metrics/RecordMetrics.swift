import Records

/// Metrics of what records say: what Prometheus scrapes, and what OTLP sends.
///
/// Sums come by series, as they are counted. A metric has few labels, and what callers choose is bounded by
/// `LabelLimits`; addresses, keys, sessions, paths and names of callers are no labels at all.
public struct RecordMetrics: Sendable {
    private var limits: LabelLimits

    /// Metrics with so many values of each label at most.
    public init(valuesOfLabel: Int = 200) { limits = LabelLimits(most: valuesOfLabel) }

    /// The families, of sums since the start of the process.
    public mutating func families(_ sums: [(series: Series, measures: Measures)]) -> [MetricFamily] {
        Definition.all.map { definition in
            var points: [[String]: Measures] = [:]
            for (series, measures) in sums where definition.counts(series) {
                let key = definition.labels.map { label in
                    label.isBounded
                        ? label.value(series)
                        : limits.admit(label.value(series), metric: definition.name, label: label.name)
                }
                points[key, default: Measures()] += measures
            }
            return definition.family(points)
        }
    }
}

/// One metric: of which records, by what, and which of their sums.
struct Definition: Sendable {
    /// A label.
    struct Label: Sendable {
        let name: String
        /// True: the configuration or the program has all values; false: callers choose them.
        var isBounded = true
        let value: @Sendable (Series) -> String

        init(_ name: String, _ dimension: Dimension, isBounded: Bool = true) {
            self.init(name, isBounded: isBounded) { $0[dimension] }
        }

        init(_ name: String, isBounded: Bool = true, _ value: @escaping @Sendable (Series) -> String) {
            self.name = name
            self.isBounded = isBounded
            self.value = value
        }
    }

    /// What becomes of the sums of one combination of labels.
    enum Measure: Sendable {
        case number(@Sendable (Measures) -> Double)
        /// Several points, told apart by one more label; nothing for a value that is not there.
        case numbers(label: String, @Sendable (Measures) -> [(String, Double)])
        case durations([UInt64])
        case firstBytes([UInt64])
        /// Only the sum and the number are known, not how large each was.
        case sumsOnly(label: String, @Sendable (Measures) -> [(String, Double)])
    }

    let name: String
    let unit: String
    let help: String
    let labels: [Label]
    let counts: @Sendable (Series) -> Bool
    let measure: Measure

    init(
        _ name: String, unit: String = "", _ help: String, labels: [Label], _ measure: Measure,
        of counts: @escaping @Sendable (Series) -> Bool
    ) {
        self.name = name
        self.unit = unit
        self.help = help
        self.labels = labels
        self.counts = counts
        self.measure = measure
    }

    /// The family with its points.
    func family(_ sums: [[String]: Measures]) -> MetricFamily {
        var family = MetricFamily(name, unit: unit, help: help, kind: kind)
        for (key, measures) in sums {
            let labels = zip(self.labels, key).map { MetricFamily.Label($0.name, $1) }
            family.points += points(labels, measures)
        }
        family.points.sort { $0.labels.map(\.value).lexicographicallyPrecedes($1.labels.map(\.value)) }
        return family
    }

    private var kind: MetricFamily.Kind {
        switch measure {
        case .number, .numbers: .counter
        case .durations(let bounds), .firstBytes(let bounds): .histogram(bounds: bounds.map { Double($0) / 1e6 })
        case .sumsOnly: .histogram(bounds: [])
        }
    }

    private func points(_ labels: [MetricFamily.Label], _ measures: Measures) -> [MetricFamily.Point] {
        switch measure {
        case .number(let read): return [.init(labels, .number(read(measures)))]
        case .numbers(let label, let read):
            return read(measures).map { .init(labels + [.init(label, $0)], .number($1)) }
        case .durations(let bounds):
            return [histogram(labels, measures.durations, bounds, sum: measures.durationSum)]
        case .firstBytes(let bounds):
            guard measures.firstBytes.count > 0 else { return [] }
            return [histogram(labels, measures.firstBytes, bounds, sum: measures.firstByteSum)]
        case .sumsOnly(let label, let read):
            return read(measures).map { value, sum in
                .init(
                    labels + [.init(label, value)], .histogram(cumulative: [], count: measures.count, sum: sum))
            }
        }
    }

    private func histogram(
        _ labels: [MetricFamily.Label], _ histogram: Histogram, _ bounds: [UInt64], sum: UInt64
    ) -> MetricFamily.Point {
        .init(
            labels,
            .histogram(cumulative: histogram.cumulative(at: bounds), count: histogram.count, sum: Double(sum) / 1e6))
    }
}
