import Testing

@testable import Gateway

@Suite struct HTTP2FieldTests {
    @Test func ordinaryRequest() throws {
        let head = try HTTP2Sample.head(
            [
                (":method", "POST"), (":scheme", "https"), (":authority", "API.example.:443"), (":path", "/v1/%61?q=1"),
                ("content-type", "application/json"), ("cookie", "a=1"), ("x-a", ""), ("cookie", "b=2"),
                ("te", "trailers"),
            ], endStream: false)
        #expect(head.method == .post && head.version == .http2 && head.scheme == .https)
        #expect(head.pathString == "/v1/a" && head.queryString == "q=1")
        #expect(head.hostString == "api.example" && head.port == 443)
        #expect(head.framing == .untilClose && head.acceptsTrailers)
        head.prepareForUpstream(RequestOrigin(peer: "::1", scheme: .https, requestID: "i"))
        let text = String(decoding: WireDriver.written(head), as: UTF8.self)
        #expect(
            text == """
                POST /v1/a?q=1 HTTP/1.1\r
                content-type: application/json\r
                x-a: \r
                host: api.example:443\r
                cookie: a=1; b=2\r
                x-forwarded-for: ::1\r
                x-forwarded-proto: https\r
                x-forwarded-host: api.example:443\r
                x-request-id: i\r
                transfer-encoding: chunked\r
                te: trailers\r
                \r

                """)
        #expect(WireDriver.rejection(text + "0\r\n\r\n") == nil, "what we write, we read")
    }

    @Test(arguments: [
        ("Content-Type", "a", Rejection.upperCaseFieldName), ("x y", "a", .badFieldName), ("x:", "a", .badFieldName),
        ("", "a", .badFieldName), ("x", "a\r\nb: c", .bareCR), ("x", "a\nb", .bareLF), ("x", "a\0", .controlCharacter),
        ("x", " a", .badFieldLine), ("x", "a\t", .badFieldLine), ("connection", "close", .connectionFieldInHTTP2),
        ("transfer-encoding", "chunked", .connectionFieldInHTTP2), ("upgrade", "h2c", .connectionFieldInHTTP2),
        ("keep-alive", "1", .connectionFieldInHTTP2), ("proxy-connection", "close", .connectionFieldInHTTP2),
        ("te", "gzip", .connectionFieldInHTTP2), (":status", "200", .badPseudoField), (":path", "/b", .badPseudoField),
        ("content-length", "5", .badContentLength), ("content-length", "x", .badContentLength),
        ("host", "b", .hostMismatch),
        ("host", "a/", .badHost), ("expect", "x", .badExpect),
    ])
    func refusedFields(_ name: String, _ value: String, _ expected: Rejection) {
        #expect(throws: expected) { try HTTP2Sample.get([(name, value)]) }
    }

    @Test func pseudoFieldsComeFirstOnceAndAll() {
        #expect(throws: Rejection.badPseudoField) { try HTTP2Sample.get([("x", "y"), (":scheme", "https")]) }
        #expect(throws: Rejection.badPseudoField) { try HTTP2Sample.head([(":method", "GET"), (":path", "/")]) }
        #expect(throws: Rejection.missingHost) {
            try HTTP2Sample.head([(":method", "GET"), (":path", "/"), (":scheme", "https")])
        }
        #expect(throws: Rejection.badPseudoField) {
            try HTTP2Sample.head([(":method", "GET"), (":path", "/"), (":scheme", "ftp"), (":authority", "a")])
        }
        #expect(throws: Rejection.badTarget) {
            try HTTP2Sample.head([(":method", "GET"), (":path", "*"), (":scheme", "https"), (":authority", "a")])
        }
        #expect(throws: Never.self) {
            try HTTP2Sample.head([(":method", "GET"), (":path", "/"), (":scheme", "https"), ("host", "a")])
        }
    }

    @Test("class 1: every field and every piece of a cookie counts, with 32 each (CVE-2026-47774)")
    func headerBomb() {
        let crumbs = Array(repeating: ("cookie", ""), count: 97)
        #expect(throws: Rejection.tooManyFields) { try HTTP2Sample.get(crumbs) }
        var limits = WireLimits.standard
        limits.fields = 10_000
        let empty = Array(repeating: ("x", ""), count: 2_000)
        #expect(throws: Rejection.headTooLarge) { try HTTP2Sample.get(empty, limits: limits) }
    }

    @Test func duplicateCredentialsAreRefused() {
        #expect(throws: Rejection.duplicateField) {
            try HTTP2Sample.get([("authorization", "a"), ("authorization", "b")])
        }
        #expect(throws: Rejection.duplicateContentLength) {
            try HTTP2Sample.get([("content-length", "0"), ("content-length", "0")])
        }
    }
}
