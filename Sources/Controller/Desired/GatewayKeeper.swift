import ClusterSource
import Kubernetes
import Logging
import Synchronization

/// Keeps what every Gateway of ours needs, and knows how it stands.
final class GatewayKeeper: Sendable {
    /// The Gateways that count, as they were judged.
    struct Wanted: Sendable {
        var gateways: [Gateway] = []
        /// Listeners that ListenerSets add to them.
        var added: [NamespacedName: [Gateway.Listener]] = [:]
        /// Of which nothing is known for certain: what they have stays.
        var kept: Set<NamespacedName> = []
        /// True: a Gateway's name cannot be read, so that nothing may be taken away.
        var keepsAll = false
        var classes: [String: GatewayClass] = [:]
    }

    /// Why something of a Gateway could not be applied.
    private struct Refusal {
        var gateway: NamespacedName
        var words: String
    }

    private struct State {
        var wanted: Wanted?
        var standings: [NamespacedName: GatewayStanding] = [:]
        /// What the server would not have, until it is tried again.
        var refusals: [ObjectPlace: Refusal] = [:]
        var isSettled = false
        /// When which wish was applied last, in milliseconds.
        var applied: [ObjectPlace: (wish: DesiredObject, at: Int64)] = [:]
    }

    /// A wish that does not come true is not repeated more often than that: somebody else may want the opposite.
    private static let patience: Int64 = 5000

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
            await bell.wait(atMost: state.withLock(\.isSettled) ? 30_000 : 5000, clock)
            guard may(), let wanted = state.withLock(\.wanted) else { continue }
            do throws(APIError) {
                if try await turn(wanted, may) { changed() }
            } catch {
                if !Task.isCancelled { logger.warning("the gateways: \(error)") }
            }
            // What happens meanwhile is seen at once after.
            await clock.sleep(100)
        }
    }

    /// True: somebody stands otherwise than before.
    private func turn(_ wanted: Wanted, _ may: @Sendable () -> Bool) async throws(APIError) -> Bool {
        var live = try await everything()
        let plan = GatewayPlan(
            gateways: wanted.gateways, added: wanted.added, kept: wanted.kept, classes: wanted.classes,
            settings: settings, live: live,
            keepsAll: wanted.keepsAll)
        let steps = plan.steps.filter(isDue)
        for step in steps where may() { await carryOut(step) }
        if !steps.isEmpty { live = try await everything() }
        var obstacles = plan.obstacles
        for refusal in refusals(of: plan) where obstacles[refusal.gateway] == nil {
            obstacles[refusal.gateway] = refusal.words
        }
        return settle(wanted, live, obstacles)
    }

    /// Notes that a wish is tried now. False: it was a moment ago.
    private func isDue(_ step: GatewayPlan.Step) -> Bool {
        guard case .apply(let object, _) = step else { return true }
        let now = clock.now()
        return state.withLock { state in
            if let last = state.applied[object.place], last.wish == object, now < last.at + Self.patience {
                return false
            }
            state.applied[object.place] = (object, now)
            return true
        }
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

    /// Those that still matter.
    private func refusals(of plan: GatewayPlan) -> [Refusal] {
        let places = Set(
            plan.steps.compactMap { step in
                if case .apply(let object, _) = step { object.place } else { nil }
            })
        return state.withLock { state in
            state.refusals = state.refusals.filter { places.contains($0.key) }
            return state.refusals.sorted { $0.key.description < $1.key.description }.map(\.value)
        }
    }

    private func carryOut(_ step: GatewayPlan.Step) async {
        do throws(APIError) {
            switch step {
            case .apply(let object, _):
                _ = try await cluster.apply(object.place, object.body, as: Installation.fieldManager)
                state.withLock { $0.refusals[object.place] = nil }
                logger.info("applied", metadata: ["object": "\(object.place)"])
            case .delete(let place):
                try await cluster.delete(place)
                logger.info("deleted", metadata: ["object": "\(place)"])
            }
        } catch {
            logger.warning("a gateway's objects: \(error)")
            guard case .apply(let object, let gateway) = step else { return }
            let refusal = Refusal(gateway: gateway, words: Self.words(error, object.place))
            state.withLock { $0.refusals[object.place] = refusal }
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
