import Records

/// Where records of other processes end up.
public protocol RecordIntake: Sendable {
    /// Number of the last batch of the source that is there for good; 0: none.
    func position(of source: IntakeSource) async throws -> UInt64

    /// The source has come, and its clock is so many microseconds ahead of the hub's.
    func note(skew: Int64, of source: IntakeSource) async

    /// Takes a batch, and returns when it is there for good. One whose number is not greater than the position is there
    /// already, and is not taken again.
    func take(_ batch: IntakeBatch) async throws
}

/// A gateway or an agent, in one of its lives.
public struct IntakeSource: Sendable, Hashable, CustomStringConvertible {
    /// What it is.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A front door.
        case gateway
        /// The watcher of a node.
        case agent
    }

    /// What it is.
    public var kind: Kind
    /// What its certificate calls it.
    public var name: String
    /// Chosen by chance when it started.
    public var incarnation: UInt64

    /// A source.
    public init(kind: Kind, name: String, incarnation: UInt64) {
        self.kind = kind
        self.name = name
        self.incarnation = incarnation
    }

    /// The name of one of those that share a certificate: `agent.sallyport-agents#n1`. No name in a certificate has that
    /// sign in it.
    static func name(_ certified: String, part: String) -> String { "\(certified)#\(part)" }

    /// The name in the certificate.
    static func certified(_ name: String) -> String { String(name.prefix { $0 != "#" }) }

    /// `agent n1`.
    public var description: String { "\(kind.rawValue) \(name)" }
}

/// Records of a source.
public struct IntakeBatch: Sendable, Hashable {
    /// Whose.
    public var source: IntakeSource
    /// Number of the last batch that is in it.
    public var number: UInt64
    /// Whole lines, each with its line end.
    public var lines: [UInt8]
    /// How many.
    public var count: Int
    /// Records that the source dropped before these, since the batch before.
    public var dropped: UInt64
    /// Prompts and answers that policies have stored.
    public var contents: [RecordContent]
    /// Microseconds that the source's clock was ahead of the hub's when it came; nil: the source does not say.
    public var skew: Int64?

    /// A batch.
    public init(
        source: IntakeSource, number: UInt64, lines: [UInt8], count: Int, dropped: UInt64,
        contents: [RecordContent] = [], skew: Int64? = nil
    ) {
        self.source = source
        self.number = number
        self.lines = lines
        self.count = count
        self.dropped = dropped
        self.contents = contents
        self.skew = skew
    }
}
