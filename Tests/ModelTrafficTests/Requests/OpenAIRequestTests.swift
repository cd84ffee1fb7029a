import Testing

@testable import ModelTraffic

@Suite struct OpenAIRequestTests {
    @Test func chat() throws {
        let facts = try read(
            .openAIChat,
            #"""
            {"model":"gpt-4o-mini","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi é"}],
            "stream":true,"stream_options":{"include_usage":true},"max_completion_tokens":100,"n":3,"temperature":0.2}
            """#)
        #expect(facts.model == "gpt-4o-mini" && facts.modelNode?.string == "gpt-4o-mini")
        #expect(facts.isStreaming && facts.wantsUsage && facts.maxOutputTokens == 300)
        #expect(facts.media.isEmpty && facts.extraClasses == [] && facts.unknownFields.isEmpty && facts.mcp == nil)
        // At least every byte of text, and not the whole body.
        #expect(facts.inputBound >= 9 + 5 && facts.inputBound < 120)
    }

    @Test func chatWithoutSwitches() throws {
        let facts = try read(.openAIChat, #"{"model":"m","messages":[],"max_tokens":null,"stream":null,"n":null}"#)
        #expect(!facts.isStreaming && !facts.wantsUsage && facts.maxOutputTokens == nil)
        #expect(try self.facts(#"{"messages":[]}"#).model == nil)
        #expect(try self.facts(#"{"messages":[],"max_tokens":-1}"#).maxOutputTokens == nil)
    }

    private func facts(_ text: String) throws -> RequestFacts { try read(.openAIChat, text) }

    @Test func renamedModel() throws {
        let document = try document(#" {"messages":[{"role":"user","content":"\u0041"}], "mod\u0065l" : "fast" } "#)
        let facts = try judge(.openAIChat, document, pathModel: nil)
        let node = try #require(facts.modelNode)
        let text = document.serialise([.replace(node, with: .string("llama3:8b"))])
        #expect(
            String(decoding: text, as: UTF8.self)
                == #"{"messages":[{"role":"user","content":"A"}],"model":"llama3:8b"}"#)
    }

    @Test func inputBoundCountsTextAsBytes() throws {
        let text = String(repeating: "x", count: 1_000)
        let plain = try self.facts(#"{"messages":[{"role":"user","content":"\#(text)"}]}"#).inputBound
        #expect((1_000...1_060).contains(plain))
        // Escapes count as what they stand for, and white space outside strings for nothing.
        let escaped = String(repeating: "\\u0078", count: 1_000)
        #expect(try self.facts(#"{"messages" : [ {"role":"user", "content":"\#(escaped)"}]}"#).inputBound == plain)
        let tools =
            #"[{"type":"function","function":{"name":"f","description":"\#(text)","parameters":{"type":"object"}}}]"#
        #expect(try self.facts(#"{"messages":[],"tools":\#(tools)}"#).inputBound >= 1_000)
        let image = String(repeating: "A", count: 100_000)
        let part = #"{"type":"image_url","image_url":{"url":"data:image/png;base64,\#(image)"}}"#
        let bound = try self.facts(#"{"messages":[{"role":"user","content":[\#(part)]}]}"#).inputBound
        #expect(bound >= MediaKind.image.tokenBound && bound < 2 * MediaKind.image.tokenBound + 200)
        #expect(try read(.openAICompletions, #"{"prompt":[1,22,333]}"#).inputBound >= 3)
    }

    static let media: [(String, [String])] = [
        (
            #"{"type":"image_url","image_url":{"url":"https://a.example/x.png"}}"#,
            ["image a.example messages[0].content[0].image_url.url"]
        ),
        (#"{"image_url":"http://b.example/x"}"#, ["image b.example messages[0].content[0].image_url"]),
        (
            #"{"type":"text","text":"x","video_url":{"url":"https://v.example/"}}"#,
            ["video v.example messages[0].content[0].video_url.url"]
        ),
        (
            #"{"type":"audio_url","audio_url":{"url":"https://s.example/"}}"#,
            ["audio s.example messages[0].content[0].audio_url.url"]
        ),
        (
            #"{"type":"input_image","image_url":"https://c.example:8443/x"}"#,
            ["image c.example messages[0].content[0].image_url"]
        ),
        (
            #"{"type":"input_file","file_url":"https://d.example/x.pdf"}"#,
            ["file d.example messages[0].content[0].file_url"]
        ),
        (
            #"{"type":"file","file":{"filename":"x","file_data":"https://e.example/"}}"#,
            ["file e.example messages[0].content[0].file.file_data"]
        ),
        (#"{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}"#, []),
        (#"{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}"#, []),
        (
            #"{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}"#,
            ["image - messages[0].content[0].image_url.url"]
        ),
        (#"{"type":"image_url","image_url":{"url":" data:x"}}"#, ["image - messages[0].content[0].image_url.url"]),
        (#"{"type":"text","text":"see https://a.example/x.png"}"#, []),
        (
            #"{"type":"x","x":{"y":[{"image_url":"https://n.example"}]}}"#,
            ["image n.example messages[0].content[0].*.*[0].image_url"]
        ),
        (
            #"{"type":"tool_result","content":[{"type":"image","source":{"type":"url","url":"https://t.example/"}}]}"#,
            ["image t.example messages[0].content[0].content[0].source.url"]
        ),
    ]

    @Test(arguments: media)
    func mediaOfChat(_ part: String, _ expected: [String]) throws {
        let facts = try self.facts(#"{"messages":[{"role":"user","content":[\#(part)]}]}"#)
        #expect(facts.media.map { "\($0.kind) \($0.host ?? "-") \($0.path)" } == expected)
        #expect(facts.extraClasses == (expected.isEmpty ? [] : .serverFetch))
    }

    @Test func argumentsOfToolsAreNoMedia() throws {
        let body = #"""
            {"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"1","name":"f","input":{"image_url":"http://10.0.0.1/","Text":"a"}}]}],
            "tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"image_url":{"type":"string"},"Content":{}}}}}]}
            """#
        #expect(try self.facts(body).media.isEmpty)
    }

    @Test func markdownImagesWhereTheServerFetchesThem() throws {
        let body = #"{"inputs":"![](https://a.example/x.png) and ![](data:image/png;base64,AA) ![](http://b.example/"}"#
        #expect(try read(.tgiGenerate, body).media.map(\.host) == ["a.example"])
        let chat = #"{"messages":[{"role":"user","content":"![](https://a.example/x.png)"}]}"#
        #expect(try self.facts(chat).media.isEmpty)
        #expect(try read(.openAIChat, chat, markdown: true).media.map(\.path) == ["messages[0].content"])
    }

    static let refused: [(Dialect, String, String)] = [
        (.openAIChat, "[]", " wrongType"), (.openAIChat, "\"x\"", " wrongType"),
        (.openAIChat, #"{"model":1}"#, "model wrongType"), (.openAIChat, #"{"model":["a"]}"#, "model wrongType"),
        (.openAIChat, #"{"model":""}"#, "model badName"), (.openAIChat, #"{"model":"a\n"}"#, "model badName"),
        (.openAIChat, #"{"model":"a\u0000b"}"#, "model badName"), (.openAIChat, #"{"model":" a"}"#, "model badName"),
        (.openAIChat, #"{"model":"gpt\u00ad4"}"#, "model badName"),
        (.openAIChat, #"{"model":"\#(String(repeating: "a", count: 257))"}"#, "model badName"),
        (.openAIChat, #"{"Model":"a"}"#, "model caseVariant"),
        (.openAIChat, #"{"MAX_TOKENS":5}"#, "max_tokens caseVariant"),
        (.openAIChat, #"{"Stream":true}"#, "stream caseVariant"),
        (.openAIChat, #"{"meſſages":[]}"#, "messages caseVariant"),
        (.openAIChat, #"{"N_Predict":5}"#, "n_predict caseVariant"),
        (.openAIChat, #"{"stream_options":{"Include_Usage":true}}"#, "stream_options.include_usage caseVariant"),
        (.openAIChat, #"{"messages":[{"role":"user","Content":"x"}]}"#, "messages[0].content caseVariant"),
        (
            .openAIChat, #"{"messages":[{"content":[{"Image_URL":"http://x"}]}]}"#,
            "messages[0].content[0].image_url caseVariant"
        ),
        (
            .openAIChat, #"{"messages":[{"content":[{"image_url":{"Url":"http://x"}}]}]}"#,
            "messages[0].content[0].image_url.url caseVariant"
        ),
        (.openAIChat, #"{"stream":"true"}"#, "stream wrongType"), (.openAIChat, #"{"stream":1}"#, "stream wrongType"),
        (.openAIChat, #"{"stream_options":true}"#, "stream_options wrongType"),
        (.openAIChat, #"{"stream_options":{"include_usage":1}}"#, "stream_options.include_usage wrongType"),
        (.openAIChat, #"{"messages":"x"}"#, "messages wrongType"), (.openAIChat, #"{"tools":{}}"#, "tools wrongType"),
        (.openAIChat, #"{"messages":[{"content":[{"image_url":7}]}]}"#, "messages[0].content[0].image_url wrongType"),
        (
            .openAIChat, #"{"messages":[{"content":[{"image_url":{"url":7}}]}]}"#,
            "messages[0].content[0].image_url.url wrongType"
        ),
        (.openAIChat, #"{"max_tokens":0}"#, "max_tokens outOfRange"),
        (.openAIChat, #"{"max_tokens":-5}"#, "max_tokens outOfRange"),
        (.openAIChat, #"{"max_tokens":1.5}"#, "max_tokens outOfRange"),
        (.openAIChat, #"{"max_tokens":1e3}"#, "max_tokens outOfRange"),
        (.openAIChat, #"{"max_tokens":1e999}"#, "max_tokens outOfRange"),
        (.openAIChat, #"{"max_tokens":2147483649}"#, "max_tokens outOfRange"),
        (.openAIChat, #"{"max_tokens":99999999999999999999}"#, "max_tokens outOfRange"),
        (.openAIChat, #"{"max_tokens":"NaN"}"#, "max_tokens wrongType"),
        (.openAIChat, #"{"max_tokens":"10"}"#, "max_tokens wrongType"),
        (.openAIChat, #"{"max_tokens":true}"#, "max_tokens wrongType"),
        (.openAIChat, #"{"max_completion_tokens":[1]}"#, "max_completion_tokens wrongType"),
        (.openAIChat, #"{"max_tokens":5,"max_completion_tokens":6}"#, "max_completion_tokens contradiction"),
        (.openAIChat, #"{"max_tokens":5,"n_predict":-1}"#, "n_predict contradiction"),
        (.openAIChat, #"{"n":0}"#, "n outOfRange"), (.openAIChat, #"{"n":1025}"#, "n outOfRange"),
        (.openAIChat, #"{"best_of":-1}"#, "best_of outOfRange"),
        (.openAICompletions, #"{"prompt":7}"#, "prompt wrongType"),
        (.openAICompletions, #"{"max_tokens":-2}"#, "max_tokens outOfRange"),
        (.openAIResponses, #"{"input":{}}"#, "input wrongType"),
        (.openAIResponses, #"{"tools":[{"type":"mcp","Server_URL":"x"}]}"#, "tools[0].server_url caseVariant"),
        (.openAIResponses, #"{"tools":["x"]}"#, "tools[0] wrongType"),
        (.anthropicMessages, #"{"max_tokens":0}"#, "max_tokens outOfRange"),
        (.anthropicMessages, #"{"max_tokens":-1}"#, "max_tokens outOfRange"),
        (.anthropicMessages, #"{"system":5}"#, "system wrongType"),
        (.anthropicMessages, #"{"System":"x"}"#, "system caseVariant"),
        (.anthropicMessages, #"{"mcp_servers":[{"url":5}]}"#, "mcp_servers[0].url wrongType"),
        (.jsonModel, #"{"model":{}}"#, "model wrongType"), (.openAIEmbeddings, #"{"MODEL":"x"}"#, "model caseVariant"),
    ]

    @Test(arguments: refused)
    func refusals(_ dialect: Dialect, _ text: String, _ expected: String) {
        #expect(refusal(dialect, text) == expected, "\(text)")
    }

    @Test func equalLimitsAreNoContradiction() throws {
        #expect(try self.facts(#"{"max_tokens":7,"max_completion_tokens":7}"#).maxOutputTokens == 7)
        #expect(try self.facts(#"{"max_tokens":2147483648,"n":1024}"#).maxOutputTokens == 2_199_023_255_552)
        #expect(try read(.openAICompletions, #"{"prompt":"x","max_tokens":0,"best_of":4,"n":2}"#).maxOutputTokens == 0)
    }

    @Test func tooManyMedia() {
        let parts = Array(repeating: #"{"image_url":"https://a.example/"}"#, count: 257).joined(separator: ",")
        #expect(refusal(.openAIChat, #"{"messages":[{"content":[\#(parts)]}]}"#)?.hasSuffix("tooMany") == true)
    }

    @Test func responses() throws {
        let facts = try read(
            .openAIResponses,
            #"""
            {"model":"o3","input":[{"role":"user","content":[{"type":"input_text","text":"Hi"},{"type":"input_image","image_url":"https://i.example/"}]},
            {"type":"function_call_output","call_id":"c","output":[{"type":"input_file","file_url":"https://f.example/"}]}],
            "tools":[{"type":"mcp","server_label":"x","server_url":"https://mcp.example/sse"},{"type":"function","name":"f","parameters":{}}],
            "max_output_tokens":50,"stream":true,"previous_response_id":"resp_1"}
            """#)
        #expect(
            Set(facts.media.map { "\($0.kind) \($0.host ?? "-")" }) == [
                "image i.example", "file f.example", "toolServer mcp.example",
            ])
        #expect(
            facts.maxOutputTokens == 50 && facts.isStreaming && facts.addsStoredInput
                && facts.extraClasses == .serverFetch)
        let plain = try read(.openAIResponses, #"{"model":"o3","input":"Hi"}"#)
        #expect(!plain.addsStoredInput && plain.inputBound >= 2 && plain.maxOutputTokens == nil)
    }

    @Test func anthropic() throws {
        let facts = try read(
            .anthropicMessages,
            #"""
            {"model":"claude-sonnet-4","max_tokens":1024,"stream":true,"system":[{"type":"text","text":"Be kind."}],
            "messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://i.example/a.png"}},
            {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"long text"}},
            {"type":"document","source":{"type":"url","url":"https://d.example/a.pdf"}}]}],
            "mcp_servers":[{"type":"url","url":"https://m.example/","name":"m"}]}
            """#)
        #expect(facts.model == "claude-sonnet-4" && facts.maxOutputTokens == 1024 && facts.isStreaming)
        #expect(
            Set(facts.media.map { "\($0.kind) \($0.host ?? "-")" }) == [
                "image i.example", "file d.example", "toolServer m.example",
            ])
        #expect(facts.inputBound > 2 * MediaKind.image.tokenBound + MediaKind.file.tokenBound)
        #expect(try read(.anthropicCount, #"{"model":"c","messages":[]}"#).maxOutputTokens == 0)
    }

    @Test func others() throws {
        let embeddings = try read(.openAIEmbeddings, #"{"model":"bge","input":["a","bc"],"dimensions":5}"#)
        #expect(
            embeddings.model == "bge" && embeddings.maxOutputTokens == 0 && embeddings.inputBound >= 3
                && embeddings.unknownFields.isEmpty)
        let rerank = try read(
            .openAIEmbeddings, #"{"model":"r","query":"q","documents":["a",{"image_url":"https://i.example/"}]}"#)
        #expect(rerank.media.map(\.path) == ["documents[1].image_url"])
        let image = try read(
            .openAIImages, #"{"model":"gpt-image-1","prompt":"a cat","n":2,"image":["https://i.example/"]}"#)
        #expect(image.media.map(\.host) == ["i.example"] && image.maxOutputTokens == nil)
        let speech = try read(.openAISpeech, #"{"model":"tts-1","input":"Hi","voice":"alloy","stream_format":"sse"}"#)
        #expect(speech.isStreaming && speech.inputBound >= 2)
        let any = try read(.jsonModel, #"{"model":"m","prompt":"x"}"#)
        #expect(any.model == "m" && any.maxOutputTokens == nil)
    }

    @Test func unknownFields() throws {
        let facts = try self.facts(
            #"{"messages":[],"logits_processors":[],"chat_template":"x","top_k":3,"zeta":null,"n_predict":4}"#)
        #expect(
            facts.unknownFields == ["chat_template", "logits_processors", "n_predict", "zeta"]
                && facts.maxOutputTokens == 4)
    }

    @Test(arguments: [
        ("llama3", false), ("library/llama3:8b", false), ("mistralai/Mistral-7B-v0.1", false), ("a/b/c", false),
        ("/models/x.gguf", false),
        ("evil.example/llama3", true), ("hf.co/org/model", true), ("registry:5000/x", true), ("localhost/x", true),
        ("LOCALHOST/x", true),
        ("https://evil.example/x", true), ("10.0.0.1/x", true),
    ])
    func registries(_ model: String, _ named: Bool) throws {
        #expect(
            try self.facts(#"{"model":"\#(model)"}"#).extraClasses == (named ? [.modelMutation, .serverFetch] : []))
    }
}
