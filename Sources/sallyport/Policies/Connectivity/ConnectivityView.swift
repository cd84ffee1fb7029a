import Kubernetes
import ModelTraffic
import Policy
import Reachability

/// Connections, in the forms in which they are printed.
struct ConnectivityView {
    /// By source and destination, ascending.
    let entries: [ConnectionEntry]
    /// Everybody, whether they have connections or not, ascending.
    let workloads: [WorkloadName]

    init(_ entries: [ConnectionEntry], _ list: GuestList) {
        self.entries = entries
        var workloads: [WorkloadName] = []
        // Endpoints stand in the order of their workloads.
        for endpoint in list.inventory.endpoints where !endpoint.usesHostNetwork && endpoint.workload != workloads.last
        {
            workloads.append(endpoint.workload)
        }
        self.workloads = workloads
    }

    private static let columns = ["from", "to", "traffic", "pods"]

    /// A connection as words.
    private static func row(_ entry: ConnectionEntry) -> [String] {
        [
            entry.from.description, entry.to.description, entry.traffic.description,
            entry.isPartial ? "some" : "all",
        ]
    }

    func text(_ stream: inout ResultStream) {
        guard !entries.isEmpty else { return stream.line("no connections") }
        let rows = entries.map { entry in
            let traffic = entry.traffic.description + (entry.isPartial ? " (some pods)" : "")
            return [entry.from.description, entry.to.description, traffic].map(Printable.oneLine)
        }
        for line in Printable.table([["FROM", "TO", "TRAFFIC"]] + rows) { stream.line(line) }
    }

    func json(_ stream: inout ResultStream) {
        stream.write("{")
        stream.member("connections", entries.lazy.map(Self.value))
        stream.member("workloads", workloads.lazy.map(PartyJSON.value), isLast: true)
        stream.line("}")
    }

    private static func value(_ entry: ConnectionEntry) -> JSONLiteral {
        .object([
            ("from", PartyJSON.value(entry.from)), ("to", PartyJSON.value(entry.to)),
            ("traffic", .string(entry.traffic.description)), ("ports", PartyJSON.ports(entry.traffic)),
            ("isAll", .bool(entry.traffic.isAll)), ("isPartial", .bool(entry.isPartial)),
        ])
    }

    func csv(_ stream: inout ResultStream) {
        stream.write(Tables.csv(Self.columns))
        for entry in entries { stream.write(Tables.csv(Self.row(entry))) }
    }

    func markdown(_ stream: inout ResultStream) {
        stream.line(Tables.markdown(Self.columns))
        stream.line(Tables.markdownRule(Self.columns.count))
        for entry in entries { stream.line(Tables.markdown(Self.row(entry))) }
    }
}
