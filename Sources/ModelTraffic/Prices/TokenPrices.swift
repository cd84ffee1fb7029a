/// What a model's tokens cost: whole picodollars for each token, so that every cost is exact.
public struct TokenPrices: Hashable, Sendable {
    /// Picodollars for a token of input that was neither read from a cache nor written to one.
    public let input: Int64
    /// Picodollars for a token of output that is not reasoning.
    public let output: Int64
    /// Picodollars for a token of input that was read from a cache.
    public let cachedInput: Int64
    /// Picodollars for a token of input that was written to a cache.
    public let cacheWrite: Int64
    /// Picodollars for a token of reasoning.
    public let reasoning: Int64

    /// Decimals that a price may have: with six, a token costs whole picodollars.
    public static let decimals = 6

    /// Prices in dollars per million tokens, as text with at most six decimals.
    ///
    /// - Parameters:
    ///   - cachedInput: as `input` when nil.
    ///   - cacheWrite: as `input` when nil.
    ///   - reasoning: as `output` when nil.
    /// - Throws: which price is refused, and why.
    public init(
        input: String, output: String, cachedInput: String? = nil, cacheWrite: String? = nil, reasoning: String? = nil
    ) throws(PriceProblem) {
        let inputPrice = try Self.price("input", input)
        let outputPrice = try Self.price("output", output)
        self.input = inputPrice
        self.output = outputPrice
        self.cachedInput =
            try cachedInput.map { text throws(PriceProblem) in try Self.price("cachedInput", text) } ?? inputPrice
        self.cacheWrite =
            try cacheWrite.map { text throws(PriceProblem) in try Self.price("cacheWrite", text) } ?? inputPrice
        self.reasoning =
            try reasoning.map { text throws(PriceProblem) in try Self.price("reasoning", text) } ?? outputPrice
    }

    /// What that usage costs. Parts that are larger than what they are a part of count as all of it, and counts below
    /// zero as none.
    public func cost(_ usage: TokenUsage) -> Money {
        let all = max(0, usage.input)
        let read = min(max(0, usage.cachedInput), all)
        let written = min(max(0, usage.cacheWrite), all - read)
        let answer = max(0, usage.output)
        let thought = min(max(0, usage.reasoning), answer)
        var sum = Int128(all - read - written) * Int128(input)
        sum += Int128(read) * Int128(cachedInput)
        sum += Int128(written) * Int128(cacheWrite)
        sum += Int128(answer - thought) * Int128(output)
        sum += Int128(thought) * Int128(reasoning)
        return Money(clamping: sum)
    }

    /// The most that a usage of at most these tokens can cost, whatever part of it is cached or reasoning.
    public func maximumCost(input tokens: Int64, output answer: Int64) -> Money {
        let sum = Int128(max(0, tokens)) * Int128(max(input, cachedInput, cacheWrite))
        return Money(clamping: sum + Int128(max(0, answer)) * Int128(max(output, reasoning)))
    }

    /// Dollars for a million tokens are a millionth of that for one: the same digits in picodollars, without six zeros.
    private static func price(_ field: String, _ text: String) throws(PriceProblem) -> Int64 {
        do throws(MoneyProblem) {
            return try Money(dollars: text, decimals: decimals).picodollars / 1_000_000
        } catch {
            throw PriceProblem(field: field, problem: error)
        }
    }
}

/// A price that is refused.
public struct PriceProblem: Error, Hashable, Sendable {
    /// Which price: the name of the argument of `TokenPrices.init`.
    public let field: String
    /// What is wrong with its text.
    public let problem: MoneyProblem
}
