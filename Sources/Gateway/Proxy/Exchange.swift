import Access
import Kubernetes
import NIOCore

/// One request from its first byte to its record.
///
/// It decides by the stages of `Exchange+Stages.swift`, then carries bytes both ways. It belongs to one event loop;
/// an HTTP/1.1 connection uses the same one for all its requests. Whatever way the request ends, `finish` is called
/// once, and exactly one record leaves.
final class Exchange: UpstreamReceiver {
    /// Where the request is.
    enum Phase {
        case idle
        /// The stages decide.
        case deciding
        /// The body is being collected, because what it says decides.
        case judging
        /// The shared counters are being asked.
        case reserving
        /// A connection to a backend is being opened.
        case connecting
        case forwarding
        /// We have answered ourselves; what is left of the request is thrown away.
        case answered
        case tunnel
    }

    let worker: Worker
    let facts: ConnectionFacts
    let request = RequestHead()
    // What each request and each piece of an answer touches does without the run-time check of exclusive access.
    @exclusivity(unchecked) var caller: ServerStream?

    @exclusivity(unchecked) var phase = Phase.idle
    @exclusivity(unchecked) private(set) var configuration: GatewayConfiguration
    /// The request's id, 32 hexadecimal digits: made once, used for the backend, the caller and the record.
    @exclusivity(unchecked) private(set) var id = ""
    /// The request's place in a trace; nil: it is in none.
    @exclusivity(unchecked) var trace: Trace?
    /// Leave to forward, and the caller's place under its limits, until the request has ended.
    @exclusivity(unchecked) var permit: Permit?
    @exclusivity(unchecked) var decision: Decision
    @exclusivity(unchecked) var measures = Measures()

    // The way to the backend.
    @exclusivity(unchecked) var cluster: ClusterState?
    @exclusivity(unchecked) var endpoint: EndpointState?
    @exclusivity(unchecked) var upstream: UpstreamStream?
    @exclusivity(unchecked) var attempt: ConnectAttempt?
    @exclusivity(unchecked) var attempts = 0
    @exclusivity(unchecked) var mirrors: [MirrorReceiver] = []
    @exclusivity(unchecked) var timers = RouteTimers()
    @exclusivity(unchecked) private var isRunningOnEndpoint = false
    @exclusivity(unchecked) private(set) var usedIdleConnection = false
    @exclusivity(unchecked) private var isAcquiring = false

    // How far both directions are.
    @exclusivity(unchecked) var body = HeldBody()
    @exclusivity(unchecked) var judged = JudgedBody()
    @exclusivity(unchecked) var metering = Metering()
    @exclusivity(unchecked) var spending = Spending()
    /// What a policy has stored of the request; nil: nothing, as nearly always.
    @exclusivity(unchecked) var tape: ContentTape?
    /// Counts requests: what comes late can tell whether it is still meant.
    @exclusivity(unchecked) private(set) var number: UInt64 = 0
    @exclusivity(unchecked) private var requestTrailers: FieldSection?
    @exclusivity(unchecked) private(set) var isRequestEnded = false
    @exclusivity(unchecked) private(set) var isResponseStarted = false
    @exclusivity(unchecked) private(set) var isResponseEnded = false

    // When something last moved.
    @exclusivity(unchecked) var wasActive = false
    @exclusivity(unchecked) var lastActive: UInt64 = 0

    init(worker: Worker, facts: ConnectionFacts) {
        self.worker = worker
        self.facts = facts
        configuration = worker.configuration
        decision = Decision(source: facts.source)
    }

    /// True between requests.
    var isIdle: Bool { phase == .idle }

    /// The rest of a refused request's body is short enough to be read over, so that the connection can go on.
    var discardsRest: Bool {
        guard phase == .answered, !request.expectsContinue, case .length(let count) = request.framing else {
            return false
        }
        return count <= Self.discardLimit
    }
    private static let discardLimit: UInt64 = 256 * 1024

    // MARK: from the caller

    /// The head is in `request`.
    ///
    /// - Parameter endsHere: there is no body.
    func begin(endsHere: Bool) {
        open()
        isRequestEnded = endsHere
        decision.path = request.path
        decision.host = request.host
        enterTrace()
        decide()
    }

    /// The head could not be read in one way only.
    func reject(_ rejection: Rejection) {
        request.reset()
        open()
        isRequestEnded = true
        refuse(rejection)
    }

    /// The body's framing broke in the middle of the request: nothing of the connection can be trusted any more.
    func requestBroken(_ rejection: Rejection) {
        guard phase != .idle else { return }
        isRequestEnded = true
        guard !isResponseStarted else { return fail(rejection.reason) }
        dropUpstream()
        refuse(rejection)
    }

    private func refuse(_ rejection: Rejection) {
        decision.rejection = rejection
        refuse(rejection.reason)
    }

    func open() {
        phase = .deciding
        number &+= 1
        configuration = worker.configuration
        id = worker.random.makeID()
        trace = nil
        measures.started = worker.now()
        measures.startedWall = worker.wallMicroseconds()
        lastActive = measures.started
        worker.metrics.activeRequests += 1
    }

    func requestBody(_ piece: ByteBuffer) {
        measures.bytesIn += UInt64(piece.readableBytes)
        wasActive = true
        guard measures.bytesIn <= facts.limits.limits.bodyBytes else { return bodyTooLarge() }
        switch phase {
        case .judging:
            if let reason = judged.append(piece) { refuse(reason) }
            return
        case .connecting, .deciding, .reserving:
            body.hold(piece)
            caller?.pauseRequest()
        case .forwarding:
            body.keep(piece)
            upstream?.sendBody(piece)
        case .idle, .answered, .tunnel:
            return
        }
        for mirror in mirrors { mirror.sendBody(piece) }
    }

    func requestEnd(trailers: FieldSection?) {
        guard phase != .idle, !isRequestEnded else { return }
        isRequestEnded = true
        requestTrailers = trailers
        for mirror in mirrors { mirror.sendEnd() }
        switch phase {
        case .judging:
            phase = .deciding
            decide(from: .judge)
            upstream?.flush()
        case .forwarding: upstream?.sendEnd(trailers: trailers)
        case .answered: finishIfComplete()
        case .idle, .deciding, .reserving, .connecting, .tunnel: break
        }
    }

    /// The connection, or the stream, is gone.
    func callerClosed() {
        let wasRunning = phase != .idle
        caller = nil
        guard wasRunning else { return }
        let hasEverything = isResponseEnded || metering.settleIfComplete()
        if decision.outcome == nil, !hasEverything, phase != .tunnel { decision.outcome = .clientClosed }
        dropUpstream()
        finish()
    }

    /// The rest of the request will not come.
    func giveUpRequest() { isRequestEnded = true }

    /// What followed the body is not sent: it was not judged.
    func dropTrailers() { requestTrailers = nil }

    private func bodyTooLarge() {
        guard phase != .answered else { return }
        guard !isResponseStarted else { return fail(.bodyTooLarge) }
        dropUpstream()
        refuse(.bodyTooLarge)
    }

    // MARK: to the backend

    /// Starts the first attempt. Only a permit opens the way here; it is kept until the request has ended.
    func forward(_ permit: consuming Permit) {
        self.permit = consume permit
        body.keepsWhatIsSent = decision.match?.rule.extras?.retry != nil
        timers.startRequest(self)
        connect(excluding: nil)
    }

    /// Asks for a connection to an endpoint of the chosen backend.
    func connect(excluding failed: EndpointState?) {
        let now = worker.now()
        guard let cluster, let next = cluster.pick(excluding: failed, now: now) else {
            return refuse(.noHealthyUpstream)
        }
        phase = .connecting
        leaveEndpoint()
        endpoint = next
        next.active += 1
        isRunningOnEndpoint = true
        attempts += 1
        measures.connecting = now
        measures.connected = 0
        timers.startAttempt(self)
        isAcquiring = true
        let waiting = worker.acquire(cluster, next, for: self)
        // An attempt that has failed already may have been followed by another, which is the one that counts.
        if let waiting, waiting.isWaiting { attempt = waiting }
        isAcquiring = false
    }

    private func leaveEndpoint() {
        if isRunningOnEndpoint { endpoint?.active -= 1 }
        isRunningOnEndpoint = false
    }

    override func upstreamReady(_ stream: UpstreamStream) {
        attempt = nil
        upstream = stream
        usedIdleConnection = stream.isReused
        measures.connected = usedIdleConnection ? measures.connecting : worker.now()
        phase = .forwarding
        stream.sendHead(request, endsHere: isRequestEnded && body.pieces.isEmpty)
        for piece in body.pieces { stream.sendBody(piece) }
        if isRequestEnded { stream.sendEnd(trailers: requestTrailers) }
        body.wereSent()
        if request.expectsContinue, measures.bytesIn == 0 { caller?.writeContinue() }
        // An idle connection was there at once: what the caller sent along with the head leaves together with it.
        if !isAcquiring { stream.flush() }
        caller?.resumeRequest()
    }

    override func upstreamFailed(_ failure: UpstreamFailure) {
        attempt = nil
        upstream = nil
        worker.metrics.upstreamFailures["\(failure)", default: 0] += 1
        // Our own limits say nothing about the endpoint.
        if failure != .overloaded { settleEndpoint(succeeded: false) }
        guard !isResponseStarted else { return fail(failure.reason) }
        if canRetry(failure) { return retry() }
        refuse(failure.reason)
    }

    override func upstreamWritabilityChanged() {
        guard let upstream, upstream.isWritable else { return }
        if body.pieces.isEmpty { judged.giveBack() }
        caller?.resumeRequest()
    }

    // MARK: from the backend

    override func upstreamInformational(_ head: ResponseHead) {
        head.prepareForCaller()
        caller?.writeInformational(head)
    }

    override func upstreamHead(_ head: ResponseHead, endsHere: Bool) {
        wasActive = true
        settleEndpoint(succeeded: !(502...504).contains(head.status))
        if let retry = decision.match?.rule.extras?.retry, retry.codes.contains(Int(head.status)), mayRepeat(retry) {
            upstream?.cancel()
            upstream = nil
            return retryAfterBackoff()
        }
        timers.cancelAttempt()
        measures.firstByte = worker.now()
        measures.status = head.status
        isResponseStarted = true
        body = HeldBody()
        judged.giveBack()
        if tape != nil { captureAnswer(head) }
        if !endsHere { startMetering(head) }
        finishBackendHead(head)
        bindSession(head)
        caller?.writeHead(head, endsHere: endsHere)
    }

    override func upstreamBody(_ piece: ByteBuffer) {
        wasActive = true
        if metering.isActive { return relayMetered(piece) }
        relay(piece)
    }

    /// The answer ends here, well-formed, whatever the backend would still say.
    func endAnswer() {
        dropUpstream()
        isResponseEnded = true
        caller?.writeEnd(trailers: nil)
        caller?.flush()
        finishIfComplete()
    }

    override func upstreamEnd(trailers: FieldSection?) {
        upstream = nil
        if metering.isActive, !endMetered() { return }
        isResponseEnded = true
        caller?.writeEnd(trailers: trailers)
        caller?.flush()
        finishIfComplete()
    }

    override func upstreamReadComplete() {
        guard let caller else { return }
        caller.flush()
        if !caller.isWritable { upstream?.pauseResponse() }
    }

    override func upstreamTunnel(_ head: ResponseHead) {
        timers.cancel()
        measures.firstByte = worker.now()
        measures.status = head.status
        isResponseStarted = true
        phase = .tunnel
        finishBackendHead(head)
        caller?.writeHead(head, endsHere: true)
        caller?.flush()
        caller?.becomeTunnel()
    }

    override func upstreamTunnelBytes(_ bytes: ByteBuffer) {
        wasActive = true
        measures.bytesOut += UInt64(bytes.readableBytes)
        caller?.writeTunnel(bytes)
        if caller?.isWritable == false { upstream?.pauseResponse() }
    }

    override func upstreamTunnelClosed() {
        upstream = nil
        isResponseEnded = true
        let caller = caller
        finish()
        caller?.closeTunnel()
    }

    // MARK: the end

    /// Our own answer is about to be written.
    func startAnswer(status: UInt16) {
        phase = .answered
        measures.status = status
        measures.firstByte = worker.now()
        // What is left of the body is thrown away: a copy that has not got all of it never will.
        for mirror in mirrors { mirror.exchangeEnded() }
        mirrors = []
    }

    /// Our own answer has been written.
    func answered() {
        isResponseStarted = true
        isResponseEnded = true
        body = HeldBody()
        judged.giveBack()
        caller?.resumeRequest()
        finishIfComplete()
    }

    private func finishIfComplete() {
        guard isResponseEnded else { return }
        // A backend that answers early leaves a request that is not wanted any more; the caller's side decides
        // whether the connection can go on.
        if !isRequestEnded, discardsRest { return }
        finish()
    }

    /// The answer cannot go on: the caller must notice, and the record says why.
    func fail(_ reason: Reason) {
        // What was refused before keeps the reason of its refusal.
        if decision.outcome == nil { decision.outcome = reason }
        dropUpstream()
        // The caller's side must not begin another request on a connection that is about to be cut.
        let cut = caller
        caller = nil
        finish()
        cut?.abort()
    }

    private func finish() {
        guard phase != .idle else { return }
        timers.cancel()
        for mirror in mirrors { mirror.exchangeEnded() }
        leaveEndpoint()
        worker.metrics.activeRequests -= 1
        settle()
        reset()
        caller?.exchangeEnded()
    }

    /// Gives back what was reserved, counts, and writes the record.
    private func settle() {
        permit = nil
        settleUsage()
        measures.ended = worker.now()
        measure()
        worker.record { writeRecord(to: &$0) }
        closeTape()
    }

    private func reset() {
        phase = .idle
        decision = Decision(source: facts.source)
        measures = Measures()
        body = HeldBody()
        judged.giveBack()
        metering = Metering()
        spending = Spending()
        cluster = nil
        endpoint = nil
        attempts = 0
        if !mirrors.isEmpty { mirrors = [] }
        requestTrailers = nil
        isRequestEnded = false
        isResponseStarted = false
        isResponseEnded = false
    }
}
