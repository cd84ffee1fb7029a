/// `Status` v1: what an API server answers when it does not do what was asked.
public struct ServedStatus: Hashable, Sendable {
    /// One field that is wrong.
    public struct Cause: Hashable, Sendable {
        /// Path of the field; empty where it is none.
        public let field: String
        /// In CamelCase, for programs.
        public let reason: String
        /// For people.
        public let message: String
    }

    /// The HTTP status that it belongs to; 0 where it names none.
    public let code: Int
    /// In CamelCase, for programs: `NotFound`, `Conflict`, `Expired`, ...
    public let reason: String
    /// For people.
    public let message: String
    /// What is wrong in particular.
    public let causes: [Cause]
    /// How long to wait before asking again; nil: it does not say.
    public let retryAfter: Milliseconds?

    /// Reads an answer; nil when it is no `Status`.
    public init?(_ bytes: [UInt8]) {
        guard let value = try? ServedProblem.reading(bytes), value["kind"]?.text == "Status" else { return nil }
        self.init(value)
    }

    init(_ value: Value) {
        let details = value["details"]
        code = value["code"]?.integer ?? 0
        reason = value["reason"]?.text ?? ""
        message = value["message"]?.text ?? ""
        causes = (details?["causes"]?.elements ?? []).map {
            Cause(
                field: $0["field"]?.text ?? "", reason: $0["reason"]?.text ?? "", message: $0["message"]?.text ?? "")
        }
        let seconds = details?["retryAfterSeconds"]?.integer ?? 0
        retryAfter = seconds > 0 ? Milliseconds(Int64(min(seconds, 3600)) * 1000) : nil
    }
}
