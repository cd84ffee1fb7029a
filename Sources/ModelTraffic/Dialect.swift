/// How body and answer of an endpoint are read. Raw values are the names in the endpoint table.
public enum Dialect: String, CaseIterable, Sendable, Hashable {
    /// OpenAI chat completions: `model`, `messages`.
    case openAIChat = "openai-chat"
    /// OpenAI's older completions: `model`, `prompt`.
    case openAICompletions = "openai-completions"
    /// OpenAI responses: `model`, `input`, events by name.
    case openAIResponses = "openai-responses"
    /// Embeddings and what looks like them (rerank, score, classify): `model` and input, usage of input only.
    case openAIEmbeddings = "openai-embeddings"
    /// Image generation: `model`, `prompt`.
    case openAIImages = "openai-images"
    /// Image edits and variations: a form with a `model` field.
    case openAIImageForm = "openai-image-form"
    /// Text to speech: `model`, `input`; the answer is sound.
    case openAISpeech = "openai-speech"
    /// Speech to text: a form with a `model` field.
    case openAITranscription = "openai-transcription"
    /// Anthropic messages: `model`, `messages`, usage split over the stream.
    case anthropicMessages = "anthropic-messages"
    /// Anthropic's count of tokens: `model`, `messages`, no usage.
    case anthropicCount = "anthropic-count-tokens"
    /// Ollama's own chat: `model`, `messages`, answers line by line.
    case ollamaChat = "ollama-chat"
    /// Ollama's own completion: `model`, `prompt`, answers line by line.
    case ollamaGenerate = "ollama-generate"
    /// Ollama's own embeddings, old and new.
    case ollamaEmbed = "ollama-embed"
    /// Ollama's requests about a model: show, pull, push, create, copy, delete.
    case ollamaModel = "ollama-model"
    /// KServe's inference, version 1 and 2: the model is in the path.
    case kserveInfer = "kserve-infer"
    /// Triton's generate: the model is in the path.
    case tritonGenerate = "triton-generate"
    /// Triton's load of a model, whose parameters can carry files.
    case tritonLoad = "triton-load"
    /// Text Generation Inference: `inputs`, `parameters`, no model.
    case tgiGenerate = "tgi-generate"
    /// llama.cpp's own completion and infill.
    case llamaCompletion = "llama-completion"
    /// A JSON object whose top-level `model` names the model; the answer may be that of chat, completions, embeddings, or none
    /// of them.
    case jsonModel = "json-model"
    /// JSON-RPC of the Model Context Protocol.
    case mcp = "mcp"
}
