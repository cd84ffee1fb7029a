import Foundation
import Kubernetes
import Logging
import Synchronization

@testable import ClusterSource

/// Time that runs faster, and chance that comes from a seed.
func fastClock(_ factor: Double, seed: UInt64 = 1) -> SourceClock {
    let chance = Mutex(SplitMix(state: seed))
    let system = SourceClock.system
    return SourceClock(
        now: { Int64(Double(system.now()) * factor) }, today: { system.today() },
        sleep: { try? await Task.sleep(for: .microseconds(max(0, Double($0) * 1000 / factor))) },
        random: { chance.withLock { Double.random(in: 0..<1, using: &$0) } })
}

/// A small generator that a seed reproduces.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// A cluster that is not there, its server, and a client of it.
final class Fixture: Sendable {
    let cluster: FakeCluster
    let server: FakeAPIServer
    let client: APIClient
    let clock: SourceClock

    init(
        _ kinds: [FakeCluster.Kind] = [FakeCluster.configMaps], factor: Double = 20,
        configure: (inout Kubeconfig) -> Void = { _ in }
    ) async throws {
        let cluster = FakeCluster(kinds)
        self.cluster = cluster
        server = try await FakeAPIServer { await cluster.answer($0) }
        clock = fastClock(factor)
        var config = Kubeconfig(context: "test", server: server.url)
        configure(&config)
        client = try APIClient(
            ClusterLocation(config, origin: "a test"), userAgent: "test", logger: quiet, clock: clock)
    }

    deinit { client.shutdown() }

    /// A source of everything of these kinds.
    func source(
        _ kinds: [FakeCluster.Kind] = [FakeCluster.configMaps], contents: Scope.Contents = .none, pageSize: Int = 500,
        optional: Set<ServedKind> = []
    ) -> APIServerSource {
        let served = kinds.compactMap { ServedKind.find(group: $0.group, kind: $0.kind) }
        var terms = Reflector.Terms()
        terms.pageSize = pageSize
        let scope = Scope(
            kinds: Dictionary(uniqueKeysWithValues: served.map { ($0, APISelection()) }), contents: contents,
            optional: optional)
        return APIServerSource(client: client, scope: scope, logger: quiet, terms: terms)
    }

    /// Questions of one kind that came so far.
    func asked(_ plural: String, watch: Bool) -> [FakeAPIServer.Request] {
        server.requests.filter { $0.path.hasSuffix("/" + plural) && $0.isWatch == watch }
    }
}

/// A logger that says nothing.
let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension APIServerSource {
    /// The next snapshot that is as wanted. The time limit of the test ends it when none comes.
    func next(where isWanted: (Snapshot) -> Bool) async -> Snapshot? {
        for await snapshot in changes where isWanted(snapshot) { return snapshot }
        return nil
    }
}

/// Waits until something is so. The time limit of the test ends it when it never is.
func eventually(_ isSo: () async -> Bool) async {
    while !Task.isCancelled, await !isSo() { try? await Task.sleep(for: .milliseconds(3)) }
}

extension FakeCluster {
    /// A ConfigMap with one value.
    func map(_ name: String, _ value: String) {
        put(Self.configMaps, name, "\"data\":{\"key\":\"\(value)\"}")
    }
}
