import Testing

@testable import Gateway

@Suite struct CleaningTests {
    private let origin = RequestOrigin(peer: "192.0.2.7", scheme: .https, requestID: "id")

    @Test func typicalPost() throws {
        let head = try WireDriver.request(
            """
            POST /v1/chat/completions?x=1 HTTP/1.1\r
            Host: API.Example.com.:8443\r
            Authorization: Bearer sp_1\r
            Content-Type: application/json\r
            Content-Length: 12\r
            X-Forwarded-For: 1.2.3.4\r
            Connection: keep-alive\r
            \r

            """)
        head.prepareForUpstream(origin)
        let text = String(decoding: WireDriver.written(head), as: UTF8.self)
        #expect(
            text == """
                POST /v1/chat/completions?x=1 HTTP/1.1\r
                host: api.example.com:8443\r
                content-type: application/json\r
                x-forwarded-for: 192.0.2.7\r
                x-forwarded-proto: https\r
                x-forwarded-host: api.example.com:8443\r
                x-request-id: id\r
                content-length: 12\r
                \r

                """)
        #expect(text.utf8.count == head.wireSize)
    }

    @Test func credentialsAreFoundAndTakenAway() throws {
        let head = try WireDriver.request(
            get(
                "/?api_key=sp_q&key=sp_r", "Authorization: Bearer a", "X-API-Key: b", "api-key: c",
                "Proxy-Authorization: d",
                "x-goog-api-key: e", "Cookie: session=f", "X_Api_Key: g"))
        var found: [String] = []
        head.forEachCredential { field, value in found.append("\(field.known): \(WireDriver.text(value))") }
        #expect(
            found == ["authorization: Bearer a", "xApiKey: b", "apiKey: c", "proxyAuthorization: d", "xGoogApiKey: e"])
        head.prepareForUpstream(origin)
        head.forEachCredential { field, _ in Issue.record("\(field.known) is left") }
        #expect(WireDriver.describe(head.fields).contains("cookie: session=f"), "a cookie is the application's own")
        #expect(!WireDriver.describe(head.fields).contains { $0.hasPrefix("x_api_key") })
    }

    @Test(
        "nobody but the gateway says whose certificate or user it was",
        arguments: [
            "X-Forwarded-Client-Cert", "x-forwarded-tls-client-cert", "x_forwarded_client_cert", "Client-Cert",
            "Client-Cert-Chain", "client_cert", "SSL-Client-Verify", "ssl-client-subject-dn", "ssl_client_s_dn",
            "X-SSL-Client-CN", "X-Client-Cert", "x-client-certificate", "X-Client-DN", "X-Client-Verify",
            "X-Amzn-Mtls-Clientcert-Subject", "X-ARR-ClientCert", "X-SPIFFE-ID", "X-TLS-Client-Cert",
            "X-User-Id", "X-Gateway-Principal", "X-Sallyport-Principal", "X-Auth-Request-User",
        ])
    func identityFields(name: String) throws {
        let head = try WireDriver.request(get("/", "\(name): spiffe://example.org/admin", "Accept: */*"))
        head.prepareForUpstream(origin)
        let lines = WireDriver.describe(head.fields)
        #expect(!lines.contains { $0.contains("spiffe") }, "\(lines)")
        #expect(lines.contains("accept: */*"))
        #expect(throws: (any Error).self, "it must not be nominated for removal either") {
            try WireDriver.request(get("/", "Connection: \(name)"))
        }
    }

    @Test(
        "names that only begin alike go on",
        arguments: ["X-Client-Name", "client-version", "x-stainless-lang", "x-amzn-trace-id", "ssl-mode", "x-ssl"])
    func ordinaryFields(name: String) throws {
        let head = try WireDriver.request(get("/", "\(name): kept"))
        head.prepareForUpstream(origin)
        #expect(WireDriver.describe(head.fields).contains("\(name.lowercased()): kept"))
    }

    @Test func trustedHops() throws {
        let lines = ["X-Forwarded-For: 9.9.9.9, 1.1.1.1 ,2.2.2.2", "X-Forwarded-For: 3.3.3.3"]
        func client(_ hops: Int) throws -> String? {
            let head = try WireDriver.request(get("/", lines.joined(separator: "\r\n")))
            return head.forwardedClient(trustedHops: hops).map(head.fields.string)
        }
        #expect(try client(0) == nil)
        #expect(try client(1) == "3.3.3.3")
        #expect(try client(2) == "2.2.2.2")
        #expect(try client(3) == "1.1.1.1")
        #expect(try client(4) == "9.9.9.9")
        #expect(try client(5) == nil, "fewer entries than trusted hops: the peer is the client")
        let head = try WireDriver.request(get("/", lines.joined(separator: "\r\n")))
        head.prepareForUpstream(RequestOrigin(peer: "4.4.4.4", scheme: .http, requestID: "i", trustedHops: 3))
        #expect(head.fields.string(of: .xForwardedFor) == "1.1.1.1 ,2.2.2.2, 3.3.3.3, 4.4.4.4")
        #expect(head.fields.count(.xForwardedFor) == 1)
    }

    @Test func webSocketKeepsItsUpgrade() throws {
        let head = try WireDriver.request(
            get(
                "/", "Connection: keep-alive, Upgrade", "Upgrade: WebSocket", "Sec-WebSocket-Key: k",
                "Expect: 100-continue"))
        #expect(head.upgradesToWebSocket)
        head.prepareForUpstream(origin)
        let lines = WireDriver.describe(head.fields)
        #expect(lines.contains("connection: upgrade") && lines.contains("upgrade: websocket"))
        #expect(lines.contains("sec-websocket-key: k"))
        #expect(!lines.contains { $0.hasPrefix("expect") }, "the gateway answers 100-continue itself")
    }

    @Test func framingIsWrittenAnew() throws {
        let chunked = try WireDriver.request(post(["Transfer-Encoding: chunked", "Connection: close"]))
        #expect(!chunked.keepAlive)
        chunked.prepareForUpstream(origin)
        let lines = WireDriver.describe(chunked.fields)
        #expect(lines.contains("transfer-encoding: chunked") && !lines.contains { $0.hasPrefix("connection") })
        let bare = try WireDriver.request(post([]))
        bare.prepareForUpstream(origin)
        #expect(!bare.fields.contains(.contentLength) && !bare.fields.contains(.transferEncoding))
    }

    @Test func responses() throws {
        let head = try WireDriver.response(
            """
            HTTP/1.1 200 Fine\r
            Server: x\r
            Content-Length: 3\r
            Connection: close, X-Hop\r
            X-Hop: 1\r
            X-Envoy-Upstream-Service-Time: 5\r
            X-Request-Id: theirs\r
            \r

            """)
        #expect(head.framing == .length(3) && !head.keepAlive)
        head.prepareForCaller()
        head.setKeepAlive(true)
        head.setFramingFields(version: .http11, bodyless: false)
        #expect(
            String(decoding: WireDriver.written(head), as: UTF8.self)
                == "HTTP/1.1 200 Fine\r\nserver: x\r\ncontent-length: 3\r\n\r\n")
        #expect(head.wireSize == WireDriver.written(head).count)
    }

    @Test func answersOfOurOwn() {
        let head = ResponseHead()
        head.begin(status: 429, framing: .length(2), keepAlive: false)
        head.fields.append(.retryAfter, 7)
        head.setFramingFields(version: .http11, bodyless: false)
        let text = String(decoding: WireDriver.written(head), as: UTF8.self)
        #expect(
            text
                == "HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ncontent-length: 2\r\nconnection: close\r\n\r\n")
        #expect(text.utf8.count == head.wireSize)
    }

    @Test func answersToHEADKeepTheirLength() throws {
        let head = try WireDriver.response("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", to: .head)
        #expect(head.framing == .none && head.keepAlive)
        head.prepareForCaller()
        head.setFramingFields(version: .http11, bodyless: true)
        #expect(WireDriver.describe(head.fields) == ["content-length: 10"])
    }
}
