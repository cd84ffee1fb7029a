/// What is kept of a lab while it is there.
public struct LabRecord: Codable, Hashable, Sendable {
    /// The version of this form.
    public var version = LabRecord.current
    /// The directory that it was made of, as an absolute path.
    public var directory: String
    /// What it was made with.
    public var options: LabOptions
    /// What it is like.
    public var plan: LabPlan
    /// True once all of it is made.
    public var isComplete: Bool
    /// The process that listens; nil: none.
    public var server: ProcessMark?

    static let current = 2

    /// The record of a lab that is being made.
    public init(directory: String, options: LabOptions, plan: LabPlan) {
        self.options = options
        self.directory = directory
        self.plan = plan
        isComplete = false
    }
}

/// A process, told from a later one that has the same number.
public struct ProcessMark: Codable, Hashable, Sendable {
    /// Its number.
    public let number: Int32
    /// When it was started, in ticks since the machine was.
    public let start: UInt64
}
