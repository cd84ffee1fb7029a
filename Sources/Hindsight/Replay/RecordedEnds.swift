import Addresses
import Policy
import Records

/// The ends of recorded connections, each once.
struct RecordedEnds {
    /// One end: a pod, or an address that was no pod's.
    struct End {
        /// Index into `pods`; nil: no pod.
        let pod: Int?
        let address: Address
    }

    /// A pod as it was.
    struct Pod {
        let workload: Record.Workload
        let address: Address
        /// Its node, where some record tells it.
        var node: String?
    }

    private struct Key: Hashable {
        let workload: Record.Workload
        let address: Address
    }

    private(set) var pods: [Pod] = []
    private var index: [Key: Int] = [:]

    var count: Int { pods.count }

    /// - Parameter node: the node that it was on; nil: the record does not tell.
    mutating func add(_ workload: Record.Workload?, at address: Address, node: String?) -> End {
        guard let workload else { return End(pod: nil, address: address) }
        let key = Key(workload: workload, address: address)
        let known = node.flatMap { $0.isEmpty ? nil : $0 }
        guard let place = index[key] else {
            index[key] = pods.count
            pods.append(Pod(workload: workload, address: address, node: known))
            return End(pod: pods.count - 1, address: address)
        }
        if let known { pods[place].node = known }
        return End(pod: place, address: address)
    }
}

extension Record.Connection {
    /// Protocol and port; nil: the record does not say all of it.
    func traffic(port: UInt16?) -> Traffic? {
        guard let proto = IPProtocol(transport) else { return nil }
        if proto == .icmp || proto == .icmpv6 {
            return icmp.map { Traffic(proto, icmpType: $0.type, code: $0.code) }
        }
        return proto.hasPorts ? port.map { Traffic(proto, port: $0) } : Traffic(proto, port: 0)
    }
}

extension Ruling.Reason {
    /// The name that records use.
    var inRecords: String {
        switch self {
        case .rule: Record.ruleMatched
        case .isolated: "isolated"
        case .unrestricted: "unrestricted"
        case .outside: "not_a_workload"
        case .itself: "same_pod"
        case .ownNode: "own_node"
        case .families: "two_families"
        }
    }
}

extension WorkloadPolicy {
    /// `Kind namespace/name`, as records write it.
    var nameInRecords: String {
        source.namespace.isEmpty ? "\(source.kind) \(source.name)" : "\(source.kind) \(source.namespace)/\(source.name)"
    }

    /// The name of a rule, else its place; empty: the policy as a whole.
    func ruleName(_ index: Int, _ direction: Direction) -> String {
        guard let rules = rules(direction), rules.indices.contains(index) else { return "" }
        return rules[index].name.isEmpty ? rules[index].path : rules[index].name
    }
}
