import Kubernetes
import ModelTraffic

/// What a rule has stored of the requests that it allows. Nothing is stored where no rule says so.
public final class ContentCapture: Sendable {
    /// What callers ask.
    public let prompts: Bool
    /// What they are answered.
    public let answers: Bool
    /// The most bytes of each.
    public let maxBytes: Int
    /// What is taken out before.
    public let redactor: Redactor

    /// What a rule says.
    init(_ capture: AccessPolicy.Capture) {
        prompts = capture.prompts
        answers = capture.answers
        maxBytes = min(max(0, capture.maxBytes), AccessPolicy.Capture.mostBytes)
        // A word that is no kind (decoding refuses it) must not let anything through.
        let kinds = capture.redact.map { $0.map(Redactor.Kind.init(rawValue:)) } ?? [nil]
        let known = Set(kinds.compactMap(\.self))
        redactor = Redactor(kinds.contains(nil) ? Set(Redactor.Kind.allCases) : known, words: capture.words)
    }
}

extension AccessTable {
    /// What the rule that allowed has stored; nil: nothing.
    public func capture(_ basis: Basis) -> ContentCapture? { rule(basis)?.capture }
}
