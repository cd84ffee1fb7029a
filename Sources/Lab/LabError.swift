/// Why a lab cannot be made, used or taken down: for a person, with what to do about it.
public struct LabError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of trouble it is.
    public enum Kind: Hashable, Sendable {
        /// What was asked for is not there, or is wrong.
        case usage
        /// The objects make no lab.
        case badInput
        /// Something of this machine is missing: a program, or a part of the kernel.
        case unavailable
        /// Root is needed.
        case notPermitted
        /// A file, or a program that was started, failed.
        case system
    }

    /// What kind of trouble it is.
    public let kind: Kind
    /// One sentence without a full stop.
    public let message: String
    /// What to do; empty when the message says it.
    public let advice: String

    /// That trouble.
    public init(_ kind: Kind, _ message: String, advice: String = "") {
        self.kind = kind
        self.message = message
        self.advice = advice
    }

    /// Message and advice.
    public var description: String { advice.isEmpty ? message : "\(message); \(advice)" }
}
