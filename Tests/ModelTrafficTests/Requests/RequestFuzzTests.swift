import Testing

@testable import ModelTraffic

/// Random bodies near real ones: judging never fails in another way than by refusing, and what is accepted says the same
/// after it was written anew.
@Suite struct RequestFuzzTests {
    static let corpus: [[UInt8]] = [
        #"{"model":"gpt-4o","messages":[{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"image_url","image_url":{"url":"https://a.example/x"}}]}],"max_tokens":10,"n":2,"stream":true,"stream_options":{"include_usage":true}}"#,
        #"{"model":"llama3","prompt":"","keep_alive":"0m","options":{"num_predict":5},"images":["AA"],"stream":false}"#,
        #"{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"t","arguments":{"a":[1]},"_meta":{}}}"#,
        #"{"inputs":"![](http://a/)","parameters":{"max_new_tokens":3,"file:x":"y","config":"{}"},"tools":[{"server_url":"https://m.example"}]}"#,
    ].map { Array($0.utf8) }
    static let pieces: [[UInt8]] = [
        "\"Model\":", "\"model\":", "\"stream\":", "\"max_tokens\":-1", "1e9", "null", "{}", "[]", "[{", "}]",
        "\"image_url\":", "\"url\":\"http://[::1]/\"", "\"source\":{",
        "\"content\":[", "\\u0000", "é", "\"keep_alive\":0", "\"id\":1", "\"result\":{}", ",", ":", "\"", "true",
        "\"n\":3,",
    ].map { Array($0.utf8) }

    @Test func bodies() {
        var accepted = 0
        Fuzz.run("request bodies", rounds: 4_000) { round, random in
            var text = Self.corpus.randomElement(using: &random) ?? []
            Fuzz.mutate(&text, Self.corpus, Self.pieces, &random)
            guard let document = try? JSONDocument(text) else { return true }
            let dialect = Dialect.allCases.randomElement(using: &random) ?? .openAIChat
            guard let first = try? judge(dialect, document, pathModel: nil) else { return true }
            accepted += 1
            let again = (try? JSONDocument(document.serialise())).flatMap { try? judge(dialect, $0, pathModel: nil) }
            let same = again.map { Self.summary($0) } == Self.summary(first)
            #expect(same && first.inputBound >= 0, "seed \(Fuzz.seed) round \(round): \(dialect) \(shown(text))")
            return same
        }
        #expect(accepted > 0)
    }

    @Test func forms() {
        let corpus = [FormTests.file + FormTests.part("model", "m") + FormTests.part("stream", "true") + "--b--\r\n"]
            .map { Array($0.utf8) }
        let pieces = [
            "--b", "\r\n", "--b--", "\n", "\"", "; filename=\"x\"", FormTests.part("model", "evil"), "name=\"model\"",
            "\r\n\r\n", ":", "\\", "form-data; ",
        ].map { Array($0.utf8) }
        var accepted = 0
        Fuzz.run("forms", rounds: 4_000) { round, random in
            var text = corpus[0]
            Fuzz.mutate(&text, corpus, pieces, &random)
            guard let form = try? FormBody(text, contentType: FormTests.type) else { return true }
            accepted += 1
            let written = form.serialise(replacing: "no such part", with: "")
            // The one thing that may differ is the line end after the last delimiter.
            let same = written == text || written.dropLast(2) == text[...]
            #expect(same, "seed \(Fuzz.seed) round \(round): \(shown(text))")
            return same
        }
        #expect(accepted > 0)
    }

    private static func summary(_ facts: RequestFacts) -> String {
        "\(facts.model ?? "-") \(facts.isStreaming) \(facts.wantsUsage) \(facts.maxOutputTokens ?? -1) \(facts.inputBound) \(facts.media.map(\.url)) \(facts.extraClasses.rawValue) \(facts.unknownFields) \(String(describing: facts.mcp))"
    }
}
