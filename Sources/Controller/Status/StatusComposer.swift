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

    /// Objects with mistakes.
    private let wrong: [ObjectReference: InvalidObject]
    /// What the source has to say about objects, by object.
    private let remarks: [ObjectReference: [String]]

    init(
        judge: ClusterJudge, snapshot: Snapshot, proofs: GuaranteeProofs,
        standings: [NamespacedName: GatewayStanding], runsGateways: Bool, now: Int64
    ) {
        self.judge = judge
        self.snapshot = snapshot
        self.proofs = proofs
        self.standings = standings
        self.runsGateways = runsGateways
        self.now = now
        wrong = Dictionary(
            snapshot.objects.invalid.map { ($0.reference, $0) }, uniquingKeysWith: { first, _ in first })
        var remarks: [ObjectReference: [String]] = [:]
        for mistake in snapshot.mistakes {
            if let object = mistake.object { remarks[object, default: []].append(mistake.message) }
        }
        self.remarks = remarks
    }

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
        for place in drafts.keys { drafts[place]?.uid = uid(of: place) }
        return drafts.values.sorted { Self.isBefore($0.place, $1.place) }
    }

    private func uid(of place: ObjectPlace) -> String? {
        let reference = ObjectReference(
            group: place.resource.group, kind: place.resource.kind, namespace: place.namespace, name: place.name)
        return objects.metadata(of: reference)?.uid ?? wrong[reference]?.uid
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
        let isInvalid = wrong[status.object.reference] != nil
        let content: StatusDraft.Content
        switch status.object.reference.kind {
        case Gateway.kind:
            if isInvalid, !isOurs(status.object.reference) { return nil }
            content = gateway(status)
        case ListenerSet.kind:
            guard let set = listenerSet(status) else { return nil }
            content = set
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
        let claim = wrong[reference]?.gateway
        return claim?.className.map(isOurClass) ?? false
    }

    private func isOurClass(_ name: String) -> Bool {
        objects.gatewayClasses[NamespacedName("", name)]?.controllerName == Installation.controllerName
    }

    /// A Gateway of ours, or one with mistakes that is, or what adds to one.
    private func isOurs(_ parent: ParentRef, _ namespace: String) -> Bool {
        let name = NamespacedName(parent.namespace ?? namespace, parent.name)
        if parent.kind == ListenerSet.kind {
            let reference = ObjectReference(
                group: ListenerSet.group, kind: ListenerSet.kind, namespace: name.namespace, name: name.name)
            return (objects.listenerSets[name]?.gateway ?? wrong[reference]?.listenerSet?.gateway).map(isOurs) ?? false
        }
        return isOurs(name)
    }

    private func isOurs(_ name: NamespacedName) -> Bool {
        if let gateway = objects.gateways[name] { return isOurClass(gateway.gatewayClassName) }
        return isOurs(
            ObjectReference(group: Gateway.group, kind: Gateway.kind, namespace: name.namespace, name: name.name))
    }

    /// A route with mistakes says nothing of which parent it is refused by: by all of ours.
    private func claimedParents(_ status: RoutingStatus) -> [ParentStatus] {
        let reference = status.object.reference
        let claim = wrong[reference]?.claim
        return (claim?.parents ?? []).map { parent in
            ParentStatus(
                parent: ParentRef(
                    group: Gateway.group, kind: parent.kind,
                    namespace: parent.name.namespace == reference.namespace ? nil : parent.name.namespace,
                    name: parent.name.name, sectionName: parent.sectionName, port: parent.port),
                controllerName: Installation.controllerName, conditions: status.object.conditions)
        }
    }

    private func gateway(_ status: RoutingStatus) -> StatusDraft.Content {
        let reference = status.object.reference
        let problem = problem(NamespacedName(reference.namespace, reference.name))
        let (conditions, listeners) = standing(status, problem, problem?.reason ?? "")
        return .gateway(conditions, listeners, status.addresses, attachedSets: status.attachedListenerSets)
    }

    /// Of a Gateway of ours; nil: it is not our business.
    private func listenerSet(_ status: RoutingStatus) -> StatusDraft.Content? {
        let reference = status.object.reference
        let name = NamespacedName(reference.namespace, reference.name)
        let parent = objects.listenerSets[name]?.gateway ?? wrong[reference]?.listenerSet?.gateway
        guard let parent, isOurs(parent) else { return nil }
        let (conditions, listeners) = standing(status, problem(parent), "ParentNotProgrammed")
        return .listenerSet(conditions, listeners)
    }

    /// Why nothing of a Gateway can be reached yet; nil: it can.
    private func problem(_ gateway: NamespacedName) -> (reason: String, message: String)? {
        runsGateways ? (standings[gateway] ?? GatewayStanding()).problem : nil
    }

    private func standing(
        _ status: RoutingStatus, _ problem: (reason: String, message: String)?, _ reason: String
    ) -> ([Condition], [ListenerStatus]) {
        let reference = status.object.reference
        var (conditions, listeners) = (status.object.conditions, status.listeners)
        if let problem {
            Self.refuse(&conditions, reason, problem.message)
            for index in listeners.indices { Self.refuse(&listeners[index].conditions, "Pending", problem.message) }
        }
        for index in listeners.indices { explain(&listeners[index].conditions, reference) }
        explain(&conditions, reference)
        return (conditions, listeners)
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
            guard let words = remarks[reference] else { continue }
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
        let isInvalid = wrong[status.reference] != nil
        drafts[place] = StatusDraft(place: place, content: .conditions(conditions), isInvalid: isInvalid)
    }

    private func policies() -> [ObjectStatus] {
        let group = ClusterNetworkPolicy.group
        let mistaken = objects.invalid.filter { $0.reference.group == group || $0.reference.kind == Guarantee.kind }.map
        {
            ObjectStatus(
                reference: $0.reference,
                conditions: [
                    Condition(
                        type: "Accepted", status: .false, reason: "Invalid",
                        message: $0.policy == nil ? $0.reason : "\($0.reason); what it is about is denied")
                ])
        }
        return mistaken
            + objects.clusterNetworkPolicies.values.map { judged($0, WorkloadPolicy($0).remarks, $0.isStaged) }
            + objects.adminNetworkPolicies.values.map { judged($0, WorkloadPolicy($0).remarks, $0.isStaged) }
            + objects.baselineAdminNetworkPolicies.values.map { judged($0, WorkloadPolicy($0).remarks, $0.isStaged) }
    }

    private func judged(
        _ policy: some KubernetesObject, _ remarks: [WorkloadPolicy.Remark], _ isStaged: Bool
    ) -> ObjectStatus {
        let generation = policy.metadata.generation
        return ObjectStatus(reference: policy.reference, conditions: [accepted(remarks, isStaged, generation)])
    }

    private func accepted(_ remarks: [WorkloadPolicy.Remark], _ isStaged: Bool, _ generation: Int64) -> Condition {
        guard let first = remarks.first else {
            return Condition(
                type: "Accepted", status: .true, reason: "Accepted",
                message: isStaged ? "staged: watched, and not enforced" : "", observedGeneration: generation)
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
                        type: "Proved", status: status, reason: reason, message: message,
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
