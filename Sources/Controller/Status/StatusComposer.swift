import ClusterSource
import Kubernetes
import Policy
import Reachability
import Routing

/// What is to be said of every object, from what was judged and how the gateways stand. Pure.
struct StatusComposer {
    let judge: ClusterJudge
    let snapshot: Snapshot
    let proofs: GuaranteeProofs
    /// How the gateways stand; one that is not among them has nothing yet.
    let standings: [NamespacedName: GatewayStanding]
    /// Gateways whose Services do not exist in this installation: others run them. Then nothing is said of pods.
    let runsGateways: Bool
    /// Seconds since 1970.
    let now: Int64

    private var objects: Objects { snapshot.objects }

    /// Options by which Gateways are judged: each has addresses of its own.
    static func options(_ standings: [NamespacedName: GatewayStanding]) -> RoutingOptions {
        var options = RoutingOptions()
        options.controllerName = Installation.controllerName
        options.className = Installation.className
        options.gatewaysShareAddresses = false
        options.gatewayAddresses = standings.mapValues(\.addresses)
        return options
    }

    /// One draft for each object of a kind with a status, by place.
    func drafts() -> [StatusDraft] {
        let judged = judge.statuses(snapshot, Self.options(standings), now)
        var drafts: [ObjectPlace: StatusDraft] = [:]
        for status in judged.routing {
            if let draft = routing(status) { drafts[draft.place] = draft }
        }
        for status in judged.others + policies() + guarantees() { add(status, to: &drafts) }
        return drafts.values.sorted { Self.isBefore($0.place, $1.place) }
    }

    private static func isBefore(_ a: ObjectPlace, _ b: ObjectPlace) -> Bool {
        (a.resource.kind, a.namespace, a.name) < (b.resource.kind, b.namespace, b.name)
    }

    private func place(_ reference: ObjectReference) -> ObjectPlace? {
        guard !reference.name.isEmpty, let kind = StatusKinds.find(reference) else { return nil }
        return ObjectPlace(
            resource: kind, namespace: kind.isNamespaced ? reference.namespace : "", name: reference.name)
    }

    // MARK: Gateways and routes

    private func routing(_ status: RoutingStatus) -> StatusDraft? {
        guard let place = place(status.object.reference) else { return nil }
        let isInvalid = objects.invalid.contains { $0.reference == status.object.reference }
        let content: StatusDraft.Content
        switch status.object.reference.kind {
        case Gateway.kind:
            if isInvalid, !isOurs(status.object.reference) { return nil }
            content = gateway(status)
        case HTTPRoute.kind, GRPCRoute.kind:
            let parents = isInvalid ? claimedParents(status) : status.parents.map { explained($0, status) }
            // Nobody of ours is meant; what we said once goes.
            content = .parents(parents.filter { isOurs($0.parent, status.object.reference.namespace) })
        case BackendTLSPolicy.kind: content = .ancestors(status.parents)
        default: content = .conditions(status.object.conditions)
        }
        return StatusDraft(place: place, content: content, isInvalid: isInvalid)
    }

    private func isOurs(_ reference: ObjectReference) -> Bool {
        let claim = objects.invalid.first { $0.reference == reference }?.gateway
        return claim?.className.map(isOurClass) ?? false
    }

    private func isOurClass(_ name: String) -> Bool {
        objects.gatewayClasses[NamespacedName("", name)]?.controllerName == Installation.controllerName
    }

    /// A Gateway of ours, or one with mistakes that is.
    private func isOurs(_ parent: ParentRef, _ namespace: String) -> Bool {
        let name = NamespacedName(parent.namespace ?? namespace, parent.name)
        if let gateway = objects.gateways[name] { return isOurClass(gateway.gatewayClassName) }
        return isOurs(
            ObjectReference(group: Gateway.group, kind: Gateway.kind, namespace: name.namespace, name: name.name))
    }

    /// A route with mistakes says nothing of which parent it is refused by: by all of ours.
    private func claimedParents(_ status: RoutingStatus) -> [ParentStatus] {
        let reference = status.object.reference
        let claim = objects.invalid.first { $0.reference == reference }?.claim
        return (claim?.parents ?? []).map { parent in
            ParentStatus(
                parent: ParentRef(
                    group: Gateway.group, kind: Gateway.kind,
                    namespace: parent.gateway.namespace == reference.namespace ? nil : parent.gateway.namespace,
                    name: parent.gateway.name, sectionName: parent.sectionName, port: parent.port),
                controllerName: Installation.controllerName, conditions: status.object.conditions)
        }
    }

    private func gateway(_ status: RoutingStatus) -> StatusDraft.Content {
        let reference = status.object.reference
        var (conditions, listeners) = (status.object.conditions, status.listeners)
        let name = NamespacedName(reference.namespace, reference.name)
        let problem = runsGateways ? (standings[name] ?? GatewayStanding()).problem : nil
        if let problem {
            Self.refuse(&conditions, problem.reason, problem.message)
            for index in listeners.indices { Self.refuse(&listeners[index].conditions, "Pending", problem.message) }
        }
        for index in listeners.indices { explain(&listeners[index].conditions, reference) }
        explain(&conditions, reference)
        return .gateway(conditions, listeners, status.addresses)
    }

    /// What is not programmed for another reason keeps that one.
    private static func refuse(_ conditions: inout [Condition], _ reason: String, _ message: String) {
        for index in conditions.indices where conditions[index].type == "Programmed" {
            guard conditions[index].status == .true else { continue }
            conditions[index].status = .false
            conditions[index].reason = reason
            conditions[index].message = message
        }
    }

    private func explained(_ parent: ParentStatus, _ status: RoutingStatus) -> ParentStatus {
        var parent = parent
        explain(&parent.conditions, status.object.reference)
        return parent
    }

    /// What the source could not read because it may not is said beside what is missing: with what would mend it.
    private func explain(_ conditions: inout [Condition], _ reference: ObjectReference) {
        for index in conditions.indices
        where conditions[index].type == "ResolvedRefs" && conditions[index].status == .false {
            let words = snapshot.mistakes.filter { $0.object == reference }.map(\.message)
            guard !words.isEmpty else { continue }
            conditions[index].message = ([conditions[index].message] + words).joined(separator: "; ")
        }
    }

    // MARK: Other kinds

    private func add(_ status: ObjectStatus, to drafts: inout [ObjectPlace: StatusDraft]) {
        guard let place = place(status.reference), !status.conditions.isEmpty else { return }
        var conditions: [Condition] = []
        if case .conditions(let before)? = drafts[place]?.content { conditions = before }
        for condition in status.conditions {
            guard let index = conditions.firstIndex(where: { $0.type == condition.type }) else {
                conditions.append(condition)
                continue
            }
            // Of two that judge the same, who finds something wrong is heard.
            if conditions[index].status == .true { conditions[index] = condition }
        }
        explain(&conditions, status.reference)
        let isInvalid = objects.invalid.contains { $0.reference == status.reference }
        drafts[place] = StatusDraft(place: place, content: .conditions(conditions), isInvalid: isInvalid)
    }

    private func policies() -> [ObjectStatus] {
        let group = ClusterNetworkPolicy.group
        let wrong = objects.invalid.filter { $0.reference.group == group || $0.reference.kind == Guarantee.kind }.map {
            ObjectStatus(
                reference: $0.reference,
                conditions: [
                    Condition(
                        type: "Accepted", status: .false, reason: "Invalid",
                        message: $0.policy == nil ? $0.reason : "\($0.reason); what it is about is denied")
                ])
        }
        return wrong
            + objects.clusterNetworkPolicies.values.map { policy in
                ObjectStatus(reference: policy.reference, conditions: [accepted(policy)])
            }
    }

    private func accepted(_ policy: ClusterNetworkPolicy) -> Condition {
        let remarks = WorkloadPolicy(policy).remarks
        let generation = policy.metadata.generation
        guard let first = remarks.first else {
            return Condition(
                type: "Accepted", status: .true, reason: "Accepted",
                message: policy.isStaged ? "staged: watched, and not enforced" : "", observedGeneration: generation)
        }
        let more = remarks.count > 1 ? "; and \(remarks.count - 1) more" : ""
        return Condition(
            type: "Accepted", status: .false, reason: "PartiallyInvalid",
            message: "\(first.path): \(first.message)\(more)", observedGeneration: generation)
    }

    private func guarantees() -> [ObjectStatus] {
        let byName = Dictionary(grouping: proofs.proofs) { $0.guarantee.name }
        return objects.guarantees.values.map { guarantee in
            let generation = guarantee.metadata.generation
            let (status, reason, message) = verdict(byName[guarantee.metadata.name] ?? [])
            return ObjectStatus(
                reference: guarantee.reference,
                conditions: [
                    Condition(
                        type: "Accepted", status: .true, reason: "Accepted", message: "",
                        observedGeneration: generation),
                    Condition(
                        type: "Holds", status: status, reason: reason, message: message,
                        observedGeneration: generation),
                ])
        }
    }

    private func verdict(_ proofs: [Proof]) -> (Condition.Status, String, String) {
        for proof in proofs {
            if case .refuted = proof.result {
                return (.false, "Refuted", "rule \(proof.rule): \(judge.reason(proof, self.proofs.list))")
            }
        }
        for proof in proofs {
            if case .vacuous(let side) = proof.result {
                return (.unknown, "Vacuous", "rule \(proof.rule) says nothing: nobody is meant by `\(side)`")
            }
        }
        if let remark = proofs.lazy.flatMap(\.remarks).first {
            return (.true, "Proved", "as far as is known: \(remark)")
        }
        return (.true, "Proved", "")
    }
}
