import Kubernetes
import Logging

/// Objects of a cluster: a snapshot once everything is known, and one per settled change. The twin of `DirectorySource`.
///
/// - A change is settled when nothing more came for 20 ms, or after 250 ms of changes.
/// - Nothing that is known is lost while the API server is away, however long: the last state stays, and `health` says
///   how old it is. What comes then is one list of each kind, or only what happened meanwhile.
/// - A kind that the cluster does not have is waited for. One that it had and has no more is given up after a minute of
///   looking.
/// - An object with a mistake is in `Objects.invalid`, and not as it was before: as with files.
/// - Of Secrets and ConfigMaps only those are read that objects name, and may name. One that may not be read is a
///   mistake of the object that names it, with what would mend it.
public final class APIServerSource: Sendable {
    /// Snapshots after the first, the newest only: whoever is slow does not see those in between. Ends with `stop`.
    public let changes: AsyncStream<Snapshot>
    private let engine: SourceEngine

    /// A source of what `scope` names. Nothing is asked before `load`. The client lives on when the source ends.
    public convenience init(client: APIClient, scope: Scope, logger: Logger) {
        self.init(client: client, scope: scope, logger: logger, terms: Reflector.Terms())
    }

    init(client: APIClient, scope: Scope, logger: Logger, terms: Reflector.Terms) {
        let (stream, continuation) = AsyncStream.makeStream(of: Snapshot.self, bufferingPolicy: .bufferingNewest(1))
        changes = stream
        engine = SourceEngine(
            client, scope, SourceCore(clock: client.clock, logger: logger), terms: terms, continuation: continuation)
    }

    deinit { engine.stop() }

    /// Begins to follow the cluster, and gives the first snapshot once every kind was listed or is known not to be
    /// installed, with the Secrets and ConfigMaps that objects name.
    ///
    /// - Parameter limit: milliseconds after which it gives up, and says what is missing; a server that says no is
    ///   believed at once. nil: it waits for as long as that takes. May be called again after it gave up.
    public func load(within limit: Int64? = 30_000) async throws(ClusterError) -> Snapshot {
        engine.start()
        return try await engine.first(within: limit)
    }

    /// Ends everything, and `changes`.
    public func stop() { engine.stop() }

    /// How well the cluster is known now.
    public var health: SourceHealth { engine.core.health }
}
