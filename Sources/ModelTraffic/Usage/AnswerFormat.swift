/// How an answer is cut into events, as its Content-Type says.
public enum AnswerFormat: String, Sendable, Hashable, CaseIterable {
    /// Server-sent events: an event ends with an empty line.
    case eventStream
    /// One JSON value on each line.
    case lines
    /// One JSON value.
    case json
    /// Sound, pictures, plain text, or not said.
    case other

    /// True where an answer comes as events, and so can be cut between two of them.
    public var isStream: Bool { self == .eventStream || self == .lines }

    /// The format that a Content-Type names; parameters do not matter.
    public init(contentType: String?) {
        var type = contentType ?? ""
        self = type.withUTF8 { Self(contentType: UnsafeRawBufferPointer($0)) }
    }

    /// The format that the bytes of a Content-Type name.
    public init(contentType: UnsafeRawBufferPointer) {
        // Written like this by nearly every server.
        if Self.isText(contentType, "application/json") {
            self = .json
            return
        }
        self = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: contentType.count) { room in
            var count = 0
            for byte in contentType {
                if byte == UInt8(ascii: ";") { break }
                if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { continue }
                room[count] = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
                count += 1
            }
            return Self.named(UnsafeBufferPointer(rebasing: room[..<count]))
        }
    }

    /// - Parameter type: in lower case, without blanks and parameters.
    private static func named(_ type: UnsafeBufferPointer<UInt8>) -> Self {
        let bytes = UnsafeRawBufferPointer(type)
        if isText(bytes, "application/json") { return .json }
        if isText(bytes, "text/event-stream") { return .eventStream }
        if lineTypes.contains(where: { isText(bytes, $0) }) { return .lines }
        return type.starts(with: "application/".utf8) && type.suffix(5).elementsEqual("+json".utf8) ? .json : .other
    }

    private static let lineTypes: [StaticString] = [
        "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines",
        "application/stream+json",
    ]

    private static func isText(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        let text = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard bytes.count == text.count else { return false }
        for index in 0..<text.count where bytes[index] != text[index] { return false }
        return true
    }
}
