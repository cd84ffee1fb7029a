import Kubernetes
import Testing

@testable import ModelTraffic

@Suite("What server a Service is")
struct RecognitionTests {
    private static func service(_ annotation: String? = nil, namespace: String = "ai") throws -> Service {
        let annotations = annotation.map { ", annotations: {sallyport.dev/server: \"\($0)\"}" } ?? ""
        let text =
            "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: \(namespace)\(annotations)}\n"
            + "spec: {ports: [{port: 80}]}\n"
        return try #require(objects(text).services.values.first)
    }

    private static func objects(_ texts: String...) -> Objects {
        ObjectDecoder.combine(
            [ObjectDecoder.decode(text: texts.joined(separator: "---\n"), file: "f.yaml")], revision: 1
        )
        .objects
    }

    private static func modelServer(_ name: String, _ spec: String, namespace: String = "ai") -> String {
        "apiVersion: sallyport.dev/v1alpha1\nkind: ModelServer\nmetadata: {name: \(name), namespace: \(namespace)}\n"
            + "spec: {\(spec)}\n"
    }

    /// The name of the server that is recognised; nil: unknown.
    private static func name(
        _ catalogue: ServerCatalogue = .builtIn, _ annotation: String? = nil, _ images: [String] = [], port: Int = 1,
        namespace: String = "ai"
    ) throws -> String? {
        switch catalogue.server(of: try service(annotation, namespace: namespace), images: images, port: port) {
        case .server(let id): return catalogue[id].table.name
        case .unknown: return nil
        case .mistaken(let mistake): return "mistaken: \(mistake.message)"
        }
    }

    @Test("the annotation comes first, whatever the image")
    func annotation() throws {
        #expect(try Self.name(.builtIn, "vllm", ["ollama/ollama"], port: 11434) == "vllm")
        #expect(try Self.name(.builtIn, "none", ["ollama/ollama"], port: 11434) == nil)
        for wrong in ["olama", "Ollama", "", "ai/ollama"] {
            let found = try Self.name(.builtIn, wrong, ["ollama/ollama"], port: 11434)
            #expect(found?.hasPrefix("mistaken: annotation sallyport.dev/server names \"\(wrong)\"") == true)
        }
    }

    @Test(
        "images are recognised from any registry, with tag and digest",
        arguments: [
            ("ollama/ollama", "ollama"), ("ollama/ollama:0.5.7", "ollama"),
            ("registry.example.com:5000/mirror/ollama/ollama:latest", "ollama"), ("docker/vllm/vllm-openai:v1", "vllm"),
            ("r.example.com/huggingface/text-generation-inference:3", "tgi"),
            ("r.example.com/nvidia/tritonserver:24.08-py3", "triton"),
            ("r.example.com/ggml-org/llama.cpp:server", "llama.cpp"),
            ("jupyter/base-notebook", "jupyter"), ("r.example.com/jupyter/scipy-notebook:x", "jupyter"),
            ("qdrant/qdrant:v1.12@sha256:" + String(repeating: "0", count: 64), "qdrant"),
            ("chromadb/chroma", "chroma"),
            ("r.example.com/open-webui/open-webui:main", "open-webui"), ("semitechnologies/weaviate:1", "weaviate"),
            ("milvusdb/milvus:v2", "milvus"), ("kserve/huggingfaceserver:v0.14", "kserve"),
        ])
    func images(reference: String, server: String) throws {
        #expect(try Self.name(.builtIn, nil, [reference]) == server)
        #expect(try Self.name(.builtIn, nil, ["envoy:1", reference, "sidecar"]) == server)
    }

    @Test(
        "other images are not",
        arguments: [
            "nginx", "my-ollama", "ollama/exporter", "ollamaollama", "notebooks/jupyter-like", "library/postgres:16",
            "r.example.com/ollama/", "", ":", "@", "ollama:1/x",
        ])
    func otherImages(reference: String) throws {
        #expect(try Self.name(.builtIn, nil, [reference]) == nil)
    }

    @Test("the port decides between servers of one image, and not against the only one")
    func sharedImages() throws {
        #expect(try Self.name(.builtIn, nil, ["rayproject/ray:2"], port: 8265) == "ray-dashboard")
        #expect(try Self.name(.builtIn, nil, ["rayproject/ray:2"], port: 8000) == "ray-serve")
        let unclear = try Self.name(.builtIn, nil, ["rayproject/ray:2"], port: 10001)
        #expect(unclear?.hasPrefix("mistaken: this may be ray-dashboard or ray-serve") == true)
        #expect(try Self.name(.builtIn, nil, ["ollama/ollama"], port: 8000) == "ollama")
        #expect(try Self.name(.builtIn, nil, ["ollama/ollama", "open-webui/open-webui"], port: 8080) == "open-webui")
    }

    @Test("a port tells where no image does, if hardly anything else uses it")
    func ports() throws {
        #expect(try Self.name(port: 11434) == "ollama")
        #expect(try Self.name(.builtIn, nil, ["corp/unheard-of"], port: 19530) == "milvus")
        for port in [80, 443, 3000, 5000, 8000, 8080] { #expect(try Self.name(port: port) == nil) }
    }

    @Test("ModelServers are known in their own namespace")
    func modelServers() throws {
        let catalogue = ServerCatalogue(
            objects: Self.objects(
                Self.modelServer("house", "extends: [vllm], images: [corp/llm], ports: [9000]"),
                Self.modelServer("other", "extends: [ollama], images: [ollama], ports: [9001]")))
        #expect(try Self.name(catalogue, "house") == "house")
        #expect(try Self.name(catalogue, nil, ["r.example.com/corp/llm:1"]) == "house")
        #expect(try Self.name(catalogue, nil, [], port: 9000) == "house")
        // Their own word about an image counts more than ours.
        #expect(try Self.name(catalogue, nil, ["ollama/ollama"]) == "other")
        #expect(try Self.name(catalogue, nil, ["ollama/ollama"], namespace: "b") == "ollama")
        #expect(try Self.name(catalogue, nil, ["corp/llm"], port: 9000, namespace: "b") == nil)
        #expect(try Self.name(catalogue, "house", namespace: "b")?.hasPrefix("mistaken") == true)
    }

    @Test("an invalid ModelServer denies, and is not forgotten")
    func invalid() throws {
        let catalogue = ServerCatalogue(
            objects: Self.objects(
                Self.modelServer("house", "endpoints: [{methods: [GET], path: \"/*\", classes: [Health]}]"),
                Self.modelServer("vllm", "endpoints: []"), Self.modelServer("fine", "extends: [tgi]", namespace: "c")))
        #expect(try Self.name(catalogue, "house")?.contains("ModelServer house, which has mistakes") == true)
        // Whoever wrote it meant something else than the built-in server.
        #expect(try Self.name(catalogue, "vllm")?.contains("which has mistakes") == true)
        #expect(try Self.name(catalogue, "vllm", namespace: "b") == "vllm")
        // It may have been meant for what nobody knows; what is known by its image stays known.
        #expect(try Self.name(catalogue, nil, ["corp/llm"])?.contains("may be meant for this Service") == true)
        #expect(try Self.name(catalogue, nil, ["ollama/ollama"]) == "ollama")
        #expect(try Self.name(catalogue, "none", ["corp/llm"]) == nil)
        #expect(try Self.name(catalogue, nil, ["corp/llm"], namespace: "c") == nil)
    }

    @Test("two ModelServers of one name are neither")
    func twice() throws {
        let one = Self.modelServer("house", "extends: [vllm]")
        let catalogue = ServerCatalogue(objects: Self.objects(one, one))
        #expect(try Self.name(catalogue, "house")?.hasPrefix("mistaken") == true)
    }

    @Test("a ModelServer that contradicts what it extends is a problem, and denies")
    func contradiction() throws {
        let spec =
            "extends: [vllm], endpoints: [{methods: [POST], path: /v1/messages, classes: [Inference], dialect: mcp}]"
        let catalogue = ServerCatalogue(objects: Self.objects(Self.modelServer("house", spec)))
        #expect(catalogue.problems.map(\.name) == [NamespacedName("ai", "house")])
        #expect(catalogue.problems.first?.message.contains("/v1/messages in two ways") == true)
        #expect(try Self.name(catalogue, "house")?.contains("has mistakes") == true)
    }

    @Test("rows of a ModelServer add to what it extends, and never take a class away")
    func rows() throws {
        let spec =
            "extends: [vllm], endpoints: [{methods: [POST], path: \"/sum/{model}\", classes: [Inference], dialect: json-model}, "
            + "{methods: [POST], path: /sleep, classes: [Inference]}]"
        let catalogue = ServerCatalogue(objects: Self.objects(Self.modelServer("house", spec)))
        let id = try #require(catalogue.servers.indices.last.map(ServerID.init(index:)))
        let own = catalogue.match(id, "POST", "/sum/m1")
        #expect(own?.dialect == .jsonModel)
        #expect(model(own, in: "/sum/m1") == "m1")
        #expect(catalogue.match(id, "POST", "/v1/chat/completions")?.dialect == .openAIChat)
        #expect(catalogue.match(id, "POST", "/sleep")?.classes == [.inference, .administration])
        #expect(catalogue.match(id, "POST", "/sum") == nil)
    }
}
