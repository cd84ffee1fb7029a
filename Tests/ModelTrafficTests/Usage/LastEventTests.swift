import Testing

@testable import ModelTraffic

@Suite("The last event of a stream")
struct LastEventTests {
    struct Stream: CustomTestStringConvertible {
        var dialect: Dialect
        var format = AnswerFormat.eventStream
        /// Events before the last one.
        var before: String
        var last: String

        var testDescription: String { dialect.rawValue + " " + last }
    }

    static let chunk = #"{"choices":[{"index":0,"delta":{"content":"[DONE]"},"finish_reason":"stop"}]}"#
    static let streams = [
        Stream(dialect: .openAIChat, before: events(chunk), last: events("[DONE]")),
        Stream(dialect: .openAIChat, before: events(chunk, " [DONE]", "x[DONE]"), last: "data:[DONE] \r\r"),
        Stream(dialect: .openAICompletions, before: events("[DON", "[", "E]"), last: events("[DONE]", end: "\r")),
        Stream(dialect: .jsonModel, before: events(chunk, "[DONe]"), last: events("[DONE]")),
        Stream(dialect: .llamaCompletion, before: events(#"{"stop":false}"#), last: events(#"{"stop":true}"#)),
        Stream(
            dialect: .openAIResponses,
            before: events(#"{"type":"response.in_progress"}"#, #"{"x":{"type":"response.completed"}}"#),
            last: events(#"{"type":"response.completed","response":{}}"#)),
        Stream(
            dialect: .openAIResponses, before: events(#"{"type":["response.failed"]}"#),
            last: events(#"{"response":{},"type":"response.failed"}"#)),
        Stream(
            dialect: .openAITranscription, before: events(#"{"type":"transcript.text.delta","delta":"a"}"#),
            last: events(#"{"type":"transcript.text.done","text":"a"}"#)),
        Stream(
            dialect: .openAISpeech, before: events(#"{"type":"speech.audio.delta","audio":"aaaa"}"#),
            last: events(#"{"type":"speech.audio.done"}"#)),
        Stream(
            dialect: .openAIImages, before: events(#"{"type":"image_generation.partial_image","b64_json":"aa"}"#),
            last: events(#"{"type":"image_generation.completed","b64_json":"aa"}"#)),
        Stream(
            dialect: .anthropicMessages,
            before: events(#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#, #"{"type":"message_sto"}"#),
            last: events(#"{"type":"message_stop"}"#)),
        Stream(
            dialect: .ollamaChat, format: .lines,
            before: #"{"done":false}"# + "\n[DONE]\n" + #"{"x":{"done":true}}"# + "\n",
            last: #"{"done":true}"# + "\n"),
        Stream(dialect: .ollamaGenerate, format: .lines, before: "", last: #"{"done":true,"eval_count":3}"# + "\n"),
    ]

    @Test("is known when it has come, and not before it, however it is cut", arguments: streams)
    func known(stream: Stream) {
        let answer = Array((stream.before + stream.last).utf8)
        for cut in 0..<answer.count {
            for keepsNames in [true, false] {
                var meter = UsageMeter(
                    stream.dialect, format: stream.format, estimatedInput: 1, stripsUsage: false, keepsNames: keepsNames
                )
                read(&meter, answer[..<cut])
                #expect(!meter.isComplete, "\(cut)")
                read(&meter, answer[cut...])
                #expect(meter.isComplete, "\(cut)")
            }
        }
    }

    @Test("an answer that is no stream has none")
    func whole() {
        var meter = UsageMeter(.ollamaChat, format: .json, estimatedInput: 1, stripsUsage: false)
        read(&meter, Array(#"{"done":true}"#.utf8)[...])
        meter.finish()
        #expect(!meter.isComplete)
    }

    private func read(_ meter: inout UsageMeter, _ piece: ArraySlice<UInt8>) {
        piece.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count { offset = meter.next(bytes, from: offset).end }
        }
    }
}
