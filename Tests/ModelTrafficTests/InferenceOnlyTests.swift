import Testing

@testable import ModelTraffic

/// What a rule that lists `Inference` alone lets through on each server, and what it does not.
@Suite("A rule of Inference alone")
struct InferenceOnlyTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var server: String
        var allowed: [String]
        var denied: [String]
        var testDescription: String { server }
    }

    @Test("allows inference and nothing else", arguments: cases)
    func table(test: Case) throws {
        for request in test.allowed {
            #expect(try classes(test.server, request)?.isAllowed(by: .inference) == true, "\(request)")
        }
        for request in test.denied {
            let classes = try classes(test.server, request)
            #expect(classes?.isAllowed(by: .inference) != true, "\(request)")
            // These are known, and denied for what they are.
            #expect(classes != nil, "\(request)")
        }
    }

    @Test("every server has a case")
    func complete() {
        #expect(Set(Self.cases.map(\.server)) == Set(ServerCatalogue.builtIn.servers.map(\.table.name)))
    }

    private func classes(_ server: String, _ request: String) throws -> OperationClasses? {
        let words = request.split(separator: " ").map(String.init)
        return try ServerCatalogue.builtIn.match(server, words[0], words[1])?.classes
    }

    static let cases = [
        Case(
            server: "ollama",
            allowed: ["POST /api/chat", "POST /api/generate", "POST /api/embed", "POST /v1/chat/completions"],
            denied: [
                "POST /api/pull", "POST /api/push", "POST /api/create", "POST /api/copy", "DELETE /api/delete",
                "POST /api/blobs/sha256:1", "POST /api/show", "GET /api/tags", "POST /api/experimental/web_fetch",
            ]),
        Case(
            server: "vllm",
            allowed: ["POST /v1/chat/completions", "POST /v1/messages", "POST /rerank", "POST /invocations"],
            denied: [
                "POST /v1/load_lora_adapter", "POST /collective_rpc", "POST /sleep", "POST /pause",
                "POST /update_weights", "GET /v1/responses/1", "POST /tokenize", "GET /metrics",
            ]),
        Case(
            server: "tgi", allowed: ["POST /", "POST /generate_stream", "POST /v1/chat/completions"],
            denied: ["GET /", "GET /info", "POST /tokenize"]),
        Case(
            server: "triton",
            allowed: ["POST /v2/models/m/infer", "POST /inference.GRPCInferenceService/ModelStreamInfer"],
            denied: [
                "POST /v2/repository/models/m/load", "POST /v2/repository/models/m/unload", "POST /v2/logging",
                "POST /v2/systemsharedmemory/region/r/register", "POST /v2/trace/setting", "GET /v2/models/stats",
                "POST /inference.GRPCInferenceService/RepositoryModelLoad",
                "POST /inference.GRPCInferenceService/CudaSharedMemoryRegister",
            ]),
        Case(
            server: "llama.cpp", allowed: ["POST /completion", "POST /infill", "POST /v1/responses"],
            denied: [
                "GET /slots", "POST /slots/0", "POST /models", "POST /props", "GET /cors-proxy", "POST /tools",
                "POST /lora-adapters",
            ]),
        Case(
            server: "kserve", allowed: ["POST /v1/models/m:predict", "POST /v2/models/m/infer"],
            denied: ["POST /v2/repository/models/m/load", "GET /v1/models/m"]),
        Case(
            server: "openai", allowed: ["POST /v1/chat/completions", "POST /v1/images/edits", "POST /v1/embeddings"],
            denied: [
                "POST /v1/batches", "GET /v1/files", "POST /v1/files", "DELETE /v1/models/m", "GET /v1/models",
                "POST /v1/fine_tuning/jobs", "POST /v1/realtime/client_secrets", "GET /v1/organization/users",
            ]),
        Case(
            server: "anthropic", allowed: ["POST /v1/messages"],
            denied: [
                "POST /v1/messages/batches", "POST /v1/messages/count_tokens", "POST /v1/files",
                "GET /v1/organizations/api_keys",
            ]),
        Case(server: "mcp", allowed: [], denied: ["POST /mcp", "POST /mcp/", "GET /mcp", "DELETE /mcp"]),
        Case(
            server: "open-webui", allowed: ["POST /api/chat/completions", "POST /ollama/api/chat"],
            denied: [
                "POST /ollama/api/pull", "POST /openai/whatever", "POST /api/v1/functions/create",
                "GET /api/v1/utils/db/download", "POST /api/v1/users/u/update", "POST /openai/config/update",
                "POST /api/v1/retrieval/process/url", "GET /api/v1/chats/", "POST /api/v1/auths/signup",
            ]),
        Case(
            server: "langserve", allowed: ["POST /invoke", "POST /a/b/stream"],
            denied: ["POST /a/feedback", "GET /a/input_schema", "PUT /a/public_trace_link"]),
        Case(
            server: "gradio", allowed: ["POST /run/predict", "POST /gradio_api/call/v2/f", "POST /queue/join"],
            denied: ["GET /file=x", "GET /proxy=x", "POST /upload", "POST /component_server", "GET /config"]),
        Case(
            server: "comfyui", allowed: [],
            denied: ["POST /prompt", "POST /upload/image", "POST /queue", "POST /customnode/install/pip", "GET /view"]),
        Case(
            server: "jupyter", allowed: [],
            denied: [
                "POST /api/kernels", "POST /api/terminals", "GET /files/a", "PUT /api/contents/a", "GET /proxy/1/",
            ]),
        Case(
            server: "ray-dashboard", allowed: [],
            denied: ["POST /api/jobs/", "PUT /api/packages/gcs/p.zip", "GET /api/jobs/", "GET /worker/traceback"]),
        Case(server: "ray-serve", allowed: ["POST /app", "GET /app/x"], denied: ["GET /-/routes", "GET /-/healthz"]),
        Case(
            server: "mlflow", allowed: ["POST /invocations", "POST /gateway/mlflow/v1/chat/completions"],
            denied: [
                "POST /ajax-api/2.0/mlflow/gateway-proxy", "GET /get-artifact", "POST /ajax-api/3.0/jobs/",
                "POST /api/2.0/mlflow/registered-models/create", "GET /api/2.0/mlflow/gateway/secrets",
            ]),
        Case(
            server: "chroma", allowed: [],
            denied: ["POST /api/v2/reset", "POST /api/v2/tenants/t/databases/d/collections/c/query"]),
        Case(
            server: "qdrant", allowed: [],
            denied: ["POST /collections/c/points/search", "PUT /collections/c", "GET /snapshots/s", "POST /logger"]),
        Case(server: "weaviate", allowed: [], denied: ["POST /v1/graphql", "POST /v1/objects", "GET /v1/users/u"]),
        Case(
            server: "milvus", allowed: [],
            denied: ["POST /v2/vectordb/entities/search", "GET /expr", "POST /management/stop", "GET /api/v1/x"]),
    ]
}
