import ClusterSource
import Foundation
import Kubernetes
import Logging
import ModelTraffic
import NIOCore
import NIOSSL
import Synchronization
import Testing

@testable import Controller

@Suite("The controller against an API server", .serialized)
struct ShellTests {
    private static let quiet = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    private static let lease =
        "/apis/coordination.k8s.io/v1/namespaces/sallyport-system/leases/sallyport-controller"
    private static let secrets = "/api/v1/namespaces/sallyport-system/secrets"

    private static func timing() -> LeaderElection.Timing {
        LeaderElection.Timing(lease: 2000, renewWithin: 1200, retry: 100)
    }

    @Test("Of two controllers one leads; when it ends the other does at once, and never both")
    func handover() async throws {
        try await FakeServer.run { server in
            let client = try server.client()
            defer { client.shutdown() }
            let both = Mutex(0)
            let members = (0..<2).map { index in
                Leadership(
                    Cluster(client: client), identity: "c\(index)", timing: Self.timing(), clock: .system,
                    logger: Self.quiet)
            }
            let tasks = members.map { member in
                Task {
                    await member.run { _ in
                        if members.allSatisfy(\.isLeader) { both.withLock { $0 += 1 } }
                    }
                }
            }
            #expect(await eventually { members.contains(where: \.isLeader) })
            let first = try #require(members.firstIndex(where: \.isLeader))
            tasks[first].cancel()
            await tasks[first].value
            #expect(!members[first].isLeader)
            #expect(await eventually { members[1 - first].isLeader })
            #expect(both.withLock { $0 } == 0)
            tasks[1 - first].cancel()
            await tasks[1 - first].value
            #expect(server.object(Self.lease)?["spec"]?["holderIdentity"] == .string(""))
        }
    }

    @Test("A leader that the server does not answer leads no more, and leads again when it does")
    func absence() async throws {
        try await FakeServer.run { server in
            let client = try server.client()
            defer { client.shutdown() }
            let member = Leadership(
                Cluster(client: client), identity: "a", timing: Self.timing(), clock: .system, logger: Self.quiet)
            let task = Task { await member.run { _ in } }
            #expect(await eventually { member.isLeader })
            server.fail { $0.contains("leases") ? 500 : nil }
            #expect(await eventually { !member.isLeader })
            server.fail(nil)
            #expect(await eventually { member.isLeader })
            task.cancel()
            await task.value
        }
    }

    private static func draft(_ message: String) -> StatusDraft {
        StatusDraft(
            place: ObjectPlace(
                resource: APIResource(group: "example.com", version: "v1", plural: "things", kind: "Thing"),
                namespace: "ai", name: "x"),
            content: .parents([
                .init(
                    parent: .init(group: Gateway.group, kind: Gateway.kind, namespace: nil, name: "g"),
                    controllerName: Installation.controllerName,
                    conditions: [Condition(type: "Accepted", status: .true, reason: "Accepted", message: message)])
            ]))
    }

    @Test("A status is written once, again when it is to be another or was changed, and others' entries stay")
    func statuses() async throws {
        try await FakeServer.run { server in
            let client = try server.client()
            defer { client.shutdown() }
            let path = "/apis/example.com/v1/namespaces/ai/things/x"
            let other = #"{"controllerName":"example.com/other","parentRef":{"name":"o"},"conditions":[]}"#
            try server.put(
                path,
                #"{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"x","namespace":"ai"},"status":{"parents":[\#(other)]}}"#
            )
            let writer = StatusWriter(Cluster(client: client), pace: .init(), clock: .system, logger: Self.quiet)
            let task = Task { await writer.run { true } }
            defer { task.cancel() }
            @Sendable func messages() -> [String?] {
                (server.object(path)?["status"]?["parents"]?.elements ?? []).map {
                    $0["conditions"]?.elements?.first?["message"]?.string
                }
            }
            writer.wish([Self.draft("one")])
            #expect(await eventually { messages() == [nil, "one"] })
            writer.wish([Self.draft("one")])
            writer.doubt()
            #expect(await eventually { writer.done.unchanged == 1 })
            #expect(server.count("PATCH") == 1)
            // The server refuses once; it is tried again.
            let refused = Mutex(false)
            server.fail { request in
                guard request.hasPrefix("PATCH") else { return nil }
                return refused.withLock { was in
                    defer { was = true }
                    return was ? nil : 503
                }
            }
            writer.wish([Self.draft("two")])
            #expect(await eventually { messages() == [nil, "two"] })
            #expect(writer.done.failed == 1)
        }
    }

    @Test("What a Gateway needs is made, mended, and taken away with it")
    func gateways() async throws {
        try await FakeServer.run { server in
            let client = try server.client()
            defer { client.shutdown() }
            let gateway = try #require(objects(frontDoor).objects.gateways[NamespacedName("ai", "front-door")])
            let keeper = GatewayKeeper(
                Cluster(client: client), GatewaySettings(image: "i"), clock: .system, logger: Self.quiet)
            let task = Task { await keeper.run(while: { true }) {} }
            defer { task.cancel() }
            let name = GatewayNames.name(gateway.key)
            let deployment = "/apis/apps/v1/namespaces/sallyport-gateways/deployments/\(name)"
            var wanted = GatewayKeeper.Wanted()
            wanted.gateways = [gateway]
            keeper.want(wanted)
            #expect(await eventually { keeper.standings[gateway.key]?.problem?.reason == "NoResources" })
            #expect(server.object("/api/v1/namespaces/sallyport-gateways/services/\(name)") != nil)
            #expect(server.object("/apis/policy/v1/namespaces/sallyport-gateways/poddisruptionbudgets/\(name)") != nil)
            let applied = server.count("PATCH")
            // Somebody takes pods away: they come back.
            let small = String(decoding: try #require(server.object(deployment)).text, as: UTF8.self)
                .replacingOccurrences(of: "\"replicas\":2", with: "\"replicas\":0")
            try server.put(deployment, small)
            keeper.want(wanted)
            #expect(await eventually { server.object(deployment)?["spec"]?["replicas"] == .integer(2) })
            #expect(server.count("PATCH") == applied + 1)
            keeper.want(GatewayKeeper.Wanted())
            #expect(await eventually { server.object(deployment) == nil })
        }
    }

    @Test("Certificates are made once, an authority that others made is used, and the API server is told")
    func certificates() async throws {
        try await FakeServer.run { server in
            let client = try server.client()
            defer { client.shutdown() }
            let configuration =
                "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/sallyport"
            try server.put(
                configuration,
                #"{"metadata":{"name":"sallyport"},"webhooks":[{"name":"own.admission.sallyport.dev","clientConfig":{}}]}"#
            )
            let keeper = CertificateKeeper(
                Cluster(client: client), .init(), leaves: LeafSpec.all(clusterDomain: "cluster.local"), makes: true,
                clock: .system, logger: Self.quiet)
            #expect(await keeper.turn { true })
            let authority = try #require(server.object("\(Self.secrets)/sallyport-authority"))
            let hub = try #require(server.object("\(Self.secrets)/sallyport-hub-cert"))
            #expect(hub["data"]?["ca.crt"] == authority["data"]?["tls.crt"])
            #expect(hub["data"]?["tls.key"] != authority["data"]?["tls.key"])
            let told = server.object(configuration)?["webhooks"]?.elements?.first?["clientConfig"]?["caBundle"]
            #expect(told == authority["data"]?["tls.crt"])
            let writes = server.requests.count { !$0.hasPrefix("GET") }
            #expect(await keeper.turn { true })
            #expect(server.requests.count { !$0.hasPrefix("GET") } == writes)
            // Who does not lead writes nothing.
            server.remove("\(Self.secrets)/sallyport-hub-cert")
            #expect(await keeper.turn { false })
            #expect(server.object("\(Self.secrets)/sallyport-hub-cert") == nil)
        }
    }

    @Test("A question too many, or one that takes too long, is not answered; the API server then does as configured")
    func desk() async throws {
        let gate = DispatchSemaphore(value: 0)
        defer { gate.signal() }
        let slow = ClusterJudge(
            statuses: { _, _, _ in
                gate.wait()
                return .init(routing: [], others: [])
            }, reason: { _, _ in "" })
        let question = Array(
            #"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u","operation":"CREATE","kind":{"group":"gateway.networking.k8s.io","kind":"GatewayClass"},"name":"c","object":{"apiVersion":"gateway.networking.k8s.io/v1","kind":"GatewayClass","metadata":{"name":"c"},"spec":{"controllerName":"a.example/b"}}}}"#
                .utf8)
        let desk = AdmissionDesk(slow, most: 1, clock: .system, logger: Self.quiet)
        guard case .unavailable = await desk.answer(question, within: 100) else {
            Issue.record("answered without knowing the cluster")
            return
        }
        desk.take(objects(""))
        guard case .unavailable(let words) = await desk.answer(question, within: 50) else {
            Issue.record("answered too late")
            return
        }
        #expect(words.contains("longer than 50 ms"))
        // The first one is still at it.
        guard case .unavailable(let other) = await desk.answer(question, within: 50_000) else {
            Issue.record("two at once")
            return
        }
        #expect(other.contains("too many"))
        #expect(desk.counts.unanswered == 3)
    }
}
