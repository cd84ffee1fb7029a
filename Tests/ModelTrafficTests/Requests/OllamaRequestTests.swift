import Testing

@testable import ModelTraffic

@Suite struct OllamaRequestTests {
    @Test func chat() throws {
        let facts = try read(
            .ollamaChat,
            #"{"model":"llama3:8b","messages":[{"role":"user","content":"Hi","images":["AAAA"]}],"options":{"num_predict":20,"temperature":0},"keep_alive":"5m"}"#
        )
        #expect(
            facts.model == "llama3:8b" && facts.isStreaming && facts.maxOutputTokens == 20 && facts.extraClasses == [])
        #expect(facts.media.isEmpty && facts.inputBound > MediaKind.image.tokenBound)
        #expect(try !self.facts(#"{"model":"m","stream":false,"messages":[]}"#).isStreaming)
        #expect(try self.facts(#"{"model":"m","stream":null}"#).isStreaming)
        for unlimited in [-1, -2] {
            #expect(try self.facts(#"{"model":"m","options":{"num_predict":\#(unlimited)}}"#).maxOutputTokens == nil)
        }
    }

    private func facts(_ text: String) throws -> RequestFacts { try read(.ollamaChat, text) }

    @Test(arguments: [
        (#"0"#, true), (#""0""#, true), (#""0s""#, true), (#""0m""#, true), (#""0h0m0s""#, true), (#"0.0"#, true),
        (#"-0"#, true), (#"0e5"#, true),
        (#"1e-400"#, true), (#"0.0000000001"#, true), (#""0.0000000001s""#, true), (#""-0s""#, true), (#""0ms""#, true),
        (#""""#, true),
        (#"5"#, false), (#""5m""#, false), (#"-1"#, false), (#""-1m""#, false), (#"0.5"#, false), (#""1h30m""#, false),
        (#""10s""#, false), (#"null"#, false),
        (#""1ns""#, false), (#""0h1m""#, false),
    ])
    func unloading(_ keepAlive: String, _ unloads: Bool) throws {
        let expected: OperationClasses = unloads ? .modelMutation : []
        for body in [
            #""model":"m""#, #""model":"m","prompt":"""#, #""model":"m","prompt":null"#,
        ] {
            #expect(try read(.ollamaGenerate, "{\(body),\"keep_alive\":\(keepAlive)}").extraClasses == expected)
        }
        for body in [#""model":"m""#, #""model":"m","messages":[]"#, #""model":"m","messages":null"#] {
            #expect(try self.facts("{\(body),\"keep_alive\":\(keepAlive)}").extraClasses == expected)
        }
        // With something to answer it is a request like others.
        #expect(
            try self.facts(#"{"model":"m","messages":[{"role":"user","content":"x"}],"keep_alive":\#(keepAlive)}"#)
                .extraClasses == [])
        #expect(try read(.ollamaGenerate, #"{"model":"m","prompt":"x","keep_alive":\#(keepAlive)}"#).extraClasses == [])
        #expect(
            try read(.ollamaEmbed, #"{"model":"m","input":[],"keep_alive":\#(keepAlive)}"#).extraClasses == expected)
    }

    @Test func loadingIsInference() throws {
        #expect(try read(.ollamaGenerate, #"{"model":"m"}"#).extraClasses == [])
    }

    @Test(arguments: [
        (#"{"model":"a","keep_alive":true}"#, "keep_alive wrongType"),
        (#"{"model":"a","Keep_Alive":0}"#, "keep_alive caseVariant"),
        (#"{"model":"a","options":{"Num_Predict":9}}"#, "options.num_predict caseVariant"),
        (#"{"model":"a","options":[]}"#, "options wrongType"),
        (#"{"model":"a","options":{"num_predict":-3}}"#, "options.num_predict outOfRange"),
        (#"{"model":"a","options":{"num_predict":0}}"#, "options.num_predict outOfRange"),
        (#"{"model":"a","options":{"num_predict":5},"max_tokens":6}"#, "options.num_predict contradiction"),
        (#"{"model":"a","messages":{}}"#, "messages wrongType"),
        (#"{"model":"a","messages":[{"images":"x"}]}"#, "messages[0].images wrongType"),
        (#"{"Model":"a"}"#, "model caseVariant"),
    ])
    func refusals(_ text: String, _ expected: String) { #expect(refusal(.ollamaChat, text) == expected) }

    @Test func modelsByAnyName() throws {
        func model(_ text: String) throws -> RequestFacts { try read(.ollamaModel, text) }
        #expect(try model(#"{"name":"llama3"}"#).model == "llama3")
        #expect(try model(#"{"model":"a","name":"a","stream":false}"#).model == "a")
        #expect(refusal(.ollamaModel, #"{"model":"a","name":"b"}"#) == "name contradiction")
        #expect(try model(#"{"source":"a","destination":"b"}"#).model == "a")
        let both: OperationClasses = [.modelMutation, .serverFetch]
        for body in [
            #"{"model":"evil.example/ns/m"}"#, #"{"name":"ns/host/m"}"#,
            #"{"source":"a","destination":"evil.example/m"}"#, #"{"model":"a","from":"hf.co/x/y"}"#,
            #"{"model":"http://evil/x"}"#,
        ] { #expect(try model(body).extraClasses == both, "\(body)") }
        #expect(try model(#"{"model":"a","insecure":true}"#).extraClasses == .serverFetch)
        #expect(try model(#"{"model":"ns/a","from":"b"}"#).extraClasses == [])
        // Three parts are host, namespace and model to Ollama.
        #expect(try self.facts(#"{"model":"attacker/ns/m"}"#).extraClasses == both)
    }
}
