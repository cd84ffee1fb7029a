import Addresses
import Kubernetes
import Policy

/// Decisions in sentences.
struct Words {
    private let list: GuestList
    private let connection: Connection

    init(_ list: GuestList, _ connection: Connection) {
        self.list = list
        self.connection = connection
    }

    /// `Deployment shop/web`, or an address with what is known of it.
    func name(_ party: Party) -> String {
        if party.endpoint >= 0 {
            let endpoint = list.inventory.endpoints[Int(party.endpoint)]
            if party.isAnother { return "another pod of \(endpoint.workload)" }
            let pod = endpoint.name.name
            return endpoint.isTemplate || endpoint.workload.kind == "Pod"
                ? endpoint.workload.description : "\(endpoint.workload) (pod \(pod))"
        }
        let address = party.address.map(\.description) ?? "an address that is not known"
        return party.node >= 0 ? "\(address) (node \(list.inventory.nodes[Int(party.node)].name))" : address
    }

    /// `TCP 5432`, `ICMP`.
    var traffic: String {
        let proto = connection.traffic.proto
        return proto.hasPorts ? "\(proto) \(connection.traffic.port)" : proto.description
    }

    func answer(_ verdict: Verdict) -> String {
        let what = "\(name(connection.source)) \(verdict.isAllowed ? "may" : "may not") open \(traffic) to "
        let doubt = verdict.isAmbiguous ? "; policies of equal priority disagree, and the stricter answer is taken" : ""
        return what + name(connection.destination) + (connection.name.map { " (as \($0))" } ?? "") + doubt
    }

    // MARK: One side

    func side(_ direction: Direction, _ ruling: Ruling, _ steps: [TraceStep]) -> Explanation.Side {
        let own = direction == .egress ? connection.source : connection.destination
        let steps = steps.filter { $0.direction == direction }
        let policies = Set(steps.map(\.policy)).union(selecting(own, direction)).sorted()
        return Explanation.Side(
            direction: direction, ruling: ruling, heading: heading(direction, own, policies.count),
            findings: steps.map { finding($0, ruling) } + silent(policies, steps, direction),
            conclusion: conclusion(ruling, direction, own))
    }

    private func heading(_ direction: Direction, _ own: Party, _ count: Int) -> String {
        let way = direction == .egress ? "Leaving" : "Arriving at"
        guard own.group >= 0 else { return "\(way) \(name(own)): it is no workload, so no policy is about it" }
        let policies = count == 1 ? "1 policy is" : count == 0 ? "no policy is" : "\(count) policies are"
        return "\(way) \(name(own)): \(policies) about what \(direction == .egress ? "it may reach" : "may reach it")"
    }

    /// Policies about a party in a direction, in the order in which they are asked.
    private func selecting(_ own: Party, _ direction: Direction) -> [Int32] {
        guard own.group >= 0 else { return [] }
        return list.program(own.group, direction, staged: true).tiers.flatMap(\.turns).joined().map(\.policy)
    }

    /// Policies that were not asked, or have no rules.
    private func silent(
        _ policies: [Int32], _ steps: [TraceStep], _ direction: Direction
    ) -> [Explanation.Finding] {
        let asked = Set(steps.map(\.policy))
        return policies.filter { !asked.contains($0) }.map { index in
            let policy = list.policies[Int(index)]
            let text: String
            if policy.isStaged {
                text = "is staged: it is watched, and does not decide"
            } else if policy.rules(direction)?.isEmpty ?? true {
                text = "has no \(word(direction)) rules, so it allows nothing"
            } else {
                text = "was not asked: the answer was found before"
            }
            return Explanation.Finding(
                policy: policy.source, position: policy.position, rule: "", text: text, failsClosed: false,
                isDecisive: false)
        }
    }

    private func word(_ direction: Direction) -> String { direction == .egress ? "egress" : "ingress" }

    private func finding(_ step: TraceStep, _ ruling: Ruling) -> Explanation.Finding {
        let policy = list.policies[Int(step.policy)]
        let rules = policy.rules(step.direction) ?? []
        let rule = step.rule >= 0 && Int(step.rule) < rules.count ? rules[Int(step.rule)] : nil
        let isDecisive =
            step.policy == ruling.policy && step.rule == ruling.rule
            && (ruling.reason == .rule || ruling.reason == .isolated)
        let failure = rule == nil ? nil : policy.failure(ofRule: Int(step.rule), step.direction)
        return Explanation.Finding(
            policy: policy.source, position: policy.position(ofRule: Int(step.rule), step.direction),
            rule: rule?.path ?? "", text: failure.map { text($0, of: rule, step) } ?? text(step, policy),
            failsClosed: failure != nil, isDecisive: isDecisive)
    }

    /// What a rule that was not understood does.
    private func text(_ failure: WorkloadPolicy.Remark, of rule: WorkloadRule?, _ step: TraceStep) -> String {
        let place = failure.path == rule?.path || failure.path.isEmpty ? "" : "\(failure.path): "
        let effect =
            if case .matched(.deny) = step.said { "denies everything, and so this" } else { "matches nothing" }
        return "fails closed: it \(effect) (\(place)\(failure.message))"
    }

    private func text(_ step: TraceStep, _ policy: WorkloadPolicy) -> String {
        let other = step.direction == .egress ? connection.destination : connection.source
        switch step.said {
        case .matched(.accept): return "allows it"
        case .matched(.deny): return "denies it"
        case .matched(.pass): return "matches, and leaves the decision to the policies that come after its tier"
        case .matched(.log): return "matches, and only notes it"
        case .otherPeer: return "is not about \(name(other))"
        case .otherTraffic: return "is about \(name(other)), but not about \(traffic)"
        case .isolates:
            return policy.rules(step.direction)?.isEmpty ?? true
                ? "selects it and has no \(word(step.direction)) rules: what no other policy allows is denied"
                : "selects it: what no rule of such a policy allows is denied"
        }
    }

    private func conclusion(_ ruling: Ruling, _ direction: Direction, _ own: Party) -> String {
        let result = ruling.isAllowed ? "allowed" : "denied"
        switch ruling.reason {
        case .rule:
            let policy = list.policies[Int(ruling.policy)]
            let rules = policy.rules(direction) ?? []
            let rule = ruling.rule >= 0 && Int(ruling.rule) < rules.count ? rules[Int(ruling.rule)] : nil
            let name = rule.map { $0.name.isEmpty ? $0.path : "\($0.path) (\($0.name))" } ?? ""
            return "\(result): \(policy.source), \(name), says so"
        case .isolated: return "denied: policies select \(name(own)), and none of their rules allows this"
        case .unrestricted: return "allowed: nothing restricts \(name(own)) here"
        case .outside: return "allowed: policies are about workloads only"
        case .itself where connection.isThroughService:
            return "allowed: NetworkPolicies do not keep a pod from itself, also where a Service leads it back"
        case .itself: return "allowed: a pod always reaches itself"
        case .ownNode: return "allowed: the node that a pod runs on always reaches it, so that probes work"
        case .families: return "denied: the two have addresses of different families"
        }
    }
}
