/// Tokens of one request.
public struct TokenUsage: Hashable, Sendable {
    /// All tokens that were read, from a cache or not.
    public var input: Int64
    /// All tokens that were written, reasoning included.
    public var output: Int64
    /// Tokens of the input that came from a cache; part of `input`.
    public var cachedInput: Int64
    /// Tokens of the input that were put into a cache; part of `input`.
    public var cacheWrite: Int64
    /// Tokens of the output that are reasoning; part of `output`.
    public var reasoning: Int64
    /// True when some of it was not reported by the server, or not in a way that can be believed.
    public var isEstimate: Bool

    /// Counts as they are given.
    public init(
        input: Int64 = 0, output: Int64 = 0, cachedInput: Int64 = 0, cacheWrite: Int64 = 0, reasoning: Int64 = 0,
        isEstimate: Bool = false
    ) {
        self.input = input
        self.output = output
        self.cachedInput = cachedInput
        self.cacheWrite = cacheWrite
        self.reasoning = reasoning
        self.isEstimate = isEstimate
    }

    /// Input and output together; at the end of the range when it is outside.
    public var total: Int64 {
        let (sum, overflow) = input.addingReportingOverflow(output)
        return overflow ? .max : sum
    }
}
