import Addresses
import Kubernetes
import Routing
import Testing

@testable import Gateway

/// Who gets the next request: endpoints by turn, by load and by health; backends by weight.
@Suite(.timeLimit(.minutes(2)))
struct EndpointTests {
    private static func cluster(_ count: Int, _ balancing: Cluster.LoadBalancing = .roundRobin) throws -> Cluster {
        var world = World()
        world.services["a"] = (0..<count).map { 20_000 + $0 }
        world.serviceAnnotations = ["sallyport.dev/load-balancing": balancing.rawValue]
        let snapshot = ObjectDecoder.snapshot(files: [("w.yaml", Array(world.yaml(port: 8080).utf8))], revision: 1)
        var options = RoutingOptions()
        options.allowsLocalBackends = true
        return try #require(compile(snapshot, options: options).clusters.first)
    }

    @Test("round robin: each as often as the others", arguments: [1, 2, 3, 7])
    func roundRobin(count: Int) throws {
        let state = ClusterState(try Self.cluster(count))
        var taken: [Int: Int] = [:]
        for _ in 0..<(count * 100) {
            taken[try #require(state.pick(excluding: nil, now: 1)).target.port, default: 0] += 1
        }
        #expect(taken.count == count)
        #expect(taken.values.allSatisfy { $0 == 100 })
    }

    @Test("least requests: the one with the fewest, and equals by turn")
    func leastRequests() throws {
        let state = ClusterState(try Self.cluster(4, .leastRequests))
        for (index, endpoint) in state.endpoints.enumerated() { endpoint.active = index == 2 ? 1 : 5 }
        for _ in 0..<20 { #expect(state.pick(excluding: nil, now: 1) === state.endpoints[2]) }
        for endpoint in state.endpoints { endpoint.active = 0 }
        let taken = Set((0..<8).compactMap { _ in state.pick(excluding: nil, now: 1)?.target.port })
        #expect(taken.count == 4)
    }

    @Test("the endpoint that failed is taken again only when there is no other")
    func excluded() throws {
        let state = ClusterState(try Self.cluster(3))
        let failed = state.endpoints[1]
        for _ in 0..<30 { #expect(state.pick(excluding: failed, now: 1) !== failed) }
        let alone = ClusterState(try Self.cluster(1))
        #expect(alone.pick(excluding: alone.endpoints[0], now: 1) === alone.endpoints[0])
        #expect(ClusterState(try Self.cluster(0)).pick(excluding: nil, now: 1) == nil)
    }

    @Test("five failures in a row take an endpoint out for ten seconds, then for twenty, and a success forgives")
    func ejection() throws {
        let second: UInt64 = 1_000_000_000
        let state = ClusterState(try Self.cluster(3))
        let bad = state.endpoints[0]
        var now = 100 * second
        for count in 1...4 { #expect(!bad.failed(at: now), "\(count)") }
        #expect(bad.failed(at: now))
        #expect(bad.isEjected(at: now + 10 * second - 1))
        #expect(!bad.isEjected(at: now + 10 * second))
        for _ in 0..<30 { #expect(state.pick(excluding: nil, now: now) !== bad) }
        now += 10 * second
        for _ in 0..<4 { #expect(!bad.failed(at: now)) }
        #expect(bad.failed(at: now))
        #expect(bad.isEjected(at: now + 20 * second - 1))
        #expect(!bad.isEjected(at: now + 20 * second))
        now += 20 * second
        bad.succeeded()
        for _ in 0..<4 { #expect(!bad.failed(at: now)) }
        bad.succeeded()
        for _ in 0..<4 { #expect(!bad.failed(at: now)) }
        #expect(bad.failed(at: now))
        #expect(!bad.isEjected(at: now + 10 * second))
    }

    @Test("never longer than five minutes, however often")
    func longestEjection() throws {
        let endpoint = try #require(ClusterState(try Self.cluster(1)).endpoints.first)
        var now: UInt64 = 1
        for _ in 0..<100 {
            for _ in 0..<5 { _ = endpoint.failed(at: now) }
            #expect(endpoint.isEjected(at: now))
            now += EndpointState.longestEjection
            #expect(!endpoint.isEjected(at: now))
        }
    }

    @Test("when most are out, all are tried again")
    func panic() throws {
        let state = ClusterState(try Self.cluster(4))
        for endpoint in state.endpoints.prefix(3) { for _ in 0..<5 { _ = endpoint.failed(at: 1) } }
        let taken = Set((0..<8).compactMap { _ in state.pick(excluding: nil, now: 2)?.target.port })
        #expect(taken.count == 4)
    }

    @Test("an endpoint that stays keeps its history; one that goes is retired, and comes back as new")
    func update() throws {
        let state = ClusterState(try Self.cluster(2))
        let (kept, gone) = (state.endpoints[0], state.endpoints[1])
        for _ in 0..<5 { _ = kept.failed(at: 1) }
        let left = state.update(try Self.cluster(1))
        #expect(left.map(ObjectIdentifier.init) == [ObjectIdentifier(gone)])
        #expect(gone.isRetired)
        #expect(state.endpoints.count == 1)
        #expect(state.endpoints[0] === kept)
        #expect(kept.isEjected(at: 2))
        #expect(state.update(try Self.cluster(2)).isEmpty)
        #expect(state.endpoints[1] !== gone)
        #expect(!state.endpoints[1].isRetired)
    }

    @Test("weights over many requests")
    func weights() async throws {
        let (a, b) = (try Upstream(Upstream.named("a")), try Upstream(Upstream.named("b")))
        let rule =
            "{backendRefs: [{name: a, port: 80, weight: 9}, {name: b, port: 80, weight: 1}, {name: c, port: 80, weight: 0}]}"
        var world = World(a, rules: [rule])
        world.services["b"] = [b.port]
        world.services["c"] = [1]
        try await withGateway(world) { gateway in
            let client = try gateway.connect()
            for _ in 0..<1_000 { #expect(try client.get().status == 200) }
        }
        #expect(a.log.count + b.log.count == 1_000)
        #expect((850...950).contains(a.log.count))
    }

    @Test("a share of a backend that cannot be resolved is answered with 500")
    func unresolvedShare() async throws {
        let upstream = try Upstream()
        let rule = "{backendRefs: [{name: a, port: 80, weight: 1}, {name: nowhere, port: 80, weight: 1}]}"
        try await withGateway(World(upstream, rules: [rule])) { gateway in
            let client = try gateway.connect()
            var counts: [Int: Int] = [:]
            for _ in 0..<100 { counts[try client.get().status, default: 0] += 1 }
            #expect(counts.keys.sorted() == [200, 500])
            #expect((40...60).contains(counts[200] ?? 0))
        }
    }

    @Test("a backend that fails again and again is left alone for a while; our own limits do it no harm")
    func ejectionOverTheWire() async throws {
        let (good, bad) = (
            try Upstream(Upstream.named("good")),
            try Upstream(Upstream.answering("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n"))
        )
        try await withGateway(World(good, bad)) { gateway in
            let client = try gateway.connect()
            for _ in 0..<50 { _ = try client.get() }
            #expect(await gateway.metrics().ejections == 1)
        }
        #expect(bad.log.count == 5)
        #expect(good.log.count == 45)
    }
}
