/// What a request would do to an AI server. Raw values are the words of policies, records and the endpoint table.
public enum OperationClass: String, CaseIterable, Sendable, Hashable {
    /// A model answers: chat, completion, embedding, image, speech; it costs time of the server, or money.
    case inference = "Inference"
    /// What is there: lists of models, versions, settings, metrics.
    case metadata = "Metadata"
    /// Models, adapters or weights come, go or change.
    case modelMutation = "ModelMutation"
    /// The caller's own code or command runs on the server.
    case codeExecution = "CodeExecution"
    /// Stored data is read: files, documents, other callers' prompts.
    case dataRead = "DataRead"
    /// Stored data is changed or deleted.
    case dataWrite = "DataWrite"
    /// The server itself is steered: accounts, settings, stop, pause.
    case administration = "Administration"
    /// Whether the server is up.
    case health = "Health"
}

/// A set of operation classes, and the mark `serverFetch`.
public struct OperationClasses: OptionSet, Hashable, Sendable {
    /// One bit a class, in the order of `OperationClass`; bit 15 is `serverFetch`.
    public let rawValue: UInt16

    /// The set of these bits; bits without a meaning are kept, and no class has them.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The set of one class.
    public init(_ operation: OperationClass) { self.init(rawValue: operation.bit) }

    /// `Inference`
    public static let inference = Self(.inference)
    /// `Metadata`
    public static let metadata = Self(.metadata)
    /// `ModelMutation`
    public static let modelMutation = Self(.modelMutation)
    /// `CodeExecution`
    public static let codeExecution = Self(.codeExecution)
    /// `DataRead`
    public static let dataRead = Self(.dataRead)
    /// `DataWrite`
    public static let dataWrite = Self(.dataWrite)
    /// `Administration`
    public static let administration = Self(.administration)
    /// `Health`
    public static let health = Self(.health)
    /// Not a class: the request makes the server fetch a URL, whatever else it does.
    public static let serverFetch = Self(rawValue: 1 << 15)

    /// The word of the mark in tables and records.
    public static let serverFetchName = "ServerFetch"

    /// The set that a word of the table means: a class, or `ServerFetch`; nil: no such word. Case matters.
    public init?(name: some StringProtocol) {
        if name == Self.serverFetchName {
            self = .serverFetch
        } else if let operation = OperationClass(rawValue: String(name)) {
            self.init(operation)
        } else {
            return nil
        }
    }

    /// Whether a class is in the set.
    public func contains(_ operation: OperationClass) -> Bool { rawValue & operation.bit != 0 }

    /// The classes in the set, in the order of `OperationClass`, without the mark.
    public var classes: [OperationClass] { OperationClass.allCases.filter { contains($0) } }

    /// The words of all members, classes first.
    public var names: [String] {
        rawValue.nonzeroBitCount == 1 ? Self.namesOfOne[rawValue.trailingZeroBitCount] : allNames
    }

    private var allNames: [String] {
        classes.map(\.rawValue) + (contains(.serverFetch) ? [Self.serverFetchName] : [])
    }

    /// Most sets have one member, and most requests ask for its name.
    private static let namesOfOne = (0..<16).map { Self(rawValue: 1 << $0).allNames }
}

extension OperationClass {
    /// The bit of the class in `OperationClasses`.
    fileprivate var bit: UInt16 {
        switch self {
        case .inference: 1 << 0
        case .metadata: 1 << 1
        case .modelMutation: 1 << 2
        case .codeExecution: 1 << 3
        case .dataRead: 1 << 4
        case .dataWrite: 1 << 5
        case .administration: 1 << 6
        case .health: 1 << 7
        }
    }
}
