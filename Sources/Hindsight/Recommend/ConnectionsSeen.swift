import Addresses
import Kubernetes
import Records

/// Which connections workloads had that were allowed: what least-privilege policies must go on allowing.
public struct ConnectionsSeen: Sendable {
    /// The other side.
    enum Peer: Hashable, Sendable {
        case workload(WorkloadName)
        case node(String, Address)
        case address(Address)
    }

    /// A side, a direction and a port.
    struct Need: Hashable, Sendable {
        let isIngress: Bool
        let peer: Peer
        let proto: IPProtocol
        let port: UInt16
    }

    /// What is known of one workload.
    struct Workload: Sendable {
        /// Labels that all of its pods had.
        var labels: [String: String]
        /// Keys of labels that some of its pods had.
        var keys: Set<String>
        var needs: [Need: Tally] = [:]
        /// Services by which it called an address or a workload.
        var services: [Peer: String] = [:]
        /// Protocols that a NetworkPolicy cannot name.
        var unnamed: Set<String> = []
        /// True: it had more connections than are kept.
        var isCut = false
        var confidence = Confidence()
    }

    private(set) var workloads: [WorkloadName: Workload] = [:]
    /// Records of workloads that are not kept, because there are too many.
    public private(set) var overflow: UInt64 = 0
    private var share = 1.0
    private let mostWorkloads: Int
    private let mostNeeds: Int

    /// - Parameters:
    ///   - mostWorkloads: workloads that are kept.
    ///   - mostNeeds: connections of each that are kept.
    public init(mostWorkloads: Int = 8_192, mostNeeds: Int = 2_048) {
        self.mostWorkloads = mostWorkloads
        self.mostNeeds = mostNeeds
    }

    /// Says which share of all records was kept.
    public mutating func note(share: Double) { self.share = min(self.share, max(0, min(1, share))) }

    /// Takes in one record.
    public mutating func take(_ record: Record) {
        guard record.point == .node, record.verdict == .allowed, let connection = record.connection,
            connection.event != .cut, let source = record.source, let destination = record.destination,
            let from = Address(source.address), let to = Address(destination.endpoint.address),
            let proto = IPProtocol(connection.transport)
        else { return }
        // A pod reaches itself, and its own node reaches it, whatever policies say.
        if ["same_pod", "own_node"].contains(record.reason) { return }
        let port = destination.endpoint.port
        let sides = (
            source: Self.peer(record.workload, source, from),
            destination: Self.peer(destination.workload, destination.endpoint, to)
        )
        add(record.workload, sides.destination, proto, port, isIngress: false, destination.service, record)
        add(destination.workload, sides.source, proto, port, isIngress: true, "", record)
    }

    private static func peer(_ workload: Record.Workload?, _ end: Record.Endpoint, _ address: Address) -> Peer {
        if let workload { return .workload(workload.workloadName) }
        return end.node.isEmpty ? .address(address) : .node(end.node, address)
    }

    private mutating func add(
        _ own: Record.Workload?, _ peer: Peer, _ proto: IPProtocol, _ port: UInt16?, isIngress: Bool,
        _ service: String, _ record: Record
    ) {
        guard let own else { return }
        let name = own.workloadName
        guard workloads[name] != nil || workloads.count < mostWorkloads else {
            overflow += 1
            return
        }
        let labels = own.labelTable
        var seen = workloads.removeValue(forKey: name) ?? Workload(labels: labels, keys: [])
        seen.labels = seen.labels.filter { labels[$0.key] == $0.value }
        seen.keys.formUnion(labels.keys)
        seen.confidence.add(record.time)
        defer { workloads[name] = seen }
        guard IPProtocol.withPorts.contains(proto), let port else {
            if seen.unnamed.count < 64 { seen.unnamed.insert(record.topic) }
            return
        }
        let need = Need(isIngress: isIngress, peer: peer, proto: proto, port: port)
        guard seen.needs[need] != nil || seen.needs.count < mostNeeds else {
            seen.isCut = true
            return
        }
        seen.needs[need, default: Tally()].add(time: record.time, id: record.id, attempts: record.attempts)
        if !service.isEmpty, seen.services.count < mostNeeds { seen.services[peer] = service }
    }

    /// How far what is known of a workload can be trusted; nil: nothing is known of it.
    public func confidence(of workload: WorkloadName) -> Confidence? {
        workloads[workload].map { seen in
            var confidence = seen.confidence
            confidence.share = share
            return confidence
        }
    }
}
