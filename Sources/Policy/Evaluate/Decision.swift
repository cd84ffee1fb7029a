/// What policies say of a connection: as they are enforced, and as they would be with those that are staged.
public struct Decision: Hashable, Sendable {
    /// With the policies in force.
    public let enforced: Verdict
    /// With staged policies in force as well; equal to `enforced` where none is about the connection.
    public let staged: Verdict

    /// True when the connection may be opened.
    public var isAllowed: Bool { enforced.isAllowed }
}

/// Both sides of a connection: it is allowed when both allow it.
public struct Verdict: Hashable, Sendable {
    /// Of the policies about who opens it.
    public let egress: Ruling
    /// Of the policies about whom it comes to.
    public let ingress: Ruling

    /// True when both sides allow it.
    public var isAllowed: Bool { egress.isAllowed && ingress.isAllowed }
    /// True when policies of one priority disagree, and their order would change the answer.
    public var isAmbiguous: Bool { egress.isAmbiguous || ingress.isAmbiguous }

    /// The ruling of a direction.
    public subscript(direction: Direction) -> Ruling { direction == .egress ? egress : ingress }
}

/// What one side says, and which rule said it.
public struct Ruling: Hashable, Sendable {
    /// True: allowed.
    public let isAllowed: Bool
    /// Why.
    public let reason: Reason
    /// Index into `GuestList.policies` of the policy that decided; of one that isolates, the first; -1: none.
    public let policy: Int32
    /// Index of the rule that decided, in the policy's direction; -1: none.
    public let rule: Int32
    /// True when another policy of the same priority says otherwise.
    public let isAmbiguous: Bool

    /// Why a side allows or denies.
    public enum Reason: String, Hashable, Sendable, CaseIterable {
        /// A rule says so.
        case rule
        /// Policies select the workload, and none of their rules allows it.
        case isolated
        /// No policy selects the workload in this direction, or none of the rules decides, and nothing isolates it.
        case unrestricted
        /// It is no workload: policies say nothing about it.
        case outside
        /// A pod calls itself.
        case itself
        /// The pod's own node calls: probes of its health come from there.
        case ownNode
        /// The addresses are of two families.
        case families
    }

    init(_ isAllowed: Bool, _ reason: Reason, policy: Int32 = -1, rule: Int32 = -1, isAmbiguous: Bool = false) {
        self.isAllowed = isAllowed
        self.reason = reason
        self.policy = policy
        self.rule = rule
        self.isAmbiguous = isAmbiguous
    }
}

/// One thing that was looked at on the way to a decision.
public struct TraceStep: Hashable, Sendable {
    /// The side.
    public let direction: Direction
    /// Index into `GuestList.policies`.
    public let policy: Int32
    /// Index of the rule; -1: the policy as a whole.
    public let rule: Int32
    /// What it said.
    public let said: Said

    /// What a rule said.
    public enum Said: Hashable, Sendable {
        /// It matched.
        case matched(RuleAction)
        /// It is about other peers.
        case otherPeer
        /// It is about this peer, and other traffic.
        case otherTraffic
        /// The policy has no rule that matched; what its tier does not allow is denied.
        case isolates
    }
}

/// Takes what is looked at; the one that decides on the data path takes nothing.
protocol TraceSink {
    /// False: what is noted is forgotten.
    static var keeps: Bool { get }
    mutating func note(_ step: @autoclosure () -> TraceStep)
}

/// Forgets.
struct NoTrace: TraceSink {
    static var keeps: Bool { false }
    @inline(__always)
    mutating func note(_ step: @autoclosure () -> TraceStep) {}
}

/// Keeps.
struct FullTrace: TraceSink {
    static var keeps: Bool { true }
    var steps: [TraceStep] = []
    mutating func note(_ step: @autoclosure () -> TraceStep) { steps.append(step()) }
}
