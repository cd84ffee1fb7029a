import Kubernetes
import ModelTraffic
import Policy

/// Decisions as JSON; names of policies and rules are made once.
struct DecisionJSON {
    private let list: GuestList
    private let policies: [Policy]

    /// A policy as it is named in answers.
    private struct Policy {
        let title: JSONLiteral
        let tier: JSONLiteral
        let ingress: [JSONLiteral]
        let egress: [JSONLiteral]

        init(_ policy: WorkloadPolicy) {
            title = .string(policy.source.description)
            tier = .string(policy.tier.name)
            ingress = (policy.ingress ?? []).map { .string($0.path) }
            egress = (policy.egress ?? []).map { .string($0.path) }
        }

        func rule(_ index: Int32, _ direction: Direction) -> JSONLiteral? {
            let rules = direction == .ingress ? ingress : egress
            return rules.indices.contains(Int(index)) ? rules[Int(index)] : nil
        }
    }

    init(_ list: GuestList) {
        self.list = list
        policies = list.policies.map(Policy.init)
    }

    /// What was looked at, in order.
    func value(_ steps: [TraceStep]) -> JSONLiteral {
        .array(
            steps.map { step in
                let policy = policies[Int(step.policy)]
                var members: [(String, JSONLiteral)] = [
                    ("direction", .string(step.direction.rawValue)), ("tier", policy.tier), ("policy", policy.title),
                ]
                if let rule = policy.rule(step.rule, step.direction) { members.append(("rule", rule)) }
                members.append(("said", .string(Self.text(step.said))))
                return .object(members)
            })
    }

    /// What one side says.
    func value(_ ruling: Ruling, _ direction: Direction) -> JSONLiteral {
        var members: [(String, JSONLiteral)] = [
            ("allowed", .bool(ruling.isAllowed)), ("reason", .string(ruling.reason.rawValue)),
        ]
        if ruling.policy >= 0 {
            let policy = policies[Int(ruling.policy)]
            members.append(("policy", policy.title))
            if let rule = policy.rule(ruling.rule, direction) { members.append(("rule", rule)) }
        }
        if ruling.isAmbiguous { members.append(("ambiguous", .bool(true))) }
        return .object(members)
    }

    private static func text(_ said: TraceStep.Said) -> String {
        switch said {
        case .matched(let action): "matched: \(action.rawValue)"
        case .otherPeer: "other peer"
        case .otherTraffic: "other traffic"
        case .isolates: "isolates"
        }
    }

    /// `namespace/pod`, or the address of nobody.
    func name(_ party: Party) -> JSONLiteral {
        if party.endpoint >= 0 { return .string(list.inventory.endpoints[Int(party.endpoint)].name.description) }
        return party.address.map { .string($0.description) } ?? .null
    }
}
