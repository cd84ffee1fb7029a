/// One node of a YAML or JSON document, with its place: what both readers give and all decoders read.
public struct Value: Sendable {
    /// Where a node begins; both count from 1.
    public struct Mark: Hashable, Sendable, Comparable {
        /// Line.
        public var line: Int
        /// Column, in Unicode scalars.
        public var column: Int

        /// A place.
        public init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }

        /// By line, then column.
        public static func < (a: Self, b: Self) -> Bool { (a.line, a.column) < (b.line, b.column) }
    }

    /// One key of a map, with its value.
    public struct Member: Sendable {
        /// The key.
        public let key: String
        /// Where the key is written.
        public let mark: Mark
        /// The value.
        public let value: Value

        /// A member.
        public init(key: String, mark: Mark, value: Value) {
            self.key = key
            self.mark = mark
            self.value = value
        }
    }

    /// What a node can be.
    public enum Content: Sendable {
        case null
        case bool(Bool)
        /// A whole number in plain decimal.
        case integer(Int64)
        /// A number in any other notation, as it was written: no field of ours takes one.
        case number(String)
        case string(String)
        case list([Value])
        /// In the order of the text; keys are unique.
        case map([Member])
        /// A node that cannot be read: what is wrong with it. Harmless in kinds that are not read.
        case broken(String)
    }

    /// What it is.
    public let content: Content
    /// Where it is.
    public let mark: Mark

    /// A node.
    public init(_ content: Content, _ mark: Mark) {
        self.content = content
        self.mark = mark
    }

    /// Reads one JSON document, strictly; throws where it is not JSON.
    public static func json(_ bytes: [UInt8]) throws(SyntaxError) -> Value { try JSONReader.read(bytes) }

    /// The value of a key, when this is a map that has it.
    public subscript(key: String) -> Value? {
        guard case .map(let members) = content else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// The text, when this is a string.
    public var text: String? {
        if case .string(let text) = content { text } else { nil }
    }

    /// The elements, when this is a list.
    public var elements: [Value]? {
        if case .list(let values) = content { values } else { nil }
    }

    /// The number, when this is a whole one that fits.
    public var integer: Int? {
        if case .integer(let number) = content { Int(exactly: number) } else { nil }
    }
}

/// A document that is not well-formed: nothing in its file can be trusted to mean what it says.
public struct SyntaxError: Error, Hashable, Sendable {
    /// Where the reader gave up.
    public var mark: Value.Mark
    /// What it found, without a full stop; never text of the document.
    public var message: String
}

/// What one source text may be at most, so that no input costs more than it is worth.
public enum DocumentLimits {
    /// Bytes of one file.
    public static let fileBytes = 32 << 20
    /// Bytes of one document: what an API server takes in one request.
    public static let documentBytes = 3 << 20
    /// Documents of one file.
    public static let documents = 100_000
    /// Maps and lists inside each other.
    public static let depth = 64
}
