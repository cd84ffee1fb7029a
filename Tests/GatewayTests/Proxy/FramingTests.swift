import Foundation
import Testing

@testable import Gateway

/// Heads, bodies and their ends, both ways, as bytes on the wire.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct FramingTests {
    @Test("100-continue: asked for once somebody wants the body, and not when nobody does")
    func expectContinue() async throws {
        let upstream = try Upstream()
        try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            try client.send("POST / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
            #expect(try client.head()?.status == 100)
            try client.send("body")
            #expect(try client.response().status == 200)
        }
        #expect(upstream.log.first?["expect"] == nil)
        #expect(upstream.log.first?.text == "body")
        var closed = World(upstream)
        closed.policy = nil
        try await withGateway(closed) { gateway in
            let client = try gateway.connect()
            try client.send("POST / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
            let answer = try #require(try client.head())
            #expect(answer.status == 403)
            #expect(answer["connection"] == "close")
        }
    }

    @Test("1xx answers are passed on, without what belongs to one hop; HTTP/1.0 gets none")
    func informational() async throws {
        let upstream = try Upstream(
            Upstream.answering(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: x-hop\r\nX-Hop: 1\r\n"
                    + "Keep-Alive: 5\r\nX-Sallyport-Y: 1\r\nContent-Length: 0\r\n\r\n" + Upstream.ok("end")))
        try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            try client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
            let hints = try #require(try client.head())
            #expect(hints.status == 103)
            #expect(hints["link"] == "</a>")
            for name in ["connection", "x-hop", "keep-alive", "x-sallyport-y", "content-length"] {
                #expect(hints[name] == nil, "\(name)")
            }
            #expect(try client.head()?.status == 200)
            let old = try gateway.connect()
            try old.send("GET / HTTP/1.0\r\nHost: a.test\r\n\r\n")
            #expect(try old.head()?.status == 200)
        }
    }

    @Test("trailers both ways")
    func trailers() async throws {
        let upstream = try Upstream(
            Upstream.answering(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nGrpc-Status: 0\r\nX-Sum: 9\r\n\r\n"
            ))
        try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            let answer = try client.exchange(
                "POST / HTTP/1.1\r\nHost: a.test\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "2;x=y\r\nhi\r\n0\r\nX-Check: 7\r\n\r\n")
            #expect(answer.text == "abc")
            #expect(answer.trailers.map { "\($0.name)=\($0.value)" } == ["grpc-status=0", "x-sum=9"])
            let old = try gateway.connect()
            try old.send("GET / HTTP/1.0\r\nHost: a.test\r\n\r\n")
            let plain = try old.response()
            #expect(plain["transfer-encoding"] == nil)
            #expect(plain.text == "abc")
        }
        let request = try #require(upstream.log.first)
        #expect(request.text == "hi")
        #expect(request["te"] == "trailers")
        #expect(request.trailers.map { "\($0.name)=\($0.value)" } == ["x-check=7"])
    }

    @Test("answers without a body: HEAD, 204, 304, then the next on the same connection")
    func bodyless() async throws {
        let upstream = try Upstream { upstream, wire, _ in
            while let request = try upstream.next(wire) {
                switch request.target {
                case "/204": try wire.send("HTTP/1.1 204 No Content\r\n\r\n")
                case "/304": try wire.send("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 77\r\n\r\n")
                case "/chunked": try wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                case "/length": try wire.send("HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n")
                default: try wire.send(Upstream.ok("body", to: request))
                }
            }
        }
        try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            for method in ["GET", "HEAD"] {
                let empty = try client.exchange("\(method) /204 HTTP/1.1\r\nHost: a.test\r\n\r\n")
                #expect(empty.status == 204)
                #expect(empty["content-length"] == nil)
                #expect(empty["transfer-encoding"] == nil)
                let same = try client.exchange("\(method) /304 HTTP/1.1\r\nHost: a.test\r\n\r\n")
                #expect(same.status == 304)
                #expect(same["content-length"] == "77")
            }
            #expect(try client.exchange("HEAD /chunked HTTP/1.1\r\nHost: a.test\r\n\r\n").status == 200)
            let length = try client.exchange("HEAD /length HTTP/1.1\r\nHost: a.test\r\n\r\n")
            #expect(length["content-length"] == "77")
            let missing = try client.exchange("HEAD / HTTP/1.1\r\nHost: a.test\r\nAuthorization: Basic x\r\n\r\n")
            #expect(missing.status == 401)
            #expect(try client.get().text == "body")
        }
        #expect(upstream.connections == 1)
    }

    @Test("HTTP/1.0: the connection ends with the answer, unless keep-alive was asked for")
    func oldVersion() async throws {
        let upstream = try Upstream { upstream, wire, _ in
            while let request = try upstream.next(wire) {
                try wire.send(
                    request.target == "/chunked"
                        ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
                        : Upstream.ok("body", to: request))
            }
        }
        try await withGateway(World(upstream)) { gateway in
            let once = try gateway.connect()
            #expect(try once.exchange("GET / HTTP/1.0\r\nHost: a.test\r\n\r\n").text == "body")
            #expect(try once.isClosedByPeer())
            let kept = try gateway.connect()
            for _ in 0..<2 {
                let answer = try kept.exchange("GET / HTTP/1.0\r\nHost: a.test\r\nConnection: keep-alive\r\n\r\n")
                #expect(answer.text == "body")
                #expect(answer["connection"] == "keep-alive")
            }
            let long = try kept.exchange("GET /chunked HTTP/1.0\r\nHost: a.test\r\nConnection: keep-alive\r\n\r\n")
            #expect(long.text == "abc")
            #expect(long["connection"] == "close")
            #expect(long["transfer-encoding"] == nil)
        }
    }

    @Test("pipelined requests are answered in order, also when some are refused")
    func pipelined() async throws {
        let upstream = try Upstream()
        let rule = "{matches: [{path: {value: /ok}}], backendRefs: [{name: a, port: 80}]}"
        let records = try await withGateway(World(upstream, rules: [rule])) { gateway in
            let client = try gateway.connect()
            var text = ""
            for number in 0..<50 {
                text += "GET /\(number % 3 == 0 ? "no" : "ok")/\(number) HTTP/1.1\r\nHost: a.test\r\n\r\n"
                text += "POST /ok/p\(number) HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nabc"
            }
            try client.send(text)
            for number in 0..<50 {
                let answer = try client.response()
                if number % 3 == 0 {
                    #expect(answer.status == 404)
                } else {
                    #expect(answer.text == "/ok/\(number)")
                }
                #expect(try client.response(to: "POST").text == "/ok/p\(number)")
            }
        }
        #expect(records.count == 100)
    }

    @Test("an answer that fails in the middle ends the connection: what was pipelined behind it is not sent on")
    func pipelinedBehindFailure() async throws {
        let upstream = try Upstream { upstream, wire, _ in
            guard let request = try upstream.next(wire) else { return }
            try wire.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")
            // Only when the second request has arrived at the gateway.
            Thread.sleep(forTimeInterval: 0.3)
            _ = request
        }
        let records = try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            try client.send(
                "GET /1 HTTP/1.1\r\nHost: a.test\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n")
            #expect(throws: WireError.self) { try client.response() }
            try await Task.sleep(for: .milliseconds(300))
        }
        #expect(upstream.log.map(\.target) == ["/1"])
        #expect(records.map { $0["reason"] } == ["upstream_reset"])
    }

    @Test(
        "an answer that is cut off is cut off for the caller too",
        arguments: ["1.1", "1.0"],
        [
            "content-length: 10\r\n\r\nhalf", "transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
            "transfer-encoding: chunked\r\n\r\n9\r\nhalf", "transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n",
        ])
    func cutOff(version: String, answer: String) async throws {
        let upstream = try Upstream { upstream, wire, _ in
            guard try upstream.next(wire) != nil else { return }
            try wire.send("HTTP/1.1 200 OK\r\n" + answer)
            Thread.sleep(forTimeInterval: 0.1)
        }
        let records = try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            try client.send("GET / HTTP/\(version)\r\nHost: a.test\r\n\r\n")
            #expect(throws: WireError.self) {
                let answer = try client.response()
                // Nothing but a reset tells the reader of an answer without length that it is not complete.
                if version == "1.0", answer["content-length"] == nil, client.wasReset { throw WireError.ended("body") }
            }
        }
        #expect(["upstream_reset", "upstream_invalid"].contains(records.first?["reason"]))
        #expect(records.count == 1)
    }

    @Test("the backend answers while the body is still coming: the answer goes on, the connection does not")
    func early() async throws {
        let upstream = try Upstream { upstream, wire, _ in
            guard let head = try wire.head() else { return }
            upstream.note(head)
            try wire.send("HTTP/1.1 413 Too Much\r\ncontent-length: 4\r\n\r\nmuch")
            Thread.sleep(forTimeInterval: 0.5)
        }
        let records = try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            try client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000\r\n\r\nbegin")
            let answer = try client.response()
            #expect(answer.status == 413)
            #expect(answer.text == "much")
            #expect(answer["connection"] == "close")
            #expect(try client.isClosedByPeer())
        }
        #expect(records.map { $0["status"] } == ["413"])
        #expect(upstream.connections == 1)
    }

    @Test(
        "an answer that can be read in two ways, or not at all: 502",
        arguments: [
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
            "HTTP/1.1 200 OK\ncontent-length: 0\n\n", "HTTP/2 200\r\n\r\n", "hello\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\na\u{0}b: x\r\n\r\n",
            "HTTP/1.1 99 No\r\n\r\n", "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nx: " + String(repeating: "y", count: 100_000) + "\r\n\r\n",
        ])
    func malformed(answer: String) async throws {
        let upstream = try Upstream(Upstream.answering(answer))
        let records = try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            #expect(try client.get().status == 502)
            #expect(try client.get().status == 502)
        }
        #expect(records.allSatisfy { $0["reason"] == "upstream_invalid" })
        #expect(upstream.connections == 2)
    }

    @Test("bytes that nobody asked for end an idle connection: the next request does not get them")
    func answerToNobody() async throws {
        let sent = Signal()
        let upstream = try Upstream { upstream, wire, number in
            while let request = try upstream.next(wire) {
                try wire.send(Upstream.ok(request.target, to: request))
                guard number == 0 else { continue }
                Thread.sleep(forTimeInterval: 0.1)
                try wire.send("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison")
                sent.send()
            }
        }
        try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            #expect(try client.get("/1").text == "/1")
            sent.wait()
            #expect(await eventually { await gateway.metrics().upstreamConnections == 0 })
            #expect(try client.get("/2").text == "/2")
        }
        #expect(upstream.connections == 2)
    }

    @Test("more than the answer in one piece: the answer is good, the connection is not used again")
    func tooMuch() async throws {
        let upstream = try Upstream(Upstream.answering(Upstream.ok("good") + Upstream.ok("poison")))
        try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            for _ in 0..<3 { #expect(try client.get().text == "good") }
        }
        #expect(upstream.connections == 3)
    }

    @Test("an answer that ends with its connection is chunked for the caller")
    func untilClose() async throws {
        let upstream = try Upstream { upstream, wire, _ in
            guard try upstream.next(wire) != nil else { return }
            try wire.send("HTTP/1.1 200 OK\r\n\r\nuntil the end")
        }
        try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            for _ in 0..<2 {
                let answer = try client.get()
                #expect(answer["transfer-encoding"] == "chunked")
                #expect(answer.text == "until the end")
            }
        }
    }

    @Test("a chunk leaves when it has come, not with the next one")
    func relayedAtOnce() async throws {
        let seen = Signal()
        let upstream = try Upstream { upstream, wire, _ in
            guard try upstream.next(wire) != nil else { return }
            try wire.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            for number in 0..<5 {
                try wire.send("2\r\n#\(number)\r\n")
                guard seen.wait() else { return }
            }
            try wire.send("0\r\n\r\n")
        }
        try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            try client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
            #expect(try client.head()?.status == 200)
            for number in 0..<5 {
                #expect(try client.chunk() == Array("#\(number)".utf8))
                seen.send()
            }
            #expect(try client.chunk() == nil)
        }
    }
}
