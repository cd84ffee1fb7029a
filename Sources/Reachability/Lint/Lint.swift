import Kubernetes
import Policy

/// Looks policies over for what they hardly mean.
///
/// Most of it is asked of the engine itself: what a rule matches, and whether a verdict would change without it. What
/// is only unusual is not reported; neither is what cannot be known because the objects are not all of a cluster, such
/// as a rule about a namespace that is not among them.
public enum Lint {
    /// Every finding, by object and field; those about staged policies, and those that would be there were they in force,
    /// are marked. Near linear in the number of policies.
    ///
    /// - Parameters:
    ///   - list: of the objects.
    ///   - notes: of the same reading: they say what decoding has put right.
    public static func findings(_ list: GuestList, _ objects: Objects, notes: [Mistake] = []) -> [Finding] {
        let staged = Set(list.policies.lazy.filter(\.isStaged).map(\.source))
        var found = findings(LintContext(list, objects, notes)).map { finding in
            finding.marked(staged.contains(finding.object) && finding.rule != LintRule.stagedLeft)
        }
        if list.hasStaged {
            // The same again, as it would be with staged policies in force: what is new comes of them.
            let known = Set(found.map { $0.marked(false) })
            let later = findings(LintContext(list.withStagedInForce, objects, notes))
            found += later.filter { !known.contains($0) }.map { $0.marked(true) }
        }
        return found.sorted { Order($0) < Order($1) }
    }

    private static func findings(_ context: LintContext) -> [Finding] {
        LintRule.all.flatMap { rule in
            var own = FindingList(rule)
            rule.check(context, &own)
            return own.findings
        }
    }

    private struct Order: Comparable {
        let finding: Finding
        init(_ finding: Finding) { self.finding = finding }

        static func < (a: Self, b: Self) -> Bool {
            let (x, y) = (a.finding.object, b.finding.object)
            if x != y { return (x.namespace, x.kind, x.name, x.group) < (y.namespace, y.kind, y.name, y.group) }
            return (a.finding.path, a.finding.severity, a.finding.rule, a.finding.message)
                < (b.finding.path, b.finding.severity, b.finding.rule, b.finding.message)
        }
    }
}

extension Finding {
    /// The same, as one that is about what staged policies would do, or not.
    fileprivate func marked(_ isStaged: Bool) -> Finding {
        var finding = self
        finding.isStaged = isStaged
        return finding
    }
}

extension GuestList {
    /// The list as it would be once staged policies are put into force, in the place of those that they replace.
    fileprivate var withStagedInForce: GuestList {
        let replaced = Set(policies.compactMap(\.replaces))
        let inForce = policies.filter { !replaced.contains($0.source) }.map { policy in
            var policy = policy
            (policy.isStaged, policy.replaces) = (false, nil)
            return policy
        }
        return updated(inventory: inventory, policies: inForce)
    }
}
