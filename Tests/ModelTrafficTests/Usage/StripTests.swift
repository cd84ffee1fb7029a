import Testing

@testable import ModelTraffic

@Suite("Usage that the caller did not ask for is taken out")
struct StripTests {
    static let chunk = #"{"id":"c","choices":[{"index":0,"delta":{"content":"a"}}],"usage":null}"#
    static let usage = #"{"id":"c","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}"#

    private static func strip(_ answer: String, cuts: [Int] = [], dialect: Dialect = .openAIChat) -> MeterRun {
        MeterRun.of(answer, dialect, .eventStream, strips: true, cuts: cuts)
    }

    @Test(
        "the event with nothing but usage goes, and null usage in the others",
        arguments: [Dialect.openAIChat, .openAICompletions])
    func both(dialect: Dialect) {
        let run = Self.strip(events(Self.chunk, Self.chunk, Self.usage, "[DONE]"), dialect: dialect)
        let bare = #"{"id":"c","choices":[{"index":0,"delta":{"content":"a"}}]}"#
        #expect(run.text == events(bare, bare, "[DONE]"))
        #expect(run.usage == TokenUsage(input: 7, output: 3))
        #expect(run.ends.count == 4)
    }

    @Test(
        "where the member stands",
        arguments: [
            (#"{"usage":null,"id":"c"}"#, #"{"id":"c"}"#),
            (#"{"usage":null}"#, "{}"),
            (#"{ "usage" : null , "id" : "c" }"#, #"{  "id" : "c" }"#),
            (#"{"id":"c" , "usage" : null }"#, #"{"id":"c"  }"#),
            (#"{"id":[1,{"a":2}],"usage":null,"obfuscation":"xyz"}"#, #"{"id":[1,{"a":2}],"obfuscation":"xyz"}"#),
            (
                #"{"id":{"usage":null},"choices":[{"usage":null}]}"#,
                #"{"id":{"usage":null},"choices":[{"usage":null}]}"#
            ),
            (#"{"id":"\"usage\":null"}"#, #"{"id":"\"usage\":null"}"#),
            (#"{"id":"c"}"#, #"{"id":"c"}"#),
        ])
    func places(data: String, rest: String) {
        #expect(Self.strip(events(data)).text == events(rest))
    }

    @Test("what is not only usage stays")
    func stays() {
        for data in [
            #"{"choices":[{"delta":{}}],"usage":{"prompt_tokens":7,"completion_tokens":3}}"#,
            #"{"choices":[],"prompt_filter_results":[]}"#, #"{"usage":{"prompt_tokens":7}}"#,
            #"{"error":{"message":"no"}}"#, "[DONE]", "", "not JSON",
        ] {
            #expect(Self.strip(events(data)).text == events(data))
        }
    }

    @Test("comments and other fields pass; data on several lines is not touched")
    func fields() {
        let answer =
            ": keep-alive\n\nid: 1\nevent: x\ndata: {\"a\":1,\"usage\":null}\nretry: 5\n\ndata: {\"a\":1,\ndata: \"usage\":null}\n\n"
        let rest =
            ": keep-alive\n\nid: 1\nevent: x\ndata: {\"a\":1}\nretry: 5\n\ndata: {\"a\":1,\ndata: \"usage\":null}\n\n"
        #expect(Self.strip(answer).text == rest)
    }

    @Test("every cut in two, with every end of line, gives the same", arguments: ["\n", "\r\n", "\r"])
    func cuts(end: String) {
        let answer = events(Self.chunk, Self.usage, Self.chunk, "[DONE]", end: end)
        let whole = Self.strip(answer)
        #expect(!whole.text.contains("usage"))
        for cut in 1..<answer.utf8.count {
            let run = Self.strip(answer, cuts: [cut])
            #expect(run.sent == whole.sent && run.usage == whole.usage, "cut at \(cut)")
        }
        let bytes = Self.strip(answer, cuts: Array(1..<answer.utf8.count))
        #expect(bytes.sent == whole.sent && bytes.usage == whole.usage)
    }

    @Test("a stream that ends inside an event gives back what was held")
    func ends() {
        let cut = Self.strip(events(Self.chunk) + "data: {\"id\":\"c\",\"choi")
        #expect(cut.text.hasSuffix("data: {\"id\":\"c\",\"choi"))
        let usage = Self.strip(events(Self.chunk) + "data: " + Self.usage)
        #expect(!usage.text.contains("usage"))
        #expect(usage.usage == TokenUsage(input: 7, output: 3))
    }

    @Test("an event that is too long to be held passes as it is")
    func tooLong() {
        let text = String(repeating: "a", count: UsageMeter.longestHeldEvent)
        let long = events(#"{"choices":[{"delta":{"content":"\#(text)"}}],"usage":null}"#)
        for cuts in [[], [100], Array(stride(from: 1_000, to: long.utf8.count, by: 1_000))] {
            let run = Self.strip(long + events(Self.chunk), cuts: cuts)
            #expect(run.text.hasPrefix(long))
            #expect(!run.text.dropFirst(long.count).contains("usage"))
            #expect(run.usage.output == Int64(UsageMeter.longestHeldEvent / 4 + 1))
        }
    }

    @Test("only streams of chat and completions are changed")
    func others() {
        let answer = events(Self.chunk, Self.usage)
        for dialect in Dialect.allCases where dialect != .openAIChat && dialect != .openAICompletions {
            #expect(Self.strip(answer, dialect: dialect).text == answer)
        }
        let body = MeterRun.of(Self.usage, .openAIChat, .json, strips: true)
        #expect(body.text == Self.usage)
    }
}
