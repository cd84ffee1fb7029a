/// `ListenerSet` v1: listeners that somebody adds to a Gateway, where its `allowedListeners` lets him.
public struct ListenerSet: KubernetesObject, Hashable {
    public static let group = "gateway.networking.k8s.io"
    public static let versions = ["v1"]
    public static let kind = "ListenerSet"
    public var metadata: ObjectMeta
    /// What it adds to; another kind than Gateway is nobody's that we know.
    public var parentRef: ObjectRef
    public var listeners: [Gateway.Listener]

    /// The Gateway that it adds to; nil: it names something else.
    public var gateway: NamespacedName? {
        guard parentRef.group == Gateway.group, parentRef.kind == Gateway.kind else { return nil }
        return NamespacedName(parentRef.namespace ?? metadata.namespace, parentRef.name)
    }
}

extension FromNamespaces {
    /// Whether an object of a namespace is among those that are meant.
    ///
    /// Without the Namespace object only the one label is known that Kubernetes gives every namespace: a selector that asks
    /// for another one, or for its absence, is not known to match.
    /// - Parameter own: the namespace of the object that says it.
    public func takes(_ namespace: String, own: String, _ objects: Objects) -> Bool {
        switch self {
        case .none: return false
        case .all: return true
        case .same: return namespace == own
        case .selector(let selector):
            if let object = objects.namespaces[NamespacedName("", namespace)] {
                return selector.matches(object.metadata.labels)
            }
            let known = "kubernetes.io/metadata.name"
            return selector.asksOnly(for: known) && selector.matches([known: namespace])
        }
    }
}

extension Objects {
    /// The ListenerSets that add to a Gateway, whatever becomes of their listeners: oldest first.
    public func listenerSets(of gateway: Gateway) -> [ListenerSet] {
        listenerSets.values.filter { set in
            set.gateway == gateway.key
                && gateway.allowedListeners.takes(set.metadata.namespace, own: gateway.metadata.namespace, self)
        }.sorted { a, b in
            (a.metadata.creationTimestamp ?? .max, a.key) < (b.metadata.creationTimestamp ?? .max, b.key)
        }
    }

    /// All listeners of a Gateway: its own, then those of its ListenerSets.
    public func listeners(of gateway: Gateway) -> [Gateway.Listener] {
        gateway.listeners + listenerSets(of: gateway).flatMap(\.listeners)
    }
}

/// What a ListenerSet with mistakes had for itself, as far as it could be read: listeners with wider host names must not
/// answer for it.
public struct ListenerSetClaim: Sendable, Hashable {
    /// The Gateway that it adds to; nil: any.
    public var gateway: NamespacedName?
    /// Its own namespace; nil: any.
    public var namespace: String?
    /// Its ports and host names; the class stays open, since it has none.
    public var claim: GatewayClaim

    /// Whether it may add to that Gateway.
    public func concerns(_ gateway: Gateway, _ objects: Objects) -> Bool {
        if gateway.allowedListeners == FromNamespaces.none || self.gateway.map({ $0 != gateway.key }) ?? false {
            return false
        }
        let own = gateway.metadata.namespace
        return namespace.map { gateway.allowedListeners.takes($0, own: own, objects) } ?? true
    }
}

extension GatewayClaim {
    /// All that a ListenerSet without mistakes has for itself.
    public init(_ set: ListenerSet) {
        listeners = set.listeners.map { listener in
            Listener(port: listener.port, hostname: listener.hostname.map { .name($0) } ?? .any)
        }
        age = Age(created: set.metadata.creationTimestamp, key: set.key)
    }
}

extension ListenerSetClaim {
    /// What can be believed of the document of a ListenerSet.
    init(_ document: Value, _ reference: ObjectReference, isLost: Bool, _ soundness: Soundness) {
        claim = GatewayClaim(document, reference, soundness)
        claim.className = nil
        namespace = isLost ? nil : reference.namespace
        let parent = document["spec"]?["parentRef"]
        guard soundness.holds("spec.parentRef"), let name = parent?["name"]?.text else { return }
        gateway = (parent?["namespace"].map(\.text) ?? namespace).map { NamespacedName($0, name) }
    }
}
