import Kubernetes

// When a request is sent again.

extension Exchange {
    /// Sends the request again, to another endpoint where there is one.
    func retry() {
        worker.metrics.upstreamRetries += 1
        connect(excluding: endpoint)
        upstream?.flush()
    }

    /// A request goes again only when nothing of it that matters can have been done: no connection was made, the
    /// backend said that it did not look at it, or a connection that had been idle was closed under a request that
    /// may be repeated. A route's `retry` allows more.
    func canRetry(_ failure: UpstreamFailure) -> Bool {
        let retry = decision.match?.rule.extras?.retry
        guard attempts <= retry?.attempts ?? 1, failure == .connect || isBodyHere else { return false }
        switch failure {
        case .connect, .refused: return true
        case .closedBeforeResponse: return retry != nil || (usedIdleConnection && request.method.isIdempotent)
        case .tls, .closedInResponse, .malformedResponse, .overloaded: return false
        }
    }

    /// Everything of the body that has come can be sent again.
    var isBodyHere: Bool { body.isWhole || measures.bytesIn == 0 || body.bytes == measures.bytesIn }

    /// Whether the route lets a request go again that a backend has seen.
    func mayRepeat(_ retry: HTTPRoute.Retry) -> Bool {
        attempts <= retry.attempts && isRequestEnded && isBodyHere
    }

    func retryAfterBackoff() {
        guard let backoff = decision.match?.rule.extras?.retry?.backoff, backoff.count > 0 else { return retry() }
        phase = .connecting
        timers.startBackoff(self, milliseconds: backoff.count)
    }
}
