import Addresses
import Kubernetes
import Policy
import Records

/// Judges recorded connections by the guest list of a set of objects, many at a time.
///
/// Pods come and go, and an address that was one pod's may now be another's. So connections are judged among those who
/// were there, not among those who are: each batch has an inventory of the ends that its records name, with the
/// namespaces and nodes of the objects.
struct ConnectionJudge {
    private let list: GuestList
    private let isStaged: Bool
    private let workloads: [WorkloadName: Int32]
    private let names: [String]
    private let asks: Asks
    private(set) var ends = RecordedEnds()
    private var waiting: [PendingConnection] = []
    /// Of each rule that decided something: how often.
    private(set) var usage: [RulingKey: Tally] = [:]

    /// Connections, and ends of them, after which a batch is full.
    private static let batch = 16_384
    private static let mostEnds = 4_096

    /// A rule of a policy by numbers; -1: the policy as a whole.
    struct RulingKey: Hashable {
        let policy: Int32
        let rule: Int32
        let direction: Direction
    }

    /// What answers may depend on besides labels.
    private struct Asks {
        var serviceAccounts = false
        var portNames = false
    }

    /// - Parameter staged: with staged policies in force.
    init(_ objects: Objects, staged: Bool) {
        list = GuestList(objects)
        isStaged = staged
        workloads = Dictionary(
            list.inventory.endpoints.enumerated().map { ($0.element.workload, Int32($0.offset)) },
            uniquingKeysWith: { first, _ in first })
        (asks, names) = Self.interest(list.policies)
    }

    var policies: [WorkloadPolicy] { list.policies }

    /// True when it is time to judge what waits.
    var isFull: Bool { waiting.count >= Self.batch || ends.count >= Self.mostEnds }

    /// Takes a connection, to be judged later.
    ///
    /// - Returns: why it cannot be judged; nil: it can.
    mutating func take(_ record: Record) -> ReplayDoubt? {
        guard let connection = record.connection, let source = record.source, let destination = record.destination,
            let from = Address(source.address), let to = Address(destination.endpoint.address),
            let traffic = connection.traffic(port: destination.endpoint.port), record.verdict != nil
        else { return .noTraffic }
        let isLocal = (
            source: connection.direction == .egress || destination.workload == nil,
            destination: connection.direction == .ingress || record.workload == nil
        )
        let first = ends.add(record.workload, at: from, node: isLocal.source ? record.node : nil)
        let second = ends.add(destination.workload, at: to, node: isLocal.destination ? record.node : nil)
        waiting.append(
            PendingConnection(
                source: first, destination: second, traffic: traffic, old: RecordedDecision(record),
                isThroughService: from == to && connection.original != nil, node: record.node,
                isLocal: isLocal))
        return nil
    }

    /// Judges all that wait.
    mutating func flush(
        _ answer: (PendingConnection, ConnectionAnswer, [ReplayBasis]) -> Void
    ) {
        guard !waiting.isEmpty else { return }
        let found = ends.pods.map { find($0) }
        let endpoints = zip(found, ends.pods.indices).map { found, index in
            let endpoint = found.endpoint
            return endpoint.like(name: NamespacedName(endpoint.workload.namespace, "\(index)"))
        }
        let now = list.inventory
        let batch = list.updated(
            inventory: Inventory(
                endpoints: endpoints, namespaces: now.namespaces, serviceAccounts: now.serviceAccounts,
                nodes: now.nodes, podRanges: now.podRanges),
            policies: list.policies)
        var places = Array(repeating: 0, count: endpoints.count)
        for (place, endpoint) in batch.inventory.endpoints.enumerated() {
            if let index = Int(endpoint.name.name), places.indices.contains(index) { places[index] = place }
        }
        let judged = waiting
        waiting = []
        for connection in judged {
            let sides = [connection.source, connection.destination]
            let bases = sides.map { end in end.pod.map { found[$0].basis } ?? .address }
            let parties = sides.map { end in
                end.pod.flatMap { batch.party(endpoint: places[$0], isIPv4: end.address.isIPv4) }
                    ?? batch.stranger(at: end.address)
            }
            let doubts = sides.compactMap { end in end.pod.flatMap { doubt(found[$0], ends.pods[$0]) } }
            let nodes = sides.map { end in end.pod.flatMap { endpoints[$0].node } }
            let asked = Policy.Connection(
                source: parties[0], destination: parties[1], traffic: connection.traffic,
                isThroughService: connection.isThroughService)
            answer(
                connection, doubts.first.map { .doubt($0) } ?? judge(connection, asked, nodes, batch), bases)
        }
        ends = RecordedEnds()
    }

    // MARK: One connection

    private mutating func judge(
        _ connection: PendingConnection, _ asked: Policy.Connection, _ nodes: [String?], _ batch: GuestList
    ) -> ConnectionAnswer {
        let verdict = verdict(of: asked, batch)
        for direction in Direction.allCases where verdict[direction].policy >= 0 {
            let ruling = verdict[direction]
            let old = connection.old
            usage[RulingKey(policy: ruling.policy, rule: ruling.rule, direction: direction), default: Tally()]
                .add(time: old.time, id: old.id, attempts: old.attempts)
        }
        let wasAllowed = connection.old.isAllowed
        guard wasAllowed else {
            guard verdict.isAllowed else {
                let hinges = verdict.ingress.isAllowed && mayBeAllowedByName(asked, batch)
                return hinges ? .doubt(.domainName, rule(verdict.egress, .egress)) : .same
            }
            let direction: Direction = verdict.ingress.policy < 0 && verdict.egress.policy >= 0 ? .egress : .ingress
            return .newlyAllowed(rule(verdict[direction], direction))
        }
        let sides: [(direction: Direction, node: String?, isLocal: Bool, isPod: Bool)] = [
            (.egress, nodes[0], connection.isLocal.source, connection.source.pod != nil),
            (.ingress, nodes[1], connection.isLocal.destination, connection.destination.pod != nil),
        ]
        var doubt: ConnectionAnswer?
        for side in sides where side.isPod && !verdict[side.direction].isAllowed {
            let denied = rule(verdict[side.direction], side.direction)
            // An address was known by a name, or not: that is not recorded.
            if side.direction == .egress, mayBeAllowedByName(asked, batch) { return .doubt(.domainName, denied) }
            if side.isLocal || side.node == connection.node { return .newlyDenied(denied) }
            if side.node == nil { doubt = .doubt(.otherNode, denied) }
        }
        return doubt ?? .same
    }

    private func verdict(of connection: Policy.Connection, _ batch: GuestList) -> Policy.Verdict {
        let decision = batch.evaluate(connection)
        return isStaged ? decision.staged : decision.enforced
    }

    private func mayBeAllowedByName(_ connection: Policy.Connection, _ batch: GuestList) -> Bool {
        names.contains { name in
            var named = connection
            named.name = name
            return verdict(of: named, batch).egress.isAllowed
        }
    }

    private func rule(_ ruling: Ruling, _ direction: Direction) -> DecidingRule {
        var named = DecidingRule(policy: "", rule: "", reason: ruling.reason.inRecords)
        guard ruling.policy >= 0 else { return named }
        let policy = list.policies[Int(ruling.policy)]
        named.policy = policy.nameInRecords
        named.rule = policy.ruleName(Int(ruling.rule), direction)
        return named
    }

    // MARK: Ends

    private struct FoundEnd {
        let endpoint: Endpoint
        let basis: ReplayBasis
    }

    /// Who a recorded end is among the objects, else who it was.
    private func find(_ end: RecordedEnds.Pod) -> FoundEnd {
        let party = list.party(end.address)
        if party.endpoint >= 0 {
            let same = list.inventory.endpoints[Int(party.endpoint)]
            if same.name == NamespacedName(end.workload.namespace, end.workload.pod) {
                return FoundEnd(
                    endpoint: same.like(node: .some(same.node ?? end.node), addresses: [end.address]), basis: .pod)
            }
        }
        let name = end.workload.workloadName
        if let index = workloads[name] {
            let known = list.inventory.endpoints[Int(index)]
            // One on the network of its node would have had no labels for policies.
            let like = known.like(
                node: .some(end.node), addresses: [end.address], usesHostNetwork: false, isTemplate: false)
            return FoundEnd(endpoint: like, basis: .workload)
        }
        return FoundEnd(
            endpoint: Endpoint(
                name: NamespacedName(name.namespace, end.workload.pod), workload: name,
                labels: end.workload.labelTable, serviceAccount: "", node: end.node, addresses: [end.address]),
            basis: .recordedLabels)
    }

    private func doubt(_ found: FoundEnd, _ end: RecordedEnds.Pod) -> ReplayDoubt? {
        guard found.basis == .recordedLabels else { return nil }
        // No more than sixteen labels are recorded; without any it cannot be told from one whose labels were left out.
        if end.workload.labels.isEmpty || end.workload.labels.count >= 16 { return .unknownLabels }
        if asks.serviceAccounts { return .serviceAccount }
        return asks.portNames ? .portNames : nil
    }

    /// What policies ask for, and the names that they ask for.
    private static func interest(_ policies: [WorkloadPolicy]) -> (Asks, [String]) {
        var asks = Asks()
        var names: Set<String> = []
        func look(_ selector: WorkloadSelector?) {
            guard let selector else { return }
            if selector.serviceAccounts != nil { asks.serviceAccounts = true }
            selector.labels.visitLabels { owner, _ in if owner == .serviceAccount { asks.serviceAccounts = true } }
        }
        for policy in policies {
            look(policy.subject)
            for rule in (policy.ingress ?? []) + (policy.egress ?? []) {
                for peer in (rule.peers ?? []) + (rule.own ?? []) {
                    look(peer.workloads)
                    look(peer.notWorkloads)
                    for pattern in peer.names ?? [] { names.insert((pattern.isWildcard ? "a." : "") + pattern.name) }
                }
                for case .named? in ((rule.traffic ?? []) + rule.exceptTraffic).map(\.port) { asks.portNames = true }
            }
        }
        return (asks, names.sorted())
    }
}

/// What becomes of a connection.
enum ConnectionAnswer {
    case same
    case newlyDenied(DecidingRule)
    case newlyAllowed(DecidingRule)
    case doubt(ReplayDoubt, DecidingRule = DecidingRule(policy: "", rule: "", reason: ""))
}

/// A connection that waits to be judged.
struct PendingConnection {
    let source: RecordedEnds.End
    let destination: RecordedEnds.End
    let traffic: Traffic
    let old: RecordedDecision
    let isThroughService: Bool
    /// The node that decided.
    let node: String
    /// Sides that are that node's for certain.
    let isLocal: (source: Bool, destination: Bool)
}

/// What is kept of a record until it is judged, and for its group.
struct RecordedDecision {
    let time: Int64
    let id: String
    let attempts: UInt64
    let isAllowed: Bool
    let who: String
    let target: String
    let topic: String
    let rule: DecidingRule

    init(_ record: Record) {
        time = record.time
        id = record.id
        attempts = record.attempts
        isAllowed = record.verdict == .allowed
        (who, target, topic) = (record.who, record.target, record.topic)
        rule = DecidingRule(policy: record.policy, rule: record.rule, reason: record.reason)
    }
}
