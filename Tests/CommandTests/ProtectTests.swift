import Foundation
import Kubernetes
import Testing

@testable import sallyport

@Suite("Protecting one server")
struct ProtectTests {
    private func objects(_ url: String, _ server: ServerKind = .ollama, isPlaintext: Bool = false) throws -> Objects {
        let made = ProtectObjects(
            upstream: try Upstream(url), server: server, listen: 8443, isPlaintext: isPlaintext)
        let read = ObjectDecoder.snapshot(files: made.files.map { ($0.name, Array($0.text.utf8)) }, revision: 1)
        #expect(read.mistakes.isEmpty, "\(read.mistakes)")
        #expect(read.notes.isEmpty, "\(read.notes)")
        #expect(Set(made.files.map(\.name)).isSubset(of: ProtectObjects.fileNames))
        return read.objects
    }

    @Test("every kind of server gives objects without a mistake", arguments: ServerKind.allCases)
    func allKinds(kind: ServerKind) throws {
        for url in ["http://127.0.0.1:1234", "http://[::1]:1234", "http://gpu-1.lan:8000", "https://api.example.com"] {
            for isPlaintext in [false, true] {
                let made = try objects(url, kind, isPlaintext: isPlaintext)
                #expect(made.gateways.count == 1)
                #expect(made.httpRoutes.count == 1)
                #expect(made.accessPolicies.count == 1)
                #expect(made.services.count == 1)
            }
        }
    }

    @Test("only inference and the list of models are opened", arguments: ServerKind.allCases)
    func opened(kind: ServerKind) throws {
        let policy = try #require(try objects("http://127.0.0.1:1", kind).accessPolicies.values.first)
        let rule = try #require(policy.rules.first)
        #expect(policy.rules.count == 1)
        #expect(rule.from.count == 1)
        #expect(rule.from[0].accessKeys?.selector == .everything)
        #expect(rule.to.map(\.methods) == [["POST"], ["GET", "HEAD"]])
        for entry in rule.to {
            #expect(!entry.paths.isEmpty)
            for path in entry.paths {
                if case .prefix(let prefix) = path { #expect(prefix == "/v1/models") }
                if case .regularExpression(let text) = path { Issue.record("a pattern: \(text)") }
            }
        }
    }

    @Test(
        "what changes or shows the server stays closed",
        arguments: [
            (ServerKind.ollama, "/api/pull"), (.ollama, "/api/delete"), (.ollama, "/api/create"),
            (.ollama, "/api/show"),
            (.vllm, "/v1/load_lora_adapter"), (.vllm, "/metrics"), (.vllm, "/collective_rpc"),
            (.llamacpp, "/slots"), (.llamacpp, "/props"), (.llamacpp, "/models/load"), (.tgi, "/info"),
            (.litellm, "/key/generate"), (.openai, "/v1/files"), (.anthropic, "/v1/files"),
        ])
    func closed(kind: ServerKind, path: String) {
        for opening in kind.openings {
            #expect(!opening.paths.contains(path))
            for prefix in opening.paths where prefix.hasSuffix("/*") {
                #expect(!path.hasPrefix(prefix.dropLast()))
            }
        }
    }

    @Test("a server by name is reached by name, by address by address, and over TLS with a check of its name")
    func backends() throws {
        let named = try objects("http://gpu-1.lan:8000")
        #expect(named.services.values.first?.externalName == "gpu-1.lan")
        #expect(named.endpointSlices.isEmpty)
        let addressed = try objects("http://[::1]:8000")
        #expect(addressed.endpointSlices.values.first?.addressType == "IPv6")
        #expect(addressed.endpointSlices.values.first?.endpoints.first?.addresses == ["::1"])
        let secure = try objects("https://api.example.com")
        #expect(secure.backendTLSPolicies.values.first?.hostname == "api.example.com")
        #expect(secure.services.values.first?.ports.first?.port == 443)
    }

    @Test("the front door has TLS unless it is told otherwise")
    func listener() throws {
        let listener = try #require(try objects("http://127.0.0.1:1").gateways.values.first?.listeners.first)
        #expect(listener.protocolName == "HTTPS")
        #expect(listener.tls?.mode == "Terminate")
        let plain = try objects("http://127.0.0.1:1", isPlaintext: true).gateways.values.first?.listeners.first
        #expect(plain?.protocolName == "HTTP")
    }

    @Test(
        "URLs that name more or less than a server are refused",
        arguments: [
            "", "127.0.0.1:11434", "ftp://host", "http://", "http://user:pass@host", "http://host/path",
            "http://host?x=1", "http://host#f", "http://host:0", "http://host:70000", "https://127.0.0.1",
            "http://ho st", "http://-host", "http://host\nkind: Secret",
        ])
    func badURLs(text: String) {
        #expect(failure { _ = try Upstream(text) }?.code == .usage)
    }

    @Test("URLs are read")
    func urls() throws {
        #expect(try Upstream("http://localhost:11434/").text == "http://127.0.0.1:11434")
        #expect(try Upstream("HTTPS://API.example.com").text == "https://api.example.com:443")
        #expect(try Upstream("http://[::1]:80").text == "http://[::1]:80")
        #expect(try Upstream("http://host").port == 80)
    }

    @Test("the first start makes objects and a key, the second start finds them")
    func setup() throws {
        let state = try TemporaryDirectory()
        let plan = UpPlan.Protection(
            upstream: try Upstream("http://127.0.0.1:9"), server: .vllm, listen: 8443, write: nil)
        let first = try ProtectSetup(plan: plan, isPlaintext: false, state: state.path).run()
        let key = try #require(first.newKey)
        let files = ["backend", "gateway", "keys/first-key", "policy", "route"].map { "protect/\($0).yaml" }
        #expect(state.files == files)
        for file in files { key.reveal { text in #expect((try? state.read(file))?.contains(text) == false) } }
        let second = try ProtectSetup(plan: plan, isPlaintext: false, state: state.path).run()
        #expect(second.newKey == nil)
        #expect(second.directory == first.directory)
        #expect(state.files == files)
    }

    @Test("a changed server changes the objects and keeps the keys")
    func changed() throws {
        let state = try TemporaryDirectory()
        var plan = UpPlan.Protection(
            upstream: try Upstream("https://api.example.com"), server: .openai, listen: 8443, write: nil)
        _ = try ProtectSetup(plan: plan, isPlaintext: false, state: state.path).run()
        #expect(state.files.contains("protect/backend-tls.yaml"))
        plan.upstream = try Upstream("http://127.0.0.1:9")
        let second = try ProtectSetup(plan: plan, isPlaintext: false, state: state.path).run()
        #expect(!state.files.contains("protect/backend-tls.yaml"))
        #expect(second.newKey == nil)
    }

    @Test("--write never writes over what somebody changed")
    func keeps() throws {
        let state = try TemporaryDirectory()
        let target = try TemporaryDirectory()
        let plan = UpPlan.Protection(
            upstream: try Upstream("http://127.0.0.1:9"), server: .vllm, listen: 8443, write: target.path)
        _ = try ProtectSetup(plan: plan, isPlaintext: false, state: state.path).run()
        #expect(state.files.isEmpty)
        _ = try ProtectSetup(plan: plan, isPlaintext: false, state: state.path).run()
        try target.write("# mine\n", to: "policy.yaml")
        let refused = failure { _ = try ProtectSetup(plan: plan, isPlaintext: false, state: state.path).run() }
        #expect(refused?.code == .cannotCreate)
        #expect(try target.read("policy.yaml") == "# mine\n")
    }
}
