import Kubernetes
import Policy

/// Directions that a NetworkPolicy is about, or is not.
enum TypeChecks {
    static func directionNotMeant(_ context: LintContext, _ found: inout FindingList) {
        for policy in context.objects.networkPolicies.values {
            let types = policy.effectiveTypes
            for (own, other, hasOwn, hasOther) in [
                (
                    NetworkPolicy.PolicyType.ingress, NetworkPolicy.PolicyType.egress, !policy.ingress.isEmpty,
                    !policy.egress.isEmpty
                ),
                (.egress, .ingress, !policy.egress.isEmpty, !policy.ingress.isEmpty),
            ] where hasOwn && !types.contains(own) {
                let path = "spec.\(own.rawValue.lowercased())"
                let effect =
                    hasOther
                    ? "" : "; instead it has \(other.rawValue), for which there is no rule, so nothing of it is allowed"
                found.add(
                    policy.reference, path, policy.metadata.position,
                    "has rules that do nothing: policyTypes does not have \(own.rawValue)\(effect)",
                    "add \(own.rawValue) to policyTypes, or remove the rules")
            }
        }
    }

    static func egressNotIsolated(_ context: LintContext, _ found: inout FindingList) {
        for note in context.notes where note.path == "spec.egress" {
            guard let object = note.object, object.kind == NetworkPolicy.kind else { continue }
            found.add(
                object, note.path, note.position, note.message,
                "write policyTypes: [Ingress, Egress] if nothing may go out, or remove the empty list")
        }
    }
}
