import Kubernetes

/// The status of one object that routing is about.
public struct RoutingStatus: Hashable, Sendable {
    /// The object with `status.conditions`: of GatewayClass and Gateway, and of every object that cannot be used.
    public var object: ObjectStatus
    /// `status.listeners` of a Gateway or ListenerSet, in the order of its listeners.
    public var listeners: [ListenerStatus] = []
    /// `status.addresses` of a Gateway.
    public var addresses: [Gateway.Address] = []
    /// `status.attachedListenerSets` of a Gateway: how many ListenerSets add listeners to it.
    public var attachedListenerSets = 0
    /// `status.parents` of a route, `status.ancestors` of a policy.
    public var parents: [ParentStatus] = []

    /// The object's own condition of that type.
    public func condition(_ type: String) -> Condition? { object.condition(type) }

    /// The listener of that name.
    public func listener(_ name: String) -> ListenerStatus? { listeners.first { $0.name == name } }

    init(_ object: ObjectReference, _ position: Position?, _ conditions: [Condition] = []) {
        self.object = ObjectStatus(reference: object, conditions: conditions, position: position)
    }
}

/// One entry of `status.listeners` of a Gateway or ListenerSet.
public struct ListenerStatus: Hashable, Sendable {
    /// Name of the listener.
    public var name: String
    /// How many routes are attached, whether or not their references resolve.
    public var attachedRoutes: Int
    /// Kinds of routes that may attach.
    public var supportedKinds: [GroupKind]
    /// Accepted, Programmed, ResolvedRefs, Conflicted.
    public var conditions: [Condition]

    /// The condition of that type.
    public func condition(_ type: String) -> Condition? { conditions.first { $0.type == type } }
}

/// One entry of `status.parents` of a route or of `status.ancestors` of a policy.
public struct ParentStatus: Hashable, Sendable {
    /// The reference as the object has it.
    public var parent: ParentRef
    /// Who says it: we.
    public var controllerName: String
    /// Accepted, ResolvedRefs, PartiallyInvalid.
    public var conditions: [Condition]

    /// That entry.
    public init(parent: ParentRef, controllerName: String, conditions: [Condition]) {
        self.parent = parent
        self.controllerName = controllerName
        self.conditions = conditions
    }

    /// The condition of that type.
    public func condition(_ type: String) -> Condition? { conditions.first { $0.type == type } }
}

/// Makes the conditions of one object: they all share its generation.
struct ConditionMaker {
    var generation: Int64

    init(_ metadata: ObjectMeta) { generation = metadata.generation }

    func yes(_ type: String, _ reason: String, _ message: String = "") -> Condition {
        Condition(type: type, status: .true, reason: reason, message: message, observedGeneration: generation)
    }

    func no(_ type: String, _ problem: Problem) -> Condition {
        Condition(
            type: type, status: .false, reason: problem.reason, message: problem.message,
            observedGeneration: generation)
    }

    /// `good` when there is no problem.
    func check(_ type: String, _ problem: Problem?, good: String) -> Condition {
        problem.map { no(type, $0) } ?? yes(type, good)
    }
}
