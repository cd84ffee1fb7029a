/// The prompt and the answer of a request, which a policy has stored: beside the request's record, under the same id, and never
/// in it. What is not kept has been taken out of them.
public struct RecordContent: Sendable, Hashable {
    /// One side of it.
    public struct Part: Sendable, Hashable {
        /// JSON, or the words of a stream.
        public var text: [UInt8]
        /// There was more than is kept.
        public var isCut: Bool
        /// Places at which something was taken out.
        public var redactions: Int

        /// That text.
        public init(text: [UInt8], isCut: Bool = false, redactions: Int = 0) {
            self.text = text
            self.isCut = isCut
            self.redactions = redactions
        }
    }

    /// The request's id, as in its record.
    public var id: String
    /// When the request began, in microseconds since 1970.
    public var time: Int64
    /// What was asked; nil: it is not stored.
    public var prompt: Part?
    /// What was answered; nil: it is not stored, or was no text.
    public var answer: Part?

    /// What was stored of that request.
    public init(id: String, time: Int64, prompt: Part? = nil, answer: Part? = nil) {
        self.id = id
        self.time = time
        self.prompt = prompt
        self.answer = answer
    }

    /// Bytes that it takes in memory, about.
    public var byteCount: Int { id.utf8.count + (prompt?.text.count ?? 0) + (answer?.text.count ?? 0) + 64 }
}

/// Takes prompts and answers. Whoever hands them over never waits: what finds no room is dropped and counted.
public protocol ContentSink: Sendable {
    /// What was stored of one request.
    func take(_ content: RecordContent)
}
