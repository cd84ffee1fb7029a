import Addresses

/// What policies ask of workloads: two workloads that differ in nothing of it are treated alike.
struct Interest: Equatable, Sendable {
    /// Keys of labels of workloads.
    private(set) var labels = Tally<String>()
    /// Names of container ports.
    private(set) var portNames = Tally<String>()
    /// What is asked of service accounts.
    private var accounts = Tally<Bool>()
    /// Blocks of addresses.
    private(set) var blocks = Tally<Prefix>()

    /// True when service accounts are asked for, by name or label.
    var serviceAccounts: Bool { !accounts.isEmpty }

    init(_ policies: [WorkloadPolicy]) {
        for policy in policies { note(policy, 1) }
    }

    /// The same when one policy has come into the place of another.
    mutating func replace(_ old: WorkloadPolicy, with new: WorkloadPolicy) {
        note(new, 1)
        note(old, -1)
    }

    /// True when the other asks for the same, but for blocks.
    func asksAlike(_ other: Interest) -> Bool {
        labels == other.labels && portNames == other.portNames && serviceAccounts == other.serviceAccounts
    }

    /// True when both ask for the same, however often.
    static func == (a: Interest, b: Interest) -> Bool { a.asksAlike(b) && a.blocks == b.blocks }

    /// - Parameter more: 1: it comes; -1: it goes.
    private mutating func note(_ policy: WorkloadPolicy, _ more: Int) {
        note(policy.subject, more)
        for rule in policy.ingress ?? [] { note(rule, more) }
        for rule in policy.egress ?? [] { note(rule, more) }
    }

    private mutating func note(_ rule: WorkloadRule, _ more: Int) {
        for peer in rule.peers ?? [] { note(peer, more) }
        for peer in rule.own ?? [] { note(peer, more) }
        for term in rule.traffic ?? [] { note(term, more) }
        for term in rule.exceptTraffic { note(term, more) }
    }

    private mutating func note(_ term: TrafficTerm, _ more: Int) {
        if case .named(let name) = term.port { portNames.note(name, more) }
    }

    private mutating func note(_ peer: Peer, _ more: Int) {
        if let selector = peer.workloads { note(selector, more) }
        if let selector = peer.notWorkloads { note(selector, more) }
        for block in peer.blocks ?? [] { blocks.note(block, more) }
        for block in peer.exceptBlocks { blocks.note(block, more) }
    }

    private mutating func note(_ selector: WorkloadSelector, _ more: Int) {
        if selector.serviceAccounts != nil { accounts.note(true, more) }
        selector.labels.visitLabels { owner, key in
            switch owner {
            case .workload: labels.note(key, more)
            case .serviceAccount: accounts.note(true, more)
            case .namespace: break
            }
        }
    }
}

/// A set of which is known how often each element was put in, so that it can be taken out as often.
struct Tally<Element: Hashable & Sendable>: Equatable, Sendable {
    private var counts: [Element: Int] = [:]

    var isEmpty: Bool { counts.isEmpty }
    var elements: Dictionary<Element, Int>.Keys { counts.keys }
    func contains(_ element: Element) -> Bool { counts[element] != nil }

    mutating func note(_ element: Element, _ more: Int) {
        let count = counts[element, default: 0] + more
        counts[element] = count == 0 ? nil : count
    }

    /// True when both have the same elements, however often.
    static func == (a: Tally, b: Tally) -> Bool { a.counts.keys == b.counts.keys }
}
