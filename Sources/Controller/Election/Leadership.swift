import ClusterSource
import Kubernetes
import Logging
import Synchronization

/// Takes part in the election, and says whether we lead.
final class Leadership: Sendable {
    private let state: Mutex<LeaderElection>
    private let cluster: Cluster
    private let clock: ControllerClock
    private let logger: Logger
    private let place = ObjectPlace(
        resource: Lease.resource, namespace: Installation.Namespaces.system, name: Installation.lease)

    init(
        _ cluster: Cluster, identity: String, timing: LeaderElection.Timing, clock: ControllerClock, logger: Logger
    ) {
        state = Mutex(LeaderElection(identity: identity, timing: timing))
        self.cluster = cluster
        self.clock = clock
        self.logger = logger
    }

    /// Whether we lead now. Asked before every write.
    var isLeader: Bool {
        let now = clock.now()
        return state.withLock { $0.isLeader(now: now) }
    }

    /// Who leads, as far as is known; empty: nobody.
    var holder: String { state.withLock(\.holder) }

    /// Takes part until the task is cancelled, and gives the Lease back then.
    ///
    /// - Parameter changed: called when leading begins or ends.
    func run(_ changed: @Sendable (Bool) -> Void) async {
        var was = false
        while !Task.isCancelled {
            await turn()
            let isNow = isLeader
            guard isNow != was else { continue }
            was = isNow
            logger.notice("\(isNow ? "this controller leads now" : "this controller leads no more")")
            changed(isNow)
        }
        await release()
        if was { changed(false) }
    }

    private func turn() async {
        let (now, text) = (clock.now(), clock.microText)
        switch state.withLock({ $0.next(now: now, clock: text) }) {
        case .wait(let until): await clock.sleep(min(until - now, 1000))
        case .read: await read()
        case .write(let lease): await write(lease)
        }
    }

    private func read() async {
        do throws(APIError) {
            let value = try await cluster.get(place)
            let now = clock.now()
            state.withLock { state in
                if let value { state.read(Lease(value), now: now) } else { state.absent(now: now) }
            }
        } catch { failed(error) }
    }

    private func write(_ lease: Lease) async {
        do throws(APIError) {
            let value = try await cluster.store(place, lease.body(namespace: place.namespace, name: place.name))
            let now = clock.now()
            state.withLock { state in
                if let value { state.written(Lease(value), now: now) } else { state.lost(now: now) }
            }
        } catch {
            guard error.status == 409 || error.isNotFound else { return failed(error) }
            let now = clock.now()
            state.withLock { $0.lost(now: now) }
        }
    }

    private func failed(_ error: APIError) {
        let now = clock.now()
        state.withLock { $0.failed(now: now) }
        logger.warning("the lease of the controllers: \(error)")
    }

    /// The next one need not wait until the Lease has run out. It is no harm when this fails.
    private func release() async {
        let text = clock.microText
        guard let lease = state.withLock({ $0.release(clock: text) }) else { return }
        // The task is cancelled already; the request is not part of it.
        let (cluster, place) = (cluster, place)
        let last = Task { try? await cluster.store(place, lease.body(namespace: place.namespace, name: place.name)) }
        _ = await last.value
    }
}
