/// One line of the list of reasons, as it is written there.
public struct Row: Hashable, Sendable, ExpressibleByStringLiteral {
    let text: String

    /// The line.
    public init(stringLiteral text: String) {
        self.text = text
    }

    /// The columns; nil when the line is not written as a line must be.
    func parse() -> ReasonDetails? {
        let columns = text.split(separator: "|", maxSplits: 2).map { $0.drop { $0 == " " } }
        guard columns.count == 3 else { return nil }
        let name = String(columns[0].prefix { $0 != " " })
        let answer = columns[1].split(separator: " ")
        guard answer.count == 2, let status = Int(answer[0]), (400...599).contains(status) else { return nil }
        let explanation = String(columns[2])
        let code = answer[1] == "=" ? name : String(answer[1])
        guard let message = answer[1] == "=" ? explanation : Reason.sharedMessages[code] else { return nil }
        return ReasonDetails(name: name, status: status, code: code, message: message, explanation: explanation)
    }
}

/// What is known of a reason, read once from its line.
struct ReasonDetails: Sendable {
    let name: String
    let status: Int
    let code: String
    let message: String
    let explanation: String
    let type: String
    let bodyStart: [UInt8]

    static let bodyEnd = Array("\"}\n".utf8)

    init(name: String, status: Int, code: String, message: String, explanation: String) {
        self.name = name
        self.status = status
        self.code = code
        self.message = message
        self.explanation = explanation
        type = Self.type(status: status)
        bodyStart = Array(
            """
            {"error":{"message":"\(message)","type":"\(type)","code":"\(code)","param":null},"request_id":"
            """.utf8)
    }

    /// OpenAI's word for errors with this status; its clients choose the exception by status and show this.
    private static func type(status: Int) -> String {
        switch status {
        case 403: "permission_error"
        case 404: "not_found_error"
        case 429: "rate_limit_error"
        case 500...: "server_error"
        default: "invalid_request_error"
        }
    }

    /// All of them. A line that cannot be read, which a test excludes, says as little as possible.
    static let all: [Reason: ReasonDetails] = Dictionary(
        uniqueKeysWithValues: Reason.allCases.map { ($0, $0.rawValue.parse() ?? unreadable) })

    private static let unreadable = ReasonDetails(
        name: "internal_error", status: 500, code: "internal_error", message: "The gateway failed.",
        explanation: "the line of this reason cannot be read")
}

extension Reason {
    private var details: ReasonDetails { ReasonDetails.all[self]! }

    /// The stable name in records and metrics, such as `unknown_key`.
    public var name: String { details.name }

    /// The HTTP status that answers it.
    public var status: Int { details.status }

    /// The `code` that the caller is told.
    public var code: String { details.code }

    /// The `type` that the caller is told, as OpenAI's clients know it.
    public var type: String { details.type }

    /// The `message` that the caller is told.
    public var message: String { details.message }

    /// What the record says.
    public var explanation: String { details.explanation }

    /// The JSON body that the caller is told:
    /// `{"error":{"message","type","code","param"},"request_id"}` and a line end.
    ///
    /// - Parameter requestID: bytes other than letters, digits, `-`, `_`, `.` and `:` are left out.
    public func body(requestID: some Sequence<UInt8>) -> [UInt8] {
        let details = details
        var body: [UInt8] = []
        body.reserveCapacity(details.bodyStart.count + ReasonDetails.bodyEnd.count + 64)
        body += details.bodyStart
        for byte in requestID where isPlain(byte) { body.append(byte) }
        body += ReasonDetails.bodyEnd
        return body
    }
}

/// Whose clients are to understand an error.
public enum ErrorShape: Hashable, Sendable {
    /// `{"error":{"message","type","code","param"},"request_id"}`
    case openAI
    /// `{"type":"error","error":{"type","message"},"request_id"}`
    case anthropic
    /// `{"error","code","request_id"}`
    case ollama
    /// `{"jsonrpc","id","error":{"code","message","data"}}`; `id` is JSON.
    case jsonRPC(id: String)
}

extension Denial {
    /// The JSON body that the caller is told, and a line end.
    ///
    /// - Parameter requestID: as in `Reason.body`.
    public func body(requestID: some Sequence<UInt8>, shape: ErrorShape) -> [UInt8] {
        if shape == .openAI, detail.isEmpty { return reason.body(requestID: requestID) }
        let id = String(decoding: requestID.filter(isPlain), as: UTF8.self)
        let message = quoted(detail.isEmpty ? reason.message : "\(reason.message) (\(detail))")
        let code = quoted(reason.code)
        let text =
            switch shape {
            case .openAI:
                """
                {"error":{"message":\(message),"type":"\(reason.type)","code":\(code),"param":null},"request_id":"\(id)"}
                """
            case .anthropic:
                """
                {"type":"error","error":{"type":"\(reason.anthropicType)","message":\(message)},"request_id":"\(id)"}
                """
            case .ollama: "{\"error\":\(message),\"code\":\(code),\"request_id\":\"\(id)\"}"
            case .jsonRPC(let call):
                """
                {"jsonrpc":"2.0","id":\(call),"error":{"code":\(reason.rpcCode),"message":\(message),\
                "data":{"code":\(code),"request_id":"\(id)"}}}
                """
            }
        return Array(text.utf8) + [UInt8(ascii: "\n")]
    }
}

extension Reason {
    /// Anthropic's word for errors with this status.
    var anthropicType: String {
        switch status {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 503: "overloaded_error"
        case 500...: "api_error"
        default: "invalid_request_error"
        }
    }

    /// JSON-RPC's number: what cannot be read, what is not allowed or may be tried later, what failed here.
    var rpcCode: Int {
        switch status {
        case 400, 415: -32600
        case 500...: -32603
        default: -32001
        }
    }
}

/// A text as a JSON string.
private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case _ where scalar.value < 0x20: result += " "
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

/// True for bytes that need no escaping anywhere.
private func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
        UInt8(ascii: ":"):
        true
    default: false
    }
}
