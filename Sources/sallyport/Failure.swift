/// Why a command ends without having done its work: for a person, with what to do about it.
struct Failure: Error, Equatable {
    /// What the shell is told; the numbers are those of sysexits(3).
    enum Code: Int32 {
        /// The command did its work, and what it found is not good.
        case findings = 1
        /// The command line is wrong.
        case usage = 64
        /// The objects, or what stands in a file, are wrong.
        case badInput = 65
        /// Something that is needed does not answer.
        case unavailable = 69
        /// A fault in sallyport.
        case `internal` = 70
        /// A file cannot be created.
        case cannotCreate = 73
        /// A file cannot be read or written.
        case inputOutput = 74
        /// The system does not permit it.
        case notPermitted = 77
    }

    var code: Code
    /// What went wrong, one sentence without a full stop.
    var message: String
    /// What to do, one line; empty when the message says it.
    var advice: String

    init(_ code: Code, _ message: String, advice: String = "") {
        self.code = code
        self.message = message
        self.advice = advice
    }

    /// A failed call of the system: the code follows from `errno`.
    static func system(_ action: String, path: String, errno number: Int32, creating: Bool = false) -> Failure {
        let message = "cannot \(action) \(path): \(SystemCall.describe(number))"
        if SystemCall.isRefusal(number) {
            return Failure(.notPermitted, message, advice: "give this user access to it, or choose another place")
        }
        return Failure(creating ? .cannotCreate : .inputOutput, message)
    }
}
