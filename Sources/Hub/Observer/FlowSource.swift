/// Where the Observer's flows come from: the history, or what a test made up.
public protocol FlowSource: Sendable {
    /// A page of records.
    func page(_ question: FlowQuestion) async throws -> FlowPage
    /// Records from now on. A reader that is too slow misses some and is told how many.
    func follow() async -> AsyncStream<FlowNews>
    /// How much there is, and from whom.
    func flowStatus() async throws -> FlowStatus
    /// Namespaces that records since that time, in microseconds since 1970, are about.
    func namespaces(since: Int64) async throws -> [String]
}

/// A question for records.
public struct FlowQuestion: Sendable, Hashable {
    /// From when, in microseconds since 1970.
    public var from: Int64
    /// To when, not itself.
    public var to: Int64
    /// The newest come first.
    public var newestFirst: Bool
    /// Where the page before ended; nil: from the start.
    public var cursor: String?
    /// Lines at most.
    public var limit: Int

    /// A question.
    public init(from: Int64, to: Int64, newestFirst: Bool, cursor: String? = nil, limit: Int) {
        self.from = from
        self.to = to
        self.newestFirst = newestFirst
        self.cursor = cursor
        self.limit = limit
    }
}

/// Some records.
public struct FlowPage: Sendable, Hashable {
    /// Lines of JSON.
    public var lines: [[UInt8]]
    /// Where to go on; nil: there are no more.
    public var next: String?

    /// A page.
    public init(lines: [[UInt8]], next: String?) {
        self.lines = lines
        self.next = next
    }
}

/// What happens while somebody follows.
public enum FlowNews: Sendable, Hashable {
    /// A record, as a line of JSON.
    case line([UInt8])
    /// So many came that he did not get.
    case missed(UInt64)
}

/// How much there is, and from whom.
public struct FlowStatus: Sendable, Hashable {
    /// A node whose agent sends records.
    public struct Node: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Version of its agent; empty: not known.
        public var version: String
        /// True: it is connected.
        public var isConnected: Bool
        /// Records that it sent.
        public var seen: UInt64

        /// A node.
        public init(name: String, version: String = "", isConnected: Bool, seen: UInt64) {
            self.name = name
            self.version = version
            self.isConnected = isConnected
            self.seen = seen
        }
    }

    /// Records that are kept.
    public var kept: UInt64
    /// Records that were seen since the start.
    public var seen: UInt64
    /// Microseconds since the start.
    public var uptime: Int64
    /// Records a second, over the last minute.
    public var rate: Double
    /// Nodes, by name.
    public var nodes: [Node]
    /// Version of the program.
    public var version: String

    /// A state of things.
    public init(kept: UInt64, seen: UInt64, uptime: Int64, rate: Double, nodes: [Node], version: String) {
        self.kept = kept
        self.seen = seen
        self.uptime = uptime
        self.rate = rate
        self.nodes = nodes
        self.version = version
    }
}
