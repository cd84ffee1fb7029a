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
        /// Nil: it is not known yet what the cluster calls itself, or there is none.
        var viewers: TokenIssuer?
        var fetched: [NamespacedName: FetchedKeys] = [:]
        var access = AccessTable(Objects(), revision: 0)

        /// The objects, with the issuer of the cluster's own viewers. Who has written one of that name means it.
        var objects: Objects {
            var objects = snapshot.objects
            if let viewers, objects.tokenIssuers[viewers.metadata.key] == nil {
                objects.tokenIssuers[viewers.metadata.key] = viewers
            }
            return objects
        }

        mutating func compile() {
            access = AccessTable(objects, revision: snapshot.revision, fetched: fetched)
        }
    }

    private let state = Mutex(State())
    private let source: any ObjectSource
    private let fetcher: KeySetFetcher
    private let issuer: (@Sendable () async throws -> String)?
    private let logger: Logger
    private let onChange: @Sendable (Snapshot) -> Void

    /// - Parameters:
    ///   - clusterKeys: the keys of the cluster's service accounts; nil: there is no cluster.
    ///   - issuer: what the cluster's service accounts have as `iss`; nil: there is no cluster.
    ///   - onChange: is told of every snapshot.
    init(
        _ source: any ObjectSource, clusterKeys: ClusterKeys?, issuer: (@Sendable () async throws -> String)? = nil,
        logger: Logger,
        onChange: @escaping @Sendable (Snapshot) -> Void
    ) {
        self.source = source
        self.onChange = onChange
        self.issuer = issuer
        self.logger = logger
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
            group.addTask { [self] in await learnIssuer() }
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
        await change { $0.snapshot = snapshot }
        onChange(snapshot)
    }

    private func change(_ body: @Sendable (inout State) -> Void) async {
        let objects = state.withLock { state in
            body(&state)
            state.compile()
            return state.objects
        }
        await fetcher.update(objects)
    }

    /// Asks until the cluster has said who its accounts' tokens are of: it may be away when the hub begins.
    private func learnIssuer() async {
        guard let issuer else { return }
        var isTold = false
        while !Task.isCancelled {
            do {
                let viewers = ViewerAccount.issuer(try await issuer())
                return await change { $0.viewers = viewers }
            } catch {
                if !isTold {
                    logger.warning(
                        "tokens of the cluster's accounts do not open the console yet", metadata: ["reason": "\(error)"]
                    )
                }
                isTold = true
                try? await Task.sleep(for: .seconds(5))
            }
        }
    }

    private func use(_ update: KeySetUpdate) {
        state.withLock { state in
            state.fetched = update.fetched
            state.compile()
        }
    }
}
