/// What was read of an answer, and what is to be done with it.
public struct MeterStep: Sendable, Equatable {
    /// The place in the piece after what was read: the end of an event, or of the piece.
    public var end: Int
    /// True when an event ended there.
    public var isEvent: Bool
    /// What is to be done with the bytes that were read, and those that were held before.
    public var action: Action

    /// What is to be done with bytes.
    public enum Action: Sendable, Equatable {
        /// They go on as they are.
        case forward
        /// They do not go on; nor do those that were held.
        case drop
        /// These go on instead of them and of those that were held.
        case replace([UInt8])
        /// They wait; the meter has them and gives them back with `replace`.
        case hold
    }
}

/// Reads the usage out of one answer while it passes, for every dialect, however the network cuts it.
///
/// Until a server says how many tokens an answer had, they are estimated as they flow, so that a budget can be
/// charged event by event. Nothing is allocated for an event, unless a cut goes through a key or an event is changed.
/// No answer can harm it: what it keeps is bounded, and what it cannot read counts as an estimate.
public struct UsageMeter: Sendable {
    /// An event that is longer is passed on as it is, whatever is in it.
    static let longestHeldEvent = 256 * 1_024

    let format: AnswerFormat
    private let isStream: Bool
    let stripsUsage: Bool
    private let traits: UsageTraits
    private let estimatedInput: Int64
    /// llama.cpp counts in every event; only an answer's last one stands for it.
    private let onlyLastCounts: Bool

    /// False for dialects whose answers have no tokens.
    private let counts: Bool

    var scanner: UsageScanner
    var line = EventLines()
    /// Bytes of an event whose end has not come.
    var held: [UInt8] = []
    /// True when the event became too long to be held.
    var isTooLong = false

    private var numbers = UsageNumbers()
    private var contentBytes = 0
    private var contentEvents: Int64 = 0
    private var images: Int64 = 0
    private var answerBytes: Int64 = 0
    /// The usage that was last said.
    private var said = TokenUsage()
    private var isFinished = false

    /// True when the stream has said that nothing follows, in the way of its dialect. Callers need not wait for more:
    /// OpenAI's own clients close the connection then.
    public private(set) var isComplete = false

    /// A meter for one answer.
    ///
    /// - Parameters:
    ///   - format: as the answer's Content-Type says.
    ///   - estimatedInput: tokens that the request may have at most, for when the server does not say.
    ///   - stripsUsage: true when the caller did not ask for usage in a stream of chat or completions and we did: what
    ///     came only for us is taken out again.
    ///   - keepsNames: false where nobody will ask for `responseModel`, `answerID` and `finishReason`: they stay nil.
    public init(
        _ dialect: Dialect, format: AnswerFormat, estimatedInput: Int64, stripsUsage: Bool, keepsNames: Bool = true
    ) {
        self.format = format
        self.stripsUsage =
            stripsUsage && format == .eventStream && (dialect == .openAIChat || dialect == .openAICompletions)
        traits = UsageTraits.of(dialect)
        isStream = format == .eventStream || format == .lines
        onlyLastCounts = dialect == .llamaCompletion && isStream
        let plan = UsagePlan.of(dialect, isStream: isStream)
        counts = plan != nil
        scanner = UsageScanner(
            plan: plan ?? UsagePlan.nothing, stopsAtLines: isStream, findsNull: self.stripsUsage,
            keepsNames: keepsNames)
        self.estimatedInput = counts ? min(max(0, estimatedInput), UsageNumbers.most) : 0
        said = TokenUsage(input: self.estimatedInput, isEstimate: counts)
    }

    /// Reads on from `offset` in the piece up to the end of the next event, or the end of the piece.
    public mutating func next(_ piece: UnsafeRawBufferPointer, from offset: Int) -> MeterStep {
        let bytes = piece.bytes
        switch format {
        case .eventStream: return nextEvent(bytes, from: offset)
        case .lines: return nextLine(bytes, from: offset)
        case .json, .other: return nextPart(bytes, from: offset)
        }
    }

    /// The answer is complete: from now on `usage` is what is settled. It is not called for an answer that was
    /// broken off; then `usage` stays at no less than what was seen.
    ///
    /// - Returns: bytes that were held and must still go on; empty unless a stream ended inside an event.
    @discardableResult
    public mutating func finish() -> [UInt8] {
        guard !isFinished else { return [] }
        let rest = finishEvent()
        isFinished = true
        return rest
    }

    /// Best knowledge now. Before `finish` neither input nor output ever becomes less.
    public var usage: TokenUsage {
        guard counts else { return TokenUsage() }
        if isFinished { return judgement.settled(numbers) }
        return isStream ? said : judgement.running(numbers, since: said)
    }

    /// Name of the model that the answer gives, at most 256 bytes of it.
    public var responseModel: String? { scanner.model }

    /// Name that the server gave the answer, at most 256 bytes of it; only OpenAI's chat, completions and responses.
    public var answerID: String? { scanner.answerID }

    /// Why the model stopped, in the server's own word.
    public var finishReason: String? { scanner.finish }

    /// Number of the last event, in streams that number theirs.
    public var lastSequence: Int64? { numbers.has(.sequence) ? numbers.sequence : nil }

    private var estimatedOutput: Int64 {
        let isRaw = format == .other && !readsAsJSON
        switch traits.output {
        case .text: return isRaw ? parts(answerBytes, of: 4) : max(contentEvents, parts(Int64(contentBytes), of: 4))
        case .pictures: return (isRaw && answerBytes > 0 ? 1 : images) * UsageTraits.tokensOfPicture
        // In JSON sound is base64: four characters for three bytes.
        case .sound: return parts(isRaw ? answerBytes : Int64(contentBytes / 4 * 3), of: UsageTraits.bytesOfSoundToken)
        case .nothing: return 0
        }
    }

    private func parts(_ count: Int64, of size: Int64) -> Int64 { (max(0, count) + size - 1) / size }

    /// Some servers do not say that their JSON is JSON.
    private var readsAsJSON: Bool { line.first == UInt8(ascii: "{") || line.first == UInt8(ascii: "[") }

    /// An answer that has no events.
    private mutating func nextPart(_ bytes: RawSpan, from offset: Int) -> MeterStep {
        answerBytes += Int64(bytes.byteCount - offset)
        var start = offset
        while line.first == 0, start < bytes.byteCount {
            if bytes.byte(start) > 0x20 { line.first = bytes.byte(start) } else { start += 1 }
        }
        if line.first != 0, format == .json || readsAsJSON {
            _ = scanner.scan(bytes, from: start, base: 0)
            takeContent()
        }
        return MeterStep(end: bytes.byteCount, isEvent: false, action: .forward)
    }

    /// What the model wrote since the last time.
    private mutating func takeContent() {
        contentBytes += scanner.notes.contentBytes
        images += scanner.notes.images
        scanner.notes.contentBytes = 0
        scanner.notes.images = 0
    }

    /// Takes what the scanner found in an event, and makes it ready for the next one.
    mutating func endEvent() {
        scanner.endScalar(at: 0)
        if scanner.notes.contentBytes > 0 { contentEvents += 1 }
        takeContent()
        let reports = scanner.notes.numbers.seen | scanner.notes.numbers.refused != 0
        if reports, !onlyLastCounts || scanner.notes.isLast { numbers.merge(scanner.notes.numbers) }
        if isStream, scanner.notes.isLast || line.isEnding { isComplete = true }
        say()
        scanner.notes.clear()
        scanner.reset()
    }

    /// Brings the running usage up to date.
    private mutating func say() {
        guard counts else { return }
        if numbers.seen | numbers.refused == 0 {
            said.output = max(said.output, estimatedOutput)
        } else {
            said = judgement.running(numbers, since: said)
        }
    }

    private var judgement: UsageJudgement {
        UsageJudgement(traits: traits, input: estimatedInput, output: estimatedOutput)
    }
}
