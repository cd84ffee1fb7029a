/// One entry of an object's `status.conditions`, as Kubernetes' API conventions have it, without the
/// transition time: whoever writes the status knows the clock, and whoever computes it does not.
public struct Condition: Hashable, Sendable {
    /// `True`, `False` or `Unknown`.
    public enum Status: String, Hashable, Sendable {
        case `true` = "True"
        case `false` = "False"
        case unknown = "Unknown"
    }

    /// What is said, in CamelCase: `Accepted`, `ResolvedRefs`, `Programmed`, ...
    public var type: String
    /// Whether it holds.
    public var status: Status
    /// Why, in CamelCase, for programs.
    public var reason: String
    /// Why, for people; empty when there is nothing to add.
    public var message: String
    /// `metadata.generation` of the object that was looked at.
    public var observedGeneration: Int64

    /// That condition.
    public init(
        type: String, status: Status, reason: String, message: String = "", observedGeneration: Int64 = 1
    ) {
        self.type = type
        self.status = status
        self.reason = reason
        self.message = message
        self.observedGeneration = observedGeneration
    }
}

/// What we say about one object as a whole.
public struct ObjectStatus: Hashable, Sendable {
    /// The object.
    public var reference: ObjectReference
    /// Its conditions, one of a type.
    public var conditions: [Condition]
    /// Where the object was written, if known.
    public var position: Position?

    /// That status.
    public init(reference: ObjectReference, conditions: [Condition], position: Position? = nil) {
        self.reference = reference
        self.conditions = conditions
        self.position = position
    }

    /// The condition of that type.
    public func condition(_ type: String) -> Condition? {
        conditions.first { $0.type == type }
    }
}
