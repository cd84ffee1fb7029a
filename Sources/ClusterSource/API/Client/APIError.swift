import Kubernetes

/// Why the API server has not done what was asked.
public struct APIError: Error, Hashable, Sendable, CustomStringConvertible {
    /// HTTP status; 0: there was no answer that could be understood.
    public let status: Int
    /// In CamelCase, for programs: what the server says (`NotFound`, `Conflict`, `Expired`, ...), or of ours
    /// `Unreachable`, `Silent`, `Malformed`, `Credentials`, `Stopped`.
    public let reason: String
    /// For people.
    public let message: String
    /// What is wrong in particular.
    public let causes: [ServedStatus.Cause]
    /// How long to wait before asking again; nil: the server does not say.
    public let retryAfter: Milliseconds?
    /// What was asked: method and path.
    public let request: String

    /// An error of ours, without an answer.
    init(_ reason: String, _ message: String, _ request: String) {
        self.init(status: 0, reason: reason, message: message, causes: [], retryAfter: nil, request: request)
    }

    /// What an answer means. Words of the server come through, cut where they get long.
    init(status: Int, _ answer: ServedStatus?, retryAfter: Milliseconds?, _ request: String) {
        let reason = answer.flatMap { $0.reason.isEmpty ? nil : $0.reason } ?? Self.reason(of: status)
        let message = answer.flatMap { $0.message.isEmpty ? nil : $0.message } ?? "status \(status)"
        self.init(
            status: status, reason: reason, message: String(message.prefix(1000)), causes: answer?.causes ?? [],
            retryAfter: retryAfter ?? answer?.retryAfter, request: request)
    }

    private init(
        status: Int, reason: String, message: String, causes: [ServedStatus.Cause], retryAfter: Milliseconds?,
        request: String
    ) {
        self.status = status
        self.reason = reason
        self.message = message
        self.causes = causes
        self.retryAfter = retryAfter
        self.request = request
    }

    /// There is no such object, or no such kind.
    public var isNotFound: Bool { status == 404 }
    /// There is one of that name already.
    public var isAlreadyExists: Bool { status == 409 && reason == "AlreadyExists" }
    /// Somebody else has changed it, or owns the fields that were to be applied (`causes` says which, and who).
    public var isConflict: Bool { status == 409 && reason != "AlreadyExists" }
    /// The state that was asked about is too old to be known.
    public var isGone: Bool { status == 410 || reason == "Expired" || reason == "Gone" }
    /// The server does not know us.
    public var isUnauthorized: Bool { status == 401 }
    /// The server knows us, and we may not.
    public var isForbidden: Bool { status == 403 }
    /// The object is wrong, or an admission said no.
    public var isInvalid: Bool { status == 400 || status == 422 }
    /// Asking again later may help.
    public var isTemporary: Bool { status == 0 ? reason != "Credentials" : status == 429 || status >= 500 }

    /// One line: what was asked, and why it was not done.
    public var description: String {
        let details = causes.prefix(5).map { "\($0.field.isEmpty ? "" : "\($0.field): ")\($0.message)" }
        let more = details.isEmpty || isInvalid ? "" : " (\(details.joined(separator: "; ")))"
        return "\(request): \(message)\(more)"
    }

    private static func reason(of status: Int) -> String {
        switch status {
        case 400: "BadRequest"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "NotFound"
        case 409: "Conflict"
        case 410: "Expired"
        case 422: "Invalid"
        case 429: "TooManyRequests"
        case 503: "ServiceUnavailable"
        default: "Unknown"
        }
    }
}
