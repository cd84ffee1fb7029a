import Addresses
import Kubernetes
import Policy
import Reachability

/// Witnesses in words.
struct WitnessWords {
    private let list: GuestList

    /// - Parameter list: the one that the witnesses are of.
    init(_ list: GuestList) { self.list = list }

    /// Why the connection is allowed, or denied: the side that decides.
    func reason(_ witness: Witness) -> String {
        let verdict = witness.verdict
        if verdict.isAllowed { return allowed(verdict) }
        let direction = verdict.egress.isAllowed ? Direction.ingress : .egress
        return sentence(verdict[direction], direction)
    }

    /// Who opens it, to whom and on what: `ai/notebook-1 -> ai/ollama-0 on TCP 80`.
    func connection(_ witness: Witness) -> String {
        let connection = witness.connection
        return
            "\(name(connection.source)) -> \(connection.name ?? name(connection.destination)) on \(text(connection.traffic))"
    }

    /// `TCP 80`.
    func text(_ traffic: Traffic) -> String {
        traffic.proto.hasPorts ? "\(traffic.proto) \(traffic.port)" : traffic.proto.description
    }

    /// `namespace/pod`, or an address.
    func name(_ party: Party) -> String {
        guard party.endpoint >= 0 else { return party.address?.description ?? "outside" }
        let name = list.inventory.endpoints[Int(party.endpoint)].name.description
        let place = place(party).map { " at \($0)" } ?? ""
        return (party.isAnother ? "another pod of \(name)" : name) + place
    }

    /// Where somebody is supposed to be whose address is not known; nil: it is known, or not asked for.
    func place(_ party: Party) -> Address? {
        guard party.endpoint >= 0, list.inventory.endpoints[Int(party.endpoint)].addresses.isEmpty else { return nil }
        return party.address
    }

    /// Both sides allow it; what is worth saying is which rules do.
    private func allowed(_ verdict: Verdict) -> String {
        let sides = [Direction.egress, .ingress].filter { verdict[$0].reason == .rule }
            .map { sentence(verdict[$0], $0) }
        if !sides.isEmpty { return sides.joined(separator: "; ") }
        let reasons = [verdict.egress.reason, verdict.ingress.reason]
        if reasons.contains(.itself) { return "a pod may always reach itself" }
        if reasons.contains(.ownNode) { return "the node of a pod may always reach it" }
        return "no policy restricts it"
    }

    /// What one side says.
    func sentence(_ ruling: Ruling, _ direction: Direction) -> String {
        let way = direction == .egress ? "egress" : "ingress"
        let text =
            switch ruling.reason {
            case .rule: "\(way) \(ruling.isAllowed ? "allowed" : "denied") by \(policy(ruling, direction))"
            case .isolated: "\(way) denied: \(policy(ruling, direction)) isolates, and no rule allows it"
            case .unrestricted: "\(way) not restricted by a policy"
            case .outside: "\(way) is nobody's: it is no workload"
            case .itself: "a pod may always reach itself"
            case .ownNode: "the node of a pod may always reach it"
            case .families: "IPv4 and IPv6 do not meet"
            }
        return ruling.isAmbiguous ? text + " (policies of one priority disagree)" : text
    }

    private func policy(_ ruling: Ruling, _ direction: Direction) -> String {
        guard ruling.policy >= 0 else { return "nobody" }
        let policy = list.policies[Int(ruling.policy)]
        guard ruling.rule >= 0, let rules = policy.rules(direction), rules.indices.contains(Int(ruling.rule)) else {
            return policy.source.description
        }
        return "\(policy.source) \(rules[Int(ruling.rule)].path)"
    }
}
