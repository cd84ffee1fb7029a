import Testing

@testable import Gateway

/// The corpus of llhttp (251 blocks): what a strict parser must reject is rejected, what it takes is taken with the
/// same number of messages and the same bodies, and what only a lenient parser takes is rejected.
@Suite(.enabled(if: Corpus.has("http/llhttp"), "the conformance folder is not there: set SALLYPORT_CONFORMANCE"))
struct LlhttpTests {
    @Test func readerFindsAllCases() throws {
        let cases = try LlhttpCase.readAll()
        #expect(cases.count >= 245)
        #expect(cases.count { $0.isLenient } >= 35)
    }

    @Test func strictCases() throws {
        for testCase in try LlhttpCase.readAll() where !testCase.isLenient {
            let result = read(testCase)
            let isRefused = if case .rejected = result.ending { true } else { false }
            let named = "\(testCase.file) \(testCase.title)"
            if let reason = Self.stricterHere[testCase.title] ?? Self.stricterHere[named] {
                #expect(isRefused, "\(testCase): should be refused (\(reason)), but: \(result)")
            } else if let reason = Self.laxerHere[testCase.title] {
                #expect(!isRefused, "\(testCase): should pass (\(reason)), but: \(result.ending)")
            } else if testCase.error != nil {
                #expect(refuses(result) || leftOver(result) > 0, "\(testCase): \(testCase.error ?? ""), but: \(result)")
            } else {
                #expect(!isRefused, "\(testCase): should pass, but: \(result.ending)")
                checkBodies(testCase, result)
            }
        }
    }

    @Test func lenientCasesAreRefused() throws {
        for testCase in try LlhttpCase.readAll() where testCase.isLenient {
            let result = read(testCase)
            if let reason = Self.takenThoughLenient[testCase.title] {
                #expect(!refuses(result), "\(testCase): should pass (\(reason)), but: \(result.ending)")
            } else {
                #expect(refuses(result) || leftOver(result) > 0, "\(testCase): should be refused, but: \(result)")
            }
        }
    }

    @Test func resultsDoNotDependOnHowBytesArrive() throws {
        for testCase in try LlhttpCase.readAll() {
            let differences = differencesWhenSplit(prepared(testCase), kind(testCase), most: 120)
            #expect(differences.isEmpty, "\(testCase): \(differences)")
        }
    }

    // MARK: Deliberate differences

    /// Cases that llhttp takes and we refuse, each with the reason.
    static let stricterHere: [String: String] = [
        "CRLF between requests, implicit `keep-alive`": "one empty line before a request is read over, not two",
        "CONNECT request": "the gateway is no forward proxy",
        "CONNECT request with CAPS": "the gateway is no forward proxy",
        "CONNECT with body": "the gateway is no forward proxy",
        "Underscore in hostname": "the gateway is no forward proxy",
        "M-SEARCH request": "`*` is for OPTIONS only",
        "SOURCE request with ICE": "not HTTP",
        "OPTIONS request with RTSP": "not HTTP",
        "ANNOUNCE request with RTSP": "not HTTP",
        "PRI request HTTP2": "PRI is only the preface of HTTP/2, which has another version",
        "curl GET": "`=` in Host",
        "Firefox GET": "`=` in Host",
        "No HTTP version": "HTTP/0.9 has no fields, so nobody could be authenticated",
        "POST with `chunked` as last transfer-encoding": "one coding only, `chunked`; also a fragment in the target",
        "POST with `chunked` as last transfer-encoding (multiple headers)":
            "one coding only, `chunked`; also a fragment in the target",
        "Quotes in URI": "quotes must be percent-encoded",
        "Fragment in URI": "a fragment is not part of a target; servers differ in what they do with it",
        "`host:port` and basic auth": "user information in an authority hides which host is meant",
        "HTTP 304 with Content-Length": "304 has no body, so that what follows is no response",
        "HTTP 100 first, then 400": "an empty line before a response is refused",
        "response/pipelining.md Should parse multiple events": "an empty line before a response is refused",
        "Response starting with CRLF": "an empty line before a response is refused",
        "RTSP response": "not HTTP",
        "ICE response": "not HTTP",
        "HTTP version 0.9": "HTTP/0.9 has no framing",
        "`chunked` before other transfer-encoding": "one coding only, `chunked`, in responses as well",
        "multiple transfer-encoding where chunked is not the last one": "one coding only, `chunked`",
        "`chunkedchunked` transfer-encoding does not enable chunked enconding": "one coding only, `chunked`",
    ]

    /// Cases that llhttp refuses and we take, each with the reason.
    static let laxerHere: [String: String] = [
        "HTTP protocol and ANNOUNCE method": "any token is a method; which ones may pass is for the access policy",
        "Invalid method": "any token is a method; which ones may pass is for the access policy",
    ]

    /// Cases that llhttp only takes when told to be lenient, and that we take.
    static let takenThoughLenient: [String: String] = [:]

    // MARK: Reading

    private func kind(_ testCase: LlhttpCase) -> WireDriver.Kind {
        testCase.isRequest ? .request : .response(to: testCase.skipsBody ? .head : .get)
    }

    private func read(_ testCase: LlhttpCase) -> ReadResult {
        WireDriver.read(prepared(testCase), kind(testCase))
    }

    /// The corpus leaves out `Host`, which the gateway demands: each request line that is followed by no such field gets
    /// one, so that the case is judged by what it is about.
    private func prepared(_ testCase: LlhttpCase) -> [UInt8] {
        guard testCase.isRequest else { return testCase.input }
        var text = WireDriver.text(testCase.input)
        guard !text.lowercased().contains("host:") else { return testCase.input }
        text = text.replacing(#/(?:http://([^/? ]+))?([^ ]*) HTTP/1\.[01]\r\n/#) { match in
            match.output.0 + "Host: \(match.output.1 ?? "example.com")\r\n"
        }
        return text.unicodeScalars.map { UInt8($0.value) }
    }

    private func refuses(_ result: ReadResult) -> Bool {
        switch result.ending {
        case .rejected: true
        case .incomplete: result.messages.last.map { $0.isComplete } ?? true
        default: false
        }
    }

    private func leftOver(_ result: ReadResult) -> Int {
        if case .closed(let left) = result.ending { left } else { 0 }
    }

    private func checkBodies(_ testCase: LlhttpCase, _ result: ReadResult) {
        guard !testCase.skipsBody else { return }
        let bodies = result.messages.reduce(0) { $0 + $1.body.count }
        #expect(bodies == testCase.bodyLength, "\(testCase): \(result)")
        let complete = result.messages.count { $0.isComplete }
        if testCase.isRequest { #expect(complete == testCase.completeMessages, "\(testCase): \(result)") }
    }
}
