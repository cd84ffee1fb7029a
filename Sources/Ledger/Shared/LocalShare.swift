import Access
import Synchronization

/// What one request holds of this gateway's own share, while the shared counters do not answer. What it spends is
/// booked in them when they answer again.
public final class LocalShare: Sendable {
    private let counters: SharedCounters
    private let lines: [ScaledLine]
    let reservation: SpendReservation
    private let last: Mutex<(amount: SpendAmount, time: Int64)?>

    init(_ counters: SharedCounters, _ lines: [SpendLine], _ reservation: SpendReservation) {
        self.counters = counters
        self.lines = lines.map(ScaledLine.init)
        self.reservation = reservation
        last = Mutex(nil)
    }

    deinit { post() }

    func meter(_ soFar: SpendAmount, now: Int64) -> MeterResult {
        last.withLock { $0 = (soFar, now) }
        return reservation.meter(soFar, now: now)
    }

    func settle(_ actual: SpendAmount, now: Int64) {
        last.withLock { $0 = (actual, now) }
        reservation.settle(actual, now: now)
    }

    private func post() {
        guard let (amount, time) = last.withLock({ $0 }) else { return }
        for line in lines {
            let window = line.line.window
            let key = Outbox.Key(
                replica: "", account: line.line.account, window: window, bucket: window.bucket(at: time))
            counters.outbox.add(key, spent: line.total(amount), released: 0)
        }
    }
}
