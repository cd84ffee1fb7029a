/// What a judged request body says.
public struct RequestFacts: Sendable {
    /// The model, as the caller wrote it; nil when the request names none.
    public var model: String?
    /// Where the model stands in the body, so that it can be renamed; nil when it is in the path or in a form.
    public var modelNode: JSONNode?
    /// Whether the body asks for an answer in events or lines. Ollama answers in lines unless it is told not to.
    /// (Text Generation Inference and Triton also have paths that always do; the body does not know them.)
    public var isStreaming = false
    /// Whether the caller wants usage at the end of an OpenAI stream (`stream_options.include_usage`).
    public var wantsUsage = false
    /// The most tokens that the caller lets the server generate, of all choices together; nil: the caller sets no limit.
    public var maxOutputTokens: Int64?
    /// The most input tokens that the body can be: a token is at least one byte of text, and media count with
    /// `MediaKind.tokenBound`.
    public var inputBound: Int64 = 0
    /// True when the server adds input that is not in the body (a stored conversation), which `inputBound` knows nothing of.
    public var addsStoredInput = false
    /// Every URL that the server would fetch.
    public var media: [MediaReference] = []
    /// Classes that only the body tells, and `serverFetch` when there is something to fetch.
    public var extraClasses: OperationClasses = []
    /// Top-level members that this dialect does not have, sorted; for rules that are strict.
    public var unknownFields: [String] = []
    /// The message, when the dialect is `mcp`.
    public var mcp: MCPRequest?

    /// A body that says nothing.
    public init() {}
}
