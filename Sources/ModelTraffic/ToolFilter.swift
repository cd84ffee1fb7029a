/// Takes the tools that a caller may not use out of an MCP server's answers.
///
/// A JSON answer is held until it is complete; of an event stream, each event is. What is too long to be read, or cannot
/// be read in one way only, is not sent on: nobody knows what it offers.
public final class ToolFilter {
    /// Bytes of an answer, or of one event, that are held.
    public static let longest = 8 << 20

    private let isStream: Bool
    private var reader: EventStreamReader
    private let limit: Int
    /// Bytes that wait for the end of what they belong to.
    private var held: [UInt8] = []
    /// False once something of the stream went on: only its first line may have a byte order mark.
    private var isAtStart = true

    /// A filter for one answer: an event stream, or one JSON text.
    public convenience init(isStream: Bool) { self.init(isStream: isStream, limit: Self.longest) }

    /// `limit`: bytes of an answer, or of one event, that are held.
    init(isStream: Bool, limit: Int) {
        self.isStream = isStream
        self.limit = limit
        reader = EventStreamReader(limit: limit)
    }

    /// Takes a piece in, and gives what can go on.
    ///
    /// - Throws: why the answer cannot go on at all.
    public func take(
        _ piece: UnsafeRawBufferPointer, mayCall: (String) -> Bool
    ) throws(RequestProblem) -> [UInt8] {
        guard isStream else {
            try hold(piece[...])
            return []
        }
        var output: [UInt8] = []
        var start = 0
        while true {
            switch reader.next(piece, from: start) {
            case .more:
                // Comments and what else is no event does not wait for one: it keeps the connection alive.
                let end = max(start, reader.boundary)
                if end > start { pass(piece[start..<end], to: &output) }
                try hold(piece[end...])
                return output
            case .tooLong: throw Self.isTooLong
            case .event(let event):
                held.append(contentsOf: piece[start..<event.end])
                output += try filter(event, mayCall)
                held.removeAll(keepingCapacity: true)
                isAtStart = false
                start = event.end
            }
        }
    }

    /// The answer is complete: what is left of it. What is left of a stream is no event, and nothing.
    ///
    /// - Throws: why it cannot go on.
    public func finish(mayCall: (String) -> Bool) throws(RequestProblem) -> [UInt8] {
        guard !isStream, !held.isEmpty else { return [] }
        let document = try Self.read(held)
        held = []
        return try MCPToolList(document, mayCall: mayCall).text
    }

    private static let isTooLong = RequestProblem.field(path: "", what: .outOfRange)

    private func hold(_ bytes: Slice<UnsafeRawBufferPointer>) throws(RequestProblem) {
        held.append(contentsOf: bytes)
        // An event may be as long as the limit without the line end behind it.
        guard held.count <= limit + 2 else { throw Self.isTooLong }
    }

    /// Sends on what was held, and what belongs to it.
    private func pass(_ bytes: Slice<UnsafeRawBufferPointer>, to output: inout [UInt8]) {
        output += held
        output += bytes
        held.removeAll(keepingCapacity: true)
        isAtStart = false
    }

    /// The event that is held.
    private func filter(_ event: StreamEvent, _ mayCall: (String) -> Bool) throws(RequestProblem) -> [UInt8] {
        // Clients read messages only; what has another name or says nothing is no message.
        let isMessage = event.name.isEmpty || event.name.elementsEqual("message".utf8)
        guard isMessage, !event.data.isEmpty else { return held }
        let list = try MCPToolList(try Self.read(Array(event.data)), mayCall: mayCall)
        return list.removed == 0 ? held : replaceData(with: list.text)
    }

    private static func read(_ text: [UInt8]) throws(RequestProblem) -> JSONDocument {
        do throws(JSONProblem) {
            return try JSONDocument(text)
        } catch {
            throw .json(error)
        }
    }

    /// The event with other data, in the place of its first data line; all other bytes stay as they are: `id`, `retry`,
    /// comments, and the blank lines of comments before it.
    private func replaceData(with data: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(held.count)
        var start = 0
        var isReplaced = false
        if isAtStart, held.starts(with: [0xEF, 0xBB, 0xBF]) {
            output += held[..<3]
            start = 3
        }
        while start < held.count {
            let lineEnd = nextLineEnd(held.span.bytes, from: start)
            var next = min(lineEnd + 1, held.count)
            if next < held.count, held[lineEnd] == 0x0D, held[next] == 0x0A { next += 1 }
            if held.withUnsafeBytes({ EventFields.value("data", $0, start..<lineEnd) }) == nil {
                output += held[start..<next]
            } else if !isReplaced {
                output += "data: ".utf8
                output += data
                output += held[lineEnd..<next]
                isReplaced = true
            }
            start = next
        }
        return output
    }
}
