import Testing

@testable import Gateway

@Suite("HTTP/2 requests that are refused for their form", .serialized)
struct HTTP2FormTests {
    @Test("each is a 400 with the gateway's own words, and reaches no backend")
    func malformedHeads() async throws {
        try await onGround { ground in
            let key = ("x-api-key", ground.door.key)
            let method = (":method", "GET")
            let scheme = (":scheme", "http")
            let authority = (":authority", "front.test")
            let path = (":path", "/")
            let base = [method, scheme, authority, path, key]
            let bad: [[(String, String)]] = [
                [scheme, authority, path, key], [method, authority, path, key], [method, scheme, authority, key],
                [method, scheme, path, key], [method, method, scheme, authority, path, key],
                [method, scheme, authority, key, path], base + [(":status", "200")], base + [(":other", "x")],
                base + [("Upper", "x")], base + [("connection", "keep-alive")],
                base + [("transfer-encoding", "chunked")],
                base + [("upgrade", "websocket")], base + [("te", "gzip")], base + [("keep-alive", "x")],
                base + [("proxy-connection", "x")], base + [("a b", "x")], base + [("a:b", "x")],
                base + [("x", "a\r\nb: c")], base + [("x", "a\nb")], base + [("x", "a\0b")], base + [("x", " a")],
                base + [("host", "other.test")], base + [("content-length", "1")], base + [("content-length", "x")],
                base + [("content-length", "0"), ("content-length", "1")],
                [method, scheme, authority, (":path", "no-slash"), key],
                [method, scheme, authority, (":path", "/a b"), key],
                [method, scheme, authority, (":path", "/a\r\nx: y"), key],
                [method, scheme, authority, (":path", "/%2e%2e/x"), key],
                [method, scheme, authority, (":path", "/a%2fb"), key], [method, scheme, authority, (":path", ""), key],
                [method, scheme, (":authority", "a@b"), path, key], [method, scheme, (":authority", "a b"), path, key],
                [(":method", "GE T"), scheme, authority, path, key], [(":method", ""), scheme, authority, path, key],
                [method, (":scheme", "ftp"), authority, path, key],
            ]
            for (index, fields) in bad.enumerated() {
                let stream = 2 * index + 1
                try await ground.client.send(ground.client.headers(stream, fields))
                let answer = try await ground.client.answer(stream)
                #expect(answer.status == "400", "\(fields): \(answer)")
                #expect(String(decoding: answer.body, as: UTF8.self).contains("\"error\""))
            }
            #expect(ground.backend.requests.load(ordering: .relaxed) == 0)
            await ground.client.close()
        }
    }

    @Test("CONNECT is answered with 405")
    func connect() async throws {
        try await onGround { ground in
            try await ground.client.send(
                ground.client.headers(1, [(":method", "CONNECT"), (":authority", "db:5432")], end: false))
            #expect(try await ground.client.answer(1).status == "405")
            await ground.client.close()
        }
    }

    @Test("a body that is longer or shorter than announced")
    func wrongLength() async throws {
        try await onGround { ground in
            for (stream, body) in [(1, [UInt8](repeating: 1, count: 6)), (3, [1, 2])] {
                let head = ground.get("/late", method: "POST") + [("content-length", "5")]
                try await ground.client.send(ground.client.headers(stream, head, end: false))
                try await ground.client.send(.data(stream, body, end: true))
                let answer = try await ground.client.answer(stream)
                #expect(answer.status == "400" || answer.reset != nil, "\(answer)")
            }
            await ground.client.close()
        }
    }

    @Test("trailers that may not be: a pseudo field, a length, a second head")
    func badTrailers() async throws {
        try await onGround { ground in
            let bad: [[(String, String)]] = [
                [(":path", "/")], [("content-length", "3")], [("host", "x")], [("Upper", "x")],
            ]
            for (index, trailers) in bad.enumerated() {
                let stream = 2 * index + 1
                try await ground.client.send(
                    ground.client.headers(stream, ground.get("/late", method: "POST"), end: false))
                try await ground.client.send(ground.client.headers(stream, trailers))
                let answer = try await ground.client.answer(stream)
                #expect(answer.status == "400" || answer.reset != nil, "\(trailers): \(answer)")
            }
            await ground.client.close()
        }
    }

    @Test("the rest of a refused upload is not waited for")
    func earlyAnswer() async throws {
        try await onGround { ground in
            var head = ground.get("/echo", method: "POST")
            head.removeLast()
            try await ground.client.send(ground.client.headers(1, head, end: false))
            let answer = try await ground.client.answer(1)
            #expect(answer.status == "401")
            let reset = try await ground.client.next(RawFrame.Kind.reset, stream: 1)
            #expect(reset.code == 0)
            await ground.client.close()
        }
    }

    @Test("the preface in the middle of a connection is no preface")
    func prefaceOutOfPlace() async throws {
        try await onGround { ground in
            let script =
                "exec 3<>/dev/tcp/127.0.0.1/\(ground.door.port); "
                + "printf 'GET / HTTP/1.1\\r\\nHost: front.test\\r\\n\\r\\nPRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n' >&3; "
                + "cat <&3"
            let said = try await run("bash", ["-c", script]).output
            #expect(said.contains("HTTP/1.1 401"), "\(said)")
            #expect(said.contains("HTTP/1.1 400"), "\(said)")
            await ground.client.close()
        }
    }
}
