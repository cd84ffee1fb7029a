import Foundation
import Kubernetes
import Testing

@testable import Gateway

/// Everything that is not clearly allowed is refused, with its reason.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct DenialTests {
    private func deny(_ world: World, _ status: Int, _ code: String, reason: String) async throws {
        let records = try await withGateway(world) { gateway in
            let answer = try gateway.connect().get()
            #expect(answer.status == status)
            #expect(answer.code == code)
            #expect(answer["content-type"] == "application/json")
            #expect(answer["cache-control"] == "no-store")
            #expect(answer["x-request-id"]?.count == 32)
        }
        #expect(records.map { $0["reason"] } == [reason])
        #expect(records.first?["verdict"] == "denied")
    }

    @Test("no policy: nothing passes")
    func noPolicy() async throws {
        let upstream = try Upstream()
        var world = World(upstream)
        world.policy = nil
        try await deny(world, 403, "no_policy", reason: "no_policy")
        #expect(upstream.log.isEmpty)
    }

    @Test("a policy without rules: nothing passes")
    func noRules() async throws {
        let upstream = try Upstream()
        var world = World(upstream)
        world.policy = "{targetRefs: [\(World.gateway)], rules: []}"
        try await deny(world, 403, "access_denied", reason: "no_rule_matches")
        #expect(upstream.log.isEmpty)
    }

    @Test("a policy with a mistake denies all, even where another would allow")
    func invalidPolicy() async throws {
        let upstream = try Upstream()
        var world = World(upstream)
        world.policy =
            "{targetRefs: [\(World.gateway)], rules: [{name: x, from: [{networks: [10.0.0.1/8]}], wrong: 1}]}"
        let gateway = try TestGateway()
        await gateway.apply(world, mayHaveMistakes: true)
        let answer = try await withTaskExecutorPreference(ThreadExecutor()) { try gateway.connect().get() }
        #expect(answer.status == 403)
        #expect(answer.code == "access_denied")
        let records = try await gateway.stop()
        #expect(records.map { $0["reason"] } == ["invalid_policy"])
        #expect(upstream.log.isEmpty)
    }

    @Test("a file that cannot be read: nothing passes, whatever the others say")
    func unreadable() async throws {
        let upstream = try Upstream()
        let gateway = try TestGateway()
        let yaml = World(upstream).yaml(port: gateway.port)
        let snapshot = ObjectDecoder.snapshot(
            files: [("a.yaml", Array(yaml.utf8)), ("b.yaml", Array("a: [".utf8))], revision: 7)
        #expect(!snapshot.unreadable.isEmpty)
        await gateway.server.apply(snapshot)
        let answer = try await withTaskExecutorPreference(ThreadExecutor()) { try gateway.connect().get() }
        #expect(answer.status == 503)
        #expect(answer.code == "configuration_unreadable")
        let records = try await gateway.stop()
        #expect(records.map { $0["reason"] } == ["configuration_unreadable"])
        #expect(records.first?["revision"] == "7")
        #expect(upstream.log.isEmpty)
    }

    @Test("routes and policy are always of one revision")
    func revisions() async throws {
        let upstream = try Upstream()
        let records = try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            for revision in 2...6 {
                var world = World(upstream)
                if revision % 2 == 0 { world.policy = nil }
                await gateway.apply(world, revision: UInt64(revision))
                #expect(try client.get().status == (revision % 2 == 0 ? 403 : 200))
                #expect(gateway.server.configuration.routing.revision == UInt64(revision))
            }
        }
        #expect(records.map { $0["revision"] } == ["2", "3", "4", "5", "6"])
    }

    @Test("methods and paths of a rule, and limits per caller")
    func rules() async throws {
        let upstream = try Upstream()
        var world = World(upstream)
        world.policy = """
            {targetRefs: [\(World.gateway)], rules: [{name: some, from: [{networks: [127.0.0.0/8]}], \
            to: [{methods: [GET], paths: [{type: Exact, value: /ok}]}], limits: {requests: {count: 2, window: 1h}}}]}
            """
        let records = try await withGateway(world) { gateway in
            let client = try gateway.connect()
            #expect(try client.get("/ok").status == 200)
            #expect(try client.post("/ok", "").status == 403)
            #expect(try client.get("/other").status == 403)
            #expect(try client.get("/ok").status == 200)
            let limited = try client.get("/ok")
            #expect(limited.status == 429)
            #expect(Int(limited["retry-after"] ?? "") ?? 0 > 0)
        }
        #expect(upstream.log.map(\.target) == ["/ok", "/ok"])
        #expect(records.count == 5)
    }

    @Test("a place among requests at once is given back however a request ends")
    func concurrency() async throws {
        let go = Signal()
        let upstream = try Upstream { upstream, wire, _ in
            while let request = try upstream.next(wire) {
                if request.target == "/wait" { go.wait() }
                if request.target == "/die" { return }
                try wire.send(Upstream.ok("ok", to: request))
            }
        }
        var world = World(upstream)
        world.policy =
            "{targetRefs: [\(World.gateway)], rules: [{name: one, from: [{networks: [127.0.0.0/8]}], limits: {concurrency: 1}}]}"
        try await withGateway(world) { gateway in
            let one = try gateway.connect()
            try one.send("GET /wait HTTP/1.1\r\nHost: a.test\r\n\r\n")
            #expect(await eventually { upstream.log.count == 1 })
            #expect(try gateway.connect().get().status == 429)
            go.send()
            #expect(try one.response().status == 200)
            #expect(try gateway.connect().get().status == 200)
            #expect(try gateway.connect().post("/die", "x").status == 502)
            let leaver = try gateway.connect()
            try leaver.send("GET /wait HTTP/1.1\r\nHost: a.test\r\n\r\n")
            #expect(await eventually { upstream.log.contains { $0.target == "/wait" && upstream.log.count > 3 } })
            leaver.end()
            #expect(try await eventually { try gateway.connect().get().status == 200 })
            go.send()
        }
    }
}
