import ModelTraffic
import NIOCore

/// Takes the tools that a caller may not use out of an MCP server's answer.
///
/// A JSON answer is held until it is complete; of an event stream each event is. What is too long to be read, or is not
/// JSON, is not sent on: nobody knows what it offers.
struct ToolFilter {
    /// Bytes of an answer, or of one event, that are held.
    static let most = 8 << 20

    private var held: [UInt8] = []
    private let isStream: Bool
    private(set) var hasFailed = false

    init(isStream: Bool) { self.isStream = isStream }

    /// Takes a piece in, and gives what can go on.
    mutating func take(_ piece: ByteBuffer, _ allows: (String) -> Bool) -> [UInt8] {
        guard !hasFailed else { return [] }
        piece.withUnsafeReadableBytes { held.append(contentsOf: $0) }
        guard held.count <= Self.most else {
            hasFailed = true
            return []
        }
        guard isStream, let end = MCPToolList.endOfLastEvent(held) else { return [] }
        let events = Array(held[..<end])
        held.removeFirst(end)
        return filtered(events, allows)
    }

    /// The answer is complete: what is left of it.
    mutating func finish(_ allows: (String) -> Bool) -> [UInt8] {
        guard !hasFailed, !held.isEmpty else { return [] }
        let rest = held
        held = []
        return filtered(rest, allows)
    }

    private mutating func filtered(_ text: [UInt8], _ allows: (String) -> Bool) -> [UInt8] {
        let result = isStream ? MCPToolList.filterEvents(text, allows) : MCPToolList.filter(text, allows)
        guard let result else {
            hasFailed = true
            return []
        }
        return result
    }
}

extension Exchange {
    /// Where rules name tools, what the server offers is cut down to them.
    func startFilteringTools(_ head: ResponseHead, isEncoded: Bool) {
        guard let match = decision.match,
            configuration.access.restrictsTools(configuration.policies[match.rule.id])
        else { return }
        guard !isEncoded, metering.format == .eventStream || metering.format == .json else {
            // Nothing that could hold a list is let through unread.
            metering.tools = ToolFilter(isStream: false)
            return head.setFraming(.chunked)
        }
        metering.tools = ToolFilter(isStream: metering.format == .eventStream)
        head.setFraming(.chunked)
    }

    /// A piece of an MCP server's answer.
    func relayFiltered(_ piece: ByteBuffer) {
        guard let bytes = metering.tools?.take(piece, { mayCall(tool: $0) }) else { return }
        if metering.tools?.hasFailed == true { return fail(.upstreamInvalid) }
        if !bytes.isEmpty { relay(ByteBuffer(bytes: bytes)) }
    }
}
