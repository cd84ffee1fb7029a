import Foundation
import Testing

@testable import Gateway

/// A new configuration takes effect with no request failed and no connection dropped.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct ChangeTests {
    @Test("1,000 changes while requests run: none fails, no connection ends")
    func underLoad() async throws {
        let (one, two) = (try Upstream(), try Upstream())
        let records = try await withGateway(World(one), threads: 2) { gateway in
            var other = World(one)
            other.services["b"] = [two.port]
            other.rules = ["{backendRefs: [{name: b, port: 80}]}"]
            let snapshots = [World(one), World(one, two), other, World(two)].map { gateway.snapshot($0) }
            let isDone = Shared(false)
            let requests = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<4 {
                    let client = try gateway.connect()
                    group.addTask {
                        var count = 0
                        while !isDone.value {
                            let answer =
                                number % 2 == 0 ? try client.get("/\(count)") : try client.post("/\(count)", "x")
                            #expect(answer.text == "/\(count)")
                            count += 1
                            try await Task.sleep(for: .milliseconds(2))
                        }
                        return count
                    }
                }
                for revision in 2...1_001 {
                    // Endpoints, header filters and clusters come and go.
                    await gateway.apply(snapshots[revision % snapshots.count], revision: UInt64(revision))
                }
                isDone.value = true
                return try await group.reduce(0, +)
            }
            #expect(requests > 4)
            #expect(await gateway.metrics().connectionsTotal == 4)
        }
        #expect(records.allSatisfy { $0["status"] == "200" })
    }

    @Test("an endpoint that goes: its idle connections end, a request that runs on it finishes")
    func endpointGoes() async throws {
        let go = Signal()
        let gone = try Upstream { upstream, wire, _ in
            while let request = try upstream.next(wire) {
                if request.target == "/slow" { go.wait() }
                try wire.send(Upstream.ok("old", to: request))
            }
        }
        let stays = try Upstream(Upstream.named("new"))
        try await withGateway(World(gone)) { gateway in
            let (slow, quick) = (try gateway.connect(), try gateway.connect())
            try slow.send("GET /slow HTTP/1.1\r\nHost: a.test\r\n\r\n")
            #expect(await eventually { gone.log.count == 1 })
            #expect(try quick.get().text == "old")
            #expect(await gateway.metrics().upstreamConnections == 2)
            await gateway.apply(World(stays), revision: 2)
            #expect(await eventually { await gateway.metrics().upstreamConnections == 1 })
            #expect(try quick.get().text == "new")
            go.send()
            #expect(try slow.response().text == "old")
            #expect(await eventually { await gateway.metrics().upstreamConnections == 1 })
            #expect(try slow.get().text == "new")
        }
    }

    @Test("a Service that goes and comes back")
    func serviceGoes() async throws {
        let upstream = try Upstream()
        try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            #expect(try client.get().status == 200)
            await gateway.apply(World(), revision: 2)
            #expect(try client.get().status == 503)
            await gateway.apply(World(upstream), revision: 3)
            #expect(try client.get().status == 200)
        }
        #expect(upstream.connections == 2)
    }

    @Test("listeners come and go; connections that are there stay, and are told what is no longer served")
    func listeners() async throws {
        let upstream = try Upstream()
        let second = try freePort()
        try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            #expect(try client.get().status == 200)
            #expect(throws: WireError.self) { try Wire(port: second) }
            var world = World(upstream)
            world.listeners = ["{name: two, protocol: HTTP, port: \(second)}"]
            await gateway.apply(world, revision: 2)
            #expect(gateway.server.boundAddresses.keys.sorted() == [gateway.port, second].sorted())
            let other = try Wire(port: second)
            #expect(try other.get().status == 200)
            #expect(try client.get().status == 200)
            await gateway.apply(World(upstream), revision: 3)
            #expect(throws: WireError.self) { try Wire(port: second) }
            #expect(try other.get().status == 404)
            #expect(try client.get().status == 200)
        }
    }

    @Test("a port that is taken: its listener says so, the others serve, and it is tried again with the next change")
    func portTaken() async throws {
        let upstream = try Upstream()
        let (descriptor, taken) = try listening()
        var world = World(upstream)
        world.listeners = ["{name: two, protocol: HTTP, port: \(taken)}"]
        try await withGateway(world) { [world] gateway in
            #expect(try gateway.connect().get().status == 200)
            #expect(!gateway.server.isReady)
            #expect(gateway.server.portFailures.keys.sorted() == [taken])
            let status = gateway.server.statuses.routing.first { $0.object.reference.kind == "Gateway" }
            let listeners = try #require(status?.listeners)
            func programmed(_ name: String) -> String? {
                listeners.first { $0.name == name }?.conditions.first { $0.type == "Programmed" }.map { "\($0.status)" }
            }
            #expect(programmed("http")?.lowercased() == "true")
            #expect(programmed("two")?.lowercased() == "false")
            #expect(status?.object.conditions.first { $0.type == "Programmed" }?.message.isEmpty == false)
            close(descriptor)
            await gateway.apply(world, revision: 2)
            #expect(gateway.server.isReady)
            #expect(try Wire(port: taken).get().status == 200)
        }
    }

    @Test("a port that becomes free is opened without a change")
    func portFreed() async throws {
        let upstream = try Upstream()
        let (descriptor, taken) = try listening()
        var world = World(upstream)
        world.listeners = ["{name: two, protocol: HTTP, port: \(taken)}"]
        try await withGateway(world) { gateway in
            await gateway.server.retryPorts()
            #expect(!gateway.server.isReady)
            #expect(gateway.server.portFailures.keys.sorted() == [taken])
            close(descriptor)
            await gateway.server.retryPorts()
            #expect(gateway.server.isReady)
            #expect(gateway.server.portFailures.isEmpty)
            let (freed, other) = (try Wire(port: taken), try gateway.connect())
            #expect(try freed.get().status == 200)
            #expect(try other.get().status == 200)
        }
    }

    @Test("a thousand idle connections are counted, and share one connection to the backend")
    func idleConnections() async throws {
        let upstream = try Upstream()
        try await withGateway(World(upstream)) { gateway in
            var clients: [Wire] = []
            for _ in 0..<1_000 {
                let client = try gateway.connect()
                #expect(try client.get().status == 200)
                clients.append(client)
            }
            #expect(await gateway.metrics().connections == 1_000)
            clients = []
            #expect(await eventually { await gateway.metrics().connections == 0 })
        }
        #expect(upstream.connections == 1)
    }
}
