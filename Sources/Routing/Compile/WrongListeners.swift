import Kubernetes

/// What Gateways and ListenerSets with mistakes keep to themselves: ports and host names for which nobody else may answer.
struct WrongListeners {
    /// Gateways that are, or may be, ours; of interest only where they share addresses.
    private let gateways: [GatewayClaim]
    private let sets: [Added]

    /// A ListenerSet with mistakes, or one whose Gateway has some.
    private struct Added {
        var claim: GatewayClaim
        /// Gateways of ours that it may add to.
        var gateways: Set<NamespacedName>
        /// True: its Gateway has mistakes.
        var isOrphan: Bool
    }

    init(_ objects: Objects, _ judgements: [GatewayJudgement], _ classes: GatewayClasses) {
        let wrong = objects.invalid.filter { object in
            object.gateway.map { $0.className.map(classes.isOurs) ?? true } ?? false
        }
        gateways = wrong.compactMap(\.gateway)
        let lost = Set(wrong.map { NamespacedName($0.reference.namespace, $0.reference.name) })
        let orphans = objects.listenerSets.values.filter { $0.gateway.map(lost.contains) ?? false }
        sets =
            objects.invalid.compactMap(\.listenerSet).map { set in
                let concerned = judgements.map(\.gateway).filter { set.concerns($0, objects) }.map(\.key)
                return Added(claim: set.claim, gateways: Set(concerned), isOrphan: false)
            } + orphans.map { Added(claim: GatewayClaim($0), gateways: [], isOrphan: true) }
    }

    /// Host names on a port that are kept closed.
    ///
    /// - Parameter gateway: whose port it is; nil: everybody's.
    func hostnames(on port: Int, of gateway: NamespacedName?) -> [GatewayClaim.Hostname] {
        let added = sets.filter { set in
            gateway.map(set.gateways.contains) ?? (set.isOrphan || !set.gateways.isEmpty)
        }.map(\.claim)
        return ((gateway == nil ? gateways : []) + added).flatMap { $0.hostnames(on: port) ?? [.unknown] }
    }

    /// Why a listener must not be served: its very port and host name may be somebody's with mistakes who is not known to
    /// be younger.
    func problem(_ plan: ListenerPlan, sharing: Bool) -> Problem? {
        if sharing, let claim = gateways.first(where: { takes($0, plan, isBefore: plan.set != nil) }) {
            let name = claim.age.map { " \($0.key)" } ?? ""
            return Problem(
                "HostnameConflict", "its port and host name may belong to Gateway\(name), which has mistakes")
        }
        // Listeners of Gateways come before those that are added.
        guard plan.set != nil else { return nil }
        let taken = sets.contains { set in
            (set.gateways.contains(plan.gateway.key) || (sharing && (set.isOrphan || !set.gateways.isEmpty)))
                && takes(set.claim, plan, isBefore: false)
        }
        return taken
            ? Problem("HostnameConflict", "its port and host name may belong to a ListenerSet that has mistakes") : nil
    }

    /// - Parameter isBefore: whatever its age is.
    private func takes(_ claim: GatewayClaim, _ plan: ListenerPlan, isBefore: Bool) -> Bool {
        guard let hostnames = claim.hostnames(on: plan.listener.port) else { return true }
        if hostnames.contains(.unknown) { return true }
        let own: GatewayClaim.Hostname = plan.listener.hostname.map { .name($0) } ?? .any
        guard hostnames.contains(own) else { return false }
        return isBefore || !isYounger(claim, than: plan.set?.metadata ?? plan.gateway.metadata)
    }

    private func isYounger(_ claim: GatewayClaim, than other: ObjectMeta) -> Bool {
        guard let age = claim.age else { return false }
        return (other.creationTimestamp ?? .max, other.key) < (age.created ?? .max, age.key)
    }
}
