import Addresses

/// What policies ask of workloads: two workloads that differ in nothing of it are treated alike.
struct Interest: Hashable, Sendable {
    /// Keys of labels of workloads.
    private(set) var labels: Set<String> = []
    /// Names of container ports.
    private(set) var portNames: Set<String> = []
    /// True when service accounts are asked for, by name or label.
    private(set) var serviceAccounts = false
    /// Blocks of addresses.
    private(set) var blocks: Set<Prefix> = []

    init(_ policies: [WorkloadPolicy]) {
        for policy in policies {
            add(policy.subject)
            for rule in policy.ingress ?? [] { add(rule) }
            for rule in policy.egress ?? [] { add(rule) }
        }
    }

    private mutating func add(_ rule: WorkloadRule) {
        for peer in rule.peers ?? [] { add(peer) }
        for peer in rule.own ?? [] { add(peer) }
        for term in rule.traffic ?? [] { add(term) }
        for term in rule.exceptTraffic { add(term) }
    }

    private mutating func add(_ term: TrafficTerm) {
        if case .named(let name) = term.port { portNames.insert(name) }
    }

    private mutating func add(_ peer: Peer) {
        if let selector = peer.workloads { add(selector) }
        if let selector = peer.notWorkloads { add(selector) }
        blocks.formUnion(peer.blocks ?? [])
        blocks.formUnion(peer.exceptBlocks)
    }

    private mutating func add(_ selector: WorkloadSelector) {
        if selector.serviceAccounts != nil { serviceAccounts = true }
        selector.labels.visitLabels { owner, key in
            switch owner {
            case .workload: labels.insert(key)
            case .serviceAccount: serviceAccounts = true
            case .namespace: break
            }
        }
    }
}
