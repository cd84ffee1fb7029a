import Kubernetes

/// What references across namespaces are allowed: all ReferenceGrants, by the namespace that is referred to.
struct Grants {
    private let byNamespace: [String: [ReferenceGrant]]

    init(_ objects: Objects) {
        byNamespace = Dictionary(grouping: objects.referenceGrants.values, by: \.metadata.namespace)
    }

    /// Whether an object of `kind` in `namespace` may refer to `target`. In one namespace it always may.
    func allow(
        _ kind: GroupKind, in namespace: String, toRefer target: NamespacedName, _ targetKind: GroupKind
    ) -> Bool {
        if namespace == target.namespace { return true }
        return (byNamespace[target.namespace] ?? []).contains {
            $0.allows(kind, in: namespace, toRefer: target, targetKind)
        }
    }
}

/// Why a reference cannot be followed: a reason of the specification and words for a person.
struct Problem: Error, Hashable {
    var reason: String
    var message: String

    init(_ reason: String, _ message: String) {
        self.reason = reason
        self.message = message
    }
}

extension ObjectRef {
    /// Namespace and name, as seen from an object in `namespace`.
    func key(from namespace: String) -> NamespacedName { NamespacedName(self.namespace ?? namespace, name) }

    /// Group and kind.
    var groupKind: GroupKind { GroupKind(group: group, kind: kind) }

    /// `Kind namespace/name`, with the group when it is not core.
    func described(from namespace: String) -> String {
        "\(kind)\(group.isEmpty ? "" : ".\(group)") \(key(from: namespace))"
    }
}

/// The API group of Gateway, HTTPRoute and the like.
let gatewayGroup = "gateway.networking.k8s.io"

/// By age, then by namespace and name: the order in which the Gateway API settles every dispute. Objects without a
/// creation time are younger than those that have one.
func isOlder(_ a: ObjectMeta, _ b: ObjectMeta) -> Bool {
    (a.creationTimestamp ?? .max, a.key) < (b.creationTimestamp ?? .max, b.key)
}
