import Testing

@testable import ModelTraffic

@Suite("Streams that are cut")
struct StreamCutTests {
    static let usage = TokenUsage(
        input: 120, output: 34, cachedInput: 20, cacheWrite: 10, reasoning: 4, isEstimate: true)

    static func cut(
        _ dialect: Dialect, _ format: AnswerFormat = .eventStream, asked: Bool = false, answerID: String? = nil
    ) -> String {
        let cut = StreamCut(
            dialect: dialect, format: format, usage: usage, model: "m\"\n\u{1}", requestID: "req-1", answerID: answerID,
            createdSeconds: 1_764_087_000, askedForUsage: asked, lastSequence: 7)
        return String(decoding: cut.events, as: UTF8.self)
    }

    /// The JSON of every event, and whether the last one is `[DONE]`.
    static func data(_ text: String) throws -> (documents: [JSONDocument], isDone: Bool) {
        var documents: [JSONDocument] = []
        var reader = EventStreamReader()
        var isDone = false
        try Array(text.utf8).withUnsafeBytes { bytes in
            var offset = 0
            while case .event(let event) = reader.next(bytes, from: offset) {
                offset = event.end
                isDone = Array(event.data) == Array("[DONE]".utf8)
                if !isDone { documents.append(try JSONDocument(Array(event.data))) }
            }
            #expect(offset == bytes.count)
        }
        return (documents, isDone)
    }

    @Test("chat: the usage for who asked, the error, and the end", arguments: [Dialect.openAIChat, .openAICompletions])
    func chat(dialect: Dialect) throws {
        let (events, isDone) = try Self.data(Self.cut(dialect, asked: true, answerID: "chatcmpl-1"))
        #expect(isDone && events.count == 2)
        let chunk = try #require(events.first?.root)
        #expect(chunk["id"]?.string == "chatcmpl-1" && chunk["model"]?.string == "m\"\n\u{1}")
        #expect(chunk["choices"]?.count == 0 && chunk["usage"]?["completion_tokens"]?.integer == 34)
        #expect(chunk["object"]?.string == (dialect == .openAIChat ? "chat.completion.chunk" : "text_completion"))
        let error = try #require(events.last?.root["error"])
        #expect(error["type"]?.string == "insufficient_quota" && error["code"]?.string == "budget_exhausted")
        #expect(error["param"]?.isNull == true && error["message"]?.string?.contains("34 tokens") == true)
        #expect(error["usage"]?["prompt_tokens"]?.integer == 120)
        #expect(try Self.data(Self.cut(dialect)).documents.count == 1)
    }

    @Test("responses: the failed response with the name it had, numbered on, then the error")
    func responses() throws {
        let text = Self.cut(.openAIResponses, answerID: "resp_1")
        #expect(text.hasPrefix("event: response.failed\n") && text.contains("\n\nevent: error\n"))
        let events = try Self.data(text).documents
        let failed = try #require(events.first?.root)
        #expect(failed["sequence_number"]?.integer == 8)
        #expect(failed["response"]?["id"]?.string == "resp_1" && failed["response"]?["status"]?.string == "failed")
        #expect(failed["response"]?["error"]?["code"]?.string == "budget_exhausted")
        let error = try #require(events.last?.root)
        #expect(error["sequence_number"]?.integer == 9 && error["type"]?.string == "error")
        #expect(error["code"]?.string == "budget_exhausted" && error["error"]?["message"]?.string != nil)
    }

    @Test("Anthropic: the usage, then the error")
    func anthropic() throws {
        let events = try Self.data(Self.cut(.anthropicMessages)).documents
        #expect(events.first?.root["type"]?.string == "message_delta")
        #expect(events.first?.root["usage"]?["input_tokens"]?.integer == 90)
        #expect(events.last?.root["error"]?["type"]?.string == "rate_limit_error")
    }

    @Test("Ollama: one line that is the last", arguments: [Dialect.ollamaChat, .ollamaGenerate])
    func ollama(dialect: Dialect) throws {
        let text = Self.cut(dialect, .lines)
        #expect(text.hasSuffix("}\n") && text.utf8.count { $0 == 0x0a } == 1)
        let line = try JSONDocument(Array(text.utf8)).root
        #expect(line["done"]?.bool == true && line["done_reason"]?.string == "budget")
        #expect(line["created_at"]?.string == "2025-11-25T16:10:00Z" && line["error"]?.string != nil)
        #expect((dialect == .ollamaChat ? line["message"]?["content"] : line["response"])?.string == "")
    }

    @Test("every dialect's cut is whole events, and has an error", arguments: Dialect.allCases)
    func all(dialect: Dialect) throws {
        let events = try Self.data(Self.cut(dialect, asked: true)).documents
        #expect(events.contains { $0.root["error"] != nil })
        let line = try JSONDocument(Array(Self.cut(dialect, .lines).utf8)).root
        #expect(line["error"] != nil)
        #expect(Self.cut(dialect, .json).isEmpty && Self.cut(dialect, .other).isEmpty)
    }

    @Test("a meter reads the usage back")
    func roundTrip() {
        let sent = TokenUsage(input: 120, output: 34, cachedInput: 20, cacheWrite: 10, reasoning: 4)
        let chat = MeterRun.of(Self.cut(.openAIChat, asked: true), .openAIChat, .eventStream)
        #expect(chat.usage == sent)
        #expect(MeterRun.of(Self.cut(.openAIResponses), .openAIResponses, .eventStream).usage == sent)
        let message = MeterRun.of(Self.cut(.anthropicMessages), .anthropicMessages, .eventStream)
        #expect(message.usage == TokenUsage(input: 120, output: 34, cachedInput: 20, cacheWrite: 10))
        let plain = TokenUsage(input: 120, output: 34)
        #expect(MeterRun.of(Self.cut(.ollamaChat, .lines), .ollamaChat, .lines).usage == plain)
        #expect(MeterRun.of(Self.cut(.llamaCompletion), .llamaCompletion, .eventStream).usage == plain)
    }

    @Test(
        "times",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (-5, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"), (1_704_067_199, "2023-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"), (Int64.max, "9999-12-31T23:59:59Z"),
        ] as [(Int64, String)])
    func times(seconds: Int64, text: String) {
        #expect(timeText(seconds) == text)
    }
}

@Suite("Formats of answers")
struct AnswerFormatTests {
    @Test(
        "content types",
        arguments: [
            ("text/event-stream", AnswerFormat.eventStream), ("text/event-stream; charset=utf-8", .eventStream),
            ("Text/Event-Stream;charset=UTF-8", .eventStream), (" application/x-ndjson", .lines),
            ("application/jsonl", .lines), ("application/json", .json), ("application/json ; charset=utf-8", .json),
            ("application/problem+json", .json), ("text/plain", .other), ("audio/mpeg", .other), ("", .other),
            ("text/event-streams", .other),
        ])
    func types(type: String, format: AnswerFormat) {
        #expect(AnswerFormat(contentType: type) == format)
    }

    @Test("nothing said")
    func missing() {
        #expect(AnswerFormat(contentType: nil) == .other)
    }
}
