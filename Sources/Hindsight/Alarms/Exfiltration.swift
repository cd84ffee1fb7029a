import Addresses
import Kubernetes
import Records

/// A workload that sends far more out of the cluster in one hour than it ever did.
///
/// For each workload the most of an hour is kept, which slowly fades, and a moving mean. For a day after it is first seen it
/// is only learned from. Bytes count when a connection ends, in the hour of that.
struct Exfiltration: AlarmDetector {
    /// What is alarming.
    struct Settings: Sendable {
        /// Bytes in an hour below which nothing is.
        var leastBytes: Int64 = 100 << 20
        /// So many times the most that there was.
        var times = 4.0
        /// Microseconds for which a workload is only learned from.
        var learning: Int64 = 86_400_000_000
        /// Workloads that are kept; of more the one that was seen last the longest ago is forgotten, and learned anew.
        var most = 8_192
    }

    private struct Outflow {
        var first: Int64
        var hour: Int64
        var bytes: Int64 = 0
        var most = 0.0
        var mean = 0.0
        /// The connection with the most bytes of the hour.
        var largest: (bytes: Int64, id: String) = (0, "")

        /// Ends hours that have passed.
        mutating func roll(to now: Int64) {
            guard now > hour else { return }
            let passed = min(now - hour, 10_000)
            mean = mean * 0.9 + Double(bytes) * 0.1
            most = max(most, Double(bytes))
            // Half of it is gone after four weeks, of the mean after seven hours without anything.
            for _ in 0..<passed { most *= 0.999 }
            for _ in 1..<min(passed, 200) where passed > 1 { mean *= 0.9 }
            (hour, bytes, largest) = (now, 0, (0, ""))
        }
    }

    private let settings: Settings
    private var outflows: [WorkloadName: Outflow] = [:]

    init(_ facts: AlarmFacts) { self.init(settings: Settings()) }

    init(settings: Settings) { self.settings = settings }

    /// Workloads that are kept.
    var count: Int { outflows.count }

    mutating func take(_ record: Record, at time: Int64) -> AlarmFinding? {
        guard record.point == .node, let event = record.connection?.event, event == .closed || event == .cut,
            let sent = record.bytes?.in, sent > 0, let workload = record.workload?.workloadName,
            let destination = record.destination, destination.workload == nil, destination.endpoint.node.isEmpty,
            Self.isOutside(destination.endpoint)
        else { return nil }
        let hour = time / 3_600_000_000
        if outflows[workload] == nil, outflows.count >= settings.most { forget() }
        var outflow = outflows[workload] ?? Outflow(first: time, hour: hour)
        // What comes so late that its hour is over is not held against another one.
        guard hour >= outflow.hour else { return nil }
        outflow.roll(to: hour)
        let sum = outflow.bytes.addingReportingOverflow(sent)
        outflow.bytes = sum.overflow ? .max : sum.partialValue
        if sent > outflow.largest.bytes { outflow.largest = (sent, record.id) }
        outflows[workload] = outflow
        let usual = max(outflow.most, outflow.mean)
        guard time - outflow.first >= settings.learning, outflow.bytes >= settings.leastBytes,
            Double(outflow.bytes) > usual * settings.times
        else { return nil }
        let before = usual < 1 ? "before, it sent nothing" : "the most before was \(Self.words(usual))"
        return AlarmFinding(
            subject: "\(workload)",
            text: "\(workload) sent \(Self.words(Double(outflow.bytes))) out of the cluster within an hour; \(before)",
            evidence: [outflow.largest.id, record.id], time: time)
    }

    /// Somewhere that is not the machine or its link; a name that a user gave is outside too.
    private static func isOutside(_ end: Record.Endpoint) -> Bool {
        guard let range = NamedRange(rawValue: end.range) else { return true }
        return !near.contains(range)
    }

    private static let near: Set<NamedRange> = [
        .loopback, .unspecified, .linkLocal, .multicast, .broadcast, .cloudMetadata, .discard,
    ]

    /// An eighth of them at once, so that it is seldom.
    private mutating func forget() {
        let oldest = outflows.sorted { ($0.value.hour, $0.key) < ($1.value.hour, $1.key) }
            .prefix(max(1, settings.most / 8))
        for entry in oldest { outflows[entry.key] = nil }
    }

    private static func words(_ bytes: Double) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        var (value, unit) = (bytes, 0)
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        let tenths = Int64(min(value * 10, 1e15).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
