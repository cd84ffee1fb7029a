import ClusterSource
import Foundation
import Gateway
import Kubernetes
import Routing
import Synchronization

/// The configuration in force and what is to be said about it, for the page `/status`.
final class StatusBoard: Sendable {
    private let gateway: GatewayServer
    let directory: String
    /// Where the objects come from.
    let source: any ObjectSource
    private let snapshot: Mutex<Snapshot?> = Mutex(nil)

    init(gateway: GatewayServer, directory: String, source: any ObjectSource) {
        self.gateway = gateway
        self.directory = directory
        self.source = source
    }

    /// Puts a snapshot in force, then on the board.
    func apply(_ snapshot: Snapshot) async {
        await gateway.apply(snapshot)
        self.snapshot.withLock { $0 = snapshot }
    }

    /// Every object with its conditions.
    var entries: [StatusReport.Entry] { Self.entries(gateway.statuses) }

    private static func entries(
        _ statuses: (routing: [RoutingStatus], access: [ObjectStatus])
    ) -> [StatusReport.Entry] {
        StatusReport.merged(
            statuses.routing.map(StatusReport.Entry.init) + statuses.access.map(StatusReport.Entry.init))
    }

    /// The page, JSON.
    func page() -> String {
        let snapshot = snapshot.withLock { $0 }
        let mistakes = (snapshot?.mistakes ?? []) + gateway.mistakes
        let statuses = gateway.statuses
        let report = StatusReport(
            directory: directory, revision: snapshot?.revision, ready: gateway.isReady,
            listening: Dictionary(
                uniqueKeysWithValues: gateway.boundAddresses.map { (String($0.key), $0.value) }),
            objects: Self.entries(statuses),
            mistakes: mistakes.map(MistakeText.Entry.init),
            unreadable: snapshot?.unreadable ?? [], source: SourceReport(source))
        return (try? JSON.text(report)) ?? "{}"
    }
}

extension RoutingOptions {
    /// How routes are compiled in a pod of a Gateway.
    init(inCluster door: UpPlan.Door) {
        self.init()
        gatewaysShareAddresses = false
        node = door.node
    }

    /// How routes are compiled here, without a cluster: whoever writes the objects owns this machine, so backends on
    /// loopback are what they are for.
    static var embedded: RoutingOptions {
        var options = RoutingOptions()
        options.allowsLocalBackends = true
        return options
    }
}
