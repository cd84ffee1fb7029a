import Addresses
import Kubernetes

/// Translates the rules of one Calico policy.
struct CalicoRules {
    /// The policy's namespace; nil for a global one.
    let namespace: String?
    let sets: [CalicoSet]
    /// Network sets with mistakes: nobody knows what they stand for.
    let brokenSets: [InvalidObject]
    /// What could not be expressed.
    private(set) var remarks: [WorkloadPolicy.Remark] = []
    /// Of the rule that is being translated.
    private var problems: [WorkloadPolicy.Remark] = []

    init(namespace: String?, sets: [CalicoSet], brokenSets: [InvalidObject]) {
        self.namespace = namespace
        self.sets = sets
        self.brokenSets = brokenSets
    }

    /// The rule in the common form; a rule of which a part cannot be expressed fails closed, and a remark says so.
    mutating func translate(_ rule: CalicoRule, _ direction: Direction) -> WorkloadRule {
        problems = []
        refuse(rule)
        let source = peers(rule.source, Side(rule, "source", isFarEnd: direction == .ingress, direction))
        let destination = peers(rule.destination, Side(rule, "destination", isFarEnd: direction == .egress, direction))
        let translated = WorkloadRule(
            path: rule.path, action: RuleAction(rule.action), peers: direction == .ingress ? source : destination,
            own: direction == .ingress ? destination : source, traffic: traffic(rule),
            exceptTraffic: exceptTraffic(rule))
        remarks += problems
        return problems.isEmpty ? translated : translated.failingClosed()
    }

    /// One end of a rule's connections.
    private struct Side {
        let path: String
        let action: CalicoRule.Action
        let family: Prefix?
        /// True for addresses that the subject of the policy calls and that the rule allows: only those have names.
        let mayHaveNames: Bool

        init(_ rule: CalicoRule, _ name: String, isFarEnd: Bool, _ direction: Direction) {
            path = "\(rule.path).\(name)"
            action = rule.action
            family = rule.ipVersion.flatMap { Prefix($0 == .four ? "0.0.0.0/0" : "::/0") }
            mayHaveNames = isFarEnd && direction == .egress && rule.action == .allow
        }
    }

    private mutating func refuse(_ path: String, _ message: String) {
        problems.append(WorkloadPolicy.Remark(path: path, message: "\(message); the rule fails closed"))
    }

    private mutating func refuse(_ rule: CalicoRule) {
        for path in rule.unknown { refuse(path, "this field is not known") }
        if rule.asksForHTTP { refuse("\(rule.path).http", "requests are not looked into") }
        if !rule.source.ports.isEmpty {
            refuse("\(rule.path).source.ports", "ports of the calling side are not looked at")
        }
        if !rule.source.notPorts.isEmpty {
            refuse("\(rule.path).source.notPorts", "ports of the calling side are not looked at")
        }
        for (side, entity) in [("source", rule.source), ("destination", rule.destination)] where entity.service != nil {
            refuse("\(rule.path).\(side).services", "Services are not resolved to their endpoints")
        }
        if rule.notICMP?.type != nil, rule.proto != .icmp, rule.proto != .icmpv6 {
            refuse("\(rule.path).notICMP", "it says nothing without protocol ICMP or ICMPv6")
        }
    }
}

// MARK: Who

extension CalicoRules {
    /// One side of a rule as peers, of which one must match; nil: whoever it is.
    private mutating func peers(_ entity: CalicoEntity, _ side: Side) -> [Peer]? {
        distrust(entity, side)
        var found = picked(entity, side)
        if !entity.domains.isEmpty { found = named(entity, side) }
        let excluded = excluded(entity, side)
        let isWide = found == nil && side.family == nil && entity.nets.isEmpty && entity.notNets.isEmpty
        if isWide, entity.notSelector == nil { return nil }
        return (found ?? [Peer()]).compactMap { peer in
            var peer = peer
            if !entity.nets.isEmpty { peer.narrow(to: entity.nets) }
            if let family = side.family { peer.narrow(to: [family]) }
            peer.exceptBlocks = entity.notNets + excluded
            peer.notWorkloads = entity.notSelector.flatMap { selector in
                let labels = LabelExpression(endpoints: selector)
                return labels == .nothing ? nil : WorkloadSelector(namespaces: .every, labels: labels)
            }
            return peer.blocks?.isEmpty == true ? nil : peer
        }
    }

    /// The workloads and network sets that selectors pick; nil when there are no selectors.
    private mutating func picked(_ entity: CalicoEntity, _ side: Side) -> [Peer]? {
        guard entity.picksEndpoints(in: namespace) else { return nil }
        var found = entity.workloads(in: namespace).map { [Peer(workloads: $0)] } ?? []
        let matching = sets.filter { $0.isFound(by: entity, in: namespace) }
        let nets = matching.flatMap(\.nets)
        if !nets.isEmpty { found.append(Peer(blocks: nets)) }
        for set in matching where !set.domains.isEmpty {
            if let names = patterns(set.domains, at: side.path, of: set, side) { found.append(Peer(names: names)) }
        }
        return found
    }

    /// Addresses of names; beside anything else that picks they are not understood.
    private mutating func named(_ entity: CalicoEntity, _ side: Side) -> [Peer]? {
        if entity.asksForEndpoints || !entity.nets.isEmpty {
            refuse("\(side.path).domains", "names beside selectors or nets have no meaning that is known")
        }
        return patterns(entity.domains, at: "\(side.path).domains", of: nil, side).map { [Peer(names: $0)] }
    }

    private mutating func patterns(
        _ domains: [String], at path: String, of set: CalicoSet?, _ side: Side
    ) -> [DomainPattern]? {
        let origin = set.map { " of \($0.reference)" } ?? ""
        guard side.mayHaveNames else {
            refuse(path, "the domain names\(origin) mean something as destinations of Allow rules of egress only")
            return nil
        }
        for domain in domains where Names.subdomainProblem(DomainPattern(domain).name) != nil {
            refuse(path, "a domain name\(origin) is neither a name nor '*.' and a name")
            return nil
        }
        return domains.map { DomainPattern($0) }
    }

    /// The blocks of the network sets that `notSelector` finds, of whatever namespace.
    private mutating func excluded(_ entity: CalicoEntity, _ side: Side) -> [Prefix] {
        guard let selector = entity.notSelector else { return [] }
        let matching = sets.filter { $0.matches(selector) }
        if let set = matching.first(where: { !$0.domains.isEmpty }) {
            refuse("\(side.path).notSelector", "the domain names of \(set.reference) cannot be excluded")
        }
        return matching.flatMap(\.nets)
    }

    /// A network set with mistakes may be one that is selected: nothing may be wider for want of it.
    private mutating func distrust(_ entity: CalicoEntity, _ side: Side) {
        let isNarrowedByMatching = side.action == .deny || side.action == .pass
        guard entity.asksForEndpoints, isNarrowedByMatching || entity.notSelector != nil else { return }
        let isBound = namespace != nil && entity.namespaceSelector == nil && entity.notSelector == nil
        for set in brokenSets where !isBound || set.isLost || set.reference.namespace == namespace {
            refuse(side.path, "\(set.reference) has mistakes and may be meant")
        }
    }
}

extension Peer {
    /// Asks besides that the address is in one of these blocks.
    fileprivate mutating func narrow(to others: [Prefix]) {
        blocks = blocks.map { Prefix.intersection($0, others) } ?? others
    }
}

// MARK: What

extension CalicoRules {
    private func traffic(_ rule: CalicoRule) -> [TrafficTerm]? {
        guard let proto = rule.proto else { return nil }
        if let type = rule.icmp?.type {
            return [TrafficTerm(proto: proto, port: .icmp(type: type, code: rule.icmp?.code))]
        }
        if rule.destination.ports.isEmpty { return [TrafficTerm(proto: proto)] }
        return rule.destination.ports.map { TrafficTerm(proto: proto, port: TrafficTerm.Port($0)) }
    }

    private func exceptTraffic(_ rule: CalicoRule) -> [TrafficTerm] {
        var except = rule.destination.notPorts.map { TrafficTerm(proto: rule.proto, port: TrafficTerm.Port($0)) }
        if let proto = rule.notProto { except.append(TrafficTerm(proto: proto)) }
        if let proto = rule.proto, let type = rule.notICMP?.type {
            except.append(TrafficTerm(proto: proto, port: .icmp(type: type, code: rule.notICMP?.code)))
        }
        return except
    }
}

extension TrafficTerm.Port {
    fileprivate init(_ port: CalicoPort) {
        switch port {
        case .range(let range): self = .range(range)
        case .named(let name): self = .named(name)
        }
    }
}

extension RuleAction {
    fileprivate init(_ action: CalicoRule.Action) {
        switch action {
        case .allow: self = .accept
        case .deny: self = .deny
        case .pass: self = .pass
        case .log: self = .log
        }
    }
}
