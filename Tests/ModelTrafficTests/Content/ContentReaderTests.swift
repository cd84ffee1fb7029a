import Testing

@testable import ModelTraffic

@Suite("Prompts and answers as text")
struct ContentReaderTests {
    private func read(
        _ bytes: [UInt8], _ dialect: Dialect = .openAIChat, _ format: AnswerFormat = .json, limit: Int = 65_536,
        pieces: [Int] = []
    ) -> ContentText? {
        var reader = ContentReader(dialect, format: format, limit: limit, redactor: Redactor())
        bytes.withUnsafeBytes { all in
            var start = 0
            for end in pieces + [bytes.count] {
                reader.append(UnsafeRawBufferPointer(rebasing: all[start..<end]))
                start = end
            }
        }
        return reader.finish()
    }

    private func text(_ content: ContentText?) -> String { String(decoding: content?.text ?? [], as: UTF8.self) }

    private func events(_ data: [String]) -> [UInt8] { Array(data.map { "data: \($0)\n\n" }.joined().utf8) }

    @Test("a body stays JSON, and no escape hides anything")
    func body() {
        let body = #"{"messages":[{"role":"user","content":"line\nann\u0040example.com \"q\""}],"n":1}"#
        let content = read(Array(body.utf8))
        #expect(text(content) == #"{"messages":[{"role":"user","content":"line\n[redacted email] \"q\""}],"n":1}"#)
        #expect(content?.redactions == 1)
        #expect(content?.isCut == false)
    }

    @Test("members whose name is that of a secret lose their value, and the JSON in a string is read as such")
    func names() {
        let body =
            #"{"password":"hunter2","pin":1,"secret_key":12345,"arguments":"{\"token\":\"x\",\"pwd\":\"a\\u0062c\"}"}"#
        #expect(
            text(read(Array(body.utf8)))
                == #"{"password":"[redacted secret]","pin":1,"secret_key":[redacted secret],"arguments":"{\"token\":\"x\",\"pwd\":\"[redacted secret]\"}"}"#
        )
    }

    @Test("numbers that are those of cards go though they are in no string")
    func numbers() {
        #expect(text(read(Array(#"{"a":4111111111111111,"b":12}"#.utf8))) == #"{"a":[redacted card],"b":12}"#)
    }

    @Test("wherever a body is cut off, nothing of a secret is left, and it says that it is cut")
    func cutOff() {
        let secrets = ["ann@example.com", "sk-abcdefghijklmnop1234", "4111 1111 1111 1111"]
        let body = Array(
            #"{"content":"mail ann@example.com, key sk-abcdefghijklmnop1234, card 4111 1111 1111 1111."}"#.utf8)
        for limit in 1..<body.count {
            let content = read(body, limit: limit)
            let kept = text(content)
            #expect(content?.isCut == true)
            for secret in secrets {
                // Not even its beginning: three characters could be of anything.
                for length in 5...secret.utf8.count {
                    #expect(!kept.contains(secret.prefix(length)), "limit \(limit): \(kept)")
                }
            }
        }
    }

    @Test("words of a stream are put together, wherever the network cuts it")
    func stream() {
        let stream = events([
            #"{"id":"x","choices":[{"index":0,"delta":{"role":"assistant","content":"Mail an"}}]}"#,
            #"{"choices":[{"index":0,"delta":{"content":"n@exam"}}]}"#,
            #"{"choices":[{"index":0,"delta":{"content":"ple.com now"}}]}"#,
            #"{"choices":[],"usage":{"prompt_tokens":1}}"#, "[DONE]",
        ])
        for cut in 1..<stream.count {
            #expect(text(read(stream, .openAIChat, .eventStream, pieces: [cut])) == "Mail [redacted email] now")
        }
    }

    @Test("answers that come side by side are told apart")
    func sideBySide() {
        let stream = events([
            #"{"choices":[{"index":0,"delta":{"content":"ann@"}}]}"#,
            #"{"choices":[{"index":1,"delta":{"content":"Hello "}}]}"#,
            #"{"choices":[{"index":0,"delta":{"content":"example.com"}}]}"#,
            #"{"choices":[{"index":1,"delta":{"content":"you"}}]}"#,
        ])
        #expect(text(read(stream, .openAIChat, .eventStream)) == "[redacted email]\nHello you")
    }

    @Test("the arguments of a tool are read as JSON when they are whole")
    func arguments() {
        let stream = events([
            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"I look."}}"#,
            #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"password\":\"hun"}}"#,
            #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"ter2\"}"}}"#,
        ])
        #expect(text(read(stream, .anthropicMessages, .eventStream)) == "I look.\n{\"password\":\"[redacted secret]\"}")
    }

    @Test("lines of Ollama, and messages of MCP")
    func others() {
        let lines = #"{"message":{"content":"a"}}"# + "\n" + #"{"message":{"content":"b"},"done":true}"#
        #expect(text(read(Array(lines.utf8), .ollamaChat, .lines)) == "ab")
        let messages = events([#"{"jsonrpc":"2.0","method":"x"}"#, #"{"jsonrpc":"2.0","id":1,"result":{"pwd":"q"}}"#])
        #expect(
            text(read(messages, .mcp, .eventStream))
                == #"{"jsonrpc":"2.0","method":"x"}"# + "\n"
                + #"{"jsonrpc":"2.0","id":1,"result":{"pwd":"[redacted secret]"}}"#
        )
    }

    @Test("what is no text is not read, and nothing is no text")
    func nothing() {
        #expect(read(Array("RIFF....".utf8), .openAISpeech, .other) == nil)
        #expect(read([]) == nil)
        #expect(read(events(["[DONE]"]), .openAIChat, .eventStream) == nil)
    }

    @Test("what is kept is bounded, and a long answer says that it is cut")
    func bounded() {
        let event = #"{"choices":[{"index":0,"delta":{"content":"0123456789"}}]}"#
        let content = read(events(Array(repeating: event, count: 10_000)), .openAIChat, .eventStream, limit: 1_000)
        #expect(content?.text.count == 1_000)
        #expect(content?.isCut == true)
    }

    @Test("bytes that are no JSON at all harm nothing")
    func rubbish() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let seed = random.next()
            var generator = SplitMix(state: seed)
            let signs = Array("\"\\{}[]:,u0d8@. a+4".utf8)
            let bytes = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
                Bool.random(using: &generator)
                    ? signs[Int.random(in: 0..<signs.count, using: &generator)]
                    : UInt8.random(in: 0...255, using: &generator)
            }
            for format in AnswerFormat.allCases {
                let content = read(bytes, .openAIChat, format, limit: 100)
                #expect(content.map { $0.text.count <= 8 * 200 } ?? true, "seed \(seed)")
            }
        }
    }

    /// Random numbers that a seed repeats.
    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
    }
}
