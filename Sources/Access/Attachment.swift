import Kubernetes

/// A place where a policy can be attached: a Gateway, a route, or (with a section) a listener or a route rule.
struct AttachmentPoint: Hashable, Sendable {
    let kind: String
    let object: NamespacedName
    let section: String?

    static let group = "gateway.networking.k8s.io"

    init(kind: String, object: NamespacedName, section: String?) {
        self.kind = kind
        self.object = object
        self.section = section
    }

    /// What a target reference of a policy in that namespace names; nil for kinds that take no access policy.
    init?(_ target: TargetRef, namespace: String) {
        guard target.group == Self.group, ["Gateway", "HTTPRoute", "GRPCRoute"].contains(target.kind) else {
            return nil
        }
        self.init(
            kind: target.kind, object: NamespacedName(namespace, target.name), section: target.sectionName)
    }
}

/// Which policies are attached where.
///
/// The most specific place wins: route rule, then route, then listener, then Gateway (GEP-713, direct attachment).
/// On one place a policy with mistakes wins, because nobody knows what it wanted to forbid; then the oldest, then the
/// first by name.
struct Attachments: Sendable {
    struct Holders: Sendable {
        var enforced: Int32 = -1
        var staged: Int32 = -1
    }

    private(set) var holders: [AttachmentPoint: Holders] = [:]
    /// Policies whose targets could not be read, by namespace: they may have been meant for anything in it.
    private(set) var unreadable: [String: Int32] = [:]
    /// A policy with mistakes whose namespace could not be read either: it may have been meant for anything at all.
    private var lost: Int32?

    /// Attaches a policy whose turn it is (policies come in the order in which they win); false when the place is taken.
    mutating func attach(_ policy: Int32, at point: AttachmentPoint, staged: Bool) -> Bool {
        var current = holders[point] ?? Holders()
        let holder = staged ? current.staged : current.enforced
        guard holder < 0 || holder == policy else { return false }
        if staged { current.staged = policy } else { current.enforced = policy }
        holders[point] = current
        return true
    }

    /// An invalid policy that could be for any namespace.
    mutating func denyEverything(because policy: Int32) {
        if lost == nil { lost = policy }
    }

    mutating func denyAll(in namespace: String, because policy: Int32) {
        if unreadable[namespace] == nil { unreadable[namespace] = policy }
    }

    /// What is in force for one rule of a route behind one listener.
    ///
    /// The staged policy is the one that would be in force if staging ended; nil when it would still be overridden.
    func inForce(
        gateway: NamespacedName, listener: String, route: ObjectReference, rule: String?
    ) -> Holders {
        let routeName = NamespacedName(route.namespace, route.name)
        var found = Holders()
        if let denial = lost ?? unreadable[route.namespace] { return Holders(enforced: denial) }
        var points: [AttachmentPoint?] = [
            rule.map { AttachmentPoint(kind: route.kind, object: routeName, section: $0) },
            AttachmentPoint(kind: route.kind, object: routeName, section: nil),
        ]
        if unreadable[gateway.namespace] == nil {
            points.append(AttachmentPoint(kind: "Gateway", object: gateway, section: listener))
            points.append(AttachmentPoint(kind: "Gateway", object: gateway, section: nil))
        }
        for case let point? in points {
            guard let here = holders[point] else { continue }
            if found.staged < 0 { found.staged = here.staged }
            if here.enforced >= 0 {
                found.enforced = here.enforced
                break
            }
        }
        if found.enforced < 0, let denial = unreadable[gateway.namespace] { found.enforced = denial }
        return found
    }
}
