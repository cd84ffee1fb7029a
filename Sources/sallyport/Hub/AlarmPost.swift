import Addresses
import Foundation
import Hindsight
import History
import Hub
import Kubernetes
import Logging
import Records
import Synchronization

/// Looks at every record that comes, and tells of what somebody should look at: as a record, in the log, and to webhooks.
final class AlarmPost: Sendable {
    private let history: History
    /// Every record from the beginning of this on.
    private let events: AsyncStream<LiveEvent>
    private let webhooks: WebhookPoster
    private let node: String?
    private let logger: Logger
    private let watch = Mutex<AlarmWatch?>(nil)
    private let newest = Mutex<Snapshot?>(nil)
    /// Says that there is a watch.
    private let ready = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// - Parameters:
    ///   - signature: signs what is posted; nil: nothing does.
    ///   - node: the node that the gateway of this process is on; nil: not known.
    init(
        _ history: History, webhooks: [String], signature: WebhookSignature?, node: String?, logger: Logger
    ) throws(HistoryError) {
        self.history = history
        // What comes before anybody looks, or while the facts are worked out, is looked at then.
        events = try history.follow(.all)
        self.node = node
        self.logger = logger
        self.webhooks = WebhookPoster(
            webhooks, signature: signature, logger: logger, clock: { HubOffice.now() / 1_000_000 })
    }

    /// Follows the objects: what is exposed, who the gateway is, which budgets there are.
    func take(_ snapshot: Snapshot) {
        newest.withLock { $0 = snapshot }
        let (objects, node) = (snapshot.objects, node)
        // Working it out takes a while on a big cluster, and nobody waits for alarms.
        Task.detached(priority: .utility) { [self] in
            let own = node.flatMap { objects.nodes[NamespacedName("", $0)] }?.addresses ?? []
            let facts = AlarmFacts(objects: objects, gatewayAddresses: Set(own))
            // A newer one was quicker.
            guard newest.withLock({ $0?.revision }) == snapshot.revision else { return }
            watch.withLock { watch in
                if watch == nil { watch = AlarmWatch(facts) } else { watch?.update(facts) }
            }
            ready.continuation.yield()
        }
    }

    /// Looks until the task is cancelled, or the history is closed.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.webhooks.run() }
            group.addTask {
                while (try? await Task.sleep(for: .seconds(10))) != nil { self.lookAtHistory() }
            }
            for await _ in ready.stream { break }
            // Only the end of this is the end: that there is nobody to post to is no reason to look no more.
            for await event in events {
                guard case .record(let stored) = event, let record = try? Record(line: stored.line) else { continue }
                raise { $0.take(record, at: HubOffice.now()) }
            }
            group.cancelAll()
        }
    }

    private func lookAtHistory() {
        let (status, now) = (history.status, HubOffice.now())
        if let problem = status.problem {
            raise { $0.take(.historyDegraded(reason: problem, time: now)) }
        }
        // A source that is gone, or an earlier life of one, says nothing of the clock any more.
        for source in status.sources where source.isClockWrong && now - source.lastSeen < 60_000_000 {
            raise { $0.take(.sourceClock(source: source.source.name, ahead: source.skew ?? 0, time: now)) }
        }
    }

    private func raise(_ look: (inout AlarmWatch) -> [Record]) {
        let alarms = watch.withLock { watch -> [Record] in
            guard var now = watch.take() else { return [] }
            defer { watch = now }
            return look(&now)
        }
        for alarm in alarms {
            var line: [UInt8] = []
            RecordEncoder.append(alarm, to: &line)
            history.take(line, count: 1)
            webhooks.post(line)
            guard let said = alarm.alarm else { continue }
            logger.warning(
                "alarm", metadata: ["name": "\(said.name)", "subject": "\(said.subject)", "text": "\(said.text)"])
        }
    }
}
