import ClusterSource
import Kubernetes
import Logging
import Synchronization

/// Keeps what every Gateway of ours needs, and knows how it stands.
final class GatewayKeeper: Sendable {
    /// The Gateways that count, as they were judged.
    struct Wanted: Sendable {
        var gateways: [Gateway] = []
        /// Of which nothing is known for certain: what they have stays.
        var kept: Set<NamespacedName> = []
        /// True: a Gateway's name cannot be read, so that nothing may be taken away.
        var keepsAll = false
        var classes: [String: GatewayClass] = [:]
    }

    private struct State {
        var wanted: Wanted?
        var standings: [NamespacedName: GatewayStanding] = [:]
        /// What a server's answer stood in the way of, by Gateway.
        var refusals: [NamespacedName: String] = [:]
        var isSettled = false
    }

    private let state = Mutex(State())
    private let bell = Doorbell()
    private let cluster: Cluster
    private let settings: GatewaySettings
    private let clock: ControllerClock
    private let logger: Logger

    init(_ cluster: Cluster, _ settings: GatewaySettings, clock: ControllerClock, logger: Logger) {
        self.cluster = cluster
        self.settings = settings
        self.clock = clock
        self.logger = logger
    }

    /// How all of them stand.
    var standings: [NamespacedName: GatewayStanding] { state.withLock(\.standings) }

    /// The Gateways from now on.
    func want(_ wanted: Wanted) {
        state.withLock { $0.wanted = wanted }
        bell.ring()
    }

    /// Keeps until the task is cancelled.
    ///
    /// - Parameters:
    ///   - may: whether we may still write, asked each time.
    ///   - changed: called when somebody stands otherwise than before.
    func run(while may: @escaping @Sendable () -> Bool, _ changed: @escaping @Sendable () -> Void) async {
        await withDiscardingTaskGroup { group in
            for resource in [GatewayObjects.deployment, GatewayObjects.service] {
                group.addTask { await self.listen(resource) }
            }
            group.addTask { await self.keep(may, changed) }
        }
    }

    /// Rings whenever something changes in the gateways' namespace. What it is, is listed then.
    private func listen(_ resource: APIResource) async {
        let selection = APISelection(namespace: Installation.Namespaces.gateways)
        while !Task.isCancelled {
            do throws(APIError) {
                try await cluster.client.watch(resource, selection, from: nil) { _ throws(APIError) in
                    self.bell.ring()
                }
            } catch {
                // It is looked at every few seconds all the same.
                await clock.sleep(5000)
            }
        }
    }

    private func keep(_ may: @Sendable () -> Bool, _ changed: @Sendable () -> Void) async {
        while !Task.isCancelled {
            await bell.wait(atMost: state.withLock(\.isSettled) ? 30_000 : 2000, clock)
            guard may(), let wanted = state.withLock(\.wanted) else { continue }
            do throws(APIError) {
                if try await turn(wanted, may) { changed() }
            } catch { logger.warning("the gateways: \(error)") }
            // What happens meanwhile is seen at once after.
            await clock.sleep(100)
        }
    }

    /// True: somebody stands otherwise than before.
    private func turn(_ wanted: Wanted, _ may: @Sendable () -> Bool) async throws(APIError) -> Bool {
        var live = try await everything()
        let plan = GatewayPlan(
            gateways: wanted.gateways, kept: wanted.kept, classes: wanted.classes, settings: settings, live: live,
            keepsAll: wanted.keepsAll)
        var refusals: [NamespacedName: String] = [:]
        for step in plan.steps where may() { await carryOut(step, &refusals) }
        if !plan.steps.isEmpty { live = try await everything() }
        let obstacles = plan.obstacles.merging(refusals) { first, _ in first }
        return settle(wanted, live, obstacles)
    }

    private func everything() async throws(APIError) -> [LiveObject] {
        var all: [LiveObject] = []
        for kind in GatewayObjects.kinds(budgets: settings.budgetVersion) {
            all += try await cluster.list(kind, namespace: Installation.Namespaces.gateways).map {
                LiveObject(kind, $0)
            }
        }
        return all
    }

    private func carryOut(_ step: GatewayPlan.Step, _ refusals: inout [NamespacedName: String]) async {
        do throws(APIError) {
            switch step {
            case .apply(let object, _):
                _ = try await cluster.apply(object.place, object.body, as: Installation.fieldManager)
                logger.info("applied", metadata: ["object": "\(object.place)"])
            case .delete(let place):
                try await cluster.delete(place)
                logger.info("deleted", metadata: ["object": "\(place)"])
            }
        } catch {
            logger.warning("a gateway's objects: \(error)")
            if case .apply(let object, let gateway) = step, refusals[gateway] == nil {
                refusals[gateway] = Self.words(error, object.place)
            }
        }
    }

    private static func words(_ error: APIError, _ place: ObjectPlace) -> String {
        guard error.isConflict else { return "\(place) cannot be applied: \(error.message)" }
        let owners = error.causes.map { "\($0.field): \($0.message)" }.joined(separator: "; ")
        return "\(place) has fields that others own: \(owners.isEmpty ? error.message : owners)"
    }

    private func settle(
        _ wanted: Wanted, _ live: [LiveObject], _ obstacles: [NamespacedName: String]
    ) -> Bool {
        let byPlace = Dictionary(live.map { ($0.place, $0.value) }, uniquingKeysWith: { first, _ in first })
        var standings: [NamespacedName: GatewayStanding] = [:]
        for gateway in wanted.gateways.map(\.key) + Array(wanted.kept) {
            let find = { (kind: APIResource) in
                byPlace[
                    ObjectPlace(
                        resource: kind, namespace: Installation.Namespaces.gateways,
                        name: GatewayNames.name(gateway))]
            }
            standings[gateway] = GatewayStanding(
                deployment: find(GatewayObjects.deployment), service: find(GatewayObjects.service),
                obstacle: obstacles[gateway])
        }
        return state.withLock { state in
            state.isSettled = standings.values.allSatisfy { $0.problem == nil }
            defer { state.standings = standings }
            return state.standings != standings
        }
    }
}
