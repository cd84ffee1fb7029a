import Kubernetes
import Testing

@testable import ModelTraffic

@Suite("The built-in servers")
struct CatalogueTests {
    private static let catalogue = ServerCatalogue.builtIn

    @Test("every line of every table is understood")
    func readable() {
        #expect(BuiltIn.problems == [])
        #expect(Self.catalogue.servers.count == BuiltIn.texts.count)
        #expect(Self.catalogue.problems.isEmpty)
    }

    @Test("objects are held to the words that are known here")
    func words() {
        #expect(Self.catalogue.servers.map(\.table.name).sorted() == ModelServer.builtInNames)
        #expect(MethodWord.allCases.map(\.rawValue) == ModelServer.methodWords)
        #expect(Dialect.allCases.map(\.rawValue) == ModelServer.dialectWords)
        #expect(OperationClass.allCases.map(\.rawValue) + [OperationClasses.serverFetchName] == ModelServer.classWords)
    }

    @Test("tables say nothing twice and have a title", arguments: Self.catalogue.servers.map(\.table))
    func tidy(table: ServerTable) throws {
        #expect(!table.title.isEmpty && !table.rows.isEmpty)
        #expect(Set(table.tellingPorts).isSubset(of: table.ports))
        let lines = table.rows.flatMap { row in row.methods.map { "\($0.rawValue) \(row.path.text)" } }
        #expect(Set(lines).count == lines.count)
        for row in table.rows { #expect(!row.classes.isEmpty && row.note.utf8.count < 100) }
        for image in table.images { #expect(!image.contains(":") && !image.hasPrefix("/"), "\(image)") }
    }

    @Test("a port that tells belongs to one server")
    func tellingPorts() {
        let all = Self.catalogue.servers.flatMap(\.table.tellingPorts)
        #expect(Set(all).count == all.count)
        for server in Self.catalogue.servers {
            for port in server.table.tellingPorts {
                #expect(Self.catalogue.servers.filter { $0.table.ports.contains(port) }.count == 1, "\(port)")
            }
        }
    }

    @Test(
        "inference by a POST has its body read wherever it names a model",
        arguments: ["ollama", "vllm", "tgi", "triton", "kserve", "llama.cpp", "openai", "anthropic"])
    func dialects(server: String) throws {
        let id = try #require(Self.catalogue.builtIn(server))
        for row in Self.catalogue[id].table.rows where row.classes == .inference && row.methods.contains(.post) {
            #expect(row.dialect != nil, "\(server) \(row.path.text)")
        }
    }

    @Test(
        "the model is found in the path",
        arguments: [
            ("triton", "POST", "/v2/models/bert/infer", "bert"),
            ("triton", "POST", "/v2/models/bert/versions/1/generate", "bert"),
            ("triton", "POST", "/v2/repository/r/models/bert/load", "bert"),
            ("kserve", "POST", "/v1/models/iris:predict", "iris"),
            ("kserve", "GET", "/v1/models/iris", "iris"),
            ("tgi", "POST", "/v1/endpoints/e/deployedModels/12:predict", "12"),
            ("ollama", "GET", "/v1/models/llama3.2:1b", "llama3.2:1b"),
            ("mlflow", "POST", "/gateway/chat/mlflow/invocations", "chat"),
            ("openai", "DELETE", "/v1/models/ft:gpt-4o:org::id", "ft:gpt-4o:org::id"),
        ])
    func pathModels(server: String, method: String, path: String, name: String) throws {
        #expect(model(try Self.catalogue.match(server, method, path), in: path) == name)
    }

    @Test("methods and upgrades are what they say")
    func methods() throws {
        let match = Self.catalogue.match as (String, String, String, Bool) throws -> EndpointMatch?
        #expect(try match("vllm", "GET", "/v1/models", false)?.classes == .metadata)
        #expect(try match("vllm", "HEAD", "/v1/models", false) == nil)
        #expect(try match("vllm", "get", "/v1/models", false) == nil)
        #expect(try match("vllm", "GET", "/v1/models", true) == nil)
        #expect(try match("vllm", "GET", "/v1/realtime", true)?.classes == .inference)
        #expect(try match("vllm", "GET", "/v1/realtime", false) == nil)
        #expect(try match("vllm", "POST", "/v1/realtime", true) == nil)
        #expect(try match("jupyter", "GET", "/api/kernels/k/channels", true)?.classes == .codeExecution)
        #expect(try match("jupyter", "GET", "/proxy/8080/x", true)?.classes == .serverFetch)
        #expect(try match("jupyter", "MKCOL", "/proxy/8080/x", false)?.classes == .serverFetch)
        #expect(try match("triton", "GET", "/inference.GRPCInferenceService/ModelInfer", false) == nil)
        #expect(try match("triton", "POST", "/inference.GRPCInferenceService/ModelInfer", false) != nil)
    }

    @Test("a list of classes allows what it lists, the mark included, and nothing without a class")
    func allowed() {
        #expect(OperationClasses.inference.isAllowed(by: [.inference, .metadata]))
        #expect(!OperationClasses([.inference, .codeExecution]).isAllowed(by: .inference))
        #expect(!OperationClasses([.inference, .serverFetch]).isAllowed(by: .inference))
        #expect(OperationClasses([.inference, .serverFetch]).isAllowed(by: [.inference, .serverFetch]))
        #expect(!OperationClasses.serverFetch.isAllowed(by: [.inference, .administration]))
        #expect(!OperationClasses([]).isAllowed(by: OperationClasses(rawValue: .max)))
    }

    private static let specifics: [(String, String, String, OperationClasses)] = [
        ("jupyter", "POST", "/api/contents/a/b.ipynb/trust", .codeExecution),
        ("jupyter", "PUT", "/api/contents/a/b.ipynb/trust", .dataWrite),
        ("jupyter", "GET", "/api/contents/a/b.ipynb", .dataRead),
        ("jupyter", "GET", "/api/contents/a/checkpoints", .dataWrite),
        ("milvus", "POST", "/milvus.proto.milvus.MilvusService/CreateCollection", .dataWrite),
        ("milvus", "POST", "/milvus.proto.milvus.MilvusService/CreateCredential", .administration),
        ("open-webui", "POST", "/openai/chat/completions", .inference),
        ("open-webui", "POST", "/openai/v1/anything", [.inference, .serverFetch]),
        ("open-webui", "GET", "/api/v1/configs/export", .dataRead),
        ("open-webui", "DELETE", "/openai/models/m", .modelMutation),
        ("mlflow", "POST", "/api/2.0/mlflow/experiments/search", .dataRead),
        ("mlflow", "POST", "/api/2.0/mlflow/experiments/delete", .dataWrite),
        ("qdrant", "PUT", "/collections/c/snapshots/recover", [.dataWrite, .serverFetch]),
        ("gradio", "GET", "/file=/etc/passwd", .dataRead),
        ("ray-serve", "POST", "/-/healthz", .inference),
        ("ray-serve", "GET", "/-/healthz", .health),
        ("ray-serve", "POST", "/", .inference),
    ]

    @Test("of rows that fit, the more specific one says what the request does", arguments: specifics)
    func specific(server: String, method: String, path: String, classes: OperationClasses) throws {
        #expect(try Self.catalogue.match(server, method, path)?.classes == classes)
    }
}
