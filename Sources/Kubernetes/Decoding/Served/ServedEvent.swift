/// One line of a watch.
public enum ServedEvent: Sendable {
    /// There is this object, new or changed.
    case put(ServedObject)
    /// The object of that name is gone.
    case removed(NamespacedName, resourceVersion: String)
    /// Nothing but how far the server has come.
    case bookmark(resourceVersion: String)
    /// The server ends the watch, and says why.
    case failed(ServedStatus)

    /// Reads a line.
    public static func decode(
        _ line: [UInt8], as kind: ServedKind, apiVersion: String
    ) throws(ServedProblem) -> ServedEvent {
        let event = try ServedProblem.reading(line, omitting: omitted)
        guard let type = event["type"]?.text, let object = event["object"] else {
            throw .malformed("an event without a type or an object")
        }
        switch type {
        case "ADDED", "MODIFIED": return .put(try ServedObject(object, kind, apiVersion))
        case "DELETED": return try removal(of: object, kind)
        case "BOOKMARK":
            guard let version = version(of: object) else { throw .malformed("a bookmark without a version") }
            return .bookmark(resourceVersion: version)
        case "ERROR": return .failed(ServedStatus(object))
        default: throw .malformed("an event of type \(quoted(type))")
        }
    }

    private static let omitted = Set(ServedObject.omitted.map { ["object"] + $0 })

    /// Of what is gone only the name matters.
    private static func removal(of object: Value, _ kind: ServedKind) throws(ServedProblem) -> ServedEvent {
        let metadata = object["metadata"]
        guard let name = metadata?["name"]?.text, !name.isEmpty else { throw .malformed("an object without a name") }
        let namespace = kind.isNamespaced ? metadata?["namespace"]?.text ?? "default" : ""
        return .removed(NamespacedName(namespace, name), resourceVersion: version(of: object) ?? "")
    }

    private static func version(of object: Value) -> String? {
        object["metadata"]?["resourceVersion"]?.text.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// Takes lines apart while they arrive, none longer than a limit.
public struct LineSplitter: Sendable {
    private let limit: Int
    private var line: [UInt8] = []

    /// A text of which nothing has come yet.
    public init(limit: Int = ListSplitter.objectBytes) {
        self.limit = limit
    }

    /// Takes the next bytes, and gives the lines that they complete, empty ones left out.
    public mutating func feed(_ bytes: [UInt8]) throws(ServedProblem) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            try keep(rest[..<end])
            if !line.isEmpty { lines.append(line) }
            line = []
            rest = rest[(end + 1)...]
        }
        try keep(rest)
        return lines
    }

    private mutating func keep(_ part: ArraySlice<UInt8>) throws(ServedProblem) {
        guard line.count + part.count <= limit else { throw .tooLong(limit) }
        line.append(contentsOf: part)
    }

    /// Says that nothing more comes.
    public func finish() throws(ServedProblem) {
        guard line.isEmpty else { throw .truncated }
    }
}
