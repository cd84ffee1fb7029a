import Addresses
import Kubernetes

/// One connection, as rules look at it from one of its sides.
struct NaiveLook {
    let cluster: NaiveCluster
    /// The pod that a policy is about.
    let own: NaivePod
    let other: NaiveSide
    let isEgress: Bool
    let isIPv4: Bool
    let proto: IPProtocol
    let port: UInt16
    /// The name under which the caller learned the address.
    let name: String?
    /// Both sides are one pod.
    let isItself: Bool

    /// Named ports are those of the pod that the connection goes to.
    private var destination: NaivePod? { isEgress ? other.pod : own }

    private func hasNamedPort(_ name: String, _ asked: IPProtocol?) -> Bool {
        guard let destination else { return false }
        return destination.ports.contains { port in
            port.name == name && port.number == Int(self.port) && port.proto == proto && (asked ?? proto) == proto
        }
    }

    // MARK: NetworkPolicy v1

    /// "This NetworkPolicy applies to pods in its namespace that the podSelector selects."
    func isSubject(_ policy: NetworkPolicy) -> Bool {
        policy.metadata.namespace == own.key.namespace && naivelySelects(policy.podSelector, own.labels)
    }

    /// Ingress always when no types are given; egress only with egress rules.
    func isMeant(_ policy: NetworkPolicy) -> Bool {
        guard let types = policy.policyTypes else { return !isEgress || !policy.egress.isEmpty }
        return types.contains(isEgress ? .egress : .ingress)
    }

    func allows(_ policy: NetworkPolicy) -> Bool {
        for rule in isEgress ? policy.egress : policy.ingress {
            let peerMatches =
                rule.peers.isEmpty || rule.peers.contains { matches($0, namespace: policy.metadata.namespace) }
            let portMatches = rule.ports.isEmpty || rule.ports.contains { matches($0) }
            if peerMatches && portMatches { return true }
        }
        return false
    }

    private func matches(_ peer: NetworkPolicy.Peer, namespace: String) -> Bool {
        switch peer {
        case .ipBlock(let cidr, let except): return cluster.isIn([cidr], except: except, other, isIPv4: isIPv4)
        case .selectors(let namespaces, let pods):
            guard let pod = other.pod else { return false }
            if let namespaces {
                guard naivelySelects(namespaces, cluster.labels(ofNamespace: pod.key.namespace)) else { return false }
            } else if pod.key.namespace != namespace {
                return false
            }
            return pods.map { naivelySelects($0, pod.labels) } ?? true
        }
    }

    private func matches(_ asked: NetworkPolicy.Port) -> Bool {
        switch asked.port {
        case nil: asked.proto == proto
        case .range(let range)?: asked.proto == proto && (range.first...range.last).contains(port)
        case .named(let name)?: hasNamedPort(name, asked.proto)
        }
    }

    // MARK: Policies of the cluster

    func isSubject(_ subject: AdminSubject) -> Bool { selects(subject, own) }

    private func selects(_ subject: AdminSubject, _ pod: NaivePod) -> Bool {
        switch subject {
        case .namespaces(let selector): naivelySelects(selector, cluster.labels(ofNamespace: pod.key.namespace))
        case .pods(let namespaces, let pods):
            naivelySelects(namespaces, cluster.labels(ofNamespace: pod.key.namespace))
                && naivelySelects(pods, pod.labels)
        }
    }

    /// What the first rule that matches says; nil: none does.
    func action(_ rules: [AdminRule]) -> AdminRule.Action? {
        for rule in rules {
            if failsClosed(rule) {
                // An Accept matches nothing; a Deny or a Pass denies everything.
                if rule.action != .accept { return .deny }
            } else if rule.peers.contains(where: { matches($0) }), rule.traffic?.contains(where: matches) ?? true {
                return rule.action
            }
        }
        return nil
    }

    /// Something in it means what is not known; `domainNames` mean nothing but in an Accept.
    private func failsClosed(_ rule: AdminRule) -> Bool {
        if !rule.unknownFields.isEmpty || rule.traffic?.isEmpty == true { return true }
        for peer in rule.peers {
            if case .unknown = peer { return true }
            if case .domainNames = peer, rule.action != .accept { return true }
        }
        for traffic in rule.traffic ?? [] {
            if case .unknown = traffic { return true }
        }
        return false
    }

    private func matches(_ peer: AdminRule.Peer) -> Bool {
        switch peer {
        case .namespaces(let selector):
            return other.pod.map { selects(.namespaces(selector), $0) } ?? false
        case .pods(let namespaces, let pods):
            return other.pod.map { selects(.pods(namespaceSelector: namespaces, podSelector: pods), $0) } ?? false
        case .networks(let blocks):
            return cluster.isIn(blocks, except: [], other, isIPv4: isIPv4)
        case .nodes(let selector):
            guard case .address(let address) = other else { return false }
            return cluster.nodes(at: address).contains { naivelySelects(selector, $0.metadata.labels) }
        case .domainNames(let patterns):
            guard case .address = other, let name else { return false }
            return patterns.contains { naivelyCovers($0, name) }
        case .unknown: return false
        }
    }

    private func matches(_ traffic: AdminRule.Traffic) -> Bool {
        switch traffic {
        case .ports(let asked, let range): asked == proto && (range.first...range.last).contains(port)
        case .named(let name): hasNamedPort(name, nil)
        case .unknown: false
        }
    }
}

/// "example.com" is itself; "*.example.com" is one or more whole labels before it.
func naivelyCovers(_ pattern: String, _ name: String) -> Bool {
    func labels(_ text: String) -> [Substring] {
        text.lowercased().split(separator: ".")
    }
    let (wanted, given) = (labels(pattern), labels(name))
    guard wanted.first == "*" else { return wanted == given }
    let rest = wanted.dropFirst()
    return given.count > rest.count && given.suffix(rest.count).elementsEqual(rest)
}
