import Kubernetes

/// Where objects come from: a snapshot now, and one per settled change.
public protocol ObjectSource: Sendable {
    /// Snapshots after the first, the newest only. Ends with `stop`.
    var changes: AsyncStream<Snapshot> { get }

    /// Reads everything, and begins to watch. To be called once.
    ///
    /// - Throws: when there is no telling what the objects are.
    func load() async throws -> Snapshot

    /// Ends the watching and the stream.
    func stop()

    /// How well the cluster is known that the objects come from; nil: they come from none.
    var clusterHealth: SourceHealth? { get }
}

extension ObjectSource {
    /// There is no cluster.
    public var clusterHealth: SourceHealth? { nil }
}

extension DirectorySource: ObjectSource {}

extension APIServerSource: ObjectSource {
    /// Waits for as long as the API server is away.
    public func load() async throws -> Snapshot { try await load(within: nil) }
    /// How well it is known.
    public var clusterHealth: SourceHealth? { health }
}

/// Nowhere: there are no objects, and there never will be.
public struct NoObjects: ObjectSource {
    /// Ended.
    public let changes: AsyncStream<Snapshot>

    /// No objects.
    public init() { changes = AsyncStream { $0.finish() } }

    /// Nothing.
    public func load() -> Snapshot { Snapshot(revision: 1, objects: Objects()) }
    /// There is nothing to end.
    public func stop() {}
}
