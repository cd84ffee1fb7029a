import Access
import ClusterSource
import Foundation
import Gateway
import Kubernetes
import Logging
import Synchronization

/// The objects of a hub beside which no gateway runs: who may look, and what the console shows of the cluster.
final class HubObjects: Sendable {
    private struct State {
        var snapshot = Snapshot(revision: 0, objects: Objects())
        var fetched: [NamespacedName: FetchedKeys] = [:]
        var access = AccessTable(Objects(), revision: 0)
    }

    private let state = Mutex(State())
    private let source: any ObjectSource
    private let fetcher: KeySetFetcher
    private let onChange: @Sendable (Snapshot) -> Void

    /// - Parameters:
    ///   - clusterKeys: the keys of the cluster's service accounts; nil: there is no cluster.
    ///   - onChange: is told of every snapshot.
    init(
        _ source: any ObjectSource, clusterKeys: ClusterKeys?, logger: Logger,
        onChange: @escaping @Sendable (Snapshot) -> Void
    ) {
        self.source = source
        self.onChange = onChange
        fetcher = KeySetFetcher(cluster: clusterKeys, logger: logger)
    }

    /// Keys and issuers in force.
    var access: AccessTable { state.withLock { $0.access } }

    /// Conditions of what is about access.
    var entries: [StatusReport.Entry] {
        let access = access
        let now = Int64(Date().timeIntervalSince1970)
        return (access.statuses(nowSeconds: now) + access.tokens.statuses()).map(StatusReport.Entry.init)
    }

    /// Reads all objects for the first time.
    func load() async throws { await take(try await source.load()) }

    /// Follows the objects, and the keys that their issuers say where to fetch, until it is stopped.
    func follow() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                for await snapshot in source.changes { await take(snapshot) }
            }
            group.addTask { [self] in
                for await update in fetcher.changes { use(update) }
            }
            await group.waitForAll()
        }
    }

    /// Ends the following.
    func stop() async {
        source.stop()
        await fetcher.shutdown()
    }

    private func take(_ snapshot: Snapshot) async {
        state.withLock { state in
            state.snapshot = snapshot
            state.access = AccessTable(snapshot.objects, revision: snapshot.revision, fetched: state.fetched)
        }
        await fetcher.update(snapshot.objects)
        onChange(snapshot)
    }

    private func use(_ update: KeySetUpdate) {
        state.withLock { state in
            state.fetched = update.fetched
            let snapshot = state.snapshot
            state.access = AccessTable(snapshot.objects, revision: snapshot.revision, fetched: state.fetched)
        }
    }
}
