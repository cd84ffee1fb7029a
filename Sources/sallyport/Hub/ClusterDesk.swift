import Hub
import Kubernetes
import Policy
import Reachability
import Synchronization

/// What the console shows of the cluster: the snapshot in force, worked out once a revision and only when somebody looks.
final class ClusterDesk: HubCluster {
    private let directory: String
    /// Conditions of the objects, as the gateway has them.
    private let entries = Mutex<@Sendable () -> [StatusReport.Entry]>({ [] })
    private let current: Mutex<Current?>

    /// A revision, and what was worked out for it.
    private struct Current {
        let snapshot: Snapshot
        var work: Task<Work, Never>?
    }

    /// What takes a while to find out.
    struct Work: Sendable {
        let cluster: Cluster
        let view: ClusterView
    }

    /// - Parameter directory: of the objects.
    init(directory: String) {
        self.directory = directory
        current = Mutex(nil)
    }

    /// From now on every object's conditions come from there.
    func show(_ entries: @escaping @Sendable () -> [StatusReport.Entry]) { self.entries.withLock { $0 = entries } }

    /// From now on this is in force.
    func take(_ snapshot: Snapshot) {
        let late = current.withLock { current in
            defer { current = Current(snapshot: snapshot) }
            return current?.work
        }
        late?.cancel()
    }

    /// The objects in force; nil: there are none yet.
    var objects: Objects? { current.withLock { $0?.snapshot.objects } }

    func view() async throws -> ClusterView {
        var view = await work()?.view ?? ClusterView()
        // Conditions change without the objects: a port is free again, a certificate has been made.
        let entries = entries.withLock { $0 }
        view.objects = entries().map(ObjectRow.init)
        return view
    }

    func explain(_ line: [UInt8]) async throws -> HubExplanation? {
        guard let cluster = await work()?.cluster else { return nil }
        return DecisionExplainer(cluster).explain(line)
    }

    private func work() async -> Work? {
        let task = current.withLock { current -> Task<Work, Never>? in
            guard let now = current else { return nil }
            if let running = now.work { return running }
            let (snapshot, directory) = (now.snapshot, directory)
            let task = Task.detached(priority: .utility) { Self.work(snapshot, directory) }
            current?.work = task
            return task
        }
        return await task?.value
    }

    private static func work(_ snapshot: Snapshot, _ directory: String) -> Work {
        let cluster = Cluster(
            directory: directory, snapshot: snapshot,
            list: GuestList(
                inventory: Inventory(snapshot.objects), policies: WorkloadPolicy.all(in: snapshot.objects)))
        return Work(cluster: cluster, view: ClusterRows(cluster).view)
    }
}

extension ObjectRow {
    /// An object with its conditions.
    init(_ entry: StatusReport.Entry) {
        self.init(
            kind: entry.kind, namespace: entry.namespace, name: entry.name, file: entry.file, line: entry.line,
            conditions: entry.conditions.map(Condition.init),
            parts: entry.parts.map { Part(name: $0.name, conditions: $0.conditions.map(Condition.init)) })
    }
}

extension ObjectRow.Condition {
    /// A condition.
    init(_ condition: StatusReport.Condition) {
        self.init(
            type: condition.type, status: condition.status, reason: condition.reason, message: condition.message,
            isBad: !condition.isGood)
    }
}
