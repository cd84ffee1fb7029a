import Testing

@testable import Kubernetes

@Suite("ModelServer") struct ModelServerTests {
    static func server(_ spec: String, name: String = "house") -> String {
        "apiVersion: sallyport.dev/v1alpha1\nkind: ModelServer\nmetadata: {name: \(name), namespace: ai}\nspec: {\(spec)}\n"
    }

    @Test func everything() throws {
        let text = Self.server(
            "extends: [vllm, ollama], images: [house-llm, \"registry.example.com:5000/ai/llm\", team/*], ports: [9000], "
                + "endpoints: [{methods: [POST, WS], path: \"/v1/x/{model}\", classes: [Inference, ServerFetch], "
                + "dialect: openai-chat, note: why}, {methods: [ANY], path: /y, classes: [Health]}]")
        #expect(mistakes(text) == [])
        let object = try #require(snapshot(text).objects.modelServers[NamespacedName("ai", "house")])
        #expect(object.extends == ["vllm", "ollama"])
        #expect(object.images == ["house-llm", "registry.example.com:5000/ai/llm", "team/*"])
        #expect(object.ports == [9000])
        #expect(object.endpoints.map(\.path.text) == ["/v1/x/{model}", "/y"])
        #expect(object.endpoints[0].methods == ["POST", "WS"])
        #expect(object.endpoints[0].classes == ["Inference", "ServerFetch"])
        #expect(object.endpoints[0].dialect == "openai-chat")
        #expect(object.endpoints[0].note == "why")
        #expect(object.endpoints[1].dialect == nil)
        #expect(object.endpoints[0].position?.line == 4)
    }

    @Test(
        "mistakes have their place",
        arguments: [
            ("", "4 spec: must have endpoints"), ("extends: [vlm]", "4 spec.extends[0]: must be one of anthropic"),
            ("extends: [vllm, vllm]", "4 spec.extends: has \"vllm\" twice"),
            ("endpoints: [{}]", "4 spec.endpoints[0].methods: must be there"),
            ("endpoints: [{methods: [POST], classes: [Health]}]", "4 spec.endpoints[0].path: must be there"),
            (
                "endpoints: [{methods: [FETCH], classes: [Health], path: /}]",
                "4 spec.endpoints[0].methods[0]: must be one"
            ),
            (
                "endpoints: [{methods: [GET], classes: [Helth], path: /}]",
                "4 spec.endpoints[0].classes[0]: must be one of"
            ),
            (
                "endpoints: [{methods: [GET], classes: [], path: /}]",
                "4 spec.endpoints[0].classes: must have at least 1"
            ),
            (
                "endpoints: [{methods: [GET], classes: [Health], path: \"/a/*\"}]",
                "4 spec.endpoints[0].path: must say {name} for one segment or {name...} for more, not '*', is \"/a/*\""
            ),
            (
                "endpoints: [{methods: [GET], classes: [Health], path: /, dialect: open-ai}]",
                "4 spec.endpoints[0].dialect:"
            ),
            (
                "endpoints: [{methods: [GET], classes: [Health], path: /, class: x}]",
                "4 spec.endpoints[0].class: no such"
            ),
            ("extends: [vllm], images: [\"a:1.0\"]", "4 spec.images[0]: must be the name of an image without tag"),
            ("extends: [vllm], images: [\"*\"]", "4 spec.images[0]: must be the name"),
            ("extends: [vllm], images: [\"a/*/b\"]", "4 spec.images[0]: must be the name"),
            ("extends: [vllm], images: [\"a@sha256:00\"]", "4 spec.images[0]: must be the name"),
            ("extends: [vllm], ports: [0]", "4 spec.ports[0]: must be a whole number between 1 and 65535, is 0"),
            ("extends: [vllm], ports: [\"80\"]", "4 spec.ports[0]: must be a whole number"),
            ("extends: [vllm], ports: [80, 80]", "4 spec.ports: has \"80\" twice"),
        ])
    func wrong(spec: String, expected: String) {
        let text = Self.server(spec)
        #expect(mistakes(text).contains { $0.hasPrefix(expected) }, "\(mistakes(text))")
        let objects = snapshot(text).objects
        #expect(objects.modelServers.isEmpty)
        #expect(objects.invalid.map(\.reference.name) == ["house"])
    }

    @Test("a name of our own stays ours", arguments: ["ollama", "llama.cpp", "none"])
    func names(name: String) {
        let text = Self.server("extends: [vllm]", name: name)
        #expect(mistakes(text).first?.contains("must not be the name of a built-in server") == true)
        #expect(snapshot(text).objects.modelServers.isEmpty)
    }
}
