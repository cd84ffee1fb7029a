import Testing

@testable import ModelTraffic

@Suite("The meter against any answer, cut anywhere")
struct MeterFuzzTests {
    private static let samples: [(Dialect, AnswerFormat, String)] = [
        (
            .openAIChat, .eventStream,
            events(
                OpenAIUsageTests.chunk, OpenAIUsageTests.chunk, OpenAIUsageTests.last, OpenAIUsageTests.usage, "[DONE]")
        ),
        (.openAIChat, .eventStream, "\u{feff}" + events(OpenAIUsageTests.chunk, OpenAIUsageTests.usage, end: "\r\n")),
        (.openAIChat, .json, OpenAIUsageTests.usage),
        (
            .openAICompletions, .eventStream,
            events(#"{"choices":[{"text":"a"}],"usage":null}"#, StripTests.usage, end: "\r")
        ),
        (.anthropicMessages, .eventStream, ServerUsageTests.message + ServerUsageTests.messageEnd),
        (
            .openAIResponses, .eventStream,
            events(
                #"{"type":"response.output_text.delta","sequence_number":1,"delta":"h\u00e9\"y"}"#,
                #"{"response":{"status":"completed","model":"m","usage":{"input_tokens":37,"input_tokens_details":{"cached_tokens":30},"output_tokens":11,"total_tokens":48}}}"#
            )
        ),
        (
            .ollamaChat, .lines,
            "{\"model\":\"m\",\"message\":{\"content\":\"a\"}}\n{\"done\":true,\"prompt_eval_count\":26,\"eval_count\":282}\n"
        ),
        (
            .llamaCompletion, .json,
            #"[{"content":"ab","stop":true,"tokens_predicted":3,"tokens_evaluated":5,"timings":{"cache_n":2}},{"tokens_predicted":3}]"#
        ),
        (
            .tgiGenerate, .json,
            #"[{"generated_text":"a","details":{"generated_tokens":20,"best_of_sequences":[{"generated_tokens":7}]}}]"#
        ),
        (.openAITranscription, .json, #"{"text":"hi","usage":{"type":"duration","seconds":12.25}}"#),
        (.openAIImages, .other, #" {"data":[{"b64_json":"aGVs"},{"url":"x"}]}"#),
    ]

    private static let pieces: [[UInt8]] = [
        "\"usage\":null", "\"usage\":{", "\"choices\":[", "\"content\":\"", "prompt_tokens", "\\u00e9", "\\", "\"", "{",
        "}", "[", "]", ",", ":", "\n", "\r", "\r\n", "\n\n", "data: ", "data", "event: x\n", ": c\n", "null", "true",
        "-1",
        "1e999", "99999999999999999999", "0.5", "\u{0}", "\u{feff}", " ", "[DONE]", "\"model\":\"",
    ].map { Array($0.utf8) }

    @Test("every sample, cut in two at every place and into single bytes, means the same")
    func everyCut() {
        for (dialect, format, sample) in Self.samples {
            let answer = Array(sample.utf8)
            for strips in [false, true] {
                let whole = Self.run(answer, dialect, format, strips)
                for cut in 0..<answer.count {
                    #expect(Self.run(answer, dialect, format, strips, [cut]) == whole, "cut at \(cut) of \(sample)")
                }
                let single = Self.run(answer, dialect, format, strips, Array(0..<answer.count))
                #expect(single == whole, "single bytes of \(sample)")
            }
        }
    }

    @Test("changed answers, cut anywhere, mean the same and stay within bounds")
    func mutated() {
        let corpus = Self.samples.map { Array($0.2.utf8) }
        Fuzz.run("meter", rounds: 1_500) { round, random in
            guard let (dialect, format, sample) = Self.samples.randomElement(using: &random) else { return false }
            var answer = Array(sample.utf8)
            Fuzz.mutate(&answer, corpus, Self.pieces, &random)
            let wrong = Self.check(answer, dialect, format, &random)
            #expect(wrong == nil, "\(wrong ?? ""), round \(round), \(dialect) \(format): \(shown(answer))")
            return wrong == nil
        }
    }

    @Test("any dialect reads any answer")
    func crossed() {
        let corpus = Self.samples.map { Array($0.2.utf8) }
        Fuzz.run("meter, crossed", rounds: 1_000) { round, random in
            guard let dialect = Dialect.allCases.randomElement(using: &random),
                let format = AnswerFormat.allCases.randomElement(using: &random),
                var answer = corpus.randomElement(using: &random)
            else { return false }
            Fuzz.mutate(&answer, corpus, Self.pieces, &random)
            let wrong = Self.check(answer, dialect, format, &random)
            #expect(wrong == nil, "\(wrong ?? ""), round \(round), \(dialect) \(format): \(shown(answer))")
            return wrong == nil
        }
    }

    /// A run without the places of the ends: when a cut parts CR and LF, an event ends before the cut.
    private static func run(
        _ answer: [UInt8], _ dialect: Dialect, _ format: AnswerFormat, _ strips: Bool, _ cuts: [Int] = []
    ) -> MeterRun {
        var run = MeterRun.of(answer, dialect, format, strips: strips, cuts: cuts)
        run.ends = []
        return run
    }

    /// What is wrong with how the answer is read; nil when nothing is.
    private static func check(
        _ answer: [UInt8], _ dialect: Dialect, _ format: AnswerFormat, _ random: inout SplitMix
    ) -> String? {
        for strips in [false, true] {
            let whole = run(answer, dialect, format, strips)
            let cuts = (0..<Int.random(in: 1...8, using: &random)).map { _ in
                Int.random(in: 0...answer.count, using: &random)
            }
            let cut = run(answer, dialect, format, strips, cuts)
            if cut != whole { return "cuts \(cuts) matter" }
            if !strips, whole.sent != answer { return "bytes were changed" }
            if whole.sent.count > answer.count { return "bytes were added" }
            if let wrong = implausible(whole) { return wrong }
        }
        return nil
    }

    private static func implausible(_ run: MeterRun) -> String? {
        for usage in run.steps + [run.usage] {
            let parts = [usage.input, usage.output, usage.cachedInput, usage.cacheWrite, usage.reasoning]
            if parts.contains(where: { $0 < 0 || $0 > 10_000_000_000_000 }) { return "absurd \(usage)" }
            if usage.cachedInput + usage.cacheWrite > usage.input { return "parts of input \(usage)" }
            if usage.reasoning > usage.output { return "parts of output \(usage)" }
        }
        let grows = zip(run.steps, run.steps.dropFirst()).allSatisfy { $0.input <= $1.input && $0.output <= $1.output }
        return grows ? nil : "the running usage became less"
    }

    @Test("events end where the reader of event streams says")
    func ends() {
        let corpus = Self.samples.filter { $0.1 == .eventStream }.map { Array($0.2.utf8) }
        Fuzz.run("meter, ends of events", rounds: 1_500) { round, random in
            guard var answer = corpus.randomElement(using: &random) else { return false }
            Fuzz.mutate(&answer, corpus, Self.pieces, &random)
            let ours = MeterRun.of(answer, .openAIChat, .eventStream).ends
            let right = ours == Self.referenceEnds(answer)
            #expect(right, "round \(round): \(ours) in \(shown(answer))")
            return right
        }
    }

    private static func referenceEnds(_ answer: [UInt8]) -> [Int] {
        var reader = EventStreamReader(limit: 1 << 24)
        var ends: [Int] = []
        answer.withUnsafeBytes { bytes in
            while case .event(let event) = reader.next(bytes, from: ends.last ?? 0) { ends.append(event.end) }
        }
        return ends
    }
}
