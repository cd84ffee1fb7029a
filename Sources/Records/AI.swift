extension Record {
    /// What an AI request asked for, and what it cost.
    public struct AI: Sendable, Hashable {
        /// Name of the server's table (`ollama`, `vllm`, ...); empty: the server is not known.
        public var server = ""
        /// Operation classes, and `ServerFetch` where the server was to fetch a URL.
        public var classes: [String] = []
        /// Operation as OpenTelemetry's GenAI conventions name it (`chat`, `embeddings`, `execute_tool`, ...).
        public var operation = ""
        /// Model, as the caller named it.
        public var model: [UInt8] = []
        /// Model that the backend was asked for, where it is another.
        public var upstreamModel = ""
        /// True: the answer was to come as a stream.
        public var isStreaming = false
        /// Method of the Model Context Protocol.
        public var mcpMethod: [UInt8] = []
        /// Tool, prompt or resource that an MCP request named.
        public var tool: [UInt8] = []
        /// Tokens; nil: nothing was counted.
        public var tokens: Tokens?
        /// Dollars, an exact decimal; empty: no price is known.
        public var cost = ""
        /// Budgets that were asked.
        public var budget: Budget?

        /// Nothing known yet.
        public init() {}
    }

    /// Tokens of one request.
    public struct Tokens: Sendable, Hashable {
        /// Tokens that went in, cached ones among them.
        public var input: Int64
        /// Tokens that came out, those of reasoning among them.
        public var output: Int64
        /// Of those that went in: read from a cache.
        public var cached: Int64
        /// Of those that came out: not shown.
        public var reasoning: Int64
        /// True: the server did not report them.
        public var isEstimate: Bool

        /// Tokens.
        public init(input: Int64, output: Int64, cached: Int64, reasoning: Int64, isEstimate: Bool) {
            self.input = input
            self.output = output
            self.cached = cached
            self.reasoning = reasoning
            self.isEstimate = isEstimate
        }
    }

    /// What the budgets said.
    public struct Budget: Sendable, Hashable {
        /// The budget that was exhausted, `namespace/name`; empty: none.
        public var exhausted: String
        /// Where the counters were: `local`, `shared`, or `local_share` when the shared ones could not be reached.
        public var counters: String
        /// A staged budget that would have denied or cut the request, `namespace/name`; empty: none.
        public var staged: String

        /// What the budgets said.
        public init(exhausted: String, counters: String, staged: String = "") {
            self.exhausted = exhausted
            self.counters = counters
            self.staged = staged
        }
    }

    /// Whose pod an address is.
    public struct Workload: Sendable, Hashable {
        /// Kind of what runs, such as `Deployment`.
        public var kind: String
        /// Its namespace.
        public var namespace: String
        /// Its name.
        public var name: String
        /// The pod.
        public var pod: String
        /// Labels of the pod at the moment of the decision, each `key=value`.
        public var labels: [String]

        /// A workload.
        public init(kind: String, namespace: String, name: String, pod: String, labels: [String] = []) {
            self.kind = kind
            self.namespace = namespace
            self.name = name
            self.pod = pod
            self.labels = labels
        }
    }
}
