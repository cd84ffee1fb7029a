import Addresses
import Kubernetes
import Policy

/// Changes of policies that might turn an answer, the smallest first. They are not tried here.
struct PolicyEdits {
    private let trial: SuggestionTrial
    private let text: PolicyText

    init(_ trial: SuggestionTrial) {
        self.trial = trial
        text = PolicyText(trial.list, trial.connection)
    }

    private var list: GuestList { trial.list }
    private var traffic: Traffic { trial.connection.traffic }

    // MARK: Allowing what is denied

    /// What might make a side allow.
    func opening(_ direction: Direction) -> [PolicyEdit] {
        let ruling = trial.verdict[direction]
        // A workload without a label of its own cannot be let in without all others of its namespace.
        guard ruling.policy >= 0, text.hasName(text.other(direction)) else { return [] }
        let policy = list.policies[Int(ruling.policy)]
        let front = FrontPolicy(list, text).edit(direction, before: policy, .accept).map { [$0] } ?? []
        switch ruling.reason {
        case .isolated: return widening(direction) + front
        case .rule: return front + (excepting(direction, policy, Int(ruling.rule)).map { [$0] } ?? [])
        default: return []
        }
    }

    /// Where policies isolate: a rule with the right ports gets one more peer, a rule with the right peer one more port,
    /// a policy one more rule.
    private func widening(_ direction: Direction) -> [PolicyEdit] {
        let own = text.own(direction)
        let policies =
            list.program(own.group, direction, staged: trial.staged).tiers.last { $0.tier.isolates }?.turns.joined()
            .map { list.policies[Int($0.policy)] } ?? []
        let plain = policies.filter { $0.source.kind == NetworkPolicy.kind && $0.source.group == NetworkPolicy.group }
        let entries = plain.flatMap { policy in
            (policy.rules(direction) ?? []).enumerated().flatMap { index, rule in
                [morePeers(policy, direction, index, rule), morePorts(policy, direction, index, rule)]
                    .compactMap { $0 }
            }
        }
        return entries + plain.map { moreRules($0, direction) }
    }

    private func morePeers(
        _ policy: WorkloadPolicy, _ direction: Direction, _ index: Int, _ rule: WorkloadRule
    ) -> PolicyEdit? {
        guard let peers = rule.peers else { return nil }
        var changed = rule
        changed.peers = peers + [text.peer(text.other(direction))]
        let path = "\(rule.path).\(PolicyText.peersField(direction))"
        return edit(
            policy.replacing(rule: index, direction, by: changed), path: path,
            "add one more entry to \(path) of \(policy.source)", text.item(direction, in: policy.source.namespace))
    }

    private func morePorts(
        _ policy: WorkloadPolicy, _ direction: Direction, _ index: Int, _ rule: WorkloadRule
    ) -> PolicyEdit? {
        guard let terms = rule.traffic, traffic.proto.hasPorts else { return nil }
        var changed = rule
        changed.traffic = terms + [text.term]
        return edit(
            policy.replacing(rule: index, direction, by: changed), path: "\(rule.path).ports",
            "add one more entry to \(rule.path).ports of \(policy.source)", "- \(text.port)")
    }

    private func moreRules(_ policy: WorkloadPolicy, _ direction: Direction) -> PolicyEdit {
        let path = "spec.\(PolicyText.rulesField(direction))"
        let rule = WorkloadRule(
            path: path, action: .accept, peers: [text.peer(text.other(direction))],
            traffic: traffic.proto.hasPorts ? [text.term] : nil)
        let item = text.item(direction, in: policy.source.namespace).split(separator: "\n").map { "  \($0)" }
        let ports = traffic.proto.hasPorts ? ["  ports:", "  - \(text.port)"] : []
        let lines = ["- \(PolicyText.peersField(direction)):"] + item + ports
        return edit(
            policy.inserting(rule, direction, at: policy.rules(direction)?.count ?? 0), path: path,
            "add one more rule to \(path) of \(policy.source)", lines.joined(separator: "\n"))
    }

    /// Where a rule denies and no policy can come before it: a rule before it that accepts just this, of all that the
    /// policy is about.
    private func excepting(_ direction: Direction, _ policy: WorkloadPolicy, _ index: Int) -> PolicyEdit? {
        guard let rules = policy.rules(direction), rules.indices.contains(index),
            let lines = text.rule(direction, .accept, as: policy.source)
        else { return nil }
        let rule = WorkloadRule(
            path: rules[index].path, action: .accept, peers: [text.peer(text.other(direction))],
            traffic: traffic.proto.hasPorts ? [text.term] : nil)
        return edit(
            policy.inserting(rule, direction, at: index), path: rule.path,
            "put this rule before \(rule.path) of \(policy.source)", lines.joined(separator: "\n"))
    }

    // MARK: Denying what is allowed

    /// Takes the rule away that allows it.
    func removing(_ direction: Direction) -> PolicyEdit? {
        let ruling = trial.verdict[direction]
        guard ruling.reason == .rule, ruling.policy >= 0 else { return nil }
        let policy = list.policies[Int(ruling.policy)]
        guard let rules = policy.rules(direction), rules.indices.contains(Int(ruling.rule)) else { return nil }
        let path = rules[Int(ruling.rule)].path
        let changed = policy.removing(rule: Int(ruling.rule), direction)
        // Without rules a direction is meant only where it is named.
        let types = policy.source.group == CalicoTier.group ? "types" : "policyTypes"
        let isNamed = rules.count > 1 || !policy.tier.isolates
        let reminder = isNamed ? "" : " (\(types) must then name \(direction.rawValue))"
        return edit(changed, path: path, "take \(path) out of \(policy.source), or narrow it\(reminder)", "")
    }

    /// A NetworkPolicy that isolates what nothing restricts.
    func isolating(_ direction: Direction) -> PolicyEdit? {
        let own = text.own(direction)
        guard own.endpoint >= 0, let labels = text.labels(own) else { return nil }
        let endpoint = list.inventory.endpoints[Int(own.endpoint)]
        let name = text.freeName(endpoint.workload.name, in: endpoint.namespace)
        let yaml = """
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: \(PolicyText.quoted(name)), namespace: \(PolicyText.quoted(endpoint.namespace))}
            spec:
              podSelector: \(labels)
              policyTypes: [\(direction.rawValue)]
              \(PolicyText.rulesField(direction)): []
            """
        let purpose = direction == .egress ? "be reached from it" : "reach it"
        return PolicyEdit.adding(
            "a NetworkPolicy that selects \(endpoint.workload) and lists what may \(purpose)", yaml)
    }

    /// A policy that denies just this.
    func denying(_ direction: Direction) -> PolicyEdit? {
        let ruling = trial.verdict[direction]
        guard ruling.reason == .rule, ruling.policy >= 0, text.hasName(text.other(direction)) else { return nil }
        return FrontPolicy(list, text).edit(direction, before: list.policies[Int(ruling.policy)], .deny)
    }

    private func edit(_ policy: WorkloadPolicy, path: String, _ words: String, _ yaml: String) -> PolicyEdit {
        PolicyEdit(
            change: Suggestion.Change(policy: policy.source, path: path, text: words, yaml: yaml), replacement: policy)
    }
}

extension PolicyEdit {
    /// A new policy, as its own text is read; nil: it cannot be.
    ///
    /// - Parameter context: other objects that it needs to be read.
    static func adding(_ words: String, _ yaml: String, context: String = "") -> PolicyEdit? {
        let text = Array("\(context)\(yaml)\n".utf8)
        let snapshot = ObjectDecoder.snapshot(files: [(path: "suggestion.yaml", bytes: text)], revision: 1)
        let policies = WorkloadPolicy.all(in: snapshot.objects)
        guard snapshot.mistakes.isEmpty, !policies.isEmpty else { return nil }
        return PolicyEdit(
            change: Suggestion.Change(policy: nil, path: "", text: words, yaml: yaml), additions: policies)
    }
}

extension WorkloadPolicy {
    fileprivate func replacing(rule index: Int, _ direction: Direction, by rule: WorkloadRule) -> WorkloadPolicy {
        with(direction) { $0[index] = rule }
    }

    fileprivate func inserting(_ rule: WorkloadRule, _ direction: Direction, at index: Int) -> WorkloadPolicy {
        with(direction) { $0.insert(rule, at: index) }
    }

    fileprivate func removing(rule index: Int, _ direction: Direction) -> WorkloadPolicy {
        with(direction) { $0.remove(at: index) }
    }

    private func with(_ direction: Direction, _ change: (inout [WorkloadRule]) -> Void) -> WorkloadPolicy {
        var (policy, rules) = (self, rules(direction) ?? [])
        change(&rules)
        if direction == .egress { policy.egress = rules } else { policy.ingress = rules }
        return policy
    }
}
