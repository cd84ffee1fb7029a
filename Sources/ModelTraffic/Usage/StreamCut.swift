/// How a stream ends when its budget ran out: with events of its own protocol that its clients understand as an error,
/// and with the usage up to then.
public struct StreamCut: Sendable {
    /// How answers of the endpoint are read.
    public var dialect: Dialect
    /// Server-sent events or lines; other answers cannot say anything in their middle.
    public var format: AnswerFormat
    /// The usage up to now.
    public var usage: TokenUsage
    /// The model as the stream named it.
    public var model: String
    /// Name of the request, for the caller's questions.
    public var requestID: String
    /// Name that the server gave the answer; nil when it gave none. Clients of responses want one name in all events.
    public var answerID: String?
    /// Now, in seconds since 1970.
    public var createdSeconds: Int64
    /// True when the caller asked for usage in the stream.
    public var askedForUsage: Bool
    /// Number of the last event that the caller got, in streams that number theirs.
    public var lastSequence: Int64

    /// A cut; see the properties.
    public init(
        dialect: Dialect, format: AnswerFormat, usage: TokenUsage, model: String, requestID: String,
        answerID: String? = nil, createdSeconds: Int64, askedForUsage: Bool, lastSequence: Int64 = 0
    ) {
        self.dialect = dialect
        self.format = format
        self.usage = usage
        self.model = model
        self.requestID = requestID
        self.answerID = answerID
        self.createdSeconds = createdSeconds
        self.askedForUsage = askedForUsage
        self.lastSequence = lastSequence
    }

    /// The word for it that programs see.
    public static let code = "budget_exhausted"

    /// The sentence for it that people see.
    public var message: String {
        "The budget for this request ran out while it was answered: the stream was cut after \(usage.output) tokens "
            + "of output (request \(requestID))."
    }

    /// The last events of the stream. They follow a complete event; nothing follows them. Empty for answers that are
    /// not streams: those are cut by ending the connection.
    public var events: [UInt8] {
        var text = EventText()
        switch (format, dialect) {
        case (.json, _), (.other, _): break
        case (.lines, .ollamaChat), (.lines, .ollamaGenerate): text.line(ollama)
        case (.lines, _): text.line([("error", error)])
        case (.eventStream, .openAIChat): writeChat(&text, object: "chat.completion.chunk")
        case (.eventStream, .openAICompletions): writeChat(&text, object: "text_completion")
        case (.eventStream, .openAIResponses): writeResponse(&text)
        case (.eventStream, .anthropicMessages): writeMessage(&text)
        case (.eventStream, .tgiGenerate):
            text.event(nil, [("error", .string(message)), ("error_type", .string(Self.code)), ("usage", inputUsage)])
        case (.eventStream, .llamaCompletion): text.event(nil, llama)
        case (.eventStream, .tritonGenerate): text.event(nil, [("error", .string(message)), ("usage", inputUsage)])
        case (.eventStream, _): text.event("error", [("type", .string("error")), ("error", error)])
        }
        return text.bytes
    }

    /// The usage comes first: clients stop at the error and read nothing after it.
    private func writeChat(_ text: inout EventText, object: String) {
        if askedForUsage {
            text.event(
                nil,
                [
                    ("id", .string(answerID ?? requestID)), ("object", .string(object)),
                    ("created", .number(createdSeconds)),
                    ("model", .string(model)), ("choices", .list), ("usage", promptUsage),
                ])
        }
        text.event(nil, [("error", error)])
        text.raw("data: [DONE]\n\n")
    }

    /// `response.failed` for those who read events, with the usage; then the event that makes clients raise an error.
    private func writeResponse(_ text: inout EventText) {
        text.event(
            "response.failed",
            [
                ("type", .string("response.failed")), ("sequence_number", .number(lastSequence &+ 1)),
                ("response", .object(response)),
            ])
        text.event(
            "error",
            [
                ("type", .string("error")), ("sequence_number", .number(lastSequence &+ 2)),
                ("code", .string(Self.code)), ("message", .string(message)), ("param", .null), ("error", error),
            ])
    }

    private var response: [(String, EventText.Value)] {
        [
            ("id", .string(answerID ?? requestID)), ("object", .string("response")),
            ("created_at", .number(createdSeconds)),
            ("status", .string("failed")),
            ("error", .object([("code", .string(Self.code)), ("message", .string(message))])),
            ("incomplete_details", .null), ("instructions", .null), ("metadata", .object([])),
            ("model", .string(model)), ("output", .list), ("parallel_tool_calls", .bool(true)),
            ("temperature", .null), ("tool_choice", .string("auto")), ("tools", .list), ("top_p", .null),
            ("usage", inputUsage),
        ]
    }

    private func writeMessage(_ text: inout EventText) {
        text.event(
            "message_delta",
            [
                ("type", .string("message_delta")),
                ("delta", .object([("stop_reason", .null), ("stop_sequence", .null)])),
                ("usage", messageUsage),
            ])
        text.event(
            "error",
            [
                ("type", .string("error")),
                ("error", .object([("type", .string("rate_limit_error")), ("message", .string(message))])),
                ("request_id", .string(requestID)),
            ])
    }

    private var ollama: [(String, EventText.Value)] {
        let part: (String, EventText.Value) =
            dialect == .ollamaChat
            ? ("message", .object([("role", .string("assistant")), ("content", .string(""))]))
            : ("response", .string(""))
        return [
            ("model", .string(model)), ("created_at", .string(timeText(createdSeconds))), part,
            ("error", .string(message)), ("done", .bool(true)), ("done_reason", .string("budget")),
            ("prompt_eval_count", .number(usage.input)), ("eval_count", .number(usage.output)),
        ]
    }

    private var llama: [(String, EventText.Value)] {
        [
            ("content", .string("")), ("stop", .bool(true)), ("model", .string(model)),
            ("tokens_predicted", .number(usage.output)), ("tokens_evaluated", .number(usage.input)),
            ("error", .object([("code", .number(429)), ("type", .string(Self.code)), ("message", .string(message))])),
        ]
    }
}

extension StreamCut {
    /// OpenAI's error, with the usage for those who look at it.
    private var error: EventText.Value {
        .object([
            ("message", .string(message)), ("type", .string("insufficient_quota")), ("code", .string(Self.code)),
            ("param", .null),
            ("usage", dialect == .openAIChat || dialect == .openAICompletions ? promptUsage : inputUsage),
        ])
    }

    private var promptUsage: EventText.Value {
        .object([
            ("prompt_tokens", .number(usage.input)), ("completion_tokens", .number(usage.output)),
            ("total_tokens", .number(usage.total)),
            (
                "prompt_tokens_details",
                .object([
                    ("cached_tokens", .number(usage.cachedInput)), ("cache_write_tokens", .number(usage.cacheWrite)),
                ])
            ),
            ("completion_tokens_details", .object([("reasoning_tokens", .number(usage.reasoning))])),
        ])
    }

    private var inputUsage: EventText.Value {
        .object([
            ("input_tokens", .number(usage.input)),
            (
                "input_tokens_details",
                .object([
                    ("cached_tokens", .number(usage.cachedInput)), ("cache_write_tokens", .number(usage.cacheWrite)),
                ])
            ),
            ("output_tokens", .number(usage.output)),
            ("output_tokens_details", .object([("reasoning_tokens", .number(usage.reasoning))])),
            ("total_tokens", .number(usage.total)),
        ])
    }

    /// Anthropic counts what a cache had beside the input.
    private var messageUsage: EventText.Value {
        .object([
            ("input_tokens", .number(max(0, usage.input - usage.cachedInput - usage.cacheWrite))),
            ("cache_read_input_tokens", .number(usage.cachedInput)),
            ("cache_creation_input_tokens", .number(usage.cacheWrite)),
            ("output_tokens", .number(usage.output)),
        ])
    }
}
