/// What is known about the usage of a dialect's requests before any answer.
struct UsageTraits: Sendable {
    /// What an answer is made of, for estimates.
    enum Output: Sendable {
        /// Text: a token is four bytes, and no event has less than one.
        case text
        /// Pictures of `tokensOfPicture` tokens.
        case pictures
        /// Sound: a token is `bytesOfSoundToken` bytes.
        case sound
        /// Nothing that is counted.
        case nothing
    }

    let output: Output
    /// True when tokens read from a cache or put into one are not in the number for the input.
    var cacheIsOutsideInput = false

    /// A picture of 1024 x 1024 in medium quality.
    static let tokensOfPicture: Int64 = 1_056
    /// Sound at 16 to 24 kB a second has about 20 tokens a second.
    static let bytesOfSoundToken: Int64 = 1_000
    /// Tokens in a second of sound that is heard.
    static let tokensOfSecond: Int64 = 10

    /// The traits of a dialect.
    static func of(_ dialect: Dialect) -> UsageTraits {
        switch dialect {
        case .openAIChat, .openAICompletions, .openAIResponses, .openAITranscription, .ollamaChat, .ollamaGenerate,
            .kserveInfer, .tritonGenerate, .tgiGenerate, .llamaCompletion, .jsonModel:
            UsageTraits(output: .text)
        case .anthropicMessages: UsageTraits(output: .text, cacheIsOutsideInput: true)
        case .openAIImages, .openAIImageForm: UsageTraits(output: .pictures)
        case .openAISpeech: UsageTraits(output: .sound)
        case .openAIEmbeddings, .ollamaEmbed, .anthropicCount, .ollamaModel, .tritonLoad, .mcp:
            UsageTraits(output: .nothing)
        }
    }
}

/// What is believed of the numbers that a server reported, and what stands in for those that are not.
struct UsageJudgement: Sendable {
    let traits: UsageTraits
    /// Estimates of input and output.
    let input: Int64
    let output: Int64

    /// The usage at the end of an answer. What is reported counts, also when it is less than the estimate; what
    /// cannot be, or contradicts itself, is replaced by the larger of the estimate and what may be true.
    func settled(_ numbers: UsageNumbers) -> TokenUsage {
        var usage = TokenUsage()
        usage.cachedInput = numbers.has(.cachedInput) || numbers.has(.cachedOfOne) ? numbers.cachedInput : 0
        usage.cacheWrite = numbers.has(.cacheWrite) ? numbers.cacheWrite : 0
        usage.reasoning = numbers.has(.reasoning) ? numbers.reasoning : 0
        usage.isEstimate = numbers.refused & UsageRole.tokenBits != 0
        settleInput(numbers, &usage)
        settleOutput(numbers, &usage)
        settleTotal(numbers, &usage)
        settleParts(&usage)
        return usage
    }

    /// The usage while more may come: never less than the estimate, nor than what was said before.
    func running(_ numbers: UsageNumbers, since before: TokenUsage) -> TokenUsage {
        let settled = settled(numbers)
        var usage = settled
        usage.input = max(settled.input, input, before.input)
        usage.output = max(settled.output, output, before.output)
        usage.isEstimate = settled.isEstimate || usage.input > settled.input || usage.output > settled.output
        return usage
    }

    private func settleInput(_ numbers: UsageNumbers, _ usage: inout TokenUsage) {
        var reported: Int64 = 0
        if numbers.has(.input) || numbers.has(.inputOfOne) {
            reported = numbers.input
            if traits.cacheIsOutsideInput { reported += usage.cachedInput + usage.cacheWrite }
        } else if traits.output == .nothing, numbers.has(.total) {
            reported = numbers.total
        }
        // No request is without input: a zero says that nobody counted.
        let isDoubtful =
            numbers.refused & (UsageRole.input.bit | UsageRole.cachedInput.bit | UsageRole.cacheWrite.bit) != 0
        usage.input = isDoubtful ? max(reported, input) : reported
        guard usage.input == 0 else { return }
        usage.input = numbers.has(.seconds) ? numbers.seconds * UsageTraits.tokensOfSecond : input
        usage.isEstimate = true
    }

    private func settleOutput(_ numbers: UsageNumbers, _ usage: inout TokenUsage) {
        let isReported = numbers.has(.output) || numbers.has(.outputOfOne)
        usage.output = isReported ? numbers.output : numbers.has(.outputSoFar) ? numbers.outputSoFar : 0
        if numbers.has(.outputBeside) { usage.output += numbers.outputBeside }
        if isReported, usage.output > 0 || output == 0 { return }
        guard traits.output != .nothing else { return }
        usage.output = max(usage.output, output)
        usage.isEstimate = true
    }

    /// A sum that is larger than its parts has tokens that somebody counts: some servers leave reasoning out of the
    /// output.
    private func settleTotal(_ numbers: UsageNumbers, _ usage: inout TokenUsage) {
        guard traits.output != .nothing, numbers.has(.total), numbers.has(.input), numbers.has(.output) else { return }
        let sum = numbers.input + numbers.output
        guard sum != numbers.total else { return }
        usage.output = max(usage.output, numbers.total - numbers.input)
        usage.isEstimate = true
    }

    /// Parts that are larger than what they are a part of: then nothing counts as cheaper than the rest.
    private func settleParts(_ usage: inout TokenUsage) {
        if usage.cachedInput + usage.cacheWrite > usage.input {
            usage.input = max(usage.cachedInput + usage.cacheWrite, usage.input, input)
            usage.cachedInput = 0
            usage.isEstimate = true
        }
        if usage.reasoning > usage.output {
            usage.output = max(usage.reasoning, output)
            usage.isEstimate = true
        }
    }
}

extension UsageRole {
    /// The roles of numbers that count tokens.
    static let tokenBits: UInt32 = [
        input, output, total, cachedInput, cacheWrite, reasoning, outputSoFar, inputOfOne, outputOfOne, cachedOfOne,
        outputBeside,
    ].reduce(0) { $0 | $1.bit }
}
