import Foundation
import Kubernetes
import Testing

@testable import Gateway

/// What a listener puts up with, and how that is written.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct LimitTests {
    @Test("every limit takes its least and its most, and says what is wrong with everything else")
    func settings() throws {
        #expect(Set(Limits.settings.map(\.name)).count == Limits.settings.count)
        for setting in Limits.settings {
            let standard = setting.get(Limits())
            #expect(setting.range.contains(standard), "\(setting.name): the default is allowed")
            for value in [setting.range.lowerBound, setting.range.upperBound] {
                var limits = Limits()
                #expect(limits.set(setting.name, text(value, setting.unit)) == nil, "\(setting.name) \(value)")
                #expect(setting.get(limits) == value)
            }
            for value in [setting.range.lowerBound - 1, setting.range.upperBound + 1] {
                var limits = Limits()
                let problem = limits.set(setting.name, text(value, setting.unit))
                #expect(problem?.hasPrefix("must be") == true, "\(setting.name) \(value)")
                #expect(limits == Limits())
            }
            for wrong in [
                "", " ", "x", "1 ", " 1", "1x", "1.5", "0x10", "-1", "+1", "١", "1e3", "99999999999999999999",
                "9223372036854775807Gi",
            ] {
                var limits = Limits()
                #expect(limits.set(setting.name, wrong) != nil, "\(setting.name) '\(wrong)'")
                #expect(limits == Limits())
            }
        }
        var limits = Limits()
        #expect(limits.set("no-such", "1")?.contains("header-bytes") == true)
    }

    private func text(_ value: Int64, _ unit: Limits.Unit) -> String { unit == .duration ? "\(value)ms" : "\(value)" }

    @Test(
        "units",
        arguments: [
            (Limits.Unit.bytes, "64Ki", 65_536), (.bytes, "1Mi", 1 << 20), (.bytes, "2Gi", 2 << 30), (.bytes, "7", 7),
            (.duration, "500ms", 500), (.duration, "30s", 30_000), (.duration, "5m", 300_000),
            (.duration, "1h", 3_600_000),
            (.count, "12", 12),
        ])
    func units(unit: Limits.Unit, text: String, value: Int64) { #expect(unit.parse(text) == value) }

    @Test(
        "annotations that cannot be used are mistakes with their place, and the default stays",
        arguments: [
            ("limits.sallyport.dev/header-bytes", "lots"), ("limits.sallyport.dev/nonsense", "1"),
            ("sallyport.dev/https-redirect", "yes"), ("sallyport.dev/trusted-hops", "-1"),
            ("sallyport.dev/trusted-hops", "17"), ("sallyport.dev/strict-transport-security", "a\\r\\nx: y"),
            ("sallyport.dev/strict-transport-security", ""),
        ])
    func mistakes(name: String, value: String) async throws {
        let upstream = try Upstream()
        try await withGateway(World(upstream, annotations: [name: value])) { gateway in
            let mistakes = gateway.server.mistakes
            #expect(mistakes.count == 1)
            #expect(mistakes.first?.path == "metadata.annotations[\(name)]")
            let answer = try gateway.connect().get()
            // Without these it would be open to others: nothing passes.
            let closes = ["sallyport.dev/https-redirect", "sallyport.dev/trusted-hops"].contains(name)
            #expect(answer.status == (closes ? 500 : 200))
        }
    }

    @Test("a body by its length, and one in chunks", arguments: [true, false])
    func body(isChunked: Bool) async throws {
        let upstream = try Upstream()
        let records = try await withGateway(World(upstream, limits: ["body-bytes": "10"])) { gateway in
            func ask(_ body: String) throws -> Message {
                let client = try gateway.connect()
                guard isChunked else { return try client.post("/", body) }
                return try client.exchange(
                    "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + body.map { "1\r\n\($0)\r\n" }.joined() + "0\r\n\r\n")
            }
            #expect(try ask("1234567890").status == 200)
            let answer = try ask("12345678901")
            #expect(answer.status == 413)
            #expect(answer.code == "body_too_large")
        }
        #expect(upstream.log.map(\.text) == ["1234567890"])
        #expect(records.map { $0["reason"] } == ["rule_matched", "body_too_large"])
    }

    @Test("a refused body that is short is read over; a long one ends the connection")
    func refusedBodies() async throws {
        let upstream = try Upstream()
        try await withGateway(World(upstream, limits: ["body-bytes": "10"])) { gateway in
            let client = try gateway.connect()
            #expect(try client.post("/", String(repeating: "x", count: 100_000)).status == 413)
            #expect(try client.get().status == 200)
            try client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000\r\n\r\nx")
            let answer = try client.response()
            #expect(answer.status == 413)
            #expect(answer["connection"] == "close")
        }
    }

    @Test(
        "heads that are too big",
        arguments: [
            ("GET /" + String(repeating: "x", count: 300) + " HTTP/1.1\r\nHost: a.test\r\n\r\n", 414, "uri_too_long"),
            (
                "GET / HTTP/1.1\r\nHost: a.test\r\nX: " + String(repeating: "x", count: 2_000) + "\r\n\r\n", 431,
                "header_too_large"
            ),
            (
                "GET / HTTP/1.1\r\nHost: a.test\r\n" + String(repeating: "a: b\r\n", count: 10) + "\r\n", 431,
                "too_many_headers"
            ),
        ])
    func heads(request: String, status: Int, code: String) async throws {
        let upstream = try Upstream()
        let limits = ["header-bytes": "1Ki", "header-count": "10", "uri-bytes": "256"]
        let records = try await withGateway(World(upstream, limits: limits)) { gateway in
            let client = try gateway.connect()
            let answer = try client.exchange(request)
            #expect(answer.status == status)
            #expect(answer.code == code)
            #expect(answer["connection"] == "close")
            #expect(try gateway.connect().get().status == 200)
        }
        #expect(records.map { $0["reason"] } == [code, "rule_matched"])
    }

    @Test("connections: one too many is closed, and a place that becomes free is given again")
    func connections() async throws {
        let upstream = try Upstream()
        try await withGateway(World(upstream, limits: ["connections": "3"]), threads: 2) { gateway in
            let clients = try (0..<3).map { _ in try gateway.connect() }
            for client in clients { #expect(try client.get().status == 200) }
            let fourth = try gateway.connect()
            #expect(try fourth.isClosedByPeer())
            #expect(await gateway.metrics().refusedConnections == [.tooMany: 1])
            clients[0].end()
            #expect(await eventually { await gateway.metrics().connections == 2 })
            #expect(try gateway.connect().get().status == 200)
        }
    }

    @Test("too many connections to a backend: 503, and the backend is not thought ill of")
    func upstreamConnections() async throws {
        let go = Signal()
        let upstream = try Upstream { upstream, wire, _ in
            while let request = try upstream.next(wire) {
                if request.target == "/slow" { go.wait() }
                try wire.send(Upstream.ok("ok", to: request))
            }
        }
        let records = try await withGateway(World(upstream, limits: ["upstream-connections": "1"])) { gateway in
            let slow = try gateway.connect()
            try slow.send("GET /slow HTTP/1.1\r\nHost: a.test\r\n\r\n")
            #expect(await eventually { upstream.log.count == 1 })
            for _ in 0..<8 {
                let answer = try gateway.connect().get()
                #expect(answer.status == 503)
                #expect(answer.code == "overloaded")
            }
            #expect(await gateway.metrics().ejections == 0)
            go.send()
            #expect(try slow.response().status == 200)
            #expect(try gateway.connect().get().status == 200)
        }
        #expect(upstream.connections == 1)
        #expect(records.count { $0["reason"] == "overloaded" } == 8)
    }

    @Test("many at once do not open more connections than allowed")
    func burst() async throws {
        let upstream = try Upstream()
        try await withGateway(World(upstream, limits: ["upstream-connections": "4"])) { gateway in
            let clients = try (0..<32).map { _ in try gateway.connect() }
            for client in clients { try client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n") }
            let answers = try clients.map { try $0.response().status }
            #expect(answers.allSatisfy { $0 == 200 || $0 == 503 })
            #expect(answers.contains(200))
        }
        #expect(upstream.connections <= 4)
    }

    @Test("nobody may wait: 503 unless a connection is there")
    func pending() async throws {
        let upstream = try Upstream()
        try await withGateway(World(upstream, limits: ["pending-requests": "0"])) { gateway in
            let answer = try gateway.connect().get()
            #expect(answer.status == 503)
        }
        #expect(upstream.connections == 0)
    }
}
