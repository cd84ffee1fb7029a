import Access

// What happens when nothing does.

extension Exchange {
    /// Called about once a second.
    func tick(now: UInt64) {
        guard phase != .idle else { return }
        if wasActive {
            wasActive = false
            lastActive = now
        }
        guard now > lastActive, now - lastActive >= facts.limits.streamIdleNanoseconds else { return }
        // A caller that does not send its body is not the backend's fault.
        if phase == .judging { refuse(.requestTimeout) } else { timedOut() }
    }

    /// The route's time for the request is over; or nothing has moved for too long.
    func timedOut() {
        guard phase != .idle, phase != .answered else { return }
        dropUpstream()
        if isResponseStarted { fail(.upstreamTimeout) } else { refuse(.upstreamTimeout) }
    }

    /// The route's time for one attempt is over.
    func attemptTimedOut() {
        settleEndpoint(succeeded: false)
        guard let retry = decision.match?.rule.extras?.retry, phase != .answered, mayRepeat(retry) else {
            return timedOut()
        }
        dropUpstream()
        retryAfterBackoff()
    }

    /// The pause between two attempts is over.
    func backoffEnded() {
        guard phase == .connecting, attempt == nil else { return }
        retry()
    }

    /// The caller takes too long to send its request.
    func requestTimedOut() {
        guard phase != .idle, !isRequestEnded else { return }
        dropUpstream()
        guard !isResponseStarted else { return fail(.requestTimeout) }
        giveUpRequest()
        refuse(.requestTimeout)
    }

    /// The caller takes too long to send its head.
    func timedOutInHead() {
        request.reset()
        open()
        giveUpRequest()
        refuse(.requestTimeout)
    }
}
