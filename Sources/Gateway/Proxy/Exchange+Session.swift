import Access
import ModelTraffic

// The Model Context Protocol beyond its messages: sessions belong to who opened them, and only pages that are meant to
// may talk to the server.

extension Exchange {
    /// What the headers of an MCP request must be, whatever its body says.
    func checkSession() -> StageResult {
        guard decision.operation.isMCP else { return .next }
        guard isOriginAllowed else { return .deny(.originNotAllowed) }
        guard request.fields.count(.mcpSessionID) < 2 else { return .deny(.invalidHeader) }
        guard let field = request.fields.first(.mcpSessionID) else { return .next }
        guard let principal = decision.principal else { return .deny(.internalError) }
        let owner = configuration.access.identity(of: principal, at: decision.source)
        guard let own = worker.sessions.open(request.fields.string(at: field), owner: owner) else {
            return .deny(.sessionNotYours)
        }
        request.fields.set(.mcpSessionID, own)
        return .next
    }

    /// A page that reached the server under a name of its own making (DNS rebinding) is stopped by its origin: it must be
    /// the host that was asked for, or one that the route's CORS filter allows.
    private var isOriginAllowed: Bool {
        guard let field = request.fields.first(.origin) else { return true }
        guard request.fields.count(.origin) == 1 else { return false }
        if let cors = decision.match?.rule.extras?.filters.cors,
            request.fields.withValue(at: field, { cors.allows(origin: $0) })
        {
            return true
        }
        let origin = request.fields.string(at: field)
        let scheme = facts.isSecure ? "https" : "http"
        let port = request.port.map { ":\($0)" } ?? ""
        return origin.lowercased() == "\(scheme)://\(request.hostString)\(port)"
    }

    /// What the headers say about the message must be what the message says.
    func checkMessage() -> StageResult {
        guard let message = decision.operation.facts?.mcp else { return .deny(.invalidBody) }
        let names = (request.fields.joinedValue(named: "mcp-method"), request.fields.joinedValue(named: "mcp-name"))
        do throws(RequestProblem) {
            try message.check(methodHeader: names.0, nameHeader: names.1)
            return .next
        } catch {
            decision.detail = error.description
            return .deny(.invalidBody)
        }
    }

    /// Gives the caller an identifier that is of use to nobody else.
    func bindSession(_ head: ResponseHead) {
        guard decision.operation.isMCP, let field = head.fields.first(.mcpSessionID),
            let principal = decision.principal
        else { return }
        let owner = configuration.access.identity(of: principal, at: decision.source)
        head.fields.set(.mcpSessionID, worker.sessions.seal(head.fields.string(at: field), owner: owner))
    }

    /// Whether the caller may call that tool: others are not shown to it.
    func mayCall(tool: String) -> Bool {
        guard let match = decision.match, let principal = decision.principal else { return false }
        return withAccessRequest {
            configuration.access.allowsTool(tool, configuration.policies[match.rule.id], principal, $0)
        }
    }
}
