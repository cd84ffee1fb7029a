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
        let type = (contentType ?? "").prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        switch type {
        case "text/event-stream": self = .eventStream
        case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines",
            "application/stream+json":
            self = .lines
        case "application/json": self = .json
        default: self = type.hasPrefix("application/") && type.hasSuffix("+json") ? .json : .other
        }
    }
}
