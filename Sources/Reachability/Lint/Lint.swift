import Kubernetes
import Policy

/// Looks policies over for what they hardly mean.
///
/// Most of it is asked of the engine itself: what a rule matches, and whether a verdict would change without it. What
/// is only unusual is not reported; neither is what cannot be known because the objects are not all of a cluster, such
/// as a rule about a namespace that is not among them.
public enum Lint {
    /// Every finding, by object and field. Near linear in the number of policies.
    ///
    /// - Parameters:
    ///   - list: of the objects.
    ///   - notes: of the same reading: they say what decoding has put right.
    public static func findings(_ list: GuestList, _ objects: Objects, notes: [Mistake] = []) -> [Finding] {
        let context = LintContext(list, objects, notes)
        var found: [Finding] = []
        for rule in LintRule.all {
            var own = FindingList(rule)
            rule.check(context, &own)
            found += own.findings
        }
        return found.sorted { Order($0) < Order($1) }
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
