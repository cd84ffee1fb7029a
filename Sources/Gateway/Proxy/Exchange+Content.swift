import Access
import ModelTraffic
import NIOCore

// What a policy has stored of a request: its prompt and its answer. Where no policy says so, nothing of this happens.

extension Exchange {
    /// What the rule that allowed has stored; nil: nothing, or of a request that is not read.
    private var captureInForce: ContentCapture? {
        guard decision.dialect != nil, let basis = decision.basis else { return nil }
        return configuration.access.capture(basis)
    }

    /// Begins to capture, where the rule that allowed says so.
    func openTape() {
        guard tape == nil, let desk = worker.contents, let capture = captureInForce else { return }
        tape = desk.open(capture, id: id, time: measures.startedWall)
    }

    /// The body as it is sent on. A form carries pictures or sound, which are not kept.
    func capturePrompt(_ bytes: [UInt8]) {
        guard let tape, let dialect = decision.dialect, !dialect.isForm else { return }
        tape.takePrompt(bytes, dialect)
    }

    /// The answer's head is here.
    func captureAnswer(_ head: ResponseHead) {
        guard let tape, let dialect = decision.dialect, !head.fields.contains(.contentEncoding) else { return }
        tape.beginAnswer(
            head.fields.withValue(of: .contentType) { AnswerFormat(contentType: $0) } ?? .other, dialect)
    }

    /// The request has ended.
    func closeTape() {
        tape?.end()
        tape = nil
    }
}
