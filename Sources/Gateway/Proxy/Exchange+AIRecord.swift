import Access
import ModelTraffic
import Records

// The part of a record that says what an AI request asked for and cost.

extension Exchange {
    /// The member `ai`; nothing: the server is not known, and nothing was counted.
    func writeAI(to batch: inout RecordBatch) {
        guard !decision.server.isEmpty || metering.usage != nil else { return }
        let message = decision.operation.isMCP ? decision.operation.facts?.mcp : nil
        batch.beginAI(
            worker.opening(
                server: decision.server, classes: decision.operation.classes,
                operation: decision.dialect?.operationName(message) ?? ""))
        (decision.operation.model ?? "").withBytes {
            batch.model(
                $0, upstream: decision.rename ?? "", isStreaming: decision.operation.facts?.isStreaming ?? false)
        }
        if let message {
            (message.method ?? "").withBytes { method in
                (message.target ?? "").withBytes { batch.message(method: method, target: $0) }
            }
        }
        if let usage = metering.usage {
            batch.tokens(
                Record.Tokens(
                    input: usage.input, output: usage.output, cached: usage.cachedInput, reasoning: usage.reasoning,
                    isEstimate: usage.isEstimate))
        }
        if let cost = metering.cost { batch.cost(cost.description) }
        if !spending.counters.isEmpty || !spending.exhausted.isEmpty {
            batch.budget(exhausted: spending.exhausted, counters: spending.counters, staged: spending.staged)
        }
        batch.endAI()
    }
}

extension String {
    fileprivate func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        var text = self
        text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}

extension Dialect {
    /// As OpenTelemetry's GenAI conventions name the operation; empty: they have no name for it.
    func operationName(_ message: MCPRequest?) -> String {
        switch self {
        case .openAIChat, .openAIResponses, .anthropicMessages, .ollamaChat: "chat"
        case .openAICompletions, .ollamaGenerate, .tgiGenerate, .llamaCompletion, .tritonGenerate: "text_completion"
        case .openAIEmbeddings, .ollamaEmbed: "embeddings"
        case .openAIImages, .openAIImageForm, .openAISpeech, .openAITranscription: "generate_content"
        case .mcp: message?.tool == nil ? "" : "execute_tool"
        case .anthropicCount, .ollamaModel, .kserveInfer, .tritonLoad, .jsonModel: ""
        }
    }
}
