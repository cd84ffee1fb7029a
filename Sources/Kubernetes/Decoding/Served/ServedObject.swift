/// One object as an API server has it, decoded.
public struct ServedObject: Sendable {
    /// Namespace and name.
    public let key: NamespacedName
    /// `metadata.resourceVersion`: a state of the server, in its own words; empty where it has none.
    public let resourceVersion: String
    /// The object, or what is left of it; several where it may have been meant as several.
    let objects: [DecodedObject]
    /// What is wrong with it.
    public let mistakes: [Mistake]
    /// What was skipped of it.
    public let notes: [Mistake]

    /// True when nothing is wrong with it.
    public var isGood: Bool { objects.allSatisfy { $0.good != nil } }

    /// Reads one object of a list or of an event.
    ///
    /// - Parameters:
    ///   - kind: What was asked for. Objects of lists do not say their kind; those of events do.
    ///   - apiVersion: Group and version that were asked for.
    public static func decode(
        _ bytes: [UInt8], as kind: ServedKind, apiVersion: String
    ) throws(ServedProblem) -> ServedObject {
        try ServedObject(ServedProblem.reading(bytes, omitting: omitted), kind, apiVersion)
    }

    init(_ value: Value, _ kind: ServedKind, _ apiVersion: String) throws(ServedProblem) {
        let metadata = value["metadata"]
        guard case .map = value.content, let name = metadata?["name"]?.text, !name.isEmpty else {
            throw .malformed("an object without a name")
        }
        if let own = value["kind"]?.text, own != kind.id.kind {
            throw .malformed("an object of kind \(quoted(own)), not \(kind.id.kind)")
        }
        key = NamespacedName(kind.isNamespaced ? metadata?["namespace"]?.text ?? "default" : "", name)
        resourceVersion = metadata?["resourceVersion"]?.text ?? ""
        var reader = ObjectReader(file: "")
        reader.read(served: value, as: kind.id.kind, apiVersion: apiVersion)
        objects = reader.objects
        mistakes = reader.mistakes
        notes = reader.notes
    }

    /// What fills most of an object and says nothing about it: who wrote which field, and all of it once more as text.
    static let omitted: Set<[String]> = [
        ["metadata", "managedFields"],
        ["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"],
    ]
}

/// Why something of an API server cannot be understood; never text of it, which may be secret.
public enum ServedProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// It ends in the middle.
    case truncated
    /// One object or line has more bytes than these.
    case tooLong(Int)
    /// It is not what it should be: what it is.
    case malformed(String)

    /// What is wrong, as a sentence without a full stop.
    public var description: String {
        switch self {
        case .truncated: "the answer ends in the middle"
        case .tooLong(let limit): "the answer has an object or line of more than \(limit >> 20) MiB"
        case .malformed(let what): "the answer is not well-formed: \(what)"
        }
    }

    /// JSON, or the problem with it.
    static func reading(_ bytes: [UInt8], omitting omitted: Set<[String]> = []) throws(ServedProblem) -> Value {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .malformed("it is not UTF-8") }
        do { return try JSONReader.read(bytes, omitting: omitted) } catch { throw .malformed(error.message) }
    }
}
