/// Metrics in Prometheus' text format.
public enum PrometheusText {
    /// `Content-Type` of it.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The text, by name and then by labels.
    public static func write(_ families: [MetricFamily]) -> String {
        var text = ""
        for (name, family) in families.map({ (name(of: $0), $0) }).sorted(by: { $0.0 < $1.0 }) {
            text += "# HELP \(name) \(escaped(family.help, quotes: false))\n"
            text += "# TYPE \(name) \(type(family.kind))\n"
            let points = family.points.map { (labels($0.labels), $0.value) }.sorted { $0.0 < $1.0 }
            for (labels, value) in points { append(name, labels, value, family.kind, to: &text) }
        }
        return text
    }

    /// The name with its unit and, of counters, `_total`, as OpenTelemetry's rules for Prometheus have it.
    public static func name(of family: MetricFamily) -> String {
        var name = plain(family.name)
        switch family.unit {
        case "s": name += "_seconds"
        case "By": name += "_bytes"
        case "1" where family.kind == .gauge: name += "_ratio"
        default: break
        }
        return family.kind == .counter ? name + "_total" : name
    }

    /// A name of letters, digits and underscores.
    static func plain(_ name: String) -> String {
        String(String.UnicodeScalarView(name.unicodeScalars.map { PatternClass.isWord($0) ? $0 : "_" }))
    }

    private static func type(_ kind: MetricFamily.Kind) -> String {
        switch kind {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }

    private static func labels(_ labels: [MetricFamily.Label]) -> String {
        labels.filter { !$0.value.isEmpty }
            .map { "\(plain($0.name))=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",")
    }

    private static func append(
        _ name: String, _ labels: String, _ value: MetricFamily.Value, _ kind: MetricFamily.Kind,
        to text: inout String
    ) {
        let braced = labels.isEmpty ? "" : "{\(labels)}"
        switch value {
        case .number(let number): text += "\(name)\(braced) \(Self.number(number))\n"
        case .histogram(let cumulative, let count, let sum):
            guard case .histogram(let bounds) = kind else { return }
            let prefix = labels.isEmpty ? "" : labels + ","
            for (bound, below) in zip(bounds, cumulative) {
                text += "\(name)_bucket{\(prefix)le=\"\(number(bound))\"} \(below)\n"
            }
            text += "\(name)_bucket{\(prefix)le=\"+Inf\"} \(count)\n"
            text += "\(name)_sum\(braced) \(number(sum))\n\(name)_count\(braced) \(count)\n"
        }
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return "\(Int64(value))" }
        return "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
