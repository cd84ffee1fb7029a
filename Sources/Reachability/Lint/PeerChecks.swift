import Kubernetes
import Policy

/// Sides of rules of NetworkPolicies that nearly say something else: two items of a list mean one or the other, two
/// selectors in one item mean both.
enum PeerChecks {
    /// A side of a rule, as NetworkPolicy writes it.
    private struct Side {
        let selector: WorkloadSelector
        /// `namespaceSelector` alone.
        var isNamespaces: Bool { !isOwn && selector.labels == .everything }
        /// `podSelector` alone: pods of the own namespace.
        let isOwn: Bool

        init?(_ peer: Peer, _ namespace: String) {
            guard let selector = peer.workloads else { return nil }
            self.selector = selector
            isOwn = selector.namespaces == .named(namespace)
        }
    }

    private static func forEachRule(
        _ context: LintContext, _ visit: (WorkloadPolicy, Direction, WorkloadRule, [Side?]) -> Void
    ) {
        for policy in context.policies where policy.isNetworkPolicy {
            for (direction, rule) in context.rules(policy) {
                guard let peers = rule.peers else { continue }
                visit(policy, direction, rule, peers.map { Side($0, policy.source.namespace) })
            }
        }
    }

    static func orMeantAsAnd(_ context: LintContext, _ found: inout FindingList) {
        forEachRule(context) { policy, direction, rule, sides in
            for index in sides.indices.dropLast() {
                guard let first = sides[index], let second = sides[index + 1],
                    let namespaces = [first, second].first(where: \.isNamespaces),
                    let pods = [first, second].first(where: { $0.isOwn && $0.selector.labels != .everything })
                else { continue }
                let both = WorkloadSelector(namespaces: namespaces.selector.namespaces, labels: pods.selector.labels)
                let place = policy.path(rule, direction, peer: index)
                if namespaces.selector.namespaces == .every {
                    found.add(
                        context, policy, place,
                        "is every pod of every namespace, so the podSelector in the item beside it narrows nothing",
                        "write both selectors in one item (one '-') if both must hold, or remove the podSelector")
                } else if context.isNobody(pods.selector), !context.resolver.groups(both).isEmpty {
                    found.add(
                        context, policy, place,
                        "is every pod of those namespaces; the podSelector in the item beside it is about the "
                            + "policy's own namespace, where it fits nobody, while it fits pods there",
                        "write both selectors in one item (one '-') if both must hold")
                }
            }
        }
    }

    static func andMeantAsOr(_ context: LintContext, _ found: inout FindingList) {
        forEachRule(context) { policy, direction, rule, sides in
            for (index, side) in sides.enumerated() {
                guard let side, !side.isOwn, side.selector.labels != .everything,
                    case .matching(let expression) = side.selector.namespaces, context.isNobody(side.selector)
                else { continue }
                let own = policy.source.namespace
                let here = WorkloadSelector(namespaces: .named(own), labels: side.selector.labels)
                let isElsewhere = context.namespaces(expression).contains {
                    $0 != own && context.inhabited.contains($0)
                }
                guard isElsewhere, !context.resolver.groups(here).isEmpty else { continue }
                found.add(
                    context, policy, policy.path(rule, direction, peer: index),
                    "is nobody: no pod of those namespaces has the labels, while pods of \(own) have them",
                    "write the selectors as two items (each with a '-') if one of them is enough")
            }
        }
    }

    static func ownNamespaceOpened(_ context: LintContext, _ found: inout FindingList) {
        forEachRule(context) { policy, direction, rule, sides in
            for index in sides.indices.dropLast() {
                // The namespace first: who means their own namespace names it first, or in a rule of its own.
                guard let namespaces = sides[index], let pods = sides[index + 1], namespaces.isNamespaces,
                    namespaces.selector.namespaces != .every, pods.isOwn, pods.selector.labels == .everything
                else { continue }
                found.add(
                    context, policy, policy.path(rule, direction, peer: index + 1),
                    "is every pod of \(policy.source.namespace), besides the namespaces in the item before it",
                    "remove it if pods of those namespaces were meant: a namespaceSelector alone means all of them")
            }
        }
    }
}
