#if os(Linux)

    import CNetfilter
    import Glibc

    /// Why the kernel did not do what it was asked over netlink.
    public enum NetlinkError: Error, Hashable, CustomStringConvertible {
        /// A call to the kernel failed.
        case system(call: String, errno: Int32)
        /// The kernel refused messages. Of a batch nothing was done.
        case refused([NetlinkRefusal])
        /// A batch is longer than the kernel takes at once, and must not be split. Nothing was sent.
        case tooLarge(bytes: Int, limit: Int)
        /// The batch was sent and answers were lost: whether it was done is not known.
        case answersLost
        /// No answer came in time: whether the request was done is not known.
        case timedOut
        /// What was listed kept changing, at every attempt.
        case interrupted(attempts: Int)
        /// Another socket reads this group of the log.
        case groupTaken(UInt16)
        /// A batch or an answer is not what it should be.
        case malformed(String)

        /// One sentence.
        public var description: String {
            switch self {
            case .system(let call, let errno): "\(call): \(reason(of: errno))"
            case .refused(let refusals):
                "the kernel refused: " + refusals.prefix(3).map(\.description).joined(separator: "; ")
                    + (refusals.count > 3 ? "; and \(refusals.count - 3) more" : "")
            case .tooLarge(let bytes, let limit):
                "a batch of \(bytes) bytes is longer than the \(limit) that the kernel takes at once"
            case .answersLost: "answers of the kernel were lost; whether the batch was done is not known"
            case .timedOut: "the kernel did not answer in time"
            case .interrupted(let attempts): "what was listed changed during each of \(attempts) attempts"
            case .groupTaken(let group): "somebody else reads group \(group) of the log"
            case .malformed(let what): what
            }
        }

        /// True when the kernel says no because of who asks.
        public var isLackOfPermission: Bool {
            switch self {
            case .system(_, let errno): errno == EPERM || errno == EACCES
            case .refused(let refusals): refusals.contains { $0.errno == EPERM || $0.errno == EACCES }
            default: false
            }
        }

        /// The error of a call that just failed.
        static func last(_ call: String) -> NetlinkError { .system(call: call, errno: errno) }
    }

    /// A message that the kernel refused, and why.
    public struct NetlinkRefusal: Hashable, Sendable, CustomStringConvertible {
        /// The number of the message.
        public let sequence: UInt32
        /// The error, positive.
        public let errno: Int32
        /// What the kernel says in words, when it does.
        public let text: String?
        /// The byte in the message that the kernel means, when it says so.
        public let offset: UInt32?

        /// A refusal.
        public init(sequence: UInt32, errno: Int32, text: String? = nil, offset: UInt32? = nil) {
            self.sequence = sequence
            self.errno = errno
            self.text = text
            self.offset = offset
        }

        /// `message 7: No such file or directory (words of the kernel)`.
        public var description: String {
            "message \(sequence): \(reason(of: errno))" + (text.map { " (\($0))" } ?? "")
        }
    }

    /// The words of the system for an error.
    func reason(of errno: Int32) -> String {
        guard let words = strerror(errno) else { return "error \(errno)" }
        return String(cString: words)
    }

#endif
