import Access
import ModelTraffic
import NIOCore

// Where rules name tools, what an MCP server offers is cut down to them.

extension Exchange {
    /// The answer's head is here: from now on tools are taken out.
    func startFilteringTools(_ head: ResponseHead, isEncoded: Bool) {
        guard let match = decision.match,
            configuration.access.restrictsTools(configuration.policies[match.rule.id])
        else { return }
        // What is compressed, or says that it is something else, is read as JSON too, and then is none: nothing that
        // could hold a list goes on unread.
        metering.tools = ToolFilter(isStream: metering.format == .eventStream && !isEncoded)
        head.setFraming(.chunked)
    }

    /// A piece of an MCP server's answer.
    func relayFiltered(_ piece: ByteBuffer) {
        do throws(RequestProblem) {
            let bytes = try piece.withUnsafeReadableBytes { (bytes) throws(RequestProblem) in
                try metering.tools?.take(bytes, mayCall: { mayCall(tool: $0) }) ?? []
            }
            if !bytes.isEmpty { relay(ByteBuffer(bytes: bytes)) }
        } catch {
            unreadable(error)
        }
    }

    /// The answer is complete.
    ///
    /// - Returns: false when it cannot go on, and the exchange has ended.
    func endFiltered() -> Bool {
        do throws(RequestProblem) {
            let rest = try metering.tools?.finish(mayCall: { mayCall(tool: $0) }) ?? []
            if !rest.isEmpty { relay(ByteBuffer(bytes: rest)) }
            return true
        } catch {
            unreadable(error)
            return false
        }
    }

    private func unreadable(_ problem: RequestProblem) {
        decision.detail = problem.description
        fail(.upstreamInvalid)
    }
}
