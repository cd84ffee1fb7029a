import Testing

@testable import ModelTraffic

@Suite("Prices of tokens")
struct TokenPricesTests {
    @Test("dollars per million tokens are whole picodollars per token")
    func parse() throws {
        let prices = try TokenPrices(input: "2.50", output: "10", cachedInput: "1.25", cacheWrite: "3.125")
        #expect(prices.input == 2_500_000)
        #expect(prices.output == 10_000_000)
        #expect(prices.cachedInput == 1_250_000)
        #expect(prices.cacheWrite == 3_125_000)
        #expect(prices.reasoning == 10_000_000)
        let smallest = try TokenPrices(input: "0.000001", output: "0")
        #expect(smallest.input == 1 && smallest.cachedInput == 1 && smallest.cacheWrite == 1 && smallest.output == 0)
    }

    @Test("a price that is refused is named")
    func refused() {
        #expect(throws: PriceProblem(field: "input", problem: .sign)) { try TokenPrices(input: "-1", output: "1") }
        #expect(throws: PriceProblem(field: "output", problem: .notDecimal)) {
            try TokenPrices(input: "1", output: "free")
        }
        #expect(throws: PriceProblem(field: "cachedInput", problem: .tooManyDecimals)) {
            try TokenPrices(input: "1", output: "1", cachedInput: "0.0000001")
        }
        #expect(throws: PriceProblem(field: "cacheWrite", problem: .exponent)) {
            try TokenPrices(input: "1", output: "1", cacheWrite: "1e9")
        }
        #expect(throws: PriceProblem(field: "reasoning", problem: .tooLarge)) {
            try TokenPrices(input: "1", output: "1", reasoning: "10000000")
        }
    }

    @Test("parts cost their own price, the rest the whole's")
    func parts() throws {
        let prices = try TokenPrices(
            input: "3", output: "15", cachedInput: "0.30", cacheWrite: "3.75", reasoning: "20")
        let usage = TokenUsage(input: 1_000, output: 200, cachedInput: 600, cacheWrite: 100, reasoning: 50)
        // 300 x 3 + 600 x 0.3 + 100 x 3.75 + 150 x 15 + 50 x 20 dollars for a million.
        #expect(prices.cost(usage).description == "0.004705")
        #expect(prices.cost(TokenUsage()) == .zero)
    }

    @Test("parts that are too large and counts below zero cost no less than nothing")
    func nonsense() throws {
        let prices = try TokenPrices(input: "3", output: "15", cachedInput: "1", cacheWrite: "4")
        let large = TokenUsage(input: 10, output: 10, cachedInput: 50, cacheWrite: 50, reasoning: 50)
        #expect(prices.cost(large) == Money(picodollars: 10 * 1_000_000 + 10 * 15_000_000))
        let below = TokenUsage(input: -5, output: -5, cachedInput: -1, cacheWrite: -1, reasoning: -1)
        #expect(prices.cost(below) == .zero)
        let dear = try TokenPrices(input: "9000000", output: "9000000")
        #expect(dear.cost(TokenUsage(input: .max, output: .max)) == .greatest)
        #expect(dear.maximumCost(input: .max, output: .max) == .greatest)
        #expect(dear.maximumCost(input: -1, output: -1) == .zero)
    }

    @Test("costs are those of wider numbers, and none is above the maximum")
    func property() {
        Fuzz.run("token prices", rounds: 20_000) { _, random in
            guard let prices = Self.prices(&random) else {
                Issue.record("a price of this test is refused")
                return false
            }
            let input = Int64.random(in: 0...1_000_000_000_000, using: &random)
            let output = Int64.random(in: 0...1_000_000, using: &random)
            let cached = Int64.random(in: 0...input, using: &random)
            let written = Int64.random(in: 0...(input - cached), using: &random)
            let reasoning = Int64.random(in: 0...output, using: &random)
            let usage = TokenUsage(
                input: input, output: output, cachedInput: cached, cacheWrite: written, reasoning: reasoning)
            let wide =
                Int128(input - cached - written) * Int128(prices.input) + Int128(cached) * Int128(prices.cachedInput)
                + Int128(written) * Int128(prices.cacheWrite) + Int128(output - reasoning) * Int128(prices.output)
                + Int128(reasoning) * Int128(prices.reasoning)
            let right =
                prices.cost(usage).picodollars == Int64(clamping: wide)
                && prices.cost(usage) <= prices.maximumCost(input: input, output: output)
            #expect(right, "\(prices) \(usage)")
            return right
        }
    }

    private static func prices(_ random: inout SplitMix) -> TokenPrices? {
        func price() -> String {
            let whole = Int.random(in: 0...(Bool.random(using: &random) ? 20 : 9_000_000), using: &random)
            return "\(whole).\(Int.random(in: 0...999_999, using: &random))"
        }
        func maybe() -> String? { Bool.random(using: &random) ? price() : nil }
        return try? TokenPrices(
            input: price(), output: price(), cachedInput: maybe(), cacheWrite: maybe(), reasoning: maybe())
    }
}
