/// Why a cluster cannot be asked at all, or has not answered.
public struct ClusterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of problem it is.
    public enum Cause: Hashable, Sendable {
        /// What says where the cluster is, is wrong or not there.
        case configuration
        /// What says who we are cannot be had.
        case credentials
        /// The server says no to us.
        case refused
        /// The server cannot be reached, or does not answer as one.
        case unreachable
        /// It was told to stop.
        case stopped
    }

    /// What kind of problem it is.
    public let cause: Cause
    /// What is wrong, with its place, one sentence without a full stop.
    public let message: String

    /// A problem.
    public init(_ cause: Cause, _ message: String) {
        self.cause = cause
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
