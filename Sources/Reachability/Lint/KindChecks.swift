import Kubernetes
import Policy

/// What a policy is, rather than what it says.
enum KindChecks {
    static func notAsWritten(_ context: LintContext, _ found: inout FindingList) {
        for policy in context.policies {
            for remark in policy.remarks {
                // Rules for a direction that is not meant have a finding of their own.
                if policy.source.group == NetworkPolicy.group, ["spec.ingress", "spec.egress"].contains(remark.path) {
                    continue
                }
                found.add(
                    context, policy, remark.path, remark.message, "write it with fields that are known, or remove it")
            }
        }
    }

    static func staged(_ context: LintContext, _ found: inout FindingList) {
        for policy in context.policies where policy.isStaged {
            found.add(
                context, policy, "metadata", "is staged: what it would deny is recorded, and is not denied",
                "enforce it once the records show nothing that must go on")
        }
    }

    static func deprecated(_ context: LintContext, _ found: inout FindingList) {
        let tiers = [AdminNetworkPolicy.kind: "Admin", BaselineAdminNetworkPolicy.kind: "Baseline"]
        for policy in context.policies where policy.source.group == ClusterNetworkPolicy.group {
            guard let tier = tiers[policy.source.kind] else { continue }
            found.add(
                context, policy, "apiVersion",
                "is of version v1alpha1, which ClusterNetworkPolicy v1alpha2 has replaced",
                "write it as a ClusterNetworkPolicy with tier: \(tier)")
        }
    }
}
