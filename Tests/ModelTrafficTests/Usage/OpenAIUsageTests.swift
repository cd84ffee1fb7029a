import Testing

@testable import ModelTraffic

@Suite("Usage in OpenAI's answers")
struct OpenAIUsageTests {
    static let chunk =
        #"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1764087000,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}],"usage":null}"#
    static let last =
        #"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1764087000,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}"#
    static let usage =
        #"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1764087000,"model":"gpt-4o-mini-2024-07-18","choices":[],"usage":{"prompt_tokens":1200,"completion_tokens":33,"total_tokens":1233,"prompt_tokens_details":{"cached_tokens":1024,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":12,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}"#
    static let reported = TokenUsage(input: 1_200, output: 33, cachedInput: 1_024, reasoning: 12)

    @Test("a stream of chat: estimated as it flows, then as reported")
    func chatStream() {
        let run = MeterRun.of(
            events(Self.chunk, Self.chunk, Self.chunk, Self.last, Self.usage, "[DONE]"), .openAIChat, .eventStream)
        #expect(run.usage == Self.reported)
        #expect(run.steps.map(\.output) == [2, 3, 4, 4, 33, 33])
        #expect(run.steps.prefix(4).allSatisfy { $0.isEstimate && $0.input == 100 })
        #expect(run.model == "gpt-4o-mini-2024-07-18")
        #expect(run.finish == "stop")
        #expect(run.ends.count == 6)
    }

    @Test("a stream without usage is an estimate: a token for each event at least, and for each four bytes")
    func noUsage() {
        let one = #"{"choices":[{"delta":{"content":"a"}}]}"#
        let long = #"{"choices":[{"delta":{"content":"twelve bytes"}}]}"#
        let few = MeterRun.of(events(one, one, one, "[DONE]"), .openAIChat, .eventStream)
        #expect(few.usage == TokenUsage(input: 100, output: 3, isEstimate: true))
        let many = MeterRun.of(events(long, one, "[DONE]"), .openAIChat, .eventStream)
        #expect(many.usage == TokenUsage(input: 100, output: 4, isEstimate: true))
    }

    @Test(
        "what counts as content",
        arguments: [
            (#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#, 0),
            (#"{"choices":[{"delta":{"reasoning_content":"1234"}}]}"#, 1),
            (#"{"choices":[{"delta":{"reasoning":"12345"}}]}"#, 2),
            (#"{"choices":[{"delta":{"refusal":"12345678"}}]}"#, 2),
            (
                #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"call_abcdefgh","type":"function","function":{"name":"find","arguments":"{\"a\":1}"}}]}}]}"#,
                3
            ),
            (#"{"choices":[{"delta":{"content":"\u00e9\u00e9\u00e9\u00e9"}}]}"#, 3),
            (#"{"choices":[{"delta":{"content":"\n\"\\\t"}}]}"#, 1),
            (#"{"choices":[{"delta":{"content":"日本語"}}]}"#, 3),
            (#"{"choices":[{"delta":{"content":[{"type":"text","text":"12345678"}]}}]}"#, 2),
            (#"{"choices":[{"delta":{},"logprobs":{"content":[{"token":"abcdefgh","top_logprobs":[]}]}}]}"#, 0),
            (#"{"choices":[{"index":0,"delta":{"content":"ab"}},{"index":1,"delta":{"content":"cdef"}}]}"#, 2),
            (#"{"error":{"message":"overloaded, come back later"}}"#, 0),
            (#"{"content":"not here","x":{"choices":[{"delta":{"content":"nor here"}}]}}"#, 0),
        ])
    func content(data: String, tokens: Int64) {
        #expect(MeterRun.of(events(data), .openAIChat, .eventStream).usage.output == tokens)
    }

    @Test("usage in every event counts up and is not added up")
    func continuous() {
        func chunk(_ output: Int) -> String {
            #"{"choices":[{"index":0,"delta":{"content":"x"}}],"usage":{"prompt_tokens":7,"total_tokens":\#(7 + output),"completion_tokens":\#(output)}}"#
        }
        let run = MeterRun.of(events(chunk(5), chunk(10), chunk(8), chunk(20)), .openAIChat, .eventStream)
        #expect(run.steps.map(\.output) == [5, 10, 10, 20])
        #expect(run.usage == TokenUsage(input: 7, output: 20))
    }

    @Test("a report below what was seen is believed at the end, not before")
    func lessThanSeen() {
        let long = #"{"choices":[{"delta":{"content":"\#(String(repeating: "a", count: 400))"}}]}"#
        let usage = #"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":50,"total_tokens":59}}"#
        let run = MeterRun.of(events(long, usage), .openAIChat, .eventStream)
        #expect(run.steps.last == TokenUsage(input: 100, output: 100, isEstimate: true))
        #expect(run.usage == TokenUsage(input: 9, output: 50))
        let broken = MeterRun.of(events(long, usage), .openAIChat, .eventStream, finishes: false)
        #expect(broken.usage.output == 100)
    }

    @Test("answers in one piece", arguments: [AnswerFormat.json, .other])
    func whole(format: AnswerFormat) {
        let chat =
            #"{"id":"chatcmpl-1","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hello there"},"finish_reason":"length"}],"usage":{"prompt_tokens":1200,"completion_tokens":33,"total_tokens":1233,"prompt_tokens_details":{"cached_tokens":1024},"completion_tokens_details":{"reasoning_tokens":12}}}"#
        let run = MeterRun.of(chat, .openAIChat, format)
        #expect(run.usage == Self.reported)
        #expect(run.finish == "length" && run.model == "m" && run.sent == Array(chat.utf8))
        let silent = #"{"choices":[{"message":{"content":"hello there, you"}}],"usage":null}"#
        #expect(MeterRun.of(silent, .openAIChat, format).usage == TokenUsage(input: 100, output: 4, isEstimate: true))
        let text = #"{"choices":[{"text":"hello there, you"}],"usage":{"prompt_tokens":2,"completion_tokens":4}}"#
        #expect(MeterRun.of(text, .openAICompletions, format).usage == TokenUsage(input: 2, output: 4))
    }

    @Test("embeddings and reranking have no output")
    func embeddings() {
        let numbers = (0..<300).map { "-0.0\($0)" }.joined(separator: ",")
        let answer =
            #"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[\#(numbers)]}],"model":"e","usage":{"prompt_tokens":8,"total_tokens":8}}"#
        #expect(MeterRun.of(answer, .openAIEmbeddings, .json).usage == TokenUsage(input: 8))
        let rerank = #"{"model":"r","results":[{"index":0,"document":{"text":"x"}}],"usage":{"total_tokens":56}}"#
        #expect(MeterRun.of(rerank, .openAIEmbeddings, .json).usage == TokenUsage(input: 56))
        let silent = #"{"data":[]}"#
        #expect(MeterRun.of(silent, .openAIEmbeddings, .json).usage == TokenUsage(input: 100, isEstimate: true))
    }

    @Test(
        "responses: the usage is in the last event, whatever way it ends",
        arguments: ["completed", "incomplete", "failed"])
    func responses(end: String) {
        let answer = """
            event: response.created
            data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","status":"in_progress","model":"gpt-5","output":[],"usage":null,"tools":[{"name":"usage","parameters":{"usage":{"input_tokens":9999}}}]}}

            event: response.output_text.delta
            data: {"type":"response.output_text.delta","sequence_number":1,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"Hello wor","logprobs":[]}

            event: response.output_text.done
            data: {"type":"response.output_text.done","sequence_number":2,"item_id":"msg_1","text":"Hello wor"}

            event: response.\(end)
            data: {"type":"response.\(end)","sequence_number":3,"response":{"id":"resp_1","status":"\(end)","model":"gpt-5","output":[{"content":[{"text":"Hello wor"}]}],"usage":{"input_tokens":37,"input_tokens_details":{"cached_tokens":30},"output_tokens":11,"output_tokens_details":{"reasoning_tokens":5},"total_tokens":48}}}


            """
        let run = MeterRun.of(answer, .openAIResponses, .eventStream)
        #expect(run.steps.map(\.output) == [0, 3, 3, 11])
        #expect(run.usage == TokenUsage(input: 37, output: 11, cachedInput: 30, reasoning: 5))
        #expect(run.model == "gpt-5" && run.finish == end && run.sequence == 3)
    }

    @Test("responses in one piece")
    func response() {
        let body =
            #"{"id":"resp_1","object":"response","status":"completed","model":"gpt-5","output":[{"type":"message","content":[{"type":"output_text","text":"hello"}]}],"usage":{"input_tokens":37,"input_tokens_details":{"cached_tokens":0,"cache_write_tokens":7},"output_tokens":11,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":48},"metadata":{"usage":{"input_tokens":1}}}"#
        #expect(MeterRun.of(body, .openAIResponses, .json).usage == TokenUsage(input: 37, output: 11, cacheWrite: 7))
    }

    @Test("pictures")
    func images() {
        let reported =
            #"{"created":1,"data":[{"b64_json":"aGVsbG8="}],"usage":{"input_tokens":50,"input_tokens_details":{"text_tokens":10,"image_tokens":40},"output_tokens":1056,"total_tokens":1106}}"#
        #expect(MeterRun.of(reported, .openAIImages, .json).usage == TokenUsage(input: 50, output: 1_056))
        let silent = #"{"created":1,"data":[{"url":"https://a/1.png"},{"url":"https://a/2.png"}]}"#
        #expect(
            MeterRun.of(silent, .openAIImageForm, .json).usage
                == TokenUsage(input: 100, output: 2_112, isEstimate: true))
        let stream = events(
            #"{"type":"image_generation.partial_image","b64_json":"aGVsbG8=","partial_image_index":0}"#,
            #"{"type":"image_generation.completed","b64_json":"aGVsbG8=","usage":{"input_tokens":50,"output_tokens":1156,"total_tokens":1206}}"#
        )
        let run = MeterRun.of(stream, .openAIImages, .eventStream)
        #expect(run.steps.first?.output == 1_056)
        #expect(run.usage == TokenUsage(input: 50, output: 1_156))
    }

    @Test("sound in: tokens, or the length")
    func transcription() {
        let tokens =
            #"{"text":"hello","usage":{"type":"tokens","input_tokens":14,"input_token_details":{"text_tokens":0,"audio_tokens":14},"output_tokens":45,"total_tokens":59}}"#
        #expect(MeterRun.of(tokens, .openAITranscription, .json).usage == TokenUsage(input: 14, output: 45))
        let length = #"{"text":"hello hello!","usage":{"type":"duration","seconds":12.25}}"#
        #expect(
            MeterRun.of(length, .openAITranscription, .json).usage
                == TokenUsage(input: 130, output: 3, isEstimate: true))
        let plain = MeterRun.of("1\n00:00:00,000 --> 00:00:01,000\nhello\n", .openAITranscription, .other)
        #expect(plain.usage == TokenUsage(input: 100, output: 10, isEstimate: true))
        let stream = events(
            #"{"type":"transcript.text.delta","delta":"hello"}"#,
            #"{"type":"transcript.text.done","text":"hello","usage":{"type":"tokens","input_tokens":14,"output_tokens":3,"total_tokens":17}}"#
        )
        let run = MeterRun.of(stream, .openAITranscription, .eventStream)
        #expect(run.steps.map(\.output) == [2, 3] && run.usage == TokenUsage(input: 14, output: 3))
    }

    @Test("sound out is estimated by its length")
    func speech() {
        let sound = [UInt8](repeating: 0xff, count: 4_001)
        #expect(
            MeterRun.of(sound, .openAISpeech, .other).usage == TokenUsage(input: 100, output: 5, isEstimate: true))
        let stream = events(
            #"{"type":"speech.audio.delta","audio":"aGVsbG8="}"#,
            #"{"type":"speech.audio.done","usage":{"input_tokens":8,"output_tokens":64,"total_tokens":72}}"#)
        #expect(MeterRun.of(stream, .openAISpeech, .eventStream).usage == TokenUsage(input: 8, output: 64))
    }
}
