/// What the answers of each dialect look like, as paths.
extension UsagePlan {
    /// The plan for a dialect; nil when its answers have no tokens.
    ///
    /// - Parameter isStream: true when the answer comes as events. A stream's last events repeat what came before them,
    ///   so that content is looked for in other places than in an answer of one piece.
    static func of(_ dialect: Dialect, isStream: Bool) -> UsagePlan? {
        switch dialect {
        case .openAIChat: chat
        case .openAICompletions: completions
        case .openAIResponses: isStream ? responseEvents : response
        case .openAIEmbeddings: embeddings
        case .openAIImages, .openAIImageForm: images
        case .openAISpeech: speech
        case .openAITranscription: isStream ? transcriptEvents : transcript
        case .anthropicMessages: isStream ? messageEvents : message
        case .ollamaChat: ollamaChat
        case .ollamaGenerate: ollamaGenerate
        case .ollamaEmbed: ollamaEmbed
        case .tgiGenerate: isStream ? tgiEvents : tgi
        case .llamaCompletion: llama
        case .tritonGenerate: triton
        case .kserveInfer: kserve
        case .jsonModel: anyModel
        case .anthropicCount, .ollamaModel, .tritonLoad, .mcp: nil
        }
    }

    /// A plan in which nothing has a meaning.
    static let nothing = UsagePlan([])

    private typealias Path = (path: String, role: UsageRole)

    /// `usage` of chat, completions and embeddings.
    private static let promptUsage: [Path] = [
        ("usage", .usage),
        ("usage.prompt_tokens", .input),
        ("usage.completion_tokens", .output),
        ("usage.total_tokens", .total),
        ("usage.prompt_tokens_details.cached_tokens", .cachedInput),
        ("usage.prompt_tokens_details.cache_write_tokens", .cacheWrite),
        ("usage.completion_tokens_details.reasoning_tokens", .reasoning),
        ("model", .model),
    ]

    /// `usage` of responses, images and sound, wherever it lies.
    private static func inputUsage(_ path: String) -> [Path] {
        [
            (path, .usage),
            (path + ".input_tokens", .input),
            (path + ".output_tokens", .output),
            (path + ".total_tokens", .total),
            (path + ".input_tokens_details.cached_tokens", .cachedInput),
            (path + ".input_tokens_details.cache_write_tokens", .cacheWrite),
            (path + ".output_tokens_details.reasoning_tokens", .reasoning),
            (path + ".seconds", .seconds),
        ]
    }

    private static func chatText(_ part: String) -> [Path] {
        [
            (part + ".content", .content),
            (part + ".content[].text", .content),
            (part + ".reasoning_content", .content),
            (part + ".reasoning", .content),
            (part + ".refusal", .content),
            (part + ".function_call.name", .content),
            (part + ".function_call.arguments", .content),
            (part + ".tool_calls[].function.name", .content),
            (part + ".tool_calls[].function.arguments", .content),
            (part + ".audio.transcript", .content),
        ]
    }

    private static let choices: [Path] = [
        ("choices", .choices), ("choices[]", .choice), ("choices[].finish_reason", .finish),
        ("id", .answerID),
    ]

    private static let chat = UsagePlan(
        promptUsage + choices + chatText("choices[].delta") + chatText("choices[].message"))

    private static let completions = UsagePlan(promptUsage + choices + [("choices[].text", .content)])

    private static let embeddings = UsagePlan(promptUsage + [("meta.billed_units.input_tokens", .input)])

    /// What may be the answer of chat, completions or embeddings, or of a model server's own: one path for several
    /// of them, as cloud platforms ask for.
    private static let anyModel = UsagePlan(
        promptUsage + choices + chatText("choices[].delta") + chatText("choices[].message") + [
            ("choices[].text", .content), ("choices[].token_ids", .contentTree),
            ("meta.billed_units.input_tokens", .input),
            ("completion", .content), ("predictions[]", .contentTree),
            ("generated_text", .content), ("[].generated_text", .content), ("token.text", .content),
        ] + tgiDetails)

    private static let responseEvents = UsagePlan(
        inputUsage("response.usage") + [
            ("response.id", .answerID), ("response.model", .model), ("response.status", .finish),
            ("sequence_number", .sequence), ("type", .kind),
            ("delta", .content),
        ])

    private static let response = UsagePlan(
        inputUsage("usage") + [
            ("model", .model), ("status", .finish),
            ("output[].content[].text", .content), ("output[].content[].refusal", .content),
            ("output[].summary[].text", .content),
            ("output[].name", .content), ("output[].arguments", .content), ("output[].input", .content),
        ])

    private static let images = UsagePlan(
        inputUsage("usage") + [
            ("type", .kind),
            ("data[].b64_json", .image), ("data[].url", .image), ("b64_json", .image), ("model", .model),
        ])

    private static let speech = UsagePlan(inputUsage("usage") + [("type", .kind), ("audio", .content)])

    private static let transcriptEvents = UsagePlan(inputUsage("usage") + [("type", .kind), ("delta", .content)])

    private static let transcript = UsagePlan(inputUsage("usage") + [("text", .content), ("duration", .seconds)])

    /// Anthropic's `usage`, wherever it lies.
    private static func messageUsage(_ path: String, output: UsageRole) -> [Path] {
        [
            (path + ".input_tokens", .input),
            (path + ".output_tokens", output),
            (path + ".cache_read_input_tokens", .cachedInput),
            (path + ".cache_creation_input_tokens", .cacheWrite),
            (path + ".output_tokens_details.thinking_tokens", .reasoning),
        ]
    }

    private static let messageEvents = UsagePlan(
        messageUsage("message.usage", output: .outputSoFar) + messageUsage("usage", output: .output) + [
            ("type", .kind), ("message.model", .model), ("delta.stop_reason", .finish),
            ("delta.text", .content), ("delta.thinking", .content), ("delta.partial_json", .content),
            ("content_block.text", .content), ("content_block.name", .content),
        ])

    private static let message = UsagePlan(
        messageUsage("usage", output: .output) + [
            ("model", .model), ("stop_reason", .finish),
            ("content[].text", .content), ("content[].thinking", .content), ("content[].name", .content),
            ("content[].input", .contentTree),
        ])

    private static let ollamaUsage: [Path] = [
        ("model", .model), ("done", .last), ("done_reason", .finish),
        ("prompt_eval_count", .input), ("eval_count", .output),
    ]

    private static let ollamaChat = UsagePlan(
        ollamaUsage + [
            ("message.content", .content), ("message.thinking", .content),
            ("message.tool_calls[].function.name", .content),
            ("message.tool_calls[].function.arguments", .contentTree),
        ])

    private static let ollamaGenerate = UsagePlan(ollamaUsage + [("response", .content), ("thinking", .content)])

    private static let ollamaEmbed = UsagePlan([("model", .model), ("prompt_eval_count", .input)])

    private static let tgiDetails: [Path] = [
        ("details.generated_tokens", .output), ("details.input_length", .input), ("details.finish_reason", .finish),
        ("details.best_of_sequences[].generated_tokens", .outputBeside),
    ]

    private static let tgiEvents = UsagePlan(tgiDetails + [("token.text", .content)])

    private static let tgi = UsagePlan(eachOne(tgiDetails + [("generated_text", .content)]))

    private static let llama = UsagePlan(
        eachOne([
            ("content", .content), ("tokens_predicted", .outputOfOne), ("tokens_evaluated", .inputOfOne),
            ("timings.cache_n", .cachedOfOne), ("stop", .last), ("model", .model), ("stop_type", .finish),
        ]))

    private static let triton = UsagePlan([
        ("text_output", .content), ("text_output[]", .content), ("model_name", .model),
    ])

    private static let kserve = UsagePlan([
        ("outputs[].data[]", .content), ("predictions[]", .content), ("model_name", .model),
    ])

    /// The same in an array of answers.
    private static func eachOne(_ paths: [Path]) -> [Path] {
        paths + paths.map { ("[]." + $0.path, $0.role) }
    }
}
