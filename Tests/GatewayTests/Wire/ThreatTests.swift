import Testing

@testable import Gateway

/// Published weaknesses of gateways that the HTTP boundary must be immune to, one test each.
@Suite struct ThreatTests {
    @Test("class 2: an endless or huge HTTP/1 head ends at the limit (CVE-2026-28980)")
    func headLimits() {
        let many = get("/", (0..<100).map { "x-\($0): 1" }.joined(separator: "\r\n"))
        #expect(WireDriver.rejection(many) == .tooManyFields)
        #expect(WireDriver.rejection(get("/", "x: " + String(repeating: "a", count: 40 << 10))) == .fieldTooLarge)
        let endless = "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "y: z\r\n", count: 20_000)
        #expect(WireDriver.rejection(endless) == .headTooLarge)
        let oneLine = "GET /" + String(repeating: "a", count: 70_000)
        #expect(WireDriver.rejection(oneLine) == .headTooLarge)
        #expect(WireDriver.rejection(get("/" + String(repeating: "a", count: 9_000))) == .targetTooLong)
        #expect(Rejection.headTooLarge.status == 431 && Rejection.targetTooLong.status == 414)
    }

    @Test(
        "class 3: pseudo fields of HTTP/2 cannot break a line of HTTP/1 (GHSA-4px2-pw77-vc85)",
        arguments: [
            "/a\r\nX: y", "/a b", "/a\0", "/a HTTP/1.1\r\nHost: b\r\n\r\nGET /b", "/a\n", "a", "", "/a#b", "/%0d%0a",
            "/a/../b",
        ])
    func pseudoPath(_ path: String) {
        #expect(throws: Rejection.self) {
            try HTTP2Sample.head([(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", path)])
        }
    }

    @Test("class 3: method and authority of HTTP/2 are checked as well")
    func pseudoOthers() {
        for method in ["GET /b HTTP/1.1\r\n", "GE T", "", "GET\r\n", "G\0T", "CONNECT"] {
            #expect(throws: Rejection.self) {
                try HTTP2Sample.head([(":method", method), (":scheme", "https"), (":authority", "a"), (":path", "/")])
            }
        }
        for authority in ["a\r\nx: y", "a b", "u@a", "a/b", "a:99999", "", "a,b"] {
            #expect(throws: Rejection.self) {
                try HTTP2Sample.head([
                    (":method", "GET"), (":scheme", "https"), (":authority", authority), (":path", "/"),
                ])
            }
        }
    }

    @Test("class 6: only CR LF ends a chunk line (CVE-2025-55315, CVE-2025-22871, CVE-2025-58056, CVE-2025-43859)")
    func chunkLineEnds() {
        let bodies = [
            "5\nhello\r\n0\r\n\r\n", "5;a\nhello\r\n0\r\n\r\n", "5\rhello\r\n0\r\n\r\n", "5;a\rb\r\nhello\r\n0\r\n\r\n",
            "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n", "5;\nx\r\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n",
            "5\r\nhelloXX0\r\n\r\n", "5\r\nhello\r\n0\n\r\n", "5 \r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n",
            "0x5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "-1\r\n", "\r\n0\r\n\r\n", ";a\r\n", "5_0\r\n",
            "5;\r\nhello\r\n0\r\n\r\n", "0\r\nx: y\n\r\n", "0\r\nx: y\rz: a\r\n\r\n", "0\r\n x: y\r\n\r\n",
        ]
        for body in bodies {
            let text = post(["Transfer-Encoding: chunked"], body: body)
            #expect(WireDriver.rejection(text) != nil, "\(body.debugDescription)")
        }
    }

    @Test("class 6: a chunk size does not overflow")
    func chunkSizeOverflow() {
        for size in [
            "10000000000000000", "ffffffffffffffff1", "8000000000000000", "00000000000000005", "ffffffffffffffff",
        ] {
            let text = post(["Transfer-Encoding: chunked"], body: size + "\r\nhello")
            #expect(WireDriver.rejection(text) == .chunkSizeOverflow, "\(size)")
        }
        #expect(
            WireDriver.rejection(post(["Transfer-Encoding: chunked"], body: "0000000000000005\r\nhello\r\n0\r\n\r\n"))
                == nil)
        #expect(WireDriver.rejection(post(["Transfer-Encoding: chunked"], body: "7fffffffffffffff\r\nhello")) == nil)
    }

    @Test("class 7: length and coding that two servers could read differently (CVE-2026-54387 and its bypass)")
    func lengthAndCoding() {
        #expect(
            WireDriver.rejection(post(["Content-Length: 5", "Transfer-Encoding: chunked"]))
                == .lengthAndTransferEncoding)
        let codings = [
            "chunked,", ",chunked", "chunked, gzip", "gzip, chunked", "chunked, chunked", "chunked;q=1", "identity",
            "\u{0B}chunked", "chunked\u{0C}", "\"chunked\"", "xchunked", "chunke\u{A0}", "chunked\u{A0}", "cow", "",
        ]
        for coding in codings {
            #expect(WireDriver.rejection(post(["Transfer-Encoding: \(coding)"])) != nil, "\(coding.debugDescription)")
            #expect(
                WireDriver.rejection(post(["Content-Length: 3", "Transfer-Encoding: \(coding)"])) != nil,
                "\(coding.debugDescription)")
        }
        for line in ["Transfer-Encoding : chunked", "Transfer-Encoding\t: chunked", " Transfer-Encoding: chunked"] {
            #expect(WireDriver.rejection(post(["Content-Length: 3", line])) != nil, "\(line)")
        }
        #expect(WireDriver.rejection(post(["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"])) != nil)
        // Blanks around a value are no part of it, and every server agrees on that.
        #expect(WireDriver.rejection(post(["Transfer-Encoding: \tchunked  "], body: "0\r\n\r\n")) == nil)
        #expect(WireDriver.rejection(post(["TRANSFER-encoding: CHUNKED"], body: "0\r\n\r\n")) == nil)
    }

    @Test("class 7: Content-Length is digits, once")
    func contentLength() {
        for value in [
            "5, 5", "+5", "-5", "0x5", "5 5", "5.0", "1e1", "", "\u{B2}", "9223372036854775808", "5;", "5\t5",
        ] {
            #expect(WireDriver.rejection(post(["Content-Length: \(value)"])) == .badContentLength, "\(value)")
        }
        #expect(WireDriver.rejection(post(["Content-Length: 5", "Content-Length: 5"])) == .duplicateContentLength)
        #expect(WireDriver.rejection(post(["Content-Length: 5", "content-length: 6"])) == .duplicateContentLength)
    }

    @Test("class 8: what comes after an upgrade or CONNECT is not read as a request (CVE-2025-64763)")
    func earlyData() throws {
        let upgrade = get("/", "Connection: Upgrade", "Upgrade: websocket")
        let result = WireDriver.read(Array((upgrade + "early").utf8), .request)
        #expect(result.ending == .upgraded(left: 5))
        #expect(WireDriver.rejection("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n") == .connectRefused)
        // A body and an upgrade at once could be read as either.
        let both = post(["Connection: Upgrade", "Upgrade: websocket", "Content-Length: 5"], body: "hello")
        #expect(WireDriver.rejection(both) == .badUpgrade)
        // Without Connection, or for another protocol, the request stays an ordinary one and the field is not sent on.
        for lines in [["Upgrade: websocket"], ["Connection: Upgrade", "Upgrade: h2c"]] {
            let head = try WireDriver.request(get("/", lines.joined(separator: "\r\n")))
            #expect(!head.upgradesToWebSocket)
            head.prepareForUpstream(RequestOrigin(peer: "1.2.3.4", scheme: .http, requestID: "i"))
            #expect(!head.fields.contains(.upgrade) && !head.fields.contains(.connection))
        }
    }

    @Test("class 9: a second security-relevant field is refused (CVE-2026-26308)")
    func duplicateFields() {
        for name in ["Authorization", "x-api-key", "api-key", "Content-Type", "Proxy-Authorization", "Expect"] {
            let value = name == "Expect" ? "100-continue" : "a"
            #expect(WireDriver.rejection(get("/", "\(name): \(value)", "\(name.uppercased()): b")) == .duplicateField)
        }
        #expect(WireDriver.rejection(get("/", "hOST: a")) == .duplicateHost)
    }

    @Test("class 10: fields that only the gateway may set do not pass (CVE-2024-45806)")
    func internalFields() throws {
        let names = [
            "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Client-Cert", "Forwarded",
            "X-Real-IP", "X-Sallyport-Principal", "x-envoy-internal", "X-Gateway-User", "X-User-Id", "X_Forwarded_For",
            "x-forwarded_for", "X_Sallyport_Principal", "Content_Length", "Transfer_Encoding", "X-Original-URL",
            "X-Rewrite-URL", "X-HTTP-Method-Override", "True-Client-IP", "x_real_ip", "X-Request-Id", "Authorization_",
        ]
        let head = try WireDriver.request(get("/", names.map { "\($0): spoofed" }.joined(separator: "\r\n")))
        head.prepareForUpstream(RequestOrigin(peer: "192.0.2.1", scheme: .https, requestID: "id-1"))
        let left = WireDriver.describe(head.fields)
        #expect(
            left == [
                "host: a", "authorization_: spoofed", "x-forwarded-for: 192.0.2.1", "x-forwarded-proto: https",
                "x-forwarded-host: a", "x-request-id: id-1",
            ])
    }

    @Test("class 10: Connection cannot take a field away")
    func nominatedFields() throws {
        for name in ["Host", "Authorization", "content-length", "X-Forwarded-For", "x-api-key", "cookie", "Forwarded"] {
            #expect(WireDriver.rejection(get("/", "Connection: close, \(name)")) == .protectedFieldNominated, "\(name)")
        }
        let head = try WireDriver.request(
            get("/", "Connection: x-hop, close", "X-Hop: 1", "X-Kept: 2", "Keep-Alive: 5"))
        head.prepareForUpstream(RequestOrigin(peer: "192.0.2.1", scheme: .http, requestID: "i"))
        #expect(head.fields.first(named: "x-hop") == nil)
        #expect(head.fields.first(named: "x-kept") != nil)
        #expect(head.fields.first(named: "keep-alive") == nil)
    }

    @Test("class 11: nothing that reaches a record holds a control character but a tab (CVE-2024-45808)")
    func noControlCharacters() {
        for byte in (0..<0x20).filter({ $0 != 9 }) + [0x7F] {
            let character = String(Unicode.Scalar(UInt8(byte)))
            #expect(WireDriver.rejection(get("/", "X: a\(character)b")) != nil, "\(byte) in a value")
            #expect(WireDriver.rejection(get("/", "X\(character): b")) != nil, "\(byte) in a name")
            #expect(WireDriver.rejection(get("/a\(character)b")) != nil, "\(byte) in a target")
            #expect(WireDriver.rejection("G\(character)T / HTTP/1.1\r\nHost: a\r\n\r\n") != nil, "\(byte) in a method")
            #expect(WireDriver.rejection("GET / HTTP/1.1\r\nHost: a\(character)b\r\n\r\n") != nil, "\(byte) in Host")
        }
    }

    @Test(
        "class 21: Host is a host (CVE-2026-49468)",
        arguments: [
            "localhost:4000/#@x", "a@b", "a/b", "a?b", "a#b", "a:b", "a:", "a:0", "a:080", "a:65536", "a:-1", "a:+1",
            "a b", "a,b", "..",
            "a..b", ".", "[::1", "::1", "[::1]x", "[1:2]", "[::g]", "[fe80::1%25eth0]", "[::1]:", "", "a%2eb",
            "a\u{E9}b", "a\"b",
            "[1:2:3:4:5:6:7:8:9]", "[:::]", "[1::2::3]", "[::1.2.3]", "[::256.1.1.1]", ".a", "[]", "[v1.a]",
        ])
    func badHosts(_ host: String) {
        #expect(WireDriver.rejection("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n") == .badHost)
    }

    @Test("an encoded line end never reaches a line (PortSwigger, August 2026)")
    func encodedLineEnds() {
        for path in ["/%0d%0aX:y", "/%0D", "/a%0A", "/%00", "/%7F", "/%1f", "/%250d%250a", "/%25250A"] {
            #expect(WireDriver.rejection(get(path)) != nil, "\(path)")
        }
    }

    @Test("Expect: 100-continue with 0.CL")
    func expectations() throws {
        #expect(WireDriver.rejection(post(["Expect: 100-continue", "Content-Length: 0", "Content-Length: 5"])) != nil)
        #expect(WireDriver.rejection(post(["Expect: y 100-continue"])) == .badExpect)
        #expect(WireDriver.rejection(post(["Expect: 200-ok"])) == .badExpect)
        let head = try WireDriver.request(post(["Expect: 100-Continue", "Content-Length: 5"]))
        #expect(head.expectsContinue && head.framing == .length(5))
        let old = try WireDriver.request("POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\n\r\n")
        #expect(!old.expectsContinue, "HTTP/1.0 knows no 100")
    }

    @Test(
        "lines that parsers split differently",
        arguments: [
            ("GET / HTTP/1.1\nHost: a\n\n", Rejection.bareLF),
            ("GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", .bareLF),
            ("GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", .bareCR),
            ("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", .bareCR),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", .obsoleteFolding),
            ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", .obsoleteFolding),
            ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", .spaceBeforeColon),
            ("GET / HTTP/1.1\r\nHost\t: a\r\n\r\n", .spaceBeforeColon),
            ("GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", .badFieldLine),
            ("GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", .badFieldName),
            ("GET / HTTP/1.1\r\nHost: a\r\nX(: x\r\n\r\n", .badFieldName),
            ("GET / HTTP/1.1\r\nHost: a\r\nX\u{E9}: x\r\n\r\n", .badFieldName),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", .controlCharacter),
            ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", .badRequestLine),
            ("GET /  HTTP/1.1\r\nHost: a\r\n\r\n", .badRequestLine),
            ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", .badRequestLine),
            ("GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", .badRequestLine),
            ("GET /\r\nHost: a\r\n\r\n", .badRequestLine),
            ("GET / HTTP/1.2\r\nHost: a\r\n\r\n", .badVersion),
            ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", .badVersion),
            ("GET / http/1.1\r\nHost: a\r\n\r\n", .badRequestLine),
            ("GET / HTTP/1.10\r\nHost: a\r\n\r\n", .badRequestLine),
            ("GET / HTTP/11\r\nHost: a\r\n\r\n", .badRequestLine),
            ("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", .badMethod),
            (" GET / HTTP/1.1\r\nHost: a\r\n\r\n", .notHTTP),
            ("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .notHTTP),
            ("\u{16}\u{3}\u{1}", .notHTTP),
            ("GET / HTTP/1.1\r\n\r\n", .missingHost),
            ("GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", .hostMismatch),
            ("GET http://a:81/ HTTP/1.1\r\nHost: a\r\n\r\n", .hostMismatch),
            ("GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", .badHost),
            ("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", .badTarget),
            ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", .badTarget),
            ("GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n", .badTarget),
            ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", .badTarget),
            ("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", .badTarget),
            ("GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n", .badTarget),
            ("GET /\u{E9} HTTP/1.1\r\nHost: a\r\n\r\n", .badTarget),
            ("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncodingInHTTP10),
            ("TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", .bodyNotAllowed),
        ])
    func ambiguousRequests(_ text: String, _ expected: Rejection) {
        #expect(WireDriver.rejection(text) == expected, "\(text.debugDescription)")
        #expect(differencesWhenSplit(WireDriver.latin1(text), .request).isEmpty)
    }

    @Test(
        "responses that would split",
        arguments: [
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                Rejection.lengthAndTransferEncoding
            ),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", .duplicateContentLength),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n", .badContentLength),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", .badTransferEncoding),
            ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncodingInHTTP10),
            ("HTTP/1.1 200 OK\nX: y\n\n", .bareLF), ("HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n", .bareCR),
            ("HTTP/1.1 200 O\0K\r\n\r\n", .controlCharacter), ("HTTP/1.1 20 OK\r\n\r\n", .badStatusLine),
            ("HTTP/1.1 2000 OK\r\n\r\n", .badStatusLine), ("HTTP/1.1 099 OK\r\n\r\n", .badStatusLine),
            ("HTTP/1.1 600 OK\r\n\r\n", .badStatusLine), ("HTTP/1.1  200 OK\r\n\r\n", .badStatusLine),
            ("HTTP/1.2 200 OK\r\n\r\n", .badVersion), ("HTTP/2.0 200 OK\r\n\r\n", .badStatusLine),
            ("ICY 200 OK\r\n\r\n\r\n", .badStatusLine), ("HTTP/1.1 200 OK\r\nX : y\r\n\r\n", .spaceBeforeColon),
            ("HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", .obsoleteFolding), ("x\r\n\r\n", .badStatusLine),
        ])
    func ambiguousResponses(_ text: String, _ expected: Rejection) {
        #expect(WireDriver.responseRejection(text) == expected, "\(text.debugDescription)")
    }
}
