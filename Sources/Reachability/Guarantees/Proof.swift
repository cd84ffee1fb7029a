import Addresses
import Kubernetes
import Policy

/// What became of one rule of a Guarantee.
public struct Proof: Sendable {
    /// The object.
    public let guarantee: ObjectReference
    /// Name of the rule.
    public let rule: String
    /// What it promises.
    public let promise: Guarantee.Promise
    /// Where the rule is written.
    public let position: Position?
    /// Whether it holds.
    public let result: Result
    /// What could not be taken into account, each in one sentence without a full stop: what holds may not be so.
    public let remarks: [String]

    /// Whether a rule holds.
    public enum Result: Sendable {
        /// It holds for all pairs that were looked at: so many, of groups of workloads and runs of addresses.
        case proved(pairs: Int)
        /// It does not hold, and this shows it.
        case refuted(Witness)
        /// Nobody is meant by this side (`from`, `to`, `via`): it says nothing, which is hardly what was wanted.
        case vacuous(side: String)
    }

    /// True when it holds.
    public var holds: Bool { if case .proved = result { true } else { false } }
}

/// A connection that shows something, and the decision about it.
public struct Witness: Sendable {
    /// The connection; its parties are of `Reachability.list`, in which pods may have places (`GuestList.placed`).
    public let connection: Connection
    /// What was decided.
    public let verdict: Verdict
    /// All traffic between the two for which the same is so.
    public let traffic: TrafficSet
}
