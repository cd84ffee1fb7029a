/// `ModelServer`: an AI server that the built-in catalogue of endpoints does not know, or does not know well enough.
///
///     apiVersion: sallyport.dev/v1alpha1
///     kind: ModelServer
///     metadata: {name: house-llm, namespace: ai}   # what a Service of this namespace may be annotated with
///     spec:
///       extends: [vllm]                            # its endpoints are those of these built-in servers
///       images: [registry.example.com/house-llm]   # containers that are this server
///       ports: [9000]                              # ports it listens on
///       endpoints:                                 # and these
///       - {methods: [POST], path: "/v1/summaries/{model}", classes: [Inference], dialect: openai-chat}
///       - {methods: [GET], path: "/files/{path...}", classes: [DataRead], note: reports}
public struct ModelServer: KubernetesObject, Hashable {
    public static let group = "sallyport.dev"
    public static let versions = ["v1alpha1"]
    public static let kind = "ModelServer"
    public var metadata: ObjectMeta
    /// Names of built-in servers.
    public var extends: [String]
    /// Names of images without tag, matched from their end: `name`, `path/name`, `host/path/name`, `path/*`.
    public var images: [String]
    public var ports: [Int]
    public var endpoints: [Endpoint]

    /// `endpoints[]`: what some requests would do.
    public struct Endpoint: Hashable, Sendable {
        /// Words of `methodWords`; never empty.
        public var methods: [String]
        public var path: PathPattern
        /// Words of `classWords`; never empty.
        public var classes: [String]
        /// A word of `dialectWords`; nil: the body is not read.
        public var dialect: String?
        public var note: String?
        public var position: Position?
    }

    /// The annotation of a Service that names its server.
    public static let annotation = "sallyport.dev/server"
    /// The value of the annotation that says: none of the servers that are known.
    public static let noServer = "none"

    /// Servers that are built in; a `ModelServer` may not have one of their names.
    public static let builtInNames = [
        "anthropic", "chroma", "comfyui", "gradio", "jupyter", "kserve", "langserve", "llama.cpp", "mcp", "milvus",
        "mlflow", "ollama", "open-webui", "openai", "qdrant", "ray-dashboard", "ray-serve", "tgi", "triton", "vllm",
        "weaviate",
    ]

    /// HTTP methods, and `ANY` for all, `WS` for GET with an upgrade to WebSocket, `GRPC` for the POST of a gRPC call.
    public static let methodWords = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ANY", "WS", "GRPC",
    ]

    /// Operation classes, and the mark of requests that make the server fetch a URL.
    public static let classWords = [
        "Inference", "Metadata", "ModelMutation", "CodeExecution", "DataRead", "DataWrite", "Administration", "Health",
        "ServerFetch",
    ]

    /// How a body is read.
    public static let dialectWords = [
        "openai-chat", "openai-completions", "openai-responses", "openai-embeddings", "openai-images",
        "openai-image-form", "openai-speech", "openai-transcription", "anthropic-messages", "anthropic-count-tokens",
        "ollama-chat", "ollama-generate", "ollama-embed", "ollama-model", "kserve-infer", "triton-generate",
        "triton-load", "tgi-generate", "llama-completion", "json-model", "mcp",
    ]
}
