import ModelTraffic
import Testing

@testable import Access

@Suite("Which requests a rule admits")
struct RequestConditionTests {
    /// What one entry of `to` says to a caller who may come in.
    private func reason(_ entry: String, _ operation: Operation, method: String = "POST") -> Reason? {
        door(entry).ask(method, "/x", operation: operation).reason
    }

    private func door(_ entries: String...) -> Door {
        Door(
            gatewayAndRoute
                + policy(
                    "p", rules: "  - from: [{networks: [10.0.0.0/8]}]\n    to: [\(entries.joined(separator: ", "))]"))
    }

    @Test("classes: all that the request would do is among them")
    func classes() {
        let inference = "{classes: [Inference]}"
        #expect(reason(inference, .on(.inference)) == nil)
        #expect(reason(inference, .on(.metadata)) == .operationNotAllowed)
        #expect(reason(inference, .on([.inference, .modelMutation])) == .operationNotAllowed)
        #expect(reason("{classes: [Inference, ModelMutation]}", .on([.inference, .modelMutation])) == nil)
        // To fetch is never meant by the name of another class.
        #expect(reason(inference, .on([.inference, .serverFetch])) == .operationNotAllowed)
        #expect(reason("{classes: [Inference, ServerFetch]}", .on([.inference, .serverFetch])) == nil)
        // An operation of no class at all is none that a rule could mean.
        #expect(reason(inference, .on([])) == .operationNotAllowed)
        #expect(reason("{methods: [POST]}", .on([.administration, .codeExecution])) == nil)
    }

    @Test("models: what a model works for, or what changes one, must name one of them")
    func models() {
        let entry = "{models: ['llama3*', qwen]}"
        for (model, right) in [("llama3:1b", true), ("qwen", true), ("qwen2", false), ("gpt-4o", false)] {
            let wanted: Reason? = right ? nil : .modelNotAllowed
            #expect(reason(entry, .on(.inference, model: model)) == wanted, "\(model)")
            #expect(reason(entry, .on(.modelMutation, model: model)) == wanted, "\(model)")
            // Whoever asks about a model names it too.
            #expect(reason(entry, .on(.metadata, model: model)) == wanted, "\(model)")
        }
        #expect(reason(entry, .on(.inference)) == .modelNotAllowed)
        #expect(reason(entry, .on(.modelMutation)) == .modelNotAllowed)
        // Models alone mean requests that use one; with classes, those that use none are meant too.
        #expect(reason(entry, .on(.metadata)) == .modelNotAllowed)
        #expect(reason("{classes: [Inference, Metadata], models: [qwen]}", .on(.metadata)) == nil)
    }

    @Test("tools, prompts and resources: what is not listed may not be used, what only lists may")
    func mcp() {
        let tools = "{tools: ['search_*', read]}"
        #expect(reason(tools, .message("tools/call", tool: "search_web")) == nil)
        #expect(reason(tools, .message("tools/call", tool: "read")) == nil)
        #expect(reason(tools, .message("tools/call", tool: "write")) == .toolNotAllowed)
        #expect(reason(tools, .message("tools/call")) == .toolNotAllowed)
        #expect(reason(tools, .message("prompts/get", prompt: "read")) == .toolNotAllowed)
        #expect(reason(tools, .message("resources/read", resource: "read")) == .toolNotAllowed)
        for method in ["initialize", "ping", "tools/list", "prompts/list", "notifications/initialized", nil] {
            #expect(reason(tools, .message(method)) == nil, "\(method ?? "answer")")
        }
        for method in ["tools/calls", "TOOLS/CALL", "sampling/createMessage", "completion/complete", "tasks/get"] {
            #expect(reason(tools, .message(method, tool: "read")) == .toolNotAllowed, "\(method)")
        }
        let others = "{prompts: [greet], resources: ['file:///docs/*']}"
        #expect(reason(others, .message("prompts/get", prompt: "greet")) == nil)
        #expect(reason(others, .message("completion/complete", prompt: "greet")) == nil)
        #expect(reason(others, .message("completion/complete", prompt: "other")) == .toolNotAllowed)
        for method in ["resources/read", "resources/subscribe", "resources/unsubscribe", "completion/complete"] {
            #expect(reason(others, .message(method, resource: "file:///docs/a")) == nil, "\(method)")
            #expect(reason(others, .message(method, resource: "file:///etc/passwd")) == .toolNotAllowed, "\(method)")
        }
        #expect(reason(others, .message("tools/call", tool: "greet")) == .toolNotAllowed)
        // A stream is opened, a session ended, without a message.
        #expect(reason(tools, .on(.inference, isMCP: true)) == nil)
        #expect(reason("{methods: [POST]}", .message("tools/call", tool: "write")) == nil)
    }

    @Test("media are fetched only from hosts that are listed, also where 'to' is left out")
    func media() {
        let fetching = { (url: String) in
            Operation.on([.inference]) { $0.media = [MediaReference(kind: .image, url: url, path: "x")] }
        }
        let entry = "{mediaHosts: ['*.example.com', pics.example.net]}"
        #expect(reason(entry, fetching("https://a.example.com/x.png")) == nil)
        #expect(reason(entry, fetching("https://pics.example.net/x.png")) == nil)
        for url in ["https://example.com/x", "https://evil.example/x", "http://169.254.169.254/", "file:///etc/x"] {
            #expect(reason(entry, fetching(url)) == .mediaHostNotAllowed, "\(url)")
        }
        #expect(reason("{methods: [POST]}", fetching("https://a.example.com/")) == .mediaHostNotAllowed)
        let open = Door(gatewayAndRoute + policy("p", rules: "  - from: [{networks: [10.0.0.0/8]}]"))
        #expect(open.ask(operation: fetching("https://a.example.com/")).reason == .mediaHostNotAllowed)
        #expect(open.ask(operation: .on(.inference) { $0.media = [] }).reason == nil)
        let two = Operation.on(.inference) {
            $0.media = ["https://pics.example.net/1", "https://evil.example/2"].map {
                MediaReference(kind: .image, url: $0, path: "x")
            }
        }
        #expect(reason(entry, two) == .mediaHostNotAllowed)
    }

    @Test("strict: fields that the protocol does not have are refused")
    func strict() {
        let strange = Operation.on(.inference) { $0.unknownFields = ["chat_template"] }
        #expect(reason("{strict: true}", strange) == .fieldNotAllowed)
        #expect(reason("{strict: false}", strange) == nil)
        #expect(reason("{methods: [POST]}", strange) == nil)
        #expect(reason("{strict: true}", .on(.inference) { _ in }) == nil)
    }

    @Test("of a server that is not known, rules that name classes, models or tools say no")
    func unknownServer() {
        let unknown = Operation()
        #expect(reason("{classes: [Inference, Metadata]}", unknown) == .operationNotAllowed)
        #expect(reason("{models: ['*']}", unknown) == .modelNotAllowed)
        #expect(reason("{tools: ['*']}", unknown) == .toolNotAllowed)
        #expect(reason("{prompts: ['*']}", unknown) == .toolNotAllowed)
        #expect(reason("{methods: [POST]}", unknown) == nil)
        // Also where it is said that more will come.
        var pending = unknown
        pending.isBodyPending = true
        #expect(reason("{classes: [Inference]}", pending) == .operationNotAllowed)
    }

    @Test("what only the body tells counts as met until the body is there")
    func pending() {
        let waiting = Operation.on(.inference, isPending: true)
        for entry in ["{models: [x]}", "{tools: [x]}", "{strict: true}", "{mediaHosts: [a.example]}"] {
            #expect(reason(entry, waiting) == nil, "\(entry)")
        }
        #expect(reason("{classes: [Metadata], models: [x]}", waiting) == .operationNotAllowed)
        #expect(reason("{models: [x], methods: [GET]}", waiting) == .noRuleMatches)
    }

    @Test("the nearest entry gives the reason")
    func nearest() {
        let call = Operation.on(.inference, model: "gpt-4o") { $0.unknownFields = ["x"] }
        #expect(door("{methods: [GET]}", "{models: [llama]}").ask(operation: call).reason == .modelNotAllowed)
        #expect(
            door("{classes: [Metadata]}", "{models: [llama]}").ask(operation: call).reason == .modelNotAllowed)
        #expect(door("{classes: [Metadata]}", "{methods: [GET]}").ask(operation: call).reason == .operationNotAllowed)
        #expect(
            door("{models: [llama]}", "{models: [gpt-4o], strict: true}").ask(operation: call).reason
                == .fieldNotAllowed)
        #expect(door("{paths: [{type: Exact, value: /y}]}").ask(operation: call).reason == .noRuleMatches)
        let verdict = door("{models: [llama]}").ask(operation: call)
        #expect(verdict.basis.denial?.reason == .modelNotAllowed)
    }

    @Test("whose rule is nearer counts more than what it says")
    func rules() {
        let rules = """
              - {from: [{networks: [192.168.0.0/16]}], to: [{models: [gpt-4o]}]}
              - {from: [{accessKeys: {selector: {}}}], to: [{models: [gpt-4o]}]}
              - {from: [{networks: [10.0.0.0/8]}], to: [{models: [llama]}]}
            """
        let door = Door(gatewayAndRoute + key("alice", 1) + policy("p", rules: rules))
        let call = Operation.on(.inference, model: "gpt-4o")
        #expect(door.ask(key: 1, operation: call).reason == nil)
        // Who could pass with a key is told to bring one.
        #expect(door.ask(operation: call).reason == .missingKey)
        #expect(door.ask(from: "192.168.0.1", operation: call).reason == nil)
        #expect(door.ask(key: 1, operation: .on(.inference, model: "qwen")).reason == .modelNotAllowed)
    }

    @Test("which tools a caller may call is asked of the same rules")
    func tools() {
        let rules = """
              - {from: [{accessKeys: {names: [alice]}}], to: [{tools: [read, write]}]}
              - {from: [{accessKeys: {selector: {}}}], to: [{tools: [read]}]}
            """
        let door = Door(gatewayAndRoute + key("alice", 1) + key("bob", 2) + policy("p", rules: rules))
        let (method, path) = (Array("POST".utf8), Array("/mcp".utf8))
        let asks = { (number: UInt64, tool: String) in
            method.withUnsafeBytes { method in
                path.withUnsafeBytes { path in
                    door.table.allowsTool(
                        tool, door.place(),
                        door.caller([("x-api-key", keyText(number).reveal { $0 })], from: "10.0.0.1"),
                        AccessRequest(
                            source: .init("10.0.0.1")!, method: method, path: path,
                            operation: .on(.inference, isMCP: true, isPending: true)))
                }
            }
        }
        #expect(asks(1, "read") && asks(1, "write") && !asks(1, "rm"))
        #expect(asks(2, "read") && !asks(2, "write"))
        #expect(!asks(9, "read"))
        #expect(door.table.restrictsTools(door.place()))
        let open = Door(gatewayAndRoute + policy("p", rules: "  - from: [{networks: [10.0.0.0/8]}]"))
        #expect(!open.table.restrictsTools(open.place()) && open.table.restrictsTools(door.place(route: "other")))
    }
}
