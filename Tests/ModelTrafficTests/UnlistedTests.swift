import Testing

@testable import ModelTraffic

@Suite("What is not listed is unknown")
struct UnlistedTests {
    /// Beside the paths that no server has: what looks like a listed one and is not.
    static let requests: [(server: String, requests: [String])] = [
        ("ollama", ["POST /api/pull/", "GET /api/pull", "PUT /api/chat", "POST /API/chat", "GET /debug/pprof/"]),
        (
            "vllm",
            ["GET /v1/chat/completions", "POST /v1/chat/completions/", "POST /sleep/x", "PATCH /health", "POST /v1"]
        ),
        ("tgi", ["PUT /", "GET /generate", "POST /info", "POST /v1/models", "POST /v2/models/m/infer/x"]),
        (
            "triton",
            [
                "GET /v2/models//config", "POST /v2/models/m", "DELETE /v2/models/m", "POST /v2/models/m/load",
                "GET /v2/",
            ]
        ),
        ("llama.cpp", ["PUT /props", "GET /completion", "POST /v1/props", "DELETE /slots/0", "POST /slots"]),
        (
            "kserve",
            [
                "POST /v1/models/:predict", "POST /v1/models/m:train", "DELETE /v2/models/m", "PUT /v1/models/m",
                "POST /v1/models/m",
            ]
        ),
        (
            "openai",
            [
                "GET /v1/embeddings", "POST /v1/models", "POST /v2/chat/completions", "POST /chat/completions",
                "PUT /v1/files/f",
            ]
        ),
        (
            "anthropic",
            ["GET /v1/messages", "POST /v1/chat/completions", "PUT /v1/files/f", "POST /v1/models", "POST /messages"]
        ),
        ("mcp", ["POST /", "GET /sse", "POST /messages", "PUT /mcp", "POST /mcp/x"]),
        (
            "open-webui",
            [
                "GET /api/chat/completions", "PUT /api/v1/chats/x", "POST /ollama/api/delete", "PATCH /api/config",
                "GET /ollama/api/ps",
            ]
        ),
        ("langserve", ["GET /a/invoke", "POST /a/invoke/x", "PUT /a/feedback", "POST /a", "POST /docs"]),
        ("gradio", ["PUT /upload", "GET /file=", "POST /file=x", "GET /run/predict", "POST /config"]),
        ("comfyui", ["GET /upload/image", "DELETE /prompt", "GET /ws", "PUT /userdata/f", "POST /view"]),
        ("jupyter", ["POST /api/contents", "GET /api/kernels/k/channels", "PUT /api/kernels", "GET /", "GET /lab"]),
        ("ray-dashboard", ["POST /api/jobs", "DELETE /api/jobs/", "PUT /api/jobs/x", "GET /api/v0/secrets", "GET /"]),
        (
            "mlflow",
            ["GET /", "DELETE /graphql", "POST /get-artifact", "PATCH /version", "PUT /invocations"]
        ),
        (
            "chroma",
            ["GET /", "POST /api/v1/collections", "PUT /api/v2/reset", "PUT /api/v2/tenants", "DELETE /api/v2"]
        ),
        ("qdrant", ["DELETE /", "POST /cluster", "GET /collections/c/points", "PATCH /snapshots", "GET /dashboard"]),
        ("weaviate", ["GET /", "GET /v1", "GET /v1/graphql", "PUT /v1/graphql", "POST /v1/meta"]),
        (
            "milvus",
            ["GET /", "POST /healthz", "GET /v2/vectordb/entities/search", "POST /v2/vectordb/x/list", "PUT /expr"]
        ),
    ]

    private static let nowhere = ["GET /.env", "POST /admin", "GET /api/v9/x", "TRACE /", "DELETE /x/y/z"]

    @Test("ten requests to each server", arguments: requests)
    func unlisted(server: String, requests: [String]) throws {
        #expect(requests.count + Self.nowhere.count >= 10)
        for request in requests + Self.nowhere {
            let words = request.split(separator: " ").map(String.init)
            let found = try ServerCatalogue.builtIn.match(server, words[0], words[1])
            #expect(found == nil, "\(server) \(request): \(found?.classes.names ?? [])")
        }
    }

    @Test("every server but Ray Serve, whose applications may have any path, has requests here")
    func complete() {
        let all = Set(ServerCatalogue.builtIn.servers.map(\.table.name)).subtracting(["ray-serve"])
        #expect(Set(Self.requests.map(\.server)) == all)
    }

    @Test("what is no path is unknown everywhere", arguments: ["", "*", "x", "api/tags", "example.com:443"])
    func noPath(path: String) throws {
        for server in ServerCatalogue.builtIn.servers {
            for method in ["GET", "POST", "OPTIONS", "CONNECT", ""] {
                #expect(server.automaton.match(method, path).match == nil)
            }
        }
    }
}
