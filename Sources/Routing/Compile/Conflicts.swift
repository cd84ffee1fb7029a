import Kubernetes

/// Finds listeners that cannot be told apart: on one port, two protocols, or one host name twice.
///
/// Nobody wins in one Gateway, or in one ListenerSet: all that are in a conflict are refused, as the specification demands.
/// Between them the first keeps what it has: Gateways that share addresses by age, then ListenerSets by age, so that a new
/// object cannot take a port away.
///
/// - Parameters:
///   - groups: in order of precedence.
///   - wrong: Gateways and ListenerSets with mistakes: they keep what they may have had, by the same rule.
func markConflicts(
    _ plans: inout [[ListenerPlan]], _ groups: [ListenerGroup], sharing: Bool, wrong: WrongListeners
) {
    for group in groups {
        markInside(&plans[group.gateway], group.listeners)
        for listener in group.listeners where plans[group.gateway][listener].isHTTP {
            guard let problem = wrong.problem(plans[group.gateway][listener], sharing: sharing) else { continue }
            plans[group.gateway][listener].conflict = problem
        }
    }
    var claims: [ClaimedPort: PortClaim] = [:]
    for group in groups {
        let claimed = { (port: Int) in ClaimedPort(port: port, gateway: sharing ? nil : group.gateway) }
        for listener in group.listeners {
            let port = claimed(plans[group.gateway][listener].listener.port)
            check(&plans[group.gateway][listener], against: claims[port])
        }
        // What is refused keeps its port too, or a slip in its protocol would hand it to a younger Gateway; but UDP
        // stands in nobody's way, and what has lost did not have it.
        for plan in plans[group.gateway][group.listeners] where plan.listener.protocolName != "UDP" {
            if plan.set != nil, plan.conflict != nil { continue }
            claims[claimed(plan.listener.port), default: PortClaim(plan)].hostnames[plan.listener.hostname] =
                plan.gateway.key
        }
    }
}

/// A port of one Gateway, or of all.
private struct ClaimedPort: Hashable {
    var port: Int
    var gateway: Int?
}

/// What those before have on a port.
private struct PortClaim {
    var protocolName: String
    var owner: NamespacedName
    var hostnames: [String?: NamespacedName] = [:]

    init(_ plan: ListenerPlan) {
        protocolName = plan.listener.protocolName
        owner = plan.gateway.key
    }
}

private func markInside(_ plans: inout [ListenerPlan], _ range: Range<Int>) {
    // What is refused anyway (a protocol that we do not have) stands in nobody's way.
    let byPort = Dictionary(grouping: range.filter { plans[$0].isHTTP }, by: { plans[$0].listener.port })
    for (port, indices) in byPort {
        if Set(indices.map { plans[$0].listener.protocolName }).count > 1 {
            for index in indices {
                plans[index].conflict = Problem("ProtocolConflict", "port \(port) has listeners of several protocols")
            }
            continue
        }
        for (hostname, same) in Dictionary(grouping: indices, by: { plans[$0].listener.hostname }) where same.count > 1
        {
            let names = same.map { plans[$0].listener.name }.sorted().joined(separator: ", ")
            for index in same {
                plans[index].conflict = Problem(
                    "HostnameConflict", "listeners \(names) have the same port and host name \(hostname ?? "(any)")")
            }
        }
    }
}

private func check(_ plan: inout ListenerPlan, against claim: PortClaim?) {
    // Who adds to a Gateway is told of a conflict whatever else is wrong.
    let isCompared = plan.isHTTP || (plan.set != nil && plan.listener.protocolName != "UDP")
    guard isCompared, plan.conflict == nil, let claim else { return }
    let port = plan.listener.port
    if claim.protocolName != plan.listener.protocolName {
        plan.conflict = Problem(
            "ProtocolConflict", "port \(port) is \(claim.protocolName) of \(plan.words(claim.owner))")
    } else if plan.isHTTP, let owner = claim.hostnames[plan.listener.hostname] {
        plan.conflict = Problem(
            "HostnameConflict",
            "port \(port) with host name \(plan.listener.hostname ?? "(any)") belongs to \(plan.words(owner))")
    }
}

extension ListenerPlan {
    /// Who came before it. Of its own Gateway no more is said to who adds to it: others' ListenerSets are none of his
    /// business.
    fileprivate func words(_ owner: NamespacedName) -> String {
        if set == nil { return "the older Gateway \(owner)" }
        return owner == gateway.key ? "another listener of its Gateway" : "Gateway \(owner)"
    }
}
