/// Metrics of one name.
public struct MetricFamily: Sendable, Hashable {
    /// What kind of numbers they are.
    public enum Kind: Sendable, Hashable {
        /// Only grows, and begins at 0 when the process does.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts by size; upper bounds in ascending order.
        case histogram(bounds: [Double])
    }

    /// One number, or one histogram, of one set of labels.
    public struct Point: Sendable, Hashable {
        /// Names and values, in the order in which the family has them.
        public var labels: [Label]
        /// What was counted.
        public var value: Value

        /// A point.
        public init(_ labels: [Label], _ value: Value) {
            self.labels = labels
            self.value = value
        }
    }

    /// A name and a value; with an empty value it is left out.
    public struct Label: Sendable, Hashable {
        /// Name by OpenTelemetry's rules, with dots.
        public var name: String
        /// Value.
        public var value: String

        /// A label.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What was counted.
    public enum Value: Sendable, Hashable {
        /// A number.
        case number(Double)
        /// How many were not above each bound, all of them, and their sum.
        case histogram(cumulative: [UInt64], count: UInt64, sum: Double)
    }

    /// Name by OpenTelemetry's rules, with dots and without the unit.
    public var name: String
    /// Unit by its rules: `s`, `By`, `{token}`; empty: none.
    public var unit: String
    /// What it counts, in one sentence.
    public var help: String
    /// What kind of numbers.
    public var kind: Kind
    /// The numbers.
    public var points: [Point]

    /// A family.
    public init(_ name: String, unit: String = "", help: String, kind: Kind, points: [Point] = []) {
        self.name = name
        self.unit = unit
        self.help = help
        self.kind = kind
        self.points = points
    }

    /// A family with one number and no labels.
    public init(_ name: String, unit: String = "", help: String, kind: Kind, number: Double) {
        self.init(name, unit: unit, help: help, kind: kind, points: [Point([], .number(number))])
    }
}

/// Keeps metrics from growing without end: of each label of each metric only so many values are told apart, those that
/// came first; what comes later is counted together as `other`. It is kept from one answer to the next, so that no
/// number ever goes down.
public struct LabelLimits: Sendable {
    private let most: Int
    private var known: [String: Set<String>] = [:]

    /// The value of those that came too late.
    public static let other = "other"

    /// So many values of each label.
    public init(most: Int = 200) { self.most = most }

    /// The value, or `other`.
    public mutating func admit(_ value: String, metric: String, label: String) -> String {
        guard !value.isEmpty else { return value }
        return known["\(metric) \(label)", default: []].admit(value, most: most) ? value : Self.other
    }
}

extension Set<String> {
    fileprivate mutating func admit(_ value: String, most: Int) -> Bool {
        if contains(value) { return true }
        guard count < most else { return false }
        insert(value)
        return true
    }
}
