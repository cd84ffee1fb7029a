extension RecordEncoder {
    /// The member `ai`, and the comma after it.
    static func ai(_ ai: borrowing Record.AI, _ writer: inout LineWriter) {
        writer.raw("\"ai\":{")
        optional("\"server\":", ai.server, &writer)
        if !ai.classes.isEmpty {
            writer.raw("\"classes\":[")
            for index in ai.classes.indices {
                if index > 0 { writer.raw(",") }
                writer.quoted(ai.classes[index])
            }
            writer.raw("],")
        }
        optional("\"operation\":", ai.operation, &writer)
        optional("\"model\":", ai.model, &writer)
        optional("\"upstream_model\":", ai.upstreamModel, &writer)
        if ai.isStreaming { writer.raw("\"stream\":true,") }
        optional("\"mcp_method\":", ai.mcpMethod, &writer)
        optional("\"tool\":", ai.tool, &writer)
        if let tokens = ai.tokens { counted(tokens, &writer) }
        optional("\"cost_usd\":", ai.cost, &writer)
        if let budget = ai.budget { asked(budget, &writer) }
        end(&writer)
    }

    private static func counted(_ tokens: Record.Tokens, _ writer: inout LineWriter) {
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

    private static func asked(_ budget: Record.Budget, _ writer: inout LineWriter) {
        writer.raw("\"budget\":{")
        optional("\"exhausted\":", budget.exhausted, &writer)
        optional("\"counters\":", budget.counters, &writer)
        optional("\"staged\":", budget.staged, &writer)
        end(&writer)
    }

    /// The member `workload`, and the comma after it.
    static func workload(_ workload: Record.Workload, _ writer: inout LineWriter) {
        writer.raw("\"workload\":{\"kind\":")
        writer.quoted(workload.kind)
        writer.raw(",\"namespace\":")
        writer.quoted(workload.namespace)
        writer.raw(",\"name\":")
        writer.quoted(workload.name)
        writer.raw(",\"pod\":")
        writer.quoted(workload.pod)
        writer.raw("},")
    }

    private static func optional(_ name: StaticString, _ text: [UInt8], _ writer: inout LineWriter) {
        guard !text.isEmpty else { return }
        writer.raw(name)
        outside(text, &writer)
        writer.raw(",")
    }
}
