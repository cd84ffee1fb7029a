/// A list of rules.
public struct Chain: Hashable, Sendable {
    /// Its name in the table.
    public let name: String
    /// Where the kernel calls it; nil: only other chains lead to it.
    public let hook: Hook?
    /// What it is for, for people.
    public let comment: String?
    /// In order.
    public let rules: [Rule]

    /// Where the kernel calls a chain. All are of type filter, and what no rule decides goes on.
    public enum Hook: String, Hashable, Sendable, CaseIterable {
        /// What comes to the node itself.
        case input
        /// What goes through the node.
        case forward
        /// What the node itself sends.
        case output

        /// The kernel's number.
        public var number: UInt32 {
            switch self {
            case .input: 1
            case .forward: 2
            case .output: 3
            }
        }

        /// After destinations were rewritten (-100, and kube-proxy's own filter at -110), before other filters (0).
        public static let priority: Int32 = -10
    }

    /// That chain.
    public init(_ name: String, hook: Hook? = nil, comment: String? = nil, _ rules: [Rule]) {
        self.name = name
        self.hook = hook
        self.comment = comment
        self.rules = rules
    }
}
