import Access
import ModelTraffic
import Records

// The part of a record that says what an AI request asked for and cost.

extension Exchange {
    /// nil: the server is not known, and nothing was counted.
    var ai: Record.AI? {
        guard !decision.server.isEmpty || metering.usage != nil else { return nil }
        var ai = Record.AI()
        ai.server = decision.server
        ai.classes = decision.operation.classes?.names ?? []
        ai.model = decision.operation.model.map { Array($0.utf8) } ?? []
        ai.upstreamModel = decision.rename ?? ""
        ai.isStreaming = decision.operation.facts?.isStreaming ?? false
        let message = decision.operation.isMCP ? decision.operation.facts?.mcp : nil
        ai.operation = decision.dialect?.operationName(message) ?? ""
        if let message {
            ai.mcpMethod = message.method.map { Array($0.utf8) } ?? []
            ai.tool = message.target.map { Array($0.utf8) } ?? []
        }
        ai.tokens = metering.usage.map {
            Record.Tokens(
                input: $0.input, output: $0.output, cached: $0.cachedInput, reasoning: $0.reasoning,
                isEstimate: $0.isEstimate)
        }
        ai.cost = metering.cost?.description ?? ""
        ai.budget = budgetRecord
        return ai
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
