import ModelTraffic
import Testing

@testable import Access
@testable import Kubernetes

@Suite struct ContentCaptureTests {
    private func capture(_ redact: [String]?, words: [String] = [], maxBytes: Int = 100) -> ContentCapture {
        ContentCapture(.init(prompts: true, answers: false, maxBytes: maxBytes, redact: redact, words: words))
    }

    @Test func everythingIsTakenOutUnlessLessIsAskedFor() {
        #expect(capture(nil).redactor.kinds == Set(Redactor.Kind.allCases))
        #expect(capture(["emails"]).redactor.kinds == [.secrets, .emails])
        #expect(capture([]).redactor.kinds == [.secrets], "credentials always")
    }

    @Test func aWordThatIsNoKindLetsNothingThrough() {
        #expect(capture(["mails"]).redactor.kinds == Set(Redactor.Kind.allCases))
    }

    @Test func sizesHaveBounds() {
        #expect(capture(nil, maxBytes: .max).maxBytes == AccessPolicy.Capture.mostBytes)
        #expect(capture(nil, maxBytes: -1).maxBytes == 0)
    }
}
