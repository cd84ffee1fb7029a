/// Why a request body is refused before anything is decided about it. No value of the body is in it.
public enum RequestProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The body is not the JSON that is accepted.
    case json(JSONProblem)
    /// A field is not what it must be. The path is of names that the dialect knows, and of places in arrays.
    case field(path: String, what: Fault)
    /// The body is not the form that is accepted; the offset counts bytes of the body.
    case form(FormFault, offset: Int)

    /// What can be wrong with a field; the raw value is stable.
    public enum Fault: String, Sendable, CaseIterable {
        /// A string where a number must be, and the like.
        case wrongType
        /// A field without which the request means nothing.
        case missing
        /// A number that is not whole, negative, zero where that makes no sense, or too large.
        case outOfRange
        /// A name that is empty, too long, or has bytes that no name has.
        case badName
        /// A name that differs from a known one only by case: some servers would read it, others would not.
        case caseVariant
        /// Two fields that say different things about one matter.
        case contradiction
        /// More of them than a request may have.
        case tooMany
        /// Several JSON-RPC messages in one body.
        case batch
        /// A message that is neither request nor notification nor answer, or is of another version.
        case notAMessage
        /// A header that says something else than the body.
        case headerMismatch
    }

    /// What can be wrong with a form; the raw value is stable.
    public enum FormFault: String, Sendable, CaseIterable {
        /// The content type is no `multipart/form-data` with a boundary.
        case badContentType
        /// A delimiter that is not where or what it must be.
        case badDelimiter
        /// A part's header that is not the one form.
        case badHeader
        /// More parts, or longer headers, than there may be.
        case tooMany
        /// A judged part is there twice.
        case duplicatePart
        /// The body ends before its last delimiter.
        case unexpectedEnd
        /// Bytes after the last delimiter.
        case trailingBytes
    }

    /// The stable name of what is wrong: `json_duplicateKey`, `field_wrongType`, `form_badHeader`.
    public var code: String {
        switch self {
        case .json(let problem): "json_\(problem.code.rawValue)"
        case .field(_, let fault): "field_\(fault.rawValue)"
        case .form(let fault, _): "form_\(fault.rawValue)"
        }
    }

    /// One sentence for the caller.
    public var description: String {
        switch self {
        case .json(let problem): "The body is not acceptable JSON: \(problem)"
        case .field(let path, let fault): "\(path.isEmpty ? "The body" : path) \(fault.sentence)"
        case .form(let fault, let offset): "The form is not acceptable: \(fault.rawValue) at byte \(offset)"
        }
    }
}

extension RequestProblem.Fault {
    fileprivate var sentence: String {
        switch self {
        case .wrongType: "has the wrong type"
        case .missing: "is missing"
        case .outOfRange: "is not a number that makes sense here"
        case .badName: "is not an acceptable name"
        case .caseVariant: "is written in another case"
        case .contradiction: "contradicts another field"
        case .tooMany: "are too many"
        case .batch: "holds several messages; only one is accepted"
        case .notAMessage: "is not a JSON-RPC 2.0 message"
        case .headerMismatch: "is not what the header says"
        }
    }
}
