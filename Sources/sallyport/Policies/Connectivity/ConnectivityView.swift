import Addresses
import Kubernetes
import ModelTraffic
import Policy
import Reachability

/// Connections, in the forms in which they are printed.
struct ConnectivityView {
    /// By source and destination, ascending; then what comes in through Ingresses and Gateways.
    let rows: [Row]
    /// Everybody, whether they have connections or not, ascending.
    let workloads: [WorkloadName]
    /// How both ends are called.
    let names: EntityNames

    /// One connection.
    struct Row {
        let from: Source
        let to: Entity
        let traffic: TrafficSet
        /// True: it is not so for all pods of both.
        let isPartial: Bool
    }

    /// Who opens connections.
    enum Source: Hashable {
        case entity(Entity)
        /// The controller of an Ingress or a Gateway, for whoever comes from outside.
        case way(ObjectReference)
    }

    init(_ entries: [ConnectionEntry], _ ways: [Row], _ list: GuestList) {
        rows =
            entries.map { Row(from: .entity($0.from), to: $0.to, traffic: $0.traffic, isPartial: $0.isPartial) } + ways
        var workloads: [WorkloadName] = []
        // Endpoints stand in the order of their workloads.
        for endpoint in list.inventory.endpoints where !endpoint.usesHostNetwork && endpoint.workload != workloads.last
        {
            workloads.append(endpoint.workload)
        }
        self.workloads = workloads
        names = EntityNames(list)
    }

    private static let columns = ["from", "to", "traffic", "pods"]

    /// A connection as words.
    private func row(_ entry: Row) -> [String] {
        [
            title(entry.from), names.text(entry.to), entry.traffic.description,
            entry.isPartial ? "some" : "all",
        ]
    }

    func text(_ stream: inout ResultStream) {
        guard !rows.isEmpty else { return stream.line("no connections") }
        let rows = self.rows.map { entry in
            let traffic = entry.traffic.description + (entry.isPartial ? " (some pods)" : "")
            return [title(entry.from), names.text(entry.to), traffic].map(Printable.oneLine)
        }
        for line in Printable.table([["FROM", "TO", "TRAFFIC"]] + rows) { stream.line(line) }
    }

    func json(_ stream: inout ResultStream) {
        stream.write("{")
        stream.member("connections", rows.lazy.map(value))
        stream.member("workloads", workloads.lazy.map(PartyJSON.value), isLast: true)
        stream.line("}")
    }

    private func value(_ entry: Row) -> JSONLiteral {
        .object([
            ("from", json(entry.from)), ("to", names.json(entry.to)),
            ("traffic", .string(entry.traffic.description)), ("ports", PartyJSON.ports(entry.traffic)),
            ("isAll", .bool(entry.traffic.isAll)), ("isPartial", .bool(entry.isPartial)),
        ])
    }

    func csv(_ stream: inout ResultStream) {
        stream.write(Tables.csv(Self.columns))
        for entry in rows { stream.write(Tables.csv(row(entry))) }
    }

    func markdown(_ stream: inout ResultStream) {
        stream.line(Tables.markdown(Self.columns))
        stream.line(Tables.markdownRule(Self.columns.count))
        for entry in rows { stream.line(Tables.markdown(row(entry))) }
    }
}

extension ConnectivityView.Source {
    /// nil: it is outside.
    var workload: WorkloadName? { if case .entity(let entity) = self { entity.workload } else { nil } }
}

extension ConnectivityView {
    /// As entities are written; `Ingress shop/front`.
    func title(_ source: Source) -> String {
        switch source {
        case .entity(let entity): names.text(entity)
        case .way(let reference): reference.description
        }
    }

    private func json(_ source: Source) -> JSONLiteral {
        switch source {
        case .entity(let entity): names.json(entity)
        case .way(let reference):
            .object([
                ("kind", .string("ingress")), ("namespace", .string(reference.namespace)),
                ("name", .string(reference.name)), ("type", .string(reference.kind)),
            ])
        }
    }
}

extension ConnectivityView {
    /// What comes in through Ingresses and Gateways, as far as policies let it.
    static func ways(_ cluster: Cluster, staged: Bool, to wanted: (WorkloadName?) -> Bool) -> [Row] {
        guard !cluster.objects.ingresses.isEmpty || !cluster.objects.gateways.isEmpty else { return [] }
        let exposure = Exposure(cluster.list, cluster.objects, staged: staged)
        return exposure.waysIn.filter { $0.kind == .ingress || $0.kind == .gateway }.flatMap { way in
            var found: [WorkloadName: TrafficSet] = [:]
            for target in way.targets where !target.allowed.isEmpty {
                guard let workload = target.workload, wanted(workload) else { continue }
                found[workload] = (found[workload] ?? .none).union(target.allowed)
            }
            return found.sorted { $0.key < $1.key }.map {
                Row(from: .way(way.source), to: .workload($0.key), traffic: $0.value, isPartial: false)
            }
        }
    }
}
