import Foundation
import NIOCore
import Testing

@testable import Gateway

@Suite("HTTP/2 through the gateway", .serialized)
struct HTTP2ProxyTests {
    /// How a test's caller and backend speak.
    enum Pair: String, CaseIterable, CustomTestStringConvertible {
        case http2ToHTTP1, http2ToHTTP2, http1ToHTTP2
        var isBackendHTTP2: Bool { self != .http2ToHTTP1 }
        var curl: [String] { self == .http1ToHTTP2 ? ["--http1.1"] : ["--http2-prior-knowledge"] }
        var testDescription: String { rawValue }
    }

    private func with(
        http2 isBackendHTTP2: Bool, annotations: [String] = [],
        _ body: (TestFrontDoor, EchoBackend) async throws -> Void
    ) async throws {
        let backend = try await EchoBackend.start(http2: isBackendHTTP2)
        let door = try await TestFrontDoor.start(
            backend: backend.port, appProtocol: isBackendHTTP2 ? "kubernetes.io/h2c" : nil, annotations: annotations)
        do { try await body(door, backend) } catch {
            await door.stop()
            throw error
        }
        await door.stop()
        try await backend.stop()
    }

    private func get(_ door: TestFrontDoor, _ path: String, method: String = "GET") -> [(String, String)] {
        [
            (":method", method), (":scheme", "http"), (":authority", "front.test"), (":path", path),
            ("x-api-key", door.key),
        ]
    }

    @Test("requests and answers, with curl", arguments: Pair.allCases)
    func curl(pair: Pair) async throws {
        try await with(http2: pair.isBackendHTTP2) { door, _ in
            let plain = try await door.curl("/echo?a=b", pair.curl + ["-i", "-d", "some words"])
            #expect(plain.hasPrefix(pair == .http1ToHTTP2 ? "HTTP/1.1 200" : "HTTP/2 200"), "\(plain)")
            #expect(plain.contains("x-uri: /echo?a=b"))
            #expect(plain.contains("x-method: POST"))
            #expect(plain.contains("x-seen-length: 10"))
            #expect(plain.contains("x-seen-key: -"), "the caller's key reached the backend")
            #expect(plain.hasSuffix("some words"))
            let head = try await door.curl("/", pair.curl + ["-I"])
            #expect(head.contains("x-method: HEAD"), "\(head)")
            let chunked = try await door.curl(
                "/echo", pair.curl + ["-i", "-H", "transfer-encoding: chunked", "-T", "/etc/hostname", "-X", "PUT"])
            #expect(chunked.contains("x-method: PUT"), "\(chunked)")
        }
    }

    @Test("no key: 401 in full, over HTTP/2 too")
    func refused() async throws {
        try await with(http2: false) { door, backend in
            let result = try await run(
                "curl", ["-sS", "-i", "--http2-prior-knowledge", "-d", "x", "http://127.0.0.1:\(door.port)/v1/models"])
            #expect(result.output.hasPrefix("HTTP/2 401"), "\(result.output)")
            #expect(result.output.contains("\"error\""))
            #expect(backend.requests.load(ordering: .relaxed) == 0)
        }
    }

    @Test("bodies of several megabytes both ways, whole", arguments: Pair.allCases)
    func bigBodies(pair: Pair) async throws {
        try await with(http2: pair.isBackendHTTP2) { door, _ in
            let directory = try TemporaryDirectory()
            let seed = UInt64.random(in: 0...UInt64.max)
            var random = SeededRandom(seed: seed)
            let bytes = (0..<700_000).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
            let file = try directory.write("body", bytes)
            let out = directory.path + "/out"
            let said = try await door.curl(
                "/echo", pair.curl + ["--data-binary", "@\(file)", "-o", out, "-H", "expect:"])
            #expect(said.isEmpty, "\(said)")
            let same = try Data(contentsOf: URL(fileURLWithPath: out)) == Data(bytes)
            #expect(same, "seed \(seed)")
        }
    }

    @Test("over TLS, agreed by ALPN, with the local authority's certificate")
    func overTLS() async throws {
        try await with(http2: true) { door, _ in
            for (flag, version) in [("--http2", "HTTP/2 200"), ("--http1.1", "HTTP/1.1 200")] {
                let result = try await run(
                    "curl",
                    [
                        "-sS", "-i", flag, "--cacert", door.state + "/authority/ca.pem", "-H",
                        "x-api-key: \(door.key)", "https://localhost:\(door.tlsPort)/echo", "-d", "hello",
                    ])
                #expect(result.output.hasPrefix(version), "\(result.output)")
                #expect(result.output.hasSuffix("hello"))
            }
        }
    }

    @Test("many streams at once share one connection to an HTTP/2 backend of each event loop")
    func manyStreams() async throws {
        try await with(http2: true) { door, backend in
            let client = try await FrameClient.open(door.port)
            for index in 0..<100 { try await client.send(client.headers(2 * index + 1, get(door, "/\(index)"))) }
            var statuses: [String] = []
            while statuses.count < 100 {
                let frame = try await client.next(RawFrame.Kind.headers)
                statuses.append(try client.fields(frame)[":status"] ?? "-")
            }
            #expect(statuses.allSatisfy { $0 == "200" }, "\(Set(statuses))")
            #expect(backend.connections.load(ordering: .relaxed) == 1)
            await client.close()
        }
    }

    @Test(
        "h2load: hundreds of requests at once, none fails", .enabled(if: isInstalled("h2load")),
        arguments: [true, false])
    func load(http2: Bool) async throws {
        try await with(http2: http2) { door, _ in
            let result = try await run(
                "h2load",
                ["-n", "500", "-c", "4", "-m", "25", "-H", "x-api-key: \(door.key)"]
                    + ["http://127.0.0.1:\(door.port)/"])
            #expect(result.output.contains("500 succeeded, 0 failed, 0 errored"), "\(result.output)")
            #expect(result.output.contains("500 2xx"))
        }
    }

    @Test("trailers go through in both directions; te says that they may", arguments: [true, false])
    func trailers(http2: Bool) async throws {
        try await with(http2: http2) { door, _ in
            let client = try await FrameClient.open(door.port)
            let head =
                get(door, "/trailers", method: "POST") + [("te", "trailers"), ("content-type", "application/grpc")]
            try await client.send(client.headers(1, head, end: false), .data(1, [1, 2, 3]))
            try await client.send(client.headers(1, [("grpc-thing", "seven")]))
            let answer = try await client.answer(1)
            #expect(answer.status == "200")
            #expect(answer.fields["x-seen-te"] == "trailers")
            #expect(answer.trailers["x-count"] == "3", "\(answer)")
            #expect(answer.trailers["echo-grpc-thing"] == "seven")
            await client.close()
        }
    }

    @Test("a 103 arrives before the answer", arguments: [true, false])
    func informational(http2: Bool) async throws {
        try await with(http2: http2) { door, _ in
            let client = try await FrameClient.open(door.port)
            try await client.send(client.headers(1, get(door, "/hints")))
            let answer = try await client.answer(1)
            #expect(answer.informational == ["103"], "\(answer)")
            #expect(answer.status == "200")
            await client.close()
        }
    }

    @Test("100-continue is answered when the backend is there")
    func expectContinue() async throws {
        try await with(http2: false) { door, _ in
            let client = try await FrameClient.open(door.port)
            let head = get(door, "/echo", method: "POST") + [("expect", "100-continue"), ("content-length", "2")]
            try await client.send(client.headers(1, head, end: false))
            let first = try client.fields(try await client.next(of: 1))
            #expect(first[":status"] == "100")
            try await client.send(.data(1, [7, 8], end: true))
            let answer = try await client.answer(1)
            #expect(answer.status == "200")
            #expect(answer.body == [7, 8])
            await client.close()
        }
    }

    @Test("an answer that breaks off resets the stream and leaves the connection", arguments: [true, false])
    func brokenAnswer(http2: Bool) async throws {
        try await with(http2: http2) { door, _ in
            let client = try await FrameClient.open(door.port)
            try await client.send(client.headers(1, get(door, "/cut")))
            let answer = try await client.answer(1)
            #expect(answer.reset != nil, "\(answer)")
            try await client.send(client.headers(3, get(door, "/")))
            #expect(try await client.answer(3).status == "200")
            await client.close()
        }
    }

    @Test("a caller that does not read stops the backend; one that reads again gets on", arguments: [true, false])
    func slowReader(http2: Bool) async throws {
        try await with(http2: http2) { door, backend in
            // The stream may send 10,000 bytes and then has to wait.
            let client = try await FrameClient.open(door.port, settings: [(4, 10_000)])
            try await client.send(client.headers(1, get(door, "/flood")))
            var got = 0
            while got < 10_000 { got += try await client.next(RawFrame.Kind.data, stream: 1).payload.count }
            let settled = try await settles { backend.flooded.load(ordering: .relaxed) }
            // Sockets of this machine take some megabytes; the gateway itself holds little.
            #expect(settled < 32 << 20, "\(settled) bytes went into the gateway")
            try await client.send(.windowUpdate(1, 1_000_000))
            var more = 0
            while more < 1_000_000 { more += try await client.next(RawFrame.Kind.data, stream: 1).payload.count }
            #expect(more == 1_000_000)
            await client.close()
        }
    }

    @Test("a backend that does not read stops the caller, and other streams go on", arguments: [true, false])
    func slowBackend(http2: Bool) async throws {
        try await with(http2: http2) { door, _ in
            let client = try await FrameClient.open(door.port)
            try await client.send(client.headers(1, get(door, "/stall", method: "POST"), end: false))
            var room = HTTP2Tuning.streamWindow
            var connectionRoom = 65_535
            var sent = 0
            // Sends what the windows allow until they stay shut.
            let piece = [UInt8](repeating: 1, count: 16_000)
            var frames = await client.arrived()
            while true {
                for frame in frames {
                    if frame.type == RawFrame.Kind.windowUpdate, frame.stream == 1 { room += frame.lastStream }
                    if frame.type == RawFrame.Kind.windowUpdate, frame.stream == 0 {
                        connectionRoom += frame.lastStream
                    }
                }
                while min(room, connectionRoom) >= piece.count {
                    try await client.send(.data(1, piece))
                    room -= piece.count
                    connectionRoom -= piece.count
                    sent += piece.count
                }
                frames = await client.arrived()
                if frames.isEmpty { break }
            }
            #expect(sent < 32 << 20, "\(sent) bytes were taken")
            try await client.send(client.headers(3, get(door, "/")))
            #expect(try await client.answer(3).status == "200")
            await client.close()
        }
    }

    /// The value once it has not changed for a while.
    private func settles(_ value: () -> Int) async throws -> Int {
        var last = -1
        while true {
            let now = value()
            if now == last { return now }
            last = now
            try await Task.sleep(for: .milliseconds(300))
        }
    }

    @Test("before the end: a goodbye to who is there, and service for who comes")
    func leave() async throws {
        let backend = try await EchoBackend.start(http2: false)
        let door = try await TestFrontDoor.start(backend: backend.port)
        let client = try await FrameClient.open(door.port)
        try await client.send(client.headers(1, get(door, "/echo", method: "POST"), end: false))
        _ = try await client.next(RawFrame.Kind.headers, stream: 1)
        await door.server.leave()
        #expect(try await client.next(RawFrame.Kind.goAway).code == 0)
        try await client.send(.data(1, [9], end: true))
        #expect(try await client.next(RawFrame.Kind.data, stream: 1).payload == [9])
        _ = await client.rest()
        let late = try await FrameClient.open(door.port)
        try await late.send(late.headers(1, get(door, "/echo", method: "POST"), end: false))
        _ = try await late.next(RawFrame.Kind.headers, stream: 1)
        try await late.send(.data(1, [7], end: true))
        #expect(try await late.next(RawFrame.Kind.data, stream: 1).payload == [7])
        await door.server.drain(deadline: .seconds(20))
        try await backend.stop()
    }

    @Test("a goodbye: streams that run end well, then the connection closes")
    func drain() async throws {
        let backend = try await EchoBackend.start(http2: false)
        let door = try await TestFrontDoor.start(backend: backend.port)
        let client = try await FrameClient.open(door.port)
        try await client.send(client.headers(1, get(door, "/echo", method: "POST"), end: false))
        _ = try await client.next(RawFrame.Kind.headers, stream: 1)
        async let drained: Void = door.server.drain(deadline: .seconds(20))
        let goAway = try await client.next(RawFrame.Kind.goAway)
        #expect(goAway.code == 0)
        try await client.send(.data(1, [9], end: true))
        let answer = try await client.next(RawFrame.Kind.data, stream: 1)
        #expect(answer.payload == [9])
        _ = await client.rest()
        await drained
        try await backend.stop()
    }
}

extension FrameClient {
    /// What has come by now, waiting a little for more.
    func arrived() async -> [RawFrame] {
        try? await Task.sleep(for: .milliseconds(300))
        let frames = queue.drain()
        for frame in frames where frame.type == RawFrame.Kind.headers { _ = try? fields(frame) }
        return frames
    }
}
