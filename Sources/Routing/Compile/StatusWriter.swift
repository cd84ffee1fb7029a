import Kubernetes

/// Says about every object what the specification wants said.
struct StatusWriter {
    let compilation: Compilation

    private var objects: Objects { compilation.snapshot.objects }
    private var controller: String { compilation.options.controllerName }

    /// All statuses, in order of kind, namespace and name.
    func statuses() -> [RoutingStatus] {
        let all =
            compilation.classes.objects.map(gatewayClass)
            + zip(compilation.gateways, compilation.plans).map { gateway($0, $1) }
            + compilation.listenerSets.map(listenerSet)
            + compilation.routes.compactMap(route)
            + compilation.backends.policies.policies.indices.map(policy)
            + objects.services.values.compactMap(service)
            + objects.invalid.map(invalid)
        return all.sorted {
            let (a, b) = ($0.object.reference, $1.object.reference)
            return (a.kind, a.namespace, a.name) < (b.kind, b.namespace, b.name)
        }
    }

    private func gatewayClass(_ object: GatewayClass) -> RoutingStatus {
        let make = ConditionMaker(object.metadata)
        return RoutingStatus(
            object.reference, object.metadata.position,
            [make.check("Accepted", GatewayClasses.refusal(object), good: "Accepted")])
    }

    // MARK: Gateways

    private func gateway(_ judgement: GatewayJudgement, _ all: [ListenerPlan]) -> RoutingStatus {
        let plans = all.filter { $0.set == nil }
        let make = ConditionMaker(judgement.gateway.metadata)
        var conditions = [accepted(judgement, plans, make), programmed(judgement, plans, make)]
        if judgement.gateway.backendClientCertificateRef != nil {
            conditions.append(make.check("ResolvedRefs", judgement.unresolved, good: "ResolvedRefs"))
        }
        if plans.contains(where: { $0.clientValidation?.allowsInsecureFallback == true }) {
            conditions.append(
                make.yes(
                    "InsecureFrontendValidationMode", "ConfigurationChanged",
                    "clients without a certificate are let in (AllowInsecureFallback); a wrong one is refused"))
        }
        var status = RoutingStatus(judgement.gateway.reference, judgement.gateway.metadata.position, conditions)
        status.listeners = plans.map { listener($0, all, make) }
        status.addresses = judgement.addresses
        status.attachedListenerSets = compilation.listenerSets.count { set in
            set.set.gateway == judgement.gateway.key && isAccepted(set, plans: all)
        }
        return status
    }

    // MARK: ListenerSets

    private func isAccepted(_ judged: ListenerSetJudgement, plans: [ListenerPlan]) -> Bool {
        judged.refusal == nil && plans.contains { $0.owner == judged.set.reference && $0.isValid }
    }

    private func listenerSet(_ judged: ListenerSetJudgement) -> RoutingStatus {
        let make = ConditionMaker(judged.set.metadata)
        let all = judged.gateway.map { compilation.plans[$0] } ?? []
        let plans = all.filter { $0.owner == judged.set.reference }
        var status = RoutingStatus(
            judged.set.reference, judged.set.metadata.position,
            [accepted(judged, plans, make), programmed(judged, plans, make)])
        status.listeners = plans.map { listener($0, all, make) }
        return status
    }

    private func accepted(_ judged: ListenerSetJudgement, _ plans: [ListenerPlan], _ make: ConditionMaker) -> Condition
    {
        if let refusal = judged.refusal { return make.no("Accepted", refusal) }
        let bad = plans.filter { !$0.isValid }
        if bad.isEmpty { return make.yes("Accepted", "Accepted") }
        let words = "listeners that are not served: \(bad.map(\.listener.name).joined(separator: ", "))"
        return bad.count < plans.count
            ? make.yes("Accepted", "ListenersNotValid", words)
            : make.no("Accepted", Problem("ListenersNotValid", words))
    }

    private func programmed(
        _ judged: ListenerSetJudgement, _ plans: [ListenerPlan], _ make: ConditionMaker
    ) -> Condition {
        if let refusal = judged.refusal {
            let isParents = refusal.reason == "ParentNotAccepted"
            return make.no("Programmed", isParents ? Problem("ParentNotProgrammed", refusal.message) : refusal)
        }
        if !plans.contains(where: \.isValid) {
            return make.no("Programmed", Problem("ListenersNotValid", "no listener can be served"))
        }
        if plans.contains(where: \.isProgrammed) { return make.yes("Programmed", "Programmed") }
        return make.no("Programmed", Problem("ParentNotProgrammed", "its Gateway is not served"))
    }

    // MARK: Listeners

    private func accepted(_ judgement: GatewayJudgement, _ plans: [ListenerPlan], _ make: ConditionMaker) -> Condition {
        if let refusal = judgement.refusal { return make.no("Accepted", refusal) }
        let bad = plans.filter { $0.conflict != nil || $0.refusal != nil }
        if bad.isEmpty { return make.yes("Accepted", "Accepted") }
        let names = bad.map(\.listener.name).joined(separator: ", ")
        let words = "listeners that are not accepted: \(names)"
        return bad.count < plans.count
            ? make.yes("Accepted", "ListenersNotValid", words)
            : make.no("Accepted", Problem("ListenersNotValid", words))
    }

    private func programmed(_ judgement: GatewayJudgement, _ plans: [ListenerPlan], _ make: ConditionMaker) -> Condition
    {
        if let refusal = judgement.refusal { return make.no("Programmed", Problem("Invalid", refusal.message)) }
        if let problem = judgement.unprogrammed { return make.no("Programmed", problem) }
        guard plans.contains(where: \.isProgrammed) else {
            return make.no("Programmed", Problem("Invalid", "no listener can be served"))
        }
        return make.yes("Programmed", "Programmed")
    }

    /// - Parameter plans: all listeners of the Gateway.
    private func listener(_ plan: ListenerPlan, _ plans: [ListenerPlan], _ make: ConditionMaker) -> ListenerStatus {
        var status = listener(plan, make)
        if let overlap = overlap(plan, plans) {
            status.conditions.append(make.yes(overlap.0, overlap.1, overlap.2))
        }
        return status
    }

    private func listener(_ plan: ListenerPlan, _ make: ConditionMaker) -> ListenerStatus {
        let obstacle = plan.obstacle ?? plan.refusal ?? plan.conflict ?? (plan.isUnserviceable ? plan.unresolved : nil)
        let conflicted =
            plan.conflict.map {
                Condition(
                    type: "Conflicted", status: .true, reason: $0.reason, message: $0.message,
                    observedGeneration: make.generation)
            } ?? make.no("Conflicted", Problem("NoConflicts", ""))
        return ListenerStatus(
            name: plan.listener.name, attachedRoutes: plan.attached.count, supportedKinds: plan.supportedKinds,
            conditions: [
                make.check("Accepted", plan.refusal ?? plan.conflict, good: "Accepted"),
                make.check("Programmed", obstacle.map { Problem("Invalid", $0.message) }, good: "Programmed"),
                make.check("ResolvedRefs", plan.unresolved, good: "ResolvedRefs"),
                conflicted,
            ])
    }

    /// HTTPS listeners of one port that a client could mix up when it uses one connection for several host names.
    private func overlap(_ plan: ListenerPlan, _ plans: [ListenerPlan]) -> (String, String, String)? {
        guard plan.listener.protocolName == "HTTPS" else { return nil }
        let others = plans.filter {
            $0.listener.protocolName == "HTTPS" && $0.listener.port == plan.listener.port
                && $0.listener.hostname != plan.listener.hostname
                && hostnamesIntersect($0.listener.hostname, plan.listener.hostname)
        }
        guard !others.isEmpty else { return nil }
        // Others' ListenerSets are nobody's business.
        let names = others.map { $0.owner == plan.owner ? $0.listener.name : "one of another object" }
            .joined(separator: ", ")
        return (
            "OverlappingTLSConfig", "OverlappingHostnames",
            "host names overlap with \(names); a request on a connection that was made for the other gets 421"
        )
    }

    // MARK: Routes

    private func route(_ route: Compilation.RouteProgress) -> RoutingStatus? {
        guard !route.attachments.isEmpty else { return nil }
        let make = ConditionMaker(route.input.metadata)
        var status = RoutingStatus(route.input.reference, route.input.metadata.position)
        status.parents = route.attachments.map { attachment in
            let draft = attachment.gateway.flatMap { route.drafts[$0] } ?? RouteDraft()
            var conditions = [
                acceptance(attachment, draft, make),
                make.check("ResolvedRefs", draft.unresolved, good: "ResolvedRefs"),
            ]
            if let partly = draft.partly {
                conditions.append(
                    make.yes("PartiallyInvalid", partly.reason, "some rules answer 500: \(partly.message)"))
            }
            return ParentStatus(parent: attachment.ref, controllerName: controller, conditions: conditions)
        }
        return status
    }

    private func acceptance(_ attachment: Attachment, _ draft: RouteDraft, _ make: ConditionMaker) -> Condition {
        if let problem = attachment.problem ?? draft.refusal { return make.no("Accepted", problem) }
        let idle = attachment.listeners.map { compilation.plans[$0.gateway][$0.listener] }.filter { !$0.isProgrammed }
        let words = idle.map { "listener \($0.listener.name) is not programmed" }.joined(separator: "; ")
        return make.yes("Accepted", "Accepted", words)
    }

    // MARK: Policies and others

    private func policy(_ index: Int) -> RoutingStatus {
        let judged = compilation.backends.policies.policies[index]
        let make = ConditionMaker(judged.policy.metadata)
        let conditions = [
            make.check("Accepted", judged.conflict ?? judged.refusal, good: "Accepted"),
            make.check("ResolvedRefs", judged.unresolved, good: "ResolvedRefs"),
        ]
        var status = RoutingStatus(judged.policy.reference, judged.policy.metadata.position)
        status.parents = compilation.backends.gateways(using: index).map {
            ParentStatus(
                parent: ParentRef(group: gatewayGroup, kind: "Gateway", namespace: $0.namespace, name: $0.name),
                controllerName: controller, conditions: conditions)
        }
        return status
    }

    /// Only what is wrong: a Service has no conditions of ours otherwise.
    private func service(_ service: Service) -> RoutingStatus? {
        guard let text = service.metadata.annotations[BackendResolver.loadBalancingAnnotation],
            Cluster.LoadBalancing(rawValue: text) == nil
        else { return nil }
        let problem = Problem(
            "UnsupportedValue",
            "annotation \(BackendResolver.loadBalancingAnnotation) is \(text); round-robin and least-requests are known, "
                + "round-robin is used")
        return RoutingStatus(
            service.reference, service.metadata.position, [ConditionMaker(service.metadata).no("Accepted", problem)])
    }

    private func invalid(_ object: InvalidObject) -> RoutingStatus {
        RoutingStatus(
            object.reference, object.position,
            [Condition(type: "Accepted", status: .false, reason: "Invalid", message: object.reason)])
    }
}
