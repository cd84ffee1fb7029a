/// Why a line is no record.
public struct RecordLineError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The byte at which it went wrong, from 0.
    public var offset: Int
    /// What is wrong there.
    public var reason: String

    /// A line that is no record.
    public init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }

    /// One line that says so.
    public var description: String { "not a record: at byte \(offset) \(reason)" }
}
