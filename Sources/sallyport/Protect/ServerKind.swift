import ArgumentParser

/// The model servers that `up --protect` knows: which of their paths ask a model or list models.
///
/// Everything else on such a server loads, deletes, configures, or shows what others asked, and stays closed.
enum ServerKind: String, CaseIterable, ExpressibleByArgument, Sendable {
    case ollama
    case vllm
    case openai
    case llamacpp = "llama.cpp"
    case tgi
    case anthropic
    case litellm

    /// One thing that is opened: methods, and exact paths or, with a final `/*`, all below.
    struct Opening: Equatable {
        var methods: [String]
        var paths: [String]
    }

    /// What is opened, for this kind of server.
    var openings: [Opening] {
        [
            Opening(methods: ["POST"], paths: inference),
            Opening(methods: ["GET", "HEAD"], paths: modelLists),
        ]
    }

    /// What the client libraries of OpenAI call and most servers answer.
    private static let common = ["/v1/chat/completions", "/v1/completions", "/v1/embeddings"]
    private static let speech = ["/v1/audio/transcriptions", "/v1/audio/translations"]

    private var inference: [String] {
        switch self {
        case .ollama:
            ["/api/chat", "/api/generate", "/api/embed", "/api/embeddings"] + Self.common
                + ["/v1/responses", "/v1/messages", "/v1/audio/transcriptions"]
        case .vllm:
            Self.common + Self.speech
                + [
                    "/v1/chat/completions/batch", "/v1/responses", "/v1/messages", "/v1/messages/count_tokens",
                    "/v1/score", "/v1/rerank", "/v2/embed", "/v2/rerank", "/pooling", "/classify", "/score", "/rerank",
                    "/inference/v1/generate",
                ]
        case .openai:
            Self.common + Self.speech
                + ["/v1/responses", "/v1/audio/speech", "/v1/images/generations", "/v1/moderations"]
        case .llamacpp:
            Self.common
                + [
                    "/v1/responses", "/v1/messages", "/v1/messages/count_tokens", "/v1/rerank", "/v1/reranking",
                    "/v1/audio/transcriptions", "/completion", "/completions", "/chat/completions", "/responses",
                    "/infill", "/embedding", "/embeddings", "/rerank", "/reranking", "/audio/transcriptions",
                ]
        case .tgi:
            ["/", "/generate", "/generate_stream", "/v1/chat/completions", "/v1/completions"]
        case .anthropic:
            ["/v1/messages", "/v1/messages/count_tokens"]
        case .litellm:
            Self.common + Self.speech
                + [
                    "/v1/responses", "/v1/messages", "/v1/messages/count_tokens", "/v1/rerank", "/v1/audio/speech",
                    "/v1/images/generations", "/v1/moderations", "/chat/completions", "/completions", "/embeddings",
                    "/responses", "/rerank",
                ]
        }
    }

    private var modelLists: [String] {
        switch self {
        case .ollama: ["/api/tags", "/v1/models", "/v1/models/*"]
        case .llamacpp, .litellm: ["/v1/models", "/models"]
        case .vllm, .tgi: ["/v1/models"]
        case .openai, .anthropic: ["/v1/models", "/v1/models/*"]
        }
    }

    /// A POST that asks a model, for the examples that are printed: path and JSON body.
    var example: (path: String, body: String) {
        let message = #""messages":[{"role":"user","content":"hello"}]"#
        return switch self {
        case .ollama: ("/api/chat", #"{"model":"MODEL",\#(message)}"#)
        case .anthropic: ("/v1/messages", #"{"model":"MODEL","max_tokens":100,\#(message)}"#)
        default: ("/v1/chat/completions", #"{"model":"MODEL",\#(message)}"#)
        }
    }

    /// Where models are listed, for the examples that are printed.
    var modelList: String { modelLists[0] }
}
