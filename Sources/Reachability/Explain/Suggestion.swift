import Addresses
import Kubernetes
import Policy

/// A small change that would turn an answer. It was tried: with it the decision is the other one.
public struct Suggestion: Sendable {
    /// The policy to change; nil: a new one.
    public let policy: ObjectReference?
    /// Path of the field to change; empty for a new policy.
    public let path: String
    /// What to do, in one sentence.
    public let text: String
    /// What to write there, as YAML; empty: something is to be taken away.
    public let yaml: String

    /// Changes are tried from the smallest on. Where both sides deny the connection needs a change on each; one is given,
    /// and it says so.
    static func find(
        _ list: GuestList, _ connection: Connection, _ verdict: Verdict, staged: Bool
    ) -> Suggestion? {
        let maker = SuggestionMaker(list: list, connection: connection, staged: staged)
        if verdict.isAllowed { return maker.closing(verdict) }
        let denying = [Direction.egress, .ingress].filter { !verdict[$0].isAllowed }
        let found = denying.lazy.compactMap { maker.opening($0, verdict[$0]) }.first
        guard denying.count > 1, let found else { return found }
        return Suggestion(
            policy: found.policy, path: found.path,
            text: found.text + " (the other side denies too, and needs a change of its own)",
            yaml: found.yaml)
    }
}

/// Makes changes of policies, and tries them.
private struct SuggestionMaker {
    let list: GuestList
    let connection: Connection
    let staged: Bool

    /// One change: what becomes of a policy, and how to say it.
    private struct Candidate {
        let policy: WorkloadPolicy
        let path: String
        let text: String
        let yaml: String
    }

    // MARK: Allowing what is denied

    func opening(_ direction: Direction, _ ruling: Ruling) -> Suggestion? {
        // A workload without a label of its own cannot be let in without all others of its namespace, and a policy of
        // the cluster has no addresses to let in.
        let party = other(direction)
        if party.endpoint >= 0, stable(list.inventory.endpoints[Int(party.endpoint)].labels).isEmpty { return nil }
        if party.endpoint < 0, direction == .ingress, ruling.reason == .rule { return nil }
        let candidates =
            ruling.reason == .isolated
            ? widening(direction) : ruling.reason == .rule ? excepting(direction, ruling) : []
        return candidates.first { changes($0, direction, to: true) }.map(suggestion)
    }

    /// Where policies isolate: a rule with the right ports gets one more peer, a rule with the right peer one more port,
    /// a policy one more rule.
    private func widening(_ direction: Direction) -> [Candidate] {
        let own = direction == .egress ? connection.source : connection.destination
        let policies =
            list.program(own.group, direction, staged: staged).tiers.last { $0.tier.isolates }?.turns.joined()
            .map { list.policies[Int($0.policy)] } ?? []
        let plain = policies.filter { $0.source.kind == NetworkPolicy.kind && $0.source.group == NetworkPolicy.group }
        var found: [Candidate] = []
        for policy in plain {
            for (index, rule) in (policy.rules(direction) ?? []).enumerated() {
                found += [morePeers(policy, direction, index, rule), morePorts(policy, direction, index, rule)]
                    .compactMap { $0 }
            }
        }
        return found + plain.map { moreRules($0, direction) }
    }

    private func morePeers(
        _ policy: WorkloadPolicy, _ direction: Direction, _ index: Int, _ rule: WorkloadRule
    ) -> Candidate? {
        guard let peers = rule.peers else { return nil }
        var changed = rule
        changed.peers = peers + [peer(policy, direction)]
        let field = direction == .egress ? "to" : "from"
        return Candidate(
            policy: replacing(policy, direction, index, changed), path: "\(rule.path).\(field)",
            text: "add one more entry to \(rule.path).\(field) of \(policy.source)", yaml: peerYAML(policy, direction))
    }

    private func morePorts(
        _ policy: WorkloadPolicy, _ direction: Direction, _ index: Int, _ rule: WorkloadRule
    ) -> Candidate? {
        guard let terms = rule.traffic, connection.traffic.proto.hasPorts else { return nil }
        var changed = rule
        changed.traffic = terms + [term]
        return Candidate(
            policy: replacing(policy, direction, index, changed), path: "\(rule.path).ports",
            text: "add one more entry to \(rule.path).ports of \(policy.source)", yaml: "- \(portYAML)")
    }

    private func moreRules(_ policy: WorkloadPolicy, _ direction: Direction) -> Candidate {
        let field = direction == .egress ? "egress" : "ingress"
        let rule = WorkloadRule(
            path: "spec.\(field)", action: .accept, peers: [peer(policy, direction)],
            traffic: connection.traffic.proto.hasPorts ? [term] : nil)
        let ports = connection.traffic.proto.hasPorts ? "\n  ports:\n  - \(portYAML)" : ""
        let indented = peerYAML(policy, direction).split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
        return Candidate(
            policy: adding(policy, direction, rule, at: policy.rules(direction)?.count ?? 0), path: "spec.\(field)",
            text: "add one more rule to spec.\(field) of \(policy.source)",
            yaml: "- \(direction == .egress ? "to" : "from"):\n\(indented)\(ports)")
    }

    /// Where a rule denies: a rule before it that accepts just this.
    private func excepting(_ direction: Direction, _ ruling: Ruling) -> [Candidate] {
        let policy = list.policies[Int(ruling.policy)]
        let field = direction == .egress ? "egress" : "ingress"
        let rule = WorkloadRule(
            path: "spec.\(field)[\(ruling.rule)]", action: .accept, peers: [peer(policy, direction)],
            own: nil, traffic: [term])
        return [
            Candidate(
                policy: adding(policy, direction, rule, at: Int(ruling.rule)), path: rule.path,
                text:
                    "put a rule before \(rule.path) of \(policy.source) that accepts \(Words(list, connection).traffic) "
                    + "\(direction == .egress ? "to" : "from") "
                    + Words(list, connection).name(direction == .egress ? connection.destination : connection.source),
                yaml: "")
        ]
    }

    // MARK: Denying what is allowed

    func closing(_ verdict: Verdict) -> Suggestion? {
        for direction in [Direction.ingress, .egress] {
            let ruling = verdict[direction]
            if ruling.reason == .rule, let candidate = removing(direction, ruling),
                changes(candidate, direction, to: false)
            {
                return suggestion(candidate)
            }
        }
        for direction in [Direction.ingress, .egress] where verdict[direction].reason == .unrestricted {
            let own = direction == .egress ? connection.source : connection.destination
            guard own.endpoint >= 0 else { continue }
            let endpoint = list.inventory.endpoints[Int(own.endpoint)]
            // Without a label of its own a policy for it would be one for its whole namespace.
            guard !stable(endpoint.labels).isEmpty else { continue }
            return isolating(direction, endpoint)
        }
        return nil
    }

    private func removing(_ direction: Direction, _ ruling: Ruling) -> Candidate? {
        let policy = list.policies[Int(ruling.policy)]
        guard var rules = policy.rules(direction), Int(ruling.rule) < rules.count else { return nil }
        let path = rules.remove(at: Int(ruling.rule)).path
        return Candidate(
            policy: with(policy, direction, rules), path: path,
            text: "take \(path) out of \(policy.source), or narrow it", yaml: "")
    }

    private func isolating(_ direction: Direction, _ endpoint: Endpoint) -> Suggestion {
        let labels = stable(endpoint.labels).sorted { $0.key < $1.key }.map { "\(quoted($0.key)): \(quoted($0.value))" }
        let types = direction == .egress ? "Egress" : "Ingress"
        return Suggestion(
            policy: nil, path: "",
            text: "a NetworkPolicy that selects \(endpoint.workload) and lists what may "
                + (direction == .egress ? "be reached from it" : "reach it"),
            yaml: """
                apiVersion: networking.k8s.io/v1
                kind: NetworkPolicy
                metadata: {name: \(quoted(freeName(endpoint))), namespace: \(quoted(endpoint.namespace))}
                spec:
                  podSelector: {matchLabels: {\(labels.joined(separator: ", "))}}
                  policyTypes: [\(types)]
                  \(types.lowercased()): []
                """)
    }

    /// A name that no policy of the namespace has.
    private func freeName(_ endpoint: Endpoint) -> String {
        let taken = Set(list.policies.map(\.source).filter { $0.namespace == endpoint.namespace }.map(\.name))
        let wanted = endpoint.workload.name
        if !taken.contains(wanted) { return wanted }
        return (1...).lazy.map { "\(wanted)-\($0)" }.first { !taken.contains($0) } ?? wanted
    }

    // MARK: Pieces

    private var term: TrafficTerm {
        TrafficTerm(
            proto: connection.traffic.proto,
            port: connection.traffic.proto.hasPorts ? .range(PortRange(connection.traffic.port)) : nil)
    }

    private var portYAML: String { "{protocol: \(connection.traffic.proto), port: \(connection.traffic.port)}" }

    private func other(_ direction: Direction) -> Party {
        direction == .egress ? connection.destination : connection.source
    }

    private func peer(_ policy: WorkloadPolicy, _ direction: Direction) -> Peer {
        let party = other(direction)
        guard party.endpoint >= 0 else {
            return Peer(blocks: party.address.map { [Prefix($0)] } ?? [])
        }
        let endpoint = list.inventory.endpoints[Int(party.endpoint)]
        return Peer(
            workloads: WorkloadSelector(
                namespaces: .named(endpoint.namespace),
                labels: LabelExpression(LabelSelector(matchLabels: stable(endpoint.labels)))))
    }

    /// What the other side is chosen by in a NetworkPolicy.
    private func peerYAML(_ policy: WorkloadPolicy, _ direction: Direction) -> String {
        let party = other(direction)
        guard party.endpoint >= 0 else {
            return "- ipBlock: {cidr: \(party.address.map { Prefix($0).description } ?? "")}"
        }
        let endpoint = list.inventory.endpoints[Int(party.endpoint)]
        let labels = stable(endpoint.labels).sorted { $0.key < $1.key }.map { "\(quoted($0.key)): \(quoted($0.value))" }
        let pods = "podSelector: {matchLabels: {\(labels.joined(separator: ", "))}}"
        guard endpoint.namespace != policy.source.namespace else { return "- \(pods)" }
        return """
            - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: \(quoted(endpoint.namespace))}}
              \(pods)
            """
    }

    /// Labels that all pods of a workload have, now and after the next roll-out.
    private func stable(_ labels: [String: String]) -> [String: String] {
        labels.filter { !Self.fleeting.contains($0.key) }
    }

    private static let fleeting: Set<String> = [
        "pod-template-hash", "controller-revision-hash", "pod-template-generation", "controller-uid", "job-name",
        "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-name", "batch.kubernetes.io/job-completion-index",
    ]

    private func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
            }
        return isPlain && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(text)
            ? text : "\"\(text)\""
    }

    private func with(_ policy: WorkloadPolicy, _ direction: Direction, _ rules: [WorkloadRule]) -> WorkloadPolicy {
        var changed = policy
        if direction == .egress { changed.egress = rules } else { changed.ingress = rules }
        return changed
    }

    private func replacing(
        _ policy: WorkloadPolicy, _ direction: Direction, _ index: Int, _ rule: WorkloadRule
    ) -> WorkloadPolicy {
        var rules = policy.rules(direction) ?? []
        rules[index] = rule
        return with(policy, direction, rules)
    }

    private func adding(
        _ policy: WorkloadPolicy, _ direction: Direction, _ rule: WorkloadRule, at index: Int
    ) -> WorkloadPolicy {
        var rules = policy.rules(direction) ?? []
        rules.insert(rule, at: index)
        return with(policy, direction, rules)
    }

    /// True when the side's answer becomes this with the change.
    private func changes(_ candidate: Candidate, _ direction: Direction, to isAllowed: Bool) -> Bool {
        let policies = list.policies.map { $0.source == candidate.policy.source ? candidate.policy : $0 }
        let changed = list.updated(inventory: list.inventory, policies: policies)
        guard let source = again(connection.source, changed), let destination = again(connection.destination, changed)
        else { return false }
        var tried = connection
        (tried.source, tried.destination) = (source, destination)
        let decision = changed.evaluate(tried)
        return (staged ? decision.staged : decision.enforced)[direction].isAllowed == isAllowed
    }

    /// The same party in another guest list of the same inventory.
    private func again(_ party: Party, _ list: GuestList) -> Party? {
        if party.endpoint >= 0 {
            let found = list.party(endpoint: Int(party.endpoint), isIPv4: party.isIPv4)
            return party.isAnother ? found?.another : found
        }
        return party.address.map(list.party)
    }

    private func suggestion(_ candidate: Candidate) -> Suggestion {
        Suggestion(policy: candidate.policy.source, path: candidate.path, text: candidate.text, yaml: candidate.yaml)
    }
}
