extension Dialect {
    /// The top-level members that a body of this dialect may have. Besides the API's own, those with which open model
    /// servers let a caller choose how tokens are sampled; not those that hand templates, code, embeddings or transfer
    /// settings to the server.
    var knownFields: KnownFields {
        switch self {
        case .openAIChat: .chat
        case .openAICompletions: .completions
        case .openAIResponses: .responses
        case .openAIEmbeddings: .embeddings
        case .openAIImages, .openAIImageForm: .images
        case .openAISpeech: .speech
        case .openAITranscription: .transcription
        case .anthropicMessages, .anthropicCount: .anthropic
        case .ollamaChat: .ollamaChat
        case .ollamaGenerate: .ollamaGenerate
        case .ollamaEmbed: .ollamaEmbed
        case .ollamaModel: .ollamaModel
        case .kserveInfer: .kserve
        case .tritonGenerate: .tritonGenerate
        case .tritonLoad: .tritonLoad
        case .tgiGenerate: .tgi
        case .llamaCompletion: .llama
        case .jsonModel: .jsonModel
        case .mcp: .message
        }
    }
}

extension KnownFields {
    private static let sampling: [StaticString] = [
        "temperature", "top_p", "top_k", "min_p", "seed", "stop", "logit_bias", "frequency_penalty", "presence_penalty",
        "repetition_penalty", "length_penalty", "min_tokens", "ignore_eos", "stop_token_ids", "skip_special_tokens",
        "spaces_between_special_tokens", "include_stop_str_in_output", "add_special_tokens",
    ]
    /// Limits and switches that are judged wherever they stand.
    private static let judged: [StaticString] = [
        "model", "stream", "max_tokens", "max_completion_tokens", "max_output_tokens", "max_new_tokens", "n_predict",
        "num_predict", "max_tokens_to_sample", "n", "best_of", "n_cmpl", "stream_options",
    ]

    static let chat = KnownFields(
        sampling + [
            "model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens", "n", "audio",
            "function_call", "functions", "logprobs", "top_logprobs", "metadata", "modalities", "parallel_tool_calls",
            "prediction", "prompt_cache_key", "prompt_cache_retention", "reasoning_effort", "response_format",
            "safety_identifier", "service_tier", "store", "tool_choice", "tools", "user", "verbosity",
            "web_search_options", "best_of", "echo", "add_generation_prompt", "continue_final_message",
        ])
    static let completions = KnownFields(
        sampling + [
            "model", "prompt", "stream", "stream_options", "max_tokens", "n", "best_of", "echo", "logprobs", "suffix",
            "user", "response_format",
        ])
    static let responses = KnownFields([
        "model", "input", "instructions", "stream", "stream_options", "max_output_tokens", "max_tool_calls",
        "background", "conversation", "include", "metadata", "parallel_tool_calls", "previous_response_id", "prompt",
        "prompt_cache_key", "prompt_cache_retention", "reasoning", "safety_identifier", "service_tier", "store",
        "temperature", "text", "tool_choice", "tools", "top_logprobs", "top_p", "truncation", "user",
    ])
    static let embeddings = KnownFields([
        "model", "input", "encoding_format", "dimensions", "user", "messages", "truncate_prompt_tokens",
        "add_special_tokens", "query", "documents", "texts", "top_n", "text_1", "text_2", "queries", "items",
        "return_documents", "max_tokens_per_doc", "input_type", "embedding_types", "truncate", "labels",
    ])
    static let images = KnownFields([
        "model", "prompt", "n", "size", "quality", "response_format", "style", "user", "background", "moderation",
        "output_compression", "output_format", "partial_images", "stream", "image", "images", "mask", "input_fidelity",
        "image[]",
        "seed",
    ])
    static let speech = KnownFields([
        "model", "input", "voice", "instructions", "response_format", "speed", "stream_format", "stream", "language",
    ])
    static let transcription = KnownFields([
        "model", "file", "language", "prompt", "response_format", "temperature", "timestamp_granularities[]",
        "timestamp_granularities", "include[]", "include", "stream", "chunking_strategy", "known_speaker_names[]",
        "known_speaker_references[]", "seed", "to_language",
    ])
    static let anthropic = KnownFields([
        "model", "messages", "max_tokens", "system", "stream", "metadata", "stop_sequences", "temperature", "thinking",
        "tool_choice", "tools", "top_k", "top_p", "service_tier", "container", "mcp_servers", "context_management",
        "output_config", "output_format", "cache_control",
    ])
    static let ollamaChat = KnownFields([
        "model", "messages", "stream", "format", "keep_alive", "tools", "options", "think", "truncate", "shift",
        "logprobs", "top_logprobs",
    ])
    static let ollamaGenerate = KnownFields([
        "model", "prompt", "suffix", "system", "template", "context", "stream", "raw", "format", "keep_alive", "images",
        "options", "think", "truncate", "shift", "logprobs", "top_logprobs", "width", "height", "steps",
    ])
    static let ollamaEmbed = KnownFields([
        "model", "input", "prompt", "truncate", "keep_alive", "options", "dimensions",
    ])
    static let ollamaModel = KnownFields([
        "model", "name", "source", "destination", "from", "stream", "insecure", "username", "password", "verbose",
        "options", "system", "template", "license", "parameters", "messages", "files", "adapters", "quantize",
        "quantization", "modelfile", "path", "renderer", "parser", "requires",
    ])
    static let kserve = KnownFields([
        "model", "id", "parameters", "inputs", "outputs", "instances", "signature_name", "predictions",
    ])
    static let tritonGenerate = KnownFields([
        "model", "id", "text_input", "parameters", "stream", "max_tokens", "bad_words", "stop_words", "temperature",
        "top_k", "top_p", "sampling_parameters", "exclude_input_in_output", "image", "end_id", "pad_id",
        "random_seed", "repetition_penalty", "beam_width", "return_log_probs", "return_finish_reason",
        "return_num_input_tokens", "return_num_output_tokens",
    ])
    static let tritonLoad = KnownFields(["parameters"])
    static let tgi = KnownFields(["inputs", "parameters", "stream", "add_special_tokens", "model"])
    static let llama = KnownFields(
        sampling + [
            "model", "prompt", "stream", "n_predict", "max_tokens", "n", "n_cmpl", "cache_prompt", "id_slot",
            "typical_p",
            "top_n_sigma", "n_keep", "n_indent", "n_probs", "min_keep", "mirostat", "mirostat_tau", "mirostat_eta",
            "dynatemp_range", "dynatemp_exponent", "xtc_probability", "xtc_threshold", "repeat_penalty",
            "repeat_last_n",
            "dry_multiplier", "dry_base", "dry_allowed_length", "dry_penalty_last_n", "dry_sequence_breakers",
            "grammar",
            "json_schema", "samplers", "t_max_predict_ms", "return_tokens", "return_progress", "timings_per_token",
            "post_sampling_probs", "response_fields", "input_prefix", "input_suffix", "input_extra", "stream_options",
        ])
    static let jsonModel = KnownFields(judged + ["prompt", "messages", "input", "text", "tokens", "tools"])
    static let message = KnownFields(["jsonrpc", "id", "method", "params", "result", "error"])

    /// Judged names that a dialect does not have are judged too: a server may read them all the same.
    static let anywhere = KnownFields(judged)
    /// Members of `stream_options`.
    static let streamOptions = KnownFields(["include_usage", "continuous_usage_stats", "include_obfuscation"])
    /// Limits inside Ollama's `options` or the `parameters` of others.
    static let nestedLimits = KnownFields(["num_predict", "max_new_tokens", "max_tokens", "best_of", "n", "stream"])
}
