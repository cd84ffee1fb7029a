/// Takes the tools that a caller may not use out of an MCP server's answers.
///
/// A JSON answer is held until it is complete; of an event stream, each event is. What is too long to be read, or cannot
/// be read in one way only, is not sent on: nobody knows what it offers.
public final class ToolFilter {
    /// Bytes of an answer, or of one event, that are held.
    public static let longest = 8 << 20

    private let isStream: Bool
    private var reader = EventStreamReader(limit: longest)
    /// Bytes that wait for the end of what they belong to.
    private var held: [UInt8] = []

    /// A filter for one answer: an event stream, or one JSON text.
    public init(isStream: Bool) { self.isStream = isStream }

    /// Takes a piece in, and gives what can go on.
    ///
    /// - Throws: why the answer cannot go on at all.
    public func take(
        _ piece: UnsafeRawBufferPointer, mayCall: (String) -> Bool
    ) throws(RequestProblem) -> [UInt8] {
        guard isStream else {
            held.append(contentsOf: piece)
            guard held.count <= Self.longest else { throw .field(path: "", what: .outOfRange) }
            return []
        }
        var output: [UInt8] = []
        var start = 0
        while true {
            switch reader.next(piece, from: start) {
            case .more:
                held.append(contentsOf: piece[start...])
                return output
            case .tooLong: throw .field(path: "", what: .outOfRange)
            case .event(let event):
                held.append(contentsOf: piece[start..<event.end])
                output += try Self.filter(event, raw: held, mayCall)
                held.removeAll(keepingCapacity: true)
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

    private static func filter(
        _ event: StreamEvent, raw: [UInt8], _ mayCall: (String) -> Bool
    ) throws(RequestProblem) -> [UInt8] {
        // Clients read messages only; what has another name or says nothing is no message.
        let isMessage = event.name.isEmpty || event.name.elementsEqual("message".utf8)
        guard isMessage, !event.data.isEmpty else { return raw }
        let list = try MCPToolList(try read(Array(event.data)), mayCall: mayCall)
        return list.removed == 0 ? raw : replaceData(of: raw, with: list.text)
    }

    private static func read(_ text: [UInt8]) throws(RequestProblem) -> JSONDocument {
        do throws(JSONProblem) {
            return try JSONDocument(text)
        } catch {
            throw .json(error)
        }
    }

    /// The event with other data; its other lines (`id`, `retry`, comments) stay.
    private static func replaceData(of event: [UInt8], with data: [UInt8]) -> [UInt8] {
        let isLineEnd = { (byte: UInt8) in byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
        var output: [UInt8] = []
        for line in event.split(whereSeparator: isLineEnd) where !line.starts(with: "data".utf8) {
            output += line
            output.append(UInt8(ascii: "\n"))
        }
        return output + Array("data: ".utf8) + data + Array("\n\n".utf8)
    }
}
