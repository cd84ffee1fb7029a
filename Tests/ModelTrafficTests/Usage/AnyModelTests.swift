import Testing

@testable import ModelTraffic

/// One path for chat, completions, embeddings and a server's own: none of them passes uncounted.
@Suite("Usage of requests to paths that serve any model")
struct AnyModelTests {
    @Test("chat and completions, in one piece and as events")
    func reported() {
        let chat =
            #"{"model":"m","choices":[{"message":{"content":"Hello there"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}}"#
        let whole = MeterRun.of(chat, .jsonModel, .json)
        #expect(whole.usage == TokenUsage(input: 9, output: 12) && whole.model == "m" && whole.finish == "stop")
        let stream = events(
            #"{"choices":[{"delta":{"content":"Hello"}}]}"#, #"{"choices":[{"delta":{"content":" there"}}]}"#,
            #"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#, "[DONE]")
        let run = MeterRun.of(stream, .jsonModel, .eventStream)
        #expect(run.usage == TokenUsage(input: 9, output: 2) && run.steps.map(\.output) == [2, 3, 3, 3])
        let text = #"{"choices":[{"text":"Hello"}],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}"#
        #expect(MeterRun.of(text, .jsonModel, .json).usage == TokenUsage(input: 3, output: 4))
    }

    @Test(
        "what the server does not count is estimated by what it wrote",
        arguments: [
            #"{"choices":[{"message":{"content":"12345678"}}]}"#, #"{"choices":[{"text":"12345678"}]}"#,
            #"{"choices":[{"message":{"tool_calls":[{"function":{"name":"1234","arguments":"5678"}}]}}]}"#,
            #"{"generated_text":"12345678"}"#, #"[{"generated_text":"12345678"}]"#, #"{"completion":"12345678"}"#,
            #"{"predictions":["12345678"]}"#,
        ])
    func estimated(answer: String) {
        #expect(MeterRun.of(answer, .jsonModel, .json).usage == TokenUsage(input: 100, output: 2, isEstimate: true))
    }

    @Test("numbers that stand for words, and answers inside of others, count too")
    func trees() {
        for answer in [
            #"{"choices":[{"index":0,"token_ids":[101,102,103,104,105,106]}]}"#,
            #"{"predictions":[{"text":"a long answer, in an object"}]}"#,
        ] {
            let usage = MeterRun.of(answer, .jsonModel, .json).usage
            #expect(usage.output >= 5 && usage.isEstimate, "\(answer): \(usage)")
        }
    }

    @Test("events without any usage: each that says something is a token at least")
    func events_() {
        let chat = MeterRun.of(
            events(#"{"choices":[{"delta":{"role":"assistant"}}]}"#)
                + events(#"{"choices":[{"delta":{"content":"a"}}]}"#, #"{"choices":[{"delta":{"reasoning":"b"}}]}"#),
            .jsonModel, .eventStream)
        #expect(chat.usage == TokenUsage(input: 100, output: 2, isEstimate: true))
        let own = MeterRun.of(
            events(
                #"{"token":{"text":"a"}}"#, #"{"token":{"text":"b"}}"#,
                #"{"token":{"text":"c"},"generated_text":"abc"}"#),
            .jsonModel, .eventStream)
        #expect(own.steps.map(\.output) == [1, 2, 3] && own.usage.isEstimate)
        let details = MeterRun.of(
            events(
                #"{"token":{"text":"a"},"details":{"generated_tokens":5,"input_length":7,"finish_reason":"length"}}"#),
            .jsonModel, .eventStream)
        #expect(details.usage == TokenUsage(input: 7, output: 5) && details.finish == "length")
    }

    @Test("embeddings have no output")
    func embeddings() {
        let answer =
            #"{"data":[{"embedding":[0.1,0.2]}],"usage":{"prompt_tokens":8,"total_tokens":8,"completion_tokens":0}}"#
        #expect(MeterRun.of(answer, .jsonModel, .json).usage == TokenUsage(input: 8))
        let short = #"{"data":[{"embedding":[0.1,0.2]}],"usage":{"prompt_tokens":8,"total_tokens":8}}"#
        #expect(MeterRun.of(short, .jsonModel, .json).usage.output == 0)
        #expect(MeterRun.of(short, .jsonModel, .json).usage.input == 8)
    }

    @Test("limits and the switch for streams are read, wherever one of the servers has them")
    func requests() throws {
        let chat = try read(.jsonModel, #"{"model":"m","messages":[],"max_tokens":30,"n":2,"stream":true}"#)
        #expect(chat.maxOutputTokens == 60 && chat.isStreaming && chat.model == "m")
        let own = try read(.jsonModel, #"{"inputs":"x","parameters":{"max_new_tokens":40}}"#)
        #expect(own.maxOutputTokens == 40 && !own.isStreaming)
        let tokens = try read(.jsonModel, #"{"token_ids":[1,2],"sampling_params":{"max_tokens":50,"n":3}}"#)
        #expect(tokens.maxOutputTokens == 150)
        let free = try read(.jsonModel, #"{"messages":[{"role":"user","content":"hello"}]}"#)
        #expect(free.maxOutputTokens == nil && free.inputBound >= 5)
        let several = try read(
            .jsonModel, #"{"instances":[{"inputs":"x","parameters":{"max_new_tokens":4}}],"max_tokens":1}"#)
        #expect(several.maxOutputTokens == nil)
        #expect(
            refusal(.jsonModel, #"{"max_tokens":5,"sampling_params":{"max_tokens":500}}"#)
                == "sampling_params.max_tokens contradiction")
        #expect(refusal(.jsonModel, #"{"parameters":{"max_tokens":0}}"#) == "parameters.max_tokens outOfRange")
        #expect(refusal(.jsonModel, #"{"parameters":"text"}"#) == nil)
    }
}
