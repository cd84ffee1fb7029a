import Testing

@testable import ModelTraffic

@Suite("Answers that are meant to harm")
struct HostileAnswerTests {
    @Test("nesting costs no memory and hides nothing after it")
    func nesting() {
        let deep = String(repeating: "[{\"a\":", count: 200_000) + "1" + String(repeating: "}]", count: 200_000)
        let answer = #"{"x":\#(deep),"usage":{"prompt_tokens":9,"completion_tokens":5}}"#
        #expect(MeterRun.of(answer, .openAIChat, .json).usage == TokenUsage(input: 9, output: 5))
        let open = String(repeating: "[", count: 1_000_000)
        #expect(MeterRun.of(open, .openAIChat, .json).usage == TokenUsage(input: 100, isEstimate: true))
        let arrays = MeterRun.of(
            String(repeating: "[", count: 1_000) + "{\"generated_text\":\"a\"}", .tgiGenerate, .json)
        #expect(arrays.usage.output == 0)
    }

    @Test("nothing is kept of long events, long keys and long names")
    func long() {
        let text = String(repeating: "a\\n", count: 500_000)
        let answer = events(
            #"{"model":"\#(text)","\#(text)":1,"choices":[{"delta":{"content":"\#(text)"}}]}"#, StripTests.usage)
        let bytes = Array(answer.utf8)
        let cuts = Array(stride(from: 1, to: bytes.count, by: 4_099))
        var meter = UsageMeter(.openAIChat, format: .eventStream, estimatedInput: 1, stripsUsage: true)
        var most = 0
        var start = 0
        for end in cuts + [bytes.count] {
            bytes[start..<end].withUnsafeBytes { piece in
                var offset = 0
                while offset < piece.count { offset = meter.next(piece, from: offset).end }
            }
            most = max(most, meter.held.count + meter.scanner.scratch.count)
            start = end
        }
        meter.finish()
        #expect(most <= UsageMeter.longestHeldEvent + UsageScanner.longestString + 4_099)
        #expect(meter.usage == TokenUsage(input: 7, output: 3))
        #expect(meter.responseModel?.utf8.count == UsageScanner.longestString)
    }

    @Test("events that come whole are not copied")
    func noCopies() {
        let answer = Array(events(OpenAIUsageTests.chunk, #"{"choices":[{"delta":{"content":"a"}}]}"#).utf8)
        var meter = UsageMeter(.openAIChat, format: .eventStream, estimatedInput: 1, stripsUsage: false)
        for _ in 0..<1_000 {
            answer.withUnsafeBytes { bytes in
                var offset = 0
                while offset < bytes.count { offset = meter.next(bytes, from: offset).end }
            }
        }
        // The scratch memory held the model's name, once.
        #expect(meter.held.capacity == 0 && meter.scanner.scratch.capacity < 512)
        #expect(meter.usage.output == 2_000)
    }

    @Test("bytes that are no text")
    func notText() {
        var answer = Array(#"data: {"model":""#.utf8) + [0xff, 0xfe, 0xc0]
        answer += Array(#"","choices":[{"delta":{"content":""#.utf8) + [0x80, 0xff, 0xed, 0xa0, 0x80]
        answer += Array("\"}}]}\n\n".utf8) + Array(events(StripTests.usage).utf8)
        let run = MeterRun.of(answer, .openAIChat, .eventStream)
        #expect(run.steps.map(\.output) == [2, 3])
        #expect(run.usage == TokenUsage(input: 7, output: 3))
    }

    @Test(
        "what is broken is left at its event's end",
        arguments: ["{", "}", "{]", "[1,}", "{\"a\" 1}", "{\"usage\":{\"prompt_tokens\":", "nul", "\"", "{\"a\":\"\\"])
    func broken(data: String) {
        let run = MeterRun.of(events(data, StripTests.usage), .openAIChat, .eventStream)
        #expect(run.usage == TokenUsage(input: 7, output: 3))
    }

    @Test("plans fit the scanner's stack")
    func plans() {
        for dialect in Dialect.allCases {
            for isStream in [false, true] {
                guard let plan = UsagePlan.of(dialect, isStream: isStream) else { continue }
                #expect(Self.depth(plan, UsagePlan.root, 0) <= UsagePlan.maximumDepth, "\(dialect)")
                #expect(plan.edges.count < 256)
            }
        }
    }

    private static func depth(_ plan: UsagePlan, _ place: UInt8, _ above: Int) -> Int {
        let here = plan.places[Int(place)]
        var below = plan.edges[Int(here.firstEdge)..<Int(here.lastEdge)].map(\.place)
        if here.element != 0 { below.append(here.element) }
        return below.map { depth(plan, $0, above + 1) }.max() ?? above
    }
}
