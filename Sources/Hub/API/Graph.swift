import Hummingbird
import Records

/// Who talked to whom: the answer of `/api/v1/graph`, made of groups of records.
struct Graph: Encodable {
    /// A workload, a Service, a node, a range of addresses, or a caller of whom only the key is known.
    struct Node: Encodable, Hashable {
        let id: String
        /// `Deployment`, `Service`, `range`, `node`, `principal`, ...
        let kind: String
        /// Empty: of no namespace.
        let namespace: String
        let name: String
    }

    /// What went from one to another.
    struct Edge: Encodable {
        let from: String
        let to: String
        var allowed: UInt64 = 0
        var denied: UInt64 = 0
        /// Allowed, and a staged policy would deny it; denied, and one would allow it.
        var stagedDenied: UInt64 = 0
        var stagedAllowed: UInt64 = 0
        var bytes: UInt64 = 0
        var tokens: UInt64 = 0
        /// For each step: allowed, then denied.
        var steps: [[UInt64]] = []
        /// The points that decided.
        var points: [String] = []
    }

    let from: String
    let to: String
    let starts: [String]
    let nodes: [Node]
    let edges: [Edge]
    /// Records of connections that are too rare to be shown.
    let others: UInt64

    /// What the groups of its question differ in.
    static let by: [Dimension] = [
        .point, .verdict, .stagedVerdict, .workloadKind, .workloadNamespace, .workloadName, .sourceNode, .sourceRange,
        .principalNamespace, .principalName, .destinationWorkloadKind, .destinationWorkloadNamespace,
        .destinationWorkloadName, .destinationService, .destinationNode, .destinationRange, .gateway,
    ]

    init(_ table: GroupTable) {
        var builder = GraphBuilder(by: table.query.by)
        table.rows.forEach { builder.add($0) }
        from = Moment.text(table.query.from)
        to = Moment.text(table.query.to)
        starts = table.query.step == nil ? [] : table.starts.map(Moment.text)
        nodes = builder.nodes.values.sorted { $0.id < $1.id }
        edges = builder.edges.values.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
        others = table.other?.total.count ?? 0
    }
}

/// Adds groups up to nodes and edges.
private struct GraphBuilder {
    private let places: [Dimension: Int]
    var nodes: [String: Graph.Node] = [:]
    var edges: [[String]: Graph.Edge] = [:]

    init(by: [Dimension]) {
        places = Dictionary(uniqueKeysWithValues: by.enumerated().map { ($1, $0) })
    }

    mutating func add(_ row: GroupRow) {
        func value(_ dimension: Dimension) -> String { places[dimension].map { row.key[$0] } ?? "" }
        guard let source = source(value), let destination = destination(value) else { return }
        nodes[source.id] = source
        nodes[destination.id] = destination
        let key = [source.id, destination.id]
        var edge = edges[key] ?? Graph.Edge(from: source.id, to: destination.id)
        let isAllowed = value(.verdict) == "allowed"
        let count = row.total.count &+ row.total.repeats
        if isAllowed { edge.allowed &+= count } else { edge.denied &+= count }
        switch (isAllowed, value(.stagedVerdict)) {
        case (true, "denied"): edge.stagedDenied &+= count
        case (false, "allowed"): edge.stagedAllowed &+= count
        default: break
        }
        edge.bytes &+= row.total.bytesIn &+ row.total.bytesOut
        edge.tokens &+= row.total.tokensIn &+ row.total.tokensOut
        if edge.steps.isEmpty, !row.steps.isEmpty {
            edge.steps = Array(repeating: [0, 0], count: row.steps.count)
        }
        for (index, step) in row.steps.enumerated() where index < edge.steps.count {
            edge.steps[index][isAllowed ? 0 : 1] &+= step.count &+ step.repeats
        }
        let point = value(.point)
        if !edge.points.contains(point) { edge.points = (edge.points + [point]).sorted() }
        edges[key] = edge
    }

    private func source(_ value: (Dimension) -> String) -> Graph.Node? {
        if let workload = workload(value(.workloadKind), value(.workloadNamespace), value(.workloadName)) {
            return workload
        }
        if !value(.sourceNode).isEmpty { return plain("node", value(.sourceNode)) }
        if !value(.principalName).isEmpty {
            return named("principal", value(.principalNamespace), value(.principalName))
        }
        if !value(.sourceRange).isEmpty { return plain("range", value(.sourceRange)) }
        // A record of a gateway whose caller is nobody that is known.
        return value(.point) == "gateway" ? plain("range", "somebody") : nil
    }

    private func destination(_ value: (Dimension) -> String) -> Graph.Node? {
        if let workload = workload(
            value(.destinationWorkloadKind), value(.destinationWorkloadNamespace), value(.destinationWorkloadName))
        {
            return workload
        }
        if let slash = value(.destinationService).firstIndex(of: "/") {
            let service = value(.destinationService)
            return named("Service", String(service[..<slash]), String(service[service.index(after: slash)...]))
        }
        if !value(.destinationNode).isEmpty { return plain("node", value(.destinationNode)) }
        if !value(.destinationRange).isEmpty { return plain("range", value(.destinationRange)) }
        // Denied before a backend was chosen: it got as far as the gateway.
        guard let slash = value(.gateway).firstIndex(of: "/") else { return nil }
        let gateway = value(.gateway)
        return named("Gateway", String(gateway[..<slash]), String(gateway[gateway.index(after: slash)...]))
    }

    private func workload(_ kind: String, _ namespace: String, _ name: String) -> Graph.Node? {
        name.isEmpty ? nil : named(kind, namespace, name)
    }

    private func named(_ kind: String, _ namespace: String, _ name: String) -> Graph.Node {
        Graph.Node(id: "\(kind) \(namespace)/\(name)", kind: kind, namespace: namespace, name: name)
    }

    private func plain(_ kind: String, _ name: String) -> Graph.Node {
        Graph.Node(id: "\(kind) \(name)", kind: kind, namespace: "", name: name)
    }
}

extension HubAPI {
    func graph(_ call: Call) async throws -> Response {
        let asked = try Asked(call)
        if let step = asked.step, (asked.to - asked.from) / step > 120 {
            throw Problem.parameter("step", "the map has at most 120 steps", suggestion: "ask for longer ones")
        }
        // What decided nothing has no place on the map.
        let query = asked.groups(
            Graph.by, filter: try RecordFilter.ours("verdict"), order: .count, top: 4000, steps: asked.step != nil)
        return .json(Graph(try await data.groups(query)))
    }
}
