import NIOCore

/// The times that a route sets: for the whole request, for one attempt, and the pause before the next one.
/// Most routes set none, and then nothing is scheduled.
struct RouteTimers {
    private var request: Scheduled<Void>?
    private var attempt: Scheduled<Void>?
    private var backoff: Scheduled<Void>?

    /// The request is about to be forwarded.
    mutating func startRequest(_ exchange: Exchange) {
        guard let limit = exchange.decision.match?.rule.extras?.timeouts.request, limit.count > 0 else { return }
        request = Self.schedule(exchange, milliseconds: limit.count) { $0.timedOut() }
    }

    /// An attempt begins; the time of the one before is no longer of interest.
    mutating func startAttempt(_ exchange: Exchange) {
        cancelAttempt()
        guard let limit = exchange.decision.match?.rule.extras?.timeouts.backendRequest, limit.count > 0 else { return }
        attempt = Self.schedule(exchange, milliseconds: limit.count) { $0.attemptTimedOut() }
    }

    /// There will be another attempt after a pause.
    mutating func startBackoff(_ exchange: Exchange, milliseconds: Int64) {
        cancelAttempt()
        backoff = Self.schedule(exchange, milliseconds: milliseconds) { $0.backoffEnded() }
    }

    mutating func cancelAttempt() {
        attempt?.cancel()
        attempt = nil
    }

    mutating func cancel() {
        guard request != nil || attempt != nil || backoff != nil else { return }
        request?.cancel()
        attempt?.cancel()
        backoff?.cancel()
        self = RouteTimers()
    }

    private static func schedule(
        _ exchange: Exchange, milliseconds: Int64, _ body: @escaping @Sendable (Exchange) -> Void
    ) -> Scheduled<Void> {
        let loop = exchange.worker.eventLoop
        let bound = NIOLoopBound(exchange, eventLoop: loop)
        return loop.scheduleTask(in: .milliseconds(milliseconds)) { body(bound.value) }
    }
}
