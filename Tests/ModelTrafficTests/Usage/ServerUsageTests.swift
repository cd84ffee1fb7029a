import Testing

@testable import ModelTraffic

@Suite("Usage in other servers' answers")
struct ServerUsageTests {
    static let message = """
        event: message_start
        data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[],"stop_reason":null,"usage":{"input_tokens":12,"cache_creation_input_tokens":200,"cache_read_input_tokens":3000,"cache_creation":{"ephemeral_5m_input_tokens":200,"ephemeral_1h_input_tokens":0},"output_tokens":1,"service_tier":"standard"}}}

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

        event: ping
        data: {"type": "ping"}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hmm, well"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\\"city\\":"}}


        """
    static let messageEnd = """
        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":15}}

        event: message_stop
        data: {"type":"message_stop"}


        """

    @Test("Anthropic: the start has the input, the end the output, and caches lie beside the input")
    func anthropicStream() {
        let run = MeterRun.of(Self.message + Self.messageEnd, .anthropicMessages, .eventStream)
        #expect(run.usage == TokenUsage(input: 3_212, output: 15, cachedInput: 3_000, cacheWrite: 200))
        #expect(run.steps.map(\.output) == [1, 1, 1, 3, 4, 6, 15, 15])
        #expect(run.model == "claude-sonnet-4-5" && run.finish == "end_turn")
    }

    @Test("Anthropic: the first output is no report; a stream that breaks off is an estimate")
    func anthropicBroken() {
        let run = MeterRun.of(Self.message, .anthropicMessages, .eventStream)
        #expect(
            run.usage == TokenUsage(input: 3_212, output: 6, cachedInput: 3_000, cacheWrite: 200, isEstimate: true))
    }

    @Test("Anthropic: what the end says of the input replaces what the start said")
    func anthropicMerge() {
        let end =
            #"{"type":"message_delta","delta":{},"usage":{"input_tokens":20,"cache_read_input_tokens":0,"cache_creation_input_tokens":0,"output_tokens":9}}"#
        let run = MeterRun.of(Self.message + events(end), .anthropicMessages, .eventStream)
        #expect(run.usage == TokenUsage(input: 20, output: 9))
    }

    @Test("Anthropic in one piece, and its count, which costs nothing")
    func anthropicWhole() {
        let body =
            #"{"id":"msg_1","model":"claude","content":[{"type":"text","text":"Hi"},{"type":"tool_use","name":"find","input":{"usage":{"input_tokens":5}}}],"stop_reason":"tool_use","usage":{"input_tokens":10,"cache_read_input_tokens":4,"output_tokens":6,"output_tokens_details":{"thinking_tokens":2}}}"#
        #expect(
            MeterRun.of(body, .anthropicMessages, .json).usage
                == TokenUsage(input: 14, output: 6, cachedInput: 4, reasoning: 2))
        #expect(MeterRun.of(#"{"input_tokens":2095}"#, .anthropicCount, .json).usage == TokenUsage())
    }

    @Test("Ollama: lines, the last of which counts")
    func ollama() {
        let chat = """
            {"model":"llama3.2","created_at":"2025-11-25T16:00:00.1Z","message":{"role":"assistant","content":"The"},"done":false}
            {"model":"llama3.2","created_at":"2025-11-25T16:00:00.2Z","message":{"role":"assistant","content":" sky"},"done":false}
            {"model":"llama3.2","created_at":"2025-11-25T16:00:00.3Z","message":{"role":"assistant","content":""},"done_reason":"stop","done":true,"total_duration":4883583458,"load_duration":1334875,"prompt_eval_count":26,"prompt_eval_duration":342546000,"eval_count":282,"eval_duration":4535599000}

            """
        let run = MeterRun.of(chat, .ollamaChat, .lines)
        #expect(run.steps.map(\.output) == [1, 2, 282])
        #expect(run.usage == TokenUsage(input: 26, output: 282))
        #expect(run.model == "llama3.2" && run.finish == "stop")
        let noEnd = MeterRun.of(String(chat.dropLast()), .ollamaChat, .lines)
        #expect(noEnd.usage == run.usage && noEnd.steps.count == 2)
        let returns = MeterRun.of(chat.replacing("\n", with: "\r\n"), .ollamaChat, .lines)
        #expect(returns.steps == run.steps)
        let asOther = MeterRun.of(chat, .ollamaChat, .other)
        #expect(asOther.usage == run.usage)
    }

    @Test("Ollama: tools, thinking, generate, embeddings, and a prompt that was cached and is not counted")
    func ollamaOthers() {
        let tool =
            #"{"message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"find","arguments":{"a":"12345678"}}}]},"done":false}"#
            + "\n"
        #expect(MeterRun.of(tool, .ollamaChat, .lines).usage.output == 5)
        let generate = #"{"model":"m","response":"hi","thinking":"hm","done":true,"context":[1,2,3],"eval_count":3}"#
        #expect(
            MeterRun.of(generate, .ollamaGenerate, .json).usage == TokenUsage(input: 100, output: 3, isEstimate: true))
        let embed = #"{"model":"m","embeddings":[[0.1,0.2]],"total_duration":14143917,"prompt_eval_count":8}"#
        #expect(MeterRun.of(embed, .ollamaEmbed, .json).usage == TokenUsage(input: 8))
        #expect(
            MeterRun.of(#"{"embedding":[0.1]}"#, .ollamaEmbed, .json).usage == TokenUsage(input: 100, isEstimate: true))
        #expect(MeterRun.of(#"{"status":"success"}"#, .ollamaModel, .json).usage == TokenUsage())
    }

    @Test("Text Generation Inference")
    func tgi() {
        let stream = events(
            #"{"index":1,"token":{"id":4553,"text":" deep","logprob":-0.3,"special":false},"generated_text":null,"details":null}"#,
            #"{"index":2,"token":{"id":4554,"text":" learning is","logprob":-0.3,"special":false},"generated_text":" deep learning is","details":{"finish_reason":"length","generated_tokens":2,"seed":null,"input_length":9}}"#
        )
        let run = MeterRun.of(stream, .tgiGenerate, .eventStream)
        #expect(run.steps.map(\.output) == [2, 5])
        #expect(run.usage == TokenUsage(input: 9, output: 2) && run.finish == "length")
        let whole =
            #"{"generated_text":"Deep learning","details":{"finish_reason":"length","generated_tokens":20,"prefill":[],"best_of_sequences":[{"generated_text":"x","generated_tokens":7},{"generated_tokens":8}]}}"#
        let usage = TokenUsage(input: 100, output: 35, isEstimate: true)
        #expect(MeterRun.of(whole, .tgiGenerate, .json).usage == usage)
        #expect(MeterRun.of("[" + whole + "]", .tgiGenerate, .json).usage == usage)
        let silent = #"[{"generated_text":"Deep learning"}]"#
        #expect(MeterRun.of(silent, .tgiGenerate, .json).usage == TokenUsage(input: 100, output: 4, isEstimate: true))
    }

    @Test("llama.cpp: the last event of each prompt counts, and prompts add up")
    func llama() {
        func part(_ index: Int, _ count: Int) -> String {
            #"{"index":\#(index),"content":" a","tokens":[264],"stop":false,"id_slot":0,"tokens_predicted":\#(count),"tokens_evaluated":5}"#
        }
        func end(_ index: Int, _ count: Int) -> String {
            #"{"index":\#(index),"content":"","tokens":[],"id_slot":0,"stop":true,"model":"m.gguf","tokens_predicted":\#(count),"tokens_evaluated":5,"generation_settings":{"stop":["x"]},"stop_type":"limit","tokens_cached":14,"timings":{"cache_n":4,"prompt_n":1,"predicted_n":\#(count),"predicted_ms":1.5}}"#
        }
        let one = MeterRun.of(events(part(0, 1), part(0, 2), end(0, 3)), .llamaCompletion, .eventStream)
        #expect(one.usage == TokenUsage(input: 5, output: 3, cachedInput: 4))
        #expect(one.finish == "limit" && one.model == "m.gguf")
        let two = MeterRun.of(events(part(0, 1), part(1, 1), end(1, 2), end(0, 7)), .llamaCompletion, .eventStream)
        #expect(two.usage == TokenUsage(input: 10, output: 9, cachedInput: 8))
        let whole = MeterRun.of("[\(end(0, 3)),\(end(1, 4))]", .llamaCompletion, .json)
        #expect(whole.usage == TokenUsage(input: 10, output: 7, cachedInput: 8))
    }

    @Test("servers that say nothing are estimated")
    func silent() {
        let generate = #"{"model_name":"m","model_version":"1","text_output":"twelve bytes"}"#
        let estimate = TokenUsage(input: 100, output: 3, isEstimate: true)
        #expect(MeterRun.of(generate, .tritonGenerate, .json).usage == estimate)
        #expect(MeterRun.of(events(generate), .tritonGenerate, .eventStream).usage == estimate)
        let infer =
            #"{"model_name":"m","outputs":[{"name":"o","shape":[1],"datatype":"BYTES","data":["twelve bytes"]}]}"#
        #expect(MeterRun.of(infer, .kserveInfer, .json).usage == estimate)
        #expect(MeterRun.of([UInt8](repeating: 0, count: 12), .kserveInfer, .other).usage == estimate)
        #expect(MeterRun.of(#"{"tokens":[1,2]}"#, .jsonModel, .json).usage == TokenUsage(input: 100, isEstimate: true))
        #expect(MeterRun.of(#"{"result":{}}"#, .mcp, .json).usage == TokenUsage())
    }
}
