import ClusterSource
import Kubernetes

/// A cluster's objects with one Gateway only: the others have front doors of their own.
struct OneGateway: ObjectSource {
    private let gateway: NamespacedName
    private let source: any ObjectSource
    let changes: AsyncStream<Snapshot>

    init(_ gateway: NamespacedName, of source: any ObjectSource) {
        self.gateway = gateway
        self.source = source
        let (stream, continuation) = AsyncStream.makeStream(of: Snapshot.self, bufferingPolicy: .bufferingNewest(1))
        changes = stream
        let changes = source.changes
        let task = Task {
            for await snapshot in changes { continuation.yield(snapshot.keeping(gateway: gateway)) }
            continuation.finish()
        }
        continuation.onTermination = { _ in task.cancel() }
    }

    func load() async throws -> Snapshot { try await source.load().keeping(gateway: gateway) }

    func stop() { source.stop() }

    var clusterHealth: SourceHealth? { source.clusterHealth }
}

extension Snapshot {
    /// This state with one Gateway only, good or bad.
    func keeping(gateway: NamespacedName) -> Snapshot {
        var result = self
        result.objects.gateways = objects.gateways.filter { $0.key == gateway }
        // Addresses are the Service's, before this pod; whether it has them is the controller's to say.
        result.objects.gateways[gateway]?.addresses = []
        // Those of others would lead nowhere.
        result.objects.listenerSets = objects.listenerSets.filter { $0.value.gateway == gateway }
        result.objects.invalid.removeAll { invalid in
            if let parent = invalid.listenerSet?.gateway, parent != gateway { return true }
            let key = NamespacedName(invalid.reference.namespace, invalid.reference.name)
            return invalid.reference.kind == Gateway.kind && !invalid.isLost && key != gateway
        }
        return result
    }
}
