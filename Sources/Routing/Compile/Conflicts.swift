import Kubernetes

/// Finds listeners that cannot be told apart: on one port, two protocols, or one host name twice.
///
/// Nobody wins in one Gateway: all that are in a conflict are refused, as the specification demands. Between Gateways
/// that share addresses the older Gateway keeps what it has, so that a new object cannot take a port away.
///
/// - Parameter wrong: Gateways with mistakes: they keep what they may have had, by the same rule.
func markConflicts(_ plans: inout [[ListenerPlan]], sharing: Bool, wrong: [GatewayClaim]) {
    for index in plans.indices { markInside(&plans[index]) }
    guard sharing else { return }
    for gateway in plans.indices {
        for listener in plans[gateway].indices where plans[gateway][listener].isHTTP {
            guard let claim = wrong.first(where: { takes($0, plans[gateway][listener]) }) else { continue }
            let name = claim.age.map { " \($0.key)" } ?? ""
            plans[gateway][listener].conflict = Problem(
                "HostnameConflict", "its port and host name may belong to Gateway\(name), which has mistakes")
        }
    }
    // Older Gateways come first.
    var claims: [Int: PortClaim] = [:]
    for gateway in plans.indices {
        for listener in plans[gateway].indices { check(&plans[gateway][listener], against: claims) }
        // What is refused keeps its port too, or a slip in its protocol would hand it to a younger Gateway; but UDP
        // stands in nobody's way.
        for plan in plans[gateway] where plan.listener.protocolName != "UDP" {
            claims[plan.listener.port, default: PortClaim(plan)].hostnames[plan.listener.hostname] = plan.gateway.key
        }
    }
}

/// Whether a Gateway with mistakes may have had the very port and host name of a listener, and is not known to be
/// younger.
private func takes(_ claim: GatewayClaim, _ plan: ListenerPlan) -> Bool {
    guard let hostnames = claim.hostnames(on: plan.listener.port) else { return true }
    if hostnames.contains(.unknown) { return true }
    let own: GatewayClaim.Hostname = plan.listener.hostname.map { .name($0) } ?? .any
    return hostnames.contains(own) && !isYounger(claim, than: plan.gateway.metadata)
}

private func isYounger(_ claim: GatewayClaim, than other: ObjectMeta) -> Bool {
    guard let age = claim.age else { return false }
    return (other.creationTimestamp ?? .max, other.key) < (age.created ?? .max, age.key)
}

/// What older Gateways have on a port.
private struct PortClaim {
    var protocolName: String
    var owner: NamespacedName
    var hostnames: [String?: NamespacedName] = [:]

    init(_ plan: ListenerPlan) {
        protocolName = plan.listener.protocolName
        owner = plan.gateway.key
    }
}

private func markInside(_ plans: inout [ListenerPlan]) {
    // What is refused anyway (a protocol that we do not have) stands in nobody's way.
    let byPort = Dictionary(grouping: plans.indices.filter { plans[$0].isHTTP }, by: { plans[$0].listener.port })
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

private func check(_ plan: inout ListenerPlan, against claims: [Int: PortClaim]) {
    guard plan.isHTTP, plan.conflict == nil, let claim = claims[plan.listener.port] else { return }
    if claim.protocolName != plan.listener.protocolName {
        plan.conflict = Problem(
            "ProtocolConflict",
            "port \(plan.listener.port) is \(claim.protocolName) of the older Gateway \(claim.owner)")
    } else if let owner = claim.hostnames[plan.listener.hostname] {
        plan.conflict = Problem(
            "HostnameConflict",
            "port \(plan.listener.port) with host name \(plan.listener.hostname ?? "(any)") belongs to the older "
                + "Gateway \(owner)")
    }
}
