import Kubernetes
import Policy
import Reachability
import Routing

/// Decides whether an object may be stored. Pure: what stands beside it is given. Nothing is remembered of a question,
/// so that it does not matter whether it is a dry run.
struct AdmissionJudge: Sendable {
    let judge: ClusterJudge
    /// What is stored now.
    let snapshot: Snapshot
    /// Rules of guarantees that do not hold now: whoever finds a broken rule did not break it.
    let broken: [GuaranteeProofs.Rule: Proof]
    /// Seconds since 1970.
    let now: Int64

    private static let ownGroup = "sallyport.dev"
    private static let gatewayGroup = "gateway.networking.k8s.io"
    /// Groups of policies between workloads.
    private static let policyKinds: Set<String> = [
        NetworkPolicy.kind, ClusterNetworkPolicy.kind, AdminNetworkPolicy.kind, BaselineAdminNetworkPolicy.kind,
        CalicoGlobalNetworkPolicy.kind, CalicoTier.kind, CalicoNetworkSet.kind, CalicoGlobalNetworkSet.kind,
        Guarantee.kind,
    ]
    /// What must never be kept from its work: namespaces would not go.
    private static let cleaners = "system:serviceaccount:kube-system:"

    func verdict(_ review: AdmissionReview) -> AdmissionVerdict {
        guard review.subresource.isEmpty else { return .allowed }
        switch review.operation {
        case .connect: return .allowed
        case .delete: return deletion(review)
        case .create, .update:
            guard let object = review.object else { return .allowed }
            // It goes, and only waits for somebody who is to clean up.
            if object.at("metadata", "deletionTimestamp")?.text != nil { return .allowed }
            return storing(object, review)
        }
    }

    // MARK: Storing

    private func storing(_ object: Value, _ review: AdmissionReview) -> AdmissionVerdict {
        let object = named(object, review)
        let decoded = ObjectDecoder.decode(object, file: "")
        guard decoded.mistakes.isEmpty else { return mistaken(decoded, object, review) }
        // A kind that is not read.
        guard decoded.objectCount > 0 else { return .allowed }
        var candidate = without(review, of: snapshot.objects)
        let alone = ObjectDecoder.combine([decoded], revision: snapshot.revision).objects
        let reference = reference(review, object)
        candidate.apply(ObjectChange(action: .create, reference: reference), of: alone)
        var verdict = AdmissionVerdict()
        if Self.policyKinds.contains(review.kind) { check(candidate, review, &verdict) }
        if verdict.refusal == nil { verdict.warnings += warnings(reference, candidate, review) }
        verdict.warnings += decoded.notes.map { words($0) }
        return verdict
    }

    /// A name that is still to be made stands for itself: nothing is said about it.
    private func named(_ object: Value, _ review: AdmissionReview) -> Value {
        guard object.at("metadata", "name")?.text == nil, let metadata = object["metadata"]?.members else {
            return object
        }
        let mark = object.mark
        let name = Value.Member(
            key: "name", mark: mark, value: Value(.string(review.name.isEmpty ? "new" : review.name), mark))
        return object.replacing("metadata", with: Value(.map(metadata + [name]), mark))
    }

    /// What is ours is refused. What others may have written for others is theirs to judge, unless it is for a Gateway of
    /// ours, or is a policy between workloads, of which nobody could say what a part of it that is not known would mean.
    private func mistaken(_ decoded: DecodedFile, _ object: Value, _ review: AdmissionReview) -> AdmissionVerdict {
        let said = decoded.mistakes.map(words)
        // Who changes a label of what has long been wrong does not make it worse.
        if let old = review.old {
            let before = Set(ObjectDecoder.decode(old, file: "").mistakes.map(words))
            if said.allSatisfy(before.contains) { return AdmissionVerdict(warnings: said) }
        }
        if review.group == Self.gatewayGroup, !isForUs(object, review) { return AdmissionVerdict(warnings: said) }
        let more = said.count > 5 ? "; and \(said.count - 5) more" : ""
        return AdmissionVerdict(refusal: said.prefix(5).joined(separator: "; ") + more)
    }

    /// Whether an object of the Gateway API is about a Gateway of ours.
    private func isForUs(_ object: Value, _ review: AdmissionReview) -> Bool {
        let classes = Set(
            snapshot.objects.gatewayClasses.values.filter { $0.controllerName == Installation.controllerName }
                .map(\.metadata.name))
        switch review.kind {
        case GatewayClass.kind: return object.at("spec", "controllerName")?.text == Installation.controllerName
        case Gateway.kind: return object.at("spec", "gatewayClassName")?.text.map(classes.contains) ?? false
        default:
            let parents =
                object.at("spec", "parentRefs")?.elements ?? [object.at("spec", "parentRef")].compactMap { $0 }
            return parents.contains { parent in
                let key = NamespacedName(
                    parent["namespace"]?.text ?? review.namespace, parent["name"]?.text ?? "")
                let isSet = parent["kind"]?.text == ListenerSet.kind
                let gateway = isSet ? snapshot.objects.listenerSets[key]?.gateway : key
                return gateway.flatMap { snapshot.objects.gateways[$0] }
                    .map { classes.contains($0.gatewayClassName) } ?? false
            }
        }
    }

    /// What would be said of it, if it were stored, that is not good: it may come right later, so that it is no reason
    /// to refuse it.
    private func warnings(
        _ reference: ObjectReference, _ candidate: Objects, _ review: AdmissionReview
    ) -> [String] {
        guard review.group == Self.ownGroup || review.group == Self.gatewayGroup, review.kind != Guarantee.kind else {
            return []
        }
        let statuses = judge.statuses(
            Snapshot(revision: snapshot.revision, objects: candidate), StatusComposer.options([:]), now)
        let conditions =
            statuses.others.filter { $0.reference == reference }.flatMap(\.conditions)
            + statuses.routing.filter { $0.object.reference == reference }.flatMap { status in
                status.parents.flatMap(\.conditions) + status.listeners.flatMap(\.conditions)
            }
        let bad = conditions.filter {
            ["Accepted", "ResolvedRefs"].contains($0.type) && $0.status == .false && !$0.message.isEmpty
        }
        var seen: Set<String> = []
        return bad.map { "\($0.type) would be False (\($0.reason)): \($0.message)" }.filter { seen.insert($0).inserted }
    }

    // MARK: Deleting

    private func deletion(_ review: AdmissionReview) -> AdmissionVerdict {
        guard Self.policyKinds.contains(review.kind), !review.user.hasPrefix(Self.cleaners) else { return .allowed }
        var verdict = AdmissionVerdict()
        check(without(review, of: snapshot.objects), review, &verdict)
        return verdict
    }

    private func without(_ review: AdmissionReview, of objects: Objects) -> Objects {
        var objects = objects
        let reference = reference(review, review.object ?? review.old)
        objects.apply(ObjectChange(action: .delete, reference: reference), of: Objects())
        objects.invalid.removeAll { $0.reference == reference }
        return objects
    }

    private func reference(_ review: AdmissionReview, _ object: Value?) -> ObjectReference {
        let name = review.name.isEmpty ? object?.at("metadata", "name")?.text ?? "new" : review.name
        return ObjectReference(group: review.group, kind: review.kind, namespace: review.namespace, name: name)
    }

    // MARK: Guarantees

    /// Refuses what would break a rule that holds, and warns of what would once staged policies are in force.
    private func check(_ candidate: Objects, _ review: AdmissionReview, _ verdict: inout AdmissionVerdict) {
        guard !candidate.guarantees.isEmpty else { return }
        let isStaged = isStaged(review.object)
        let after = GuaranteeProofs(candidate)
        let newly = after.refuted.filter { broken[$0.key] == nil }
        if let text = sentence(newly, after.list) {
            if isStaged { verdict.warnings.append(text) } else { verdict.refusal = text }
            return
        }
        guard isStaged, review.kind != Guarantee.kind else { return }
        let later = GuaranteeProofs(candidate, staged: true)
        let then = later.refuted.filter { after.refuted[$0.key] == nil }
        if let text = sentence(then, later.list) {
            verdict.warnings.append("once staged policies are in force: \(text)")
        }
    }

    private func isStaged(_ object: Value?) -> Bool {
        object?.at("metadata", "annotations", "sallyport.dev/enforcement")?.text == "staged"
            || object?["kind"]?.text?.hasPrefix("Staged") == true
    }

    private func sentence(_ refuted: [GuaranteeProofs.Rule: Proof], _ list: GuestList) -> String? {
        let all = refuted.sorted { ($0.key.guarantee, $0.key.rule) < ($1.key.guarantee, $1.key.rule) }
        guard let first = all.first else { return nil }
        let more = all.count > 1 ? "; and \(all.count - 1) more rules" : ""
        return "Guarantee \(first.key.guarantee), rule \(first.key.rule), would not hold: "
            + judge.reason(first.value, list) + more
    }

    private func words(_ mistake: Mistake) -> String {
        mistake.path.isEmpty ? mistake.message : "\(mistake.path): \(mistake.message)"
    }
}

extension Value {
    /// The same map with the value of one key replaced.
    func replacing(_ key: String, with value: Value) -> Value {
        guard let members else { return self }
        let others = members.filter { $0.key != key }
        return Value(.map(others + [Member(key: key, mark: mark, value: value)]), mark)
    }
}
