import Foundation
import Testing

@testable import Gateway

/// What is added, taken out and changed, as the other side sees it.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct HeaderTests {
    @Test("nothing of the hop, nothing that only the gateway may say, and no credential reaches the backend")
    func cleaned() async throws {
        let upstream = try Upstream()
        var world = World(upstream)
        world.policy = World.everyone
        let secrets = [
            "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil", "X-Forwarded-Port: 1",
            "X-Forwarded-Prefix: /evil", "Forwarded: for=6.6.6.6", "X-Real-IP: 6.6.6.6", "X-Request-Id: mine",
            "X-Sallyport-Key: admin", "X_Forwarded_For: 6.6.6.6", "X-Original-URL: /admin", "X-Rewrite-URL: /admin",
            "X-HTTP-Method-Override: DELETE", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive",
            "Proxy-Authenticate: x", "Upgrade: h2c", "TE: gzip", "Connection: keep-alive, X-Hop", "X-Hop: 1",
            "True-Client-IP: 6.6.6.6", "X-Envoy-Internal: true", "HTTP2-Settings: x", "X-Goog-Api-Key: goog",
        ]
        try await withGateway(world) { gateway in
            let client = try gateway.connect()
            let answer = try client.get("/", secrets.map { $0 + "\r\n" }.joined() + "X-Mine: stays\r\nCookie: a=b\r\n")
            #expect(answer.status == 200 || answer.status == 401)
            for credential in ["X-API-Key: k", "Api-Key: k", "Authorization: Bearer sk-other"] {
                _ = try client.get("/", "\(credential)\r\n")
            }
        }
        for request in upstream.log {
            #expect(
                Set(request.fields.map(\.name)).subtracting([
                    "host", "x-mine", "cookie", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host",
                    "x-request-id",
                ]) == [])
            #expect(request["x-forwarded-for"] == "127.0.0.1")
            #expect(request["x-forwarded-proto"] == "http")
            #expect(request["x-forwarded-host"] == "a.test")
            #expect(request["x-request-id"]?.count == 32)
        }
    }

    @Test(
        "a key that is good opens the way and stays here",
        arguments: ["Authorization: Bearer ", "x-api-key: ", "api-key: "])
    func keyStays(field: String) async throws {
        let upstream = try Upstream()
        var world = World(upstream)
        let (text, object) = TestKey.make("alice")
        world.extra = object
        world.policy =
            "{targetRefs: [\(World.gateway)], rules: [{name: keys, from: [{accessKeys: {names: [alice]}}]}]}"
        let records = try await withGateway(world) { gateway in
            let client = try gateway.connect()
            #expect(try client.get("/", field + text + "\r\n").status == 200)
            let none = try client.get()
            let wrong = try client.get("/", field + TestKey.make("bob").text + "\r\n")
            #expect(none.status == 401)
            #expect(wrong.status == 401)
            #expect(none.code == wrong.code)
            #expect(none["www-authenticate"] == "Bearer")
            #expect(try client.get("/?key=\(text)").code == "credential_in_url")
        }
        #expect(upstream.log.count == 1)
        #expect(upstream.log.first?.fields.contains { $0.value.contains(text) } == false)
        #expect(records.map { $0["reason"] } == ["rule_matched", "missing_key", "unknown_key", "credential_in_url"])
        #expect(records.first?["principal.name"] == "alice")
        #expect(!records.contains { "\($0.fields)".contains(text) })
    }

    @Test(
        "who called, behind trusted hops",
        arguments: [(0, "127.0.0.1", "127.0.0.1"), (1, "9.9.9.9", "9.9.9.9, 127.0.0.1")])
    func trustedHops(hops: Int, source: String, chain: String) async throws {
        let upstream = try Upstream()
        var world = World(upstream, annotations: ["sallyport.dev/trusted-hops": "\(hops)"])
        world.policy = "{targetRefs: [\(World.gateway)], rules: [{name: one, from: [{networks: [\(source)/32]}]}]}"
        let records = try await withGateway(world) { gateway in
            let client = try gateway.connect()
            #expect(try client.get("/", "X-Forwarded-For: 1.1.1.1, 9.9.9.9\r\n").status == 200)
            #expect(
                try client.get("/", "X-Forwarded-For: 9.9.9.9, \(hops == 0 ? "127.0.0.1" : "8.8.8.8")\r\n").status
                    == (hops == 0 ? 200 : 403))
        }
        #expect(upstream.log.first?["x-forwarded-for"] == chain)
        #expect(records.first?["source.address"] == source)
    }

    @Test(
        "a trusted hop that does not say who called is not the caller itself",
        arguments: [
            ("", 400), ("X-Forwarded-For: unknown\r\n", 400), ("X-Forwarded-For: _hidden\r\n", 400),
            ("X-Forwarded-For: 203.0.113.9\r\n", 403), ("X-Forwarded-For: 203.0.113.9:4711\r\n", 403),
            ("X-Forwarded-For: [2001:db8::1]:44\r\n", 403), ("X-Forwarded-For: 127.0.0.9:1\r\n", 200),
            ("X-Forwarded-For: 127.0.0.9:99999\r\n", 400),
        ])
    func untoldCaller(fields: String, status: Int) async throws {
        let upstream = try Upstream()
        var world = World(upstream, annotations: ["sallyport.dev/trusted-hops": "1"])
        world.policy = "{targetRefs: [\(World.gateway)], rules: [{name: one, from: [{networks: [127.0.0.0/8]}]}]}"
        try await withGateway(world) { gateway in
            let answer = try gateway.connect().get("/", fields)
            #expect(answer.status == status)
        }
    }

    @Test(
        "who called is to be told by others, and how cannot be read: nobody passes",
        arguments: ["sallyport.dev/trusted-hops: one", "sallyport.dev/trusted-hop: 1", "sallyport.dev/hops: 1"])
    func unreadableHops(annotation: String) async throws {
        let upstream = try Upstream()
        let parts = annotation.split(separator: ": ").map(String.init)
        let world = World(upstream, annotations: [parts[0]: parts[1]])
        try await withGateway(world) { gateway in
            let answer = try gateway.connect().get()
            #expect(answer.code == "invalid_route")
            #expect(gateway.server.mistakes.map(\.path) == ["metadata.annotations[\(parts[0])]"])
        }
        #expect(upstream.log.isEmpty)
    }

    @Test("a key in the address is refused, however it is written, and a key in another field stays here")
    func keysElsewhere() async throws {
        let upstream = try Upstream()
        var world = World(upstream)
        let (text, object) = TestKey.make("alice")
        world.extra = object
        world.policy =
            "{targetRefs: [\(World.gateway)], rules: [{name: keys, from: [{accessKeys: {names: [alice]}}]}]}"
        try await withGateway(world) { gateway in
            let key = "x-api-key: \(text)\r\n"
            let encoded = text.replacingOccurrences(of: "_", with: "%5f")
            for target in ["/v1/\(text)", "/?\(text)", "/?k=\(text)", "/?k=\(encoded)", "/?a=b&k=x\(text)y"] {
                let answer = try gateway.connect().get(target, key)
                #expect(answer.status == 400)
                #expect(answer.code == "credential_in_url")
            }
            let fields =
                "Cookie: t=\(text)\r\nX-Foo: \(text)\r\nSec-WebSocket-Protocol: a, b.\(text)\r\nX-Bar: sp_short\r\n"
            #expect(try gateway.connect().get("/", key + fields).status == 200)
        }
        #expect(upstream.log.count == 1)
        #expect(upstream.log.first?["x-bar"] == "sp_short")
        let values = upstream.log.flatMap { $0.fields.map(\.value) }
        #expect(values.filter { $0.contains(text) }.isEmpty)
    }

    @Test(
        "what a route with mistakes was meant for does not fall to a wider route",
        arguments: [
            ("matches: [{path: {value: /admin}}], filters: [{type: Nonsense}]", 500, 200),
            ("matches: [{path: {value: admin}}]", 500, 500),
            ("matches: [{path: {value: /admin}, method: nonsense}]", 500, 200),
        ])
    func claimed(rule: String, admin: Int, other: Int) async throws {
        let upstream = try Upstream()
        var world = World(upstream)
        world.mayHaveMistakes = true
        world.extra = """
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: admin, namespace: t}
            spec: {parentRefs: [{name: gw}], rules: [{\(rule)}]}
            """
        try await withGateway(world) { gateway in
            let client = try gateway.connect()
            let refused = try client.get("/admin/x")
            #expect(refused.status == admin)
            #expect(refused.code == "invalid_route")
            #expect(try client.get("/administrator").status == other)
            #expect(try client.get("/").status == other)
        }
    }

    @Test("nothing of the backend's hop, nothing that only the gateway may say, reaches the caller")
    func answerCleaned() async throws {
        let upstream = try Upstream(
            Upstream.answering(
                Upstream.ok(
                    "x",
                    "Connection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nX-Sallyport-Verdict: yes\r\n"
                        + "X-Request-Id: theirs\r\nServer: s\r\nProxy-Authenticate: x\r\nTrailer: x\r\nSet-Cookie: a=b\r\n"
                )))
        try await withGateway(World(upstream)) { gateway in
            let answer = try gateway.connect().get()
            #expect(Set(answer.fields.map(\.name)) == ["server", "set-cookie", "content-length", "x-request-id"])
            #expect(answer["x-request-id"]?.count == 32)
        }
    }

    @Test("header filters of rule and backend, both ways")
    func headerFilters() async throws {
        let upstream = try Upstream(Upstream.answering(Upstream.ok("x", "X-Old: 1\r\nX-Keep: 1\r\n")))
        let rule = """
            {backendRefs: [{name: a, port: 80, filters: [{type: RequestHeaderModifier, requestHeaderModifier: \
            {add: [{name: x-backend, value: two}]}}]}], filters: [\
            {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: X-Set, value: new}], \
            add: [{name: X-Add, value: more}], remove: [X-Gone]}}, \
            {type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: X-Keep, value: changed}], \
            remove: [X-Old], add: [{name: X-New, value: yes}]}}]}
            """
        try await withGateway(World(upstream, rules: [rule])) { gateway in
            let answer = try gateway.connect().get("/", "X-Set: old\r\nX-Add: first\r\nX-Gone: 1\r\n")
            #expect(answer["x-old"] == nil)
            #expect(answer.all("x-keep") == ["changed"])
            #expect(answer["x-new"] == "yes")
        }
        let request = try #require(upstream.log.first)
        #expect(request.all("x-set") == ["new"])
        #expect(request.all("x-add") == ["first", "more"])
        #expect(request["x-gone"] == nil)
        #expect(request["x-backend"] == "two")
    }

    @Test(
        "a header filter cannot change how the body is framed",
        arguments: [
            "remove: [content-length]", "set: [{name: content-length, value: \"1\"}]",
            "set: [{name: transfer-encoding, value: chunked}]", "add: [{name: content-length, value: \"0\"}]",
            "set: [{name: connection, value: close}]",
        ])
    func framingStays(changes: String) async throws {
        let upstream = try Upstream()
        let rule = """
            {backendRefs: [{name: a, port: 80}], filters: [\
            {type: RequestHeaderModifier, requestHeaderModifier: {\(changes)}}, \
            {type: ResponseHeaderModifier, responseHeaderModifier: {\(changes)}}]}
            """
        try await withGateway(World(upstream, rules: [rule])) { gateway in
            let client = try gateway.connect()
            for number in 0..<2 {
                let answer = try client.post("/\(number)", "body\(number)")
                #expect(answer.text == "/\(number)")
            }
        }
        #expect(upstream.log.map(\.text) == ["body0", "body1"])
        #expect(upstream.log.allSatisfy { $0["transfer-encoding"] == nil && $0["connection"] == nil })
    }

    @Test("rewrites: what was asked for is replaced, the query stays")
    func rewrite() async throws {
        let upstream = try Upstream()
        let rules = [
            "{matches: [{path: {value: /old}}], filters: [{type: URLRewrite, urlRewrite: {hostname: inner.test, path: "
                + "{type: ReplacePrefixMatch, replacePrefixMatch: /new}}}], backendRefs: [{name: a, port: 80}]}",
            "{matches: [{path: {value: /full}}], filters: [{type: URLRewrite, urlRewrite: {path: "
                + "{type: ReplaceFullPath, replaceFullPath: /one}}}], backendRefs: [{name: a, port: 80}]}",
        ]
        let records = try await withGateway(World(upstream, rules: rules)) { gateway in
            let client = try gateway.connect()
            #expect(try client.get("/old/x?a=b").text == "/new/x?a=b")
            #expect(try client.get("/full/x?a=b").text == "/one?a=b")
        }
        #expect(upstream.log.map { $0["host"] } == ["inner.test", "a.test"])
        #expect(upstream.log.first?["x-forwarded-host"] == "a.test")
        #expect(records.map { $0["http.path"] } == ["/old/x", "/full/x"])
        #expect(records.map { $0["http.host"] } == ["a.test", "a.test"])
    }

    @Test("redirects are answered here, and need leave like everything else")
    func redirect() async throws {
        let upstream = try Upstream()
        let rules = [
            "{matches: [{path: {value: /old}}], filters: [{type: RequestRedirect, requestRedirect: {scheme: https, "
                + "hostname: b.test, statusCode: 301, path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}}}]}"
        ]
        try await withGateway(World(upstream, rules: rules)) { gateway in
            let client = try gateway.connect()
            let answer = try client.get("/old/x?a=b")
            #expect(answer.status == 301)
            #expect(answer["location"] == "https://b.test/new/x?a=b")
            #expect(answer["content-length"] == "0")
            #expect(try client.post("/old", "body")["location"] == "https://b.test/new")
            #expect(try client.get("/old").status == 301)
        }
        var closed = World(upstream, rules: rules)
        closed.policy = nil
        try await withGateway(closed) { gateway in
            let answer = try gateway.connect().get("/old/x")
            #expect(answer.status == 403)
            #expect(answer["location"] == nil)
        }
        #expect(upstream.log.isEmpty)
    }

    private static let cors = """
        {backendRefs: [{name: a, port: 80}], filters: [{type: CORS, cors: {allowOrigins: ["https://*.good.test"], \
        allowMethods: [GET, PUT], allowHeaders: [x-one], exposeHeaders: [x-two], allowCredentials: true, maxAge: 60}}]}
        """

    @Test("a browser's question is answered here; the answer to its request says who may read it")
    func preflight() async throws {
        let upstream = try Upstream(
            Upstream.answering(
                Upstream.ok("x", "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: false\r\n")))
        try await withGateway(World(upstream, rules: [Self.cors])) { gateway in
            let client = try gateway.connect()
            func ask(_ origin: String) throws -> Message {
                try client.exchange(
                    "OPTIONS / HTTP/1.1\r\nHost: a.test\r\nOrigin: \(origin)\r\n"
                        + "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: x-one\r\n\r\n")
            }
            let good = try ask("https://x.good.test")
            #expect(good.status == 204)
            #expect(good.all("access-control-allow-origin") == ["https://x.good.test"])
            #expect(good["access-control-allow-methods"] == "GET, PUT")
            #expect(good["access-control-allow-headers"] == "x-one")
            #expect(good["access-control-max-age"] == "60")
            #expect(good["access-control-allow-credentials"] == "true")
            let bad = try ask("https://good.test.evil")
            #expect(!bad.fields.contains { $0.name.hasPrefix("access-control") })
            let answer = try client.get("/", "Origin: https://x.good.test\r\n")
            #expect(answer.all("access-control-allow-origin") == ["https://x.good.test"])
            #expect(answer.all("access-control-allow-credentials") == ["true"])
            #expect(answer["access-control-expose-headers"] == "x-two")
            #expect(answer["vary"]?.lowercased() == "origin")
            let foreign = try client.get("/", "Origin: https://evil.test\r\n")
            #expect(!foreign.fields.contains { $0.name.hasPrefix("access-control") })
        }
        #expect(upstream.log.count == 2)
    }

    @Test("plain HTTP that is to be sent to HTTPS is not served when there is no HTTPS, nor when it may be meant so")
    func toNoHTTPS() async throws {
        let upstream = try Upstream()
        for value in ["true", "yes"] {
            try await withGateway(World(upstream, annotations: ["sallyport.dev/https-redirect": value])) { gateway in
                let answer = try gateway.connect().get()
                #expect(answer.code == "invalid_route")
            }
        }
        #expect(upstream.log.isEmpty)
    }

    @Test("plain HTTP is sent to HTTPS where the Gateway says so, before anything is asked")
    func toHTTPS() async throws {
        let upstream = try Upstream()
        var world = World(upstream, annotations: ["sallyport.dev/https-redirect": "true"])
        let (authority, secret, port) = (try TestAuthority(), "cert", try freePort())
        world.listeners = [
            "{name: https, protocol: HTTPS, port: \(port), tls: {mode: Terminate, certificateRefs: [{name: \(secret)}]}}"
        ]
        world.extra = try authority.secret(secret, namespace: "t", host: "a.test")
        world.policy = nil
        let records = try await withGateway(world) { gateway in
            let client = try gateway.connect()
            let answer = try client.post("/x?y=z", "body")
            #expect(answer.status == 308)
            #expect(answer["location"] == "https://a.test:\(port)/x?y=z")
            #expect(answer["strict-transport-security"] == nil)
            #expect(
                try client.exchange("OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n")["location"]
                    == "https://a.test:\(port)/")
        }
        #expect(records.count == 2)
        #expect(upstream.log.isEmpty)
    }
}
