import Kubernetes

/// Something in a policy that does not do what it seems to, or does nothing.
public struct Finding: Hashable, Sendable {
    /// Which of `LintRule.all` found it.
    public let rule: String
    /// How bad it is.
    public let severity: Severity
    /// The policy.
    public let object: ObjectReference
    /// The field, such as `spec.ingress[0].from[1]`; empty: the object as a whole.
    public let path: String
    /// Where that was written, as nearly as is known.
    public let position: Position?
    /// What is so, in one sentence without a full stop.
    public let message: String
    /// What to do, in one sentence without a full stop.
    public let advice: String

    /// True: it is about a policy that is staged, or would be so with staged policies in force.
    public internal(set) var isStaged = false

    /// How bad a finding is.
    public enum Severity: String, Hashable, Sendable, Comparable, CaseIterable {
        /// It cannot be meant.
        case error
        /// It is hardly meant.
        case warning
        /// It may well be meant, and is worth knowing.
        case note

        /// The worst first.
        public static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }

        private var rank: Int {
            switch self {
            case .error: 0
            case .warning: 1
            case .note: 2
            }
        }
    }
}
