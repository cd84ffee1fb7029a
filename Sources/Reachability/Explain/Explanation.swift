import Addresses
import Kubernetes
import Policy

/// Why a connection is allowed or denied, for someone who has never read how policies work.
public struct Explanation: Sendable {
    /// The connection.
    public let connection: Connection
    /// The decision; `isStaged` says which of its verdicts is explained.
    public let decision: Decision
    /// True: as if staged policies were in force.
    public let isStaged: Bool
    /// One sentence: the answer.
    public let answer: String
    /// What was looked at on the way out, and on the way in.
    public let sides: [Side]
    /// The smallest set of changes that was found that would turn the answer; their effect was tried.
    public let suggestion: Suggestion?

    /// One side of the connection.
    public struct Side: Sendable {
        /// Leaving (egress) or arriving (ingress).
        public let direction: Direction
        /// What it says.
        public let ruling: Ruling
        /// One sentence: who is asked about whom.
        public let heading: String
        /// What each policy said, in the order in which they are asked.
        public let findings: [Finding]
        /// One sentence: what follows.
        public let conclusion: String
    }

    /// What one policy, or one of its rules, said.
    public struct Finding: Sendable {
        /// The policy.
        public let policy: ObjectReference
        /// Where the rule was written, or the policy.
        public let position: Position?
        /// Path of the rule; empty: the policy as a whole.
        public let rule: String
        /// One sentence without the name of the policy.
        public let text: String
        /// True: the rule was not understood, and matches nothing, or denies everything.
        public let failsClosed: Bool
        /// True: this decided.
        public let isDecisive: Bool
    }

    /// Explains a connection.
    public init(_ list: GuestList, _ connection: Connection, staged: Bool = false) {
        let (decision, enforced, withStaged) = list.trace(connection)
        let isStaged = staged && list.hasStaged
        let verdict = isStaged ? decision.staged : decision.enforced
        let words = Words(list, connection)
        self.connection = connection
        self.decision = decision
        self.isStaged = isStaged
        answer = words.answer(verdict)
        sides = [Direction.egress, .ingress].map { direction in
            words.side(direction, verdict[direction], isStaged ? withStaged : enforced)
        }
        suggestion = Suggestion.find(list, connection, staged: isStaged)
    }
}
