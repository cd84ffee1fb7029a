// The member `ai`: `beginAI`, what there is to say, in this order, and `endAI`.

extension RecordBatch {
    /// Begins `ai`: `server` to `operation`; each empty where nothing is known.
    public mutating func beginAI(server: String, classes: [String], operation: String) {
        writer.ai(server: server, classes: classes, operation: operation)
    }

    /// The same, encoded before.
    public mutating func beginAI(_ opening: RecordPart) { part(opening) }

    /// `model` to `stream`.
    ///
    /// - Parameters:
    ///   - model: from outside; empty: none was named.
    ///   - upstream: empty: the same.
    public mutating func model(_ model: UnsafeRawBufferPointer, upstream: String, isStreaming: Bool) {
        writer.optional("\"model\":", model)
        writer.optional("\"upstream_model\":", upstream)
        if isStreaming { writer.raw("\"stream\":true,") }
    }

    /// `mcp_method` and `tool`, from outside; empty: there is none.
    public mutating func message(method: UnsafeRawBufferPointer, target: UnsafeRawBufferPointer) {
        writer.optional("\"mcp_method\":", method)
        writer.optional("\"tool\":", target)
    }

    /// `tokens`.
    public mutating func tokens(_ tokens: Record.Tokens) {
        writer.raw("\"tokens\":{\"input\":")
        writer.number(tokens.input)
        writer.raw(",\"output\":")
        writer.number(tokens.output)
        if tokens.cached > 0 {
            writer.raw(",\"cached\":")
            writer.number(tokens.cached)
        }
        if tokens.reasoning > 0 {
            writer.raw(",\"reasoning\":")
            writer.number(tokens.reasoning)
        }
        if tokens.isEstimate { writer.raw(",\"estimate\":true") }
        writer.raw("},")
    }

    /// `cost_usd`; nothing for the empty text.
    public mutating func cost(_ dollars: String) {
        writer.optional("\"cost_usd\":", dollars)
    }

    /// `budget`; each empty where there is nothing to say.
    public mutating func budget(exhausted: String, counters: String, staged: String) {
        writer.raw("\"budget\":{")
        writer.optional("\"exhausted\":", exhausted)
        writer.optional("\"counters\":", counters)
        writer.optional("\"staged\":", staged)
        writer.endMember()
    }

    /// Ends `ai`.
    public mutating func endAI() {
        writer.endMember()
    }
}
