import Testing

@testable import ModelTraffic

@Suite("Reports that cannot be")
struct JudgementTests {
    /// An answer whose content is estimated as 3 tokens, with that usage.
    static func chat(_ usage: String) -> TokenUsage {
        MeterRun.of(
            #"{"choices":[{"message":{"content":"twelve bytes"}}],"usage":\#(usage)}"#, .openAIChat, .json
        ).usage
    }

    @Test(
        "numbers that are no count of tokens are not believed",
        arguments: [
            "-1", "-0", "1.5", "2.0", "1e3", "1E+2", "1000000000001", "99999999999999999999999999", "\"7\"", "null",
            "true", "[7]", "{\"a\":7}", "0",
        ])
    func numbers(number: String) {
        #expect(
            Self.chat(#"{"prompt_tokens":\#(number),"completion_tokens":5}"#)
                == TokenUsage(input: 100, output: 5, isEstimate: true))
        #expect(
            Self.chat(#"{"prompt_tokens":9,"completion_tokens":\#(number)}"#)
                == TokenUsage(input: 9, output: 3, isEstimate: true))
    }

    @Test("the most that is believed")
    func most() {
        #expect(
            Self.chat(#"{"prompt_tokens":1000000000000,"completion_tokens":00000000000000000000004}"#)
                == TokenUsage(input: 1_000_000_000_000, output: 4))
    }

    @Test("parts that are larger than the whole")
    func parts() {
        #expect(
            Self.chat(#"{"prompt_tokens":9,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":500}}"#)
                == TokenUsage(input: 500, output: 5, isEstimate: true))
        #expect(
            Self.chat(#"{"prompt_tokens":9,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":50}}"#)
                == TokenUsage(input: 9, output: 50, reasoning: 50, isEstimate: true))
        #expect(
            Self.chat(#"{"prompt_tokens":9,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":-4}}"#)
                == TokenUsage(input: 100, output: 5, isEstimate: true))
    }

    @Test("a sum that is not the sum")
    func totals() {
        #expect(
            Self.chat(
                #"{"prompt_tokens":9,"completion_tokens":5,"total_tokens":64,"completion_tokens_details":{"reasoning_tokens":50}}"#
            )
                == TokenUsage(input: 9, output: 55, reasoning: 50, isEstimate: true))
        #expect(
            Self.chat(#"{"prompt_tokens":9,"completion_tokens":5,"total_tokens":3}"#)
                == TokenUsage(input: 9, output: 5, isEstimate: true))
    }

    @Test("of two members with one key the later counts, and a key with an escape is none")
    func keys() {
        #expect(
            Self.chat(#"{"prompt_tokens":1,"prompt_tokens":9,"completion_tokens":-1,"completion_tokens":5}"#)
                == TokenUsage(input: 9, output: 5))
        #expect(
            Self.chat(#"{"prompt_tokens":9,"completion\u005ftokens":500,"completion_tokens":5}"#)
                == TokenUsage(input: 9, output: 5))
        #expect(
            Self.chat(
                #"{"prompt_tokens":9,"completion_tokens":5,"completion_tokens_of_a_very_long_name_that_no_plan_has":6}"#
            )
                == TokenUsage(input: 9, output: 5))
    }

    @Test("no order of events makes the running usage less")
    func monotonic() {
        let values = ["5", "900", "-3", "0", "7", "99999999999999999", "2", "null"]
        Fuzz.run("running usage", rounds: 300) { _, random in
            var data: [String] = []
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let input = values.randomElement(using: &random) ?? ""
                let output = values.randomElement(using: &random) ?? ""
                let cached = values.randomElement(using: &random) ?? ""
                data.append(
                    #"{"choices":[{"delta":{"content":"word"}}],"usage":{"prompt_tokens":\#(input),"completion_tokens":\#(output),"prompt_tokens_details":{"cached_tokens":\#(cached)}}}"#
                )
            }
            let run = MeterRun.of(data.map { events($0) }.joined(), .openAIChat, .eventStream)
            let grows = zip(run.steps, run.steps.dropFirst()).allSatisfy {
                $0.input <= $1.input && $0.output <= $1.output
            }
            let enough = run.steps.indices.allSatisfy { run.steps[$0].output > $0 }
            let sane = run.usage.input >= 0 && run.usage.output >= 0 && run.usage.cachedInput <= run.usage.input
            #expect(grows && enough && sane, "\(data)")
            return grows && enough && sane
        }
    }
}
