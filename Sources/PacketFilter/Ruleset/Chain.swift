/// A list of rules. Copies share what they say.
public struct Chain: Hashable, Sendable {
    private let content: Content

    /// Its name in the table.
    public var name: String { content.name }
    /// Where the kernel calls it; nil: only other chains lead to it.
    public var hook: Hook? { content.hook }
    /// What it is for, for people.
    public var comment: String? { content.comment }
    /// In order.
    public var rules: [Rule] { content.rules }

    /// What a chain says. Never changes.
    private final class Content: Hashable, Sendable {
        let name: String
        let hook: Hook?
        let comment: String?
        let rules: [Rule]

        init(_ name: String, _ hook: Hook?, _ comment: String?, _ rules: [Rule]) {
            self.name = name
            self.hook = hook
            self.comment = comment
            self.rules = rules
        }

        static func == (a: Content, b: Content) -> Bool {
            a === b || (a.name == b.name && a.hook == b.hook && a.comment == b.comment && a.rules == b.rules)
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(name)
            hasher.combine(rules)
        }
    }

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
        content = Content(name, hook, comment, rules)
    }

    /// True when both share what they say. Costs nothing.
    func isCopy(of other: Chain) -> Bool { content === other.content }
}
