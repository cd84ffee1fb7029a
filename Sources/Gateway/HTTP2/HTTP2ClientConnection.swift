import NIOCore
import NIOHTTP2
import Routing

/// A connection to a backend that speaks HTTP/2, shared by many requests.
final class HTTP2ClientConnection: HTTP2Connection {
    let endpoint: EndpointState
    let scheme: Scheme
    /// Filled by one stream after the other, and valid while it is handed on.
    let response = ResponseHead()
    let trailers = FieldSection()

    private enum State {
        /// Requests wait in `waiting`.
        case connecting
        case ready
        /// Takes no more requests: the backend said goodbye, or the endpoint is gone.
        case leaving
        case closed
    }

    private var state = State.connecting
    private var isConnected = false
    private var isActivated = false
    private var waiting: [ConnectAttempt] = []
    private var streams: [Int32: HTTP2ClientStream] = [:]
    /// Lent to requests that have not sent their head yet.
    private var lent = 0
    private var touched: [HTTP2ClientStream] = []
    private var nextID = 1
    private var limit = HTTP2Tuning.upstreamStreams
    private var isQuiet = false
    private var isPingOut = false
    private var heartbeat: RepeatedTask?
    private var idleBeats = 0

    /// How often a connection is looked at. One that was silent for a whole interval while requests run is asked
    /// whether it is alive, and ends if it does not answer within the next.
    private static let beat = TimeAmount.seconds(15)
    /// Beats without a request after which it is closed.
    private static let idleLimit = 4
    private static let lastUsableID = Int(Int32.max) - 2

    init(worker: Worker, endpoint: EndpointState, isSecure: Bool) {
        self.endpoint = endpoint
        scheme = isSecure ? .https : .http
        super.init(worker: worker)
    }

    // MARK: lending

    /// A request can be sent now.
    var hasRoom: Bool { state == .ready && streams.count + lent < limit && nextID <= Self.lastUsableID && isActive }

    /// A request may wait until it is connected.
    var takesWaiting: Bool { state == .connecting && waiting.count < HTTP2Tuning.upstreamStreams }

    func wait(_ attempt: ConnectAttempt) { waiting.append(attempt) }

    /// Lends a stream to a request.
    func lend(to receiver: UpstreamReceiver) {
        let stream = HTTP2ClientStream(self, isFirst: nextID == 1 && lent == 0)
        lent += 1
        stream.receiver = receiver
        receiver.upstreamReady(stream)
    }

    /// The stream's head is about to be written.
    func open(_ stream: HTTP2ClientStream) -> HTTP2StreamID {
        lent -= 1
        let id = HTTP2StreamID(nextID)
        nextID += 2
        streams[Int32(id)] = stream
        idleBeats = 0
        return id
    }

    /// A stream was given back before its head was written.
    func abandoned(_ stream: HTTP2ClientStream) {
        lent -= 1
        closeIfDone()
    }

    /// The connection is there, TLS included.
    func connected() {
        isConnected = true
        start()
    }

    /// A connection is known to be there before its handlers are told so, and before that nothing may be written.
    override func activated() {
        isActivated = true
        start()
    }

    private func start() {
        guard isConnected, isActivated else { return }
        guard state == .connecting else { return closeIfDone() }
        state = .ready
        let bound = NIOLoopBound(self, eventLoop: worker.eventLoop)
        heartbeat = worker.eventLoop.scheduleRepeatedTask(initialDelay: Self.beat, delay: Self.beat) { _ in
            bound.value.beat()
        }
        let attempts = waiting
        waiting = []
        for attempt in attempts {
            guard let receiver = attempt.take() else { continue }
            if hasRoom { lend(to: receiver) } else { receiver.upstreamFailed(.overloaded) }
        }
    }

    /// It cannot be had.
    func failed(_ failure: UpstreamFailure) {
        leave(.closed)
        let attempts = waiting
        waiting = []
        for attempt in attempts { attempt.take()?.upstreamFailed(failure) }
    }

    /// The endpoint is no longer in the configuration: what runs may finish.
    func retire() {
        if state != .closed { leave(.leaving) }
        closeIfDone()
    }

    private func leave(_ next: State) {
        state = next
        endpoint.multiplexed.removeAll { $0 === self }
    }

    private func closeIfDone() {
        guard state == .leaving, streams.isEmpty, lent == 0, waiting.isEmpty, isActive else { return }
        close(.noError, lastStream: .rootStream)
    }

    // MARK: frames

    override func received(_ frame: HTTP2Frame) {
        isQuiet = false
        switch frame.payload {
        case .headers(let headers): with(frame.streamID) { $0.received(headers) }
        case .data(let data): with(frame.streamID) { $0.received(data) }
        case .settings(.settings(let settings)): settingsChanged(settings)
        case .goAway(let last, _, _): goAway(last)
        case .ping(_, ack: true): isPingOut = false
        default: break
        }
    }

    private func with(_ id: HTTP2StreamID, _ body: (HTTP2ClientStream) -> Void) {
        guard let stream = streams[Int32(id)] else { return }
        touched.append(stream)
        body(stream)
    }

    private func settingsChanged(_ settings: HTTP2Settings) {
        for setting in settings where setting.parameter == .maxConcurrentStreams {
            limit = min(setting.value, HTTP2Tuning.upstreamStreams)
        }
    }

    /// The backend goes; requests behind `last` it has not looked at, and they can be sent elsewhere.
    private func goAway(_ last: HTTP2StreamID) {
        leave(.leaving)
        for (id, stream) in streams where id > Int32(last) {
            streams[id] = nil
            stream.closed(isUntouched: true)
        }
        closeIfDone()
    }

    override func streamClosed(_ id: HTTP2StreamID, _ reason: HTTP2ErrorCode?) {
        streams.removeValue(forKey: Int32(id))?.closed(isUntouched: reason == .refusedStream)
        closeIfDone()
    }

    override func readCompleted() {
        guard !touched.isEmpty else { return }
        let streams = touched
        touched.removeAll(keepingCapacity: true)
        for stream in streams { stream.readCompleted() }
    }

    override func receiver(_ id: HTTP2StreamID) -> HTTP2Receiver? { streams[Int32(id)]?.input }

    override func forEachReceiver(_ body: (HTTP2Receiver) -> Void) {
        for stream in streams.values { body(stream.input) }
    }

    override func writabilityChanged() {
        for stream in streams.values { stream.writabilityChanged() }
    }

    // MARK: life

    override func handlerAdded(context: ChannelHandlerContext) {
        super.handlerAdded(context: context)
        worker.metrics.upstreamConnections += 1
        worker.metrics.upstreamConnectionsTotal += 1
    }

    override func handlerRemoved(context: ChannelHandlerContext) {
        super.handlerRemoved(context: context)
        worker.metrics.upstreamConnections -= 1
    }

    override func closed() {
        heartbeat?.cancel()
        heartbeat = nil
        failed(.connect)
        let open = streams.values
        streams = [:]
        for stream in open { stream.closed(isUntouched: false) }
    }

    private func beat() {
        guard isActive else { return }
        if streams.isEmpty {
            idleBeats += 1
            isPingOut = false
            if idleBeats >= Self.idleLimit, lent == 0 {
                leave(.leaving)
                closeIfDone()
            }
            return
        }
        if isPingOut, isQuiet {
            context?.close(promise: nil)
            return
        }
        if isQuiet {
            isPingOut = true
            write(.rootStream, .ping(HTTP2PingData(withInteger: 1), ack: false))
            flush()
        }
        isQuiet = true
    }
}

extension Worker {
    /// Gives the receiver a stream of a connection to the endpoint: at once where one has room, or of a new one.
    ///
    /// - Returns: the wait, when there is one.
    func acquireHTTP2(
        _ cluster: ClusterState, _ endpoint: EndpointState, for receiver: UpstreamReceiver
    ) -> ConnectAttempt? {
        if let connection = endpoint.multiplexed.first(where: \.hasRoom) {
            connection.lend(to: receiver)
            return nil
        }
        let limits = configuration.upstreamLimits
        let isFull = endpoint.waiting >= limits.pendingRequests
        let attempt = ConnectAttempt(receiver, endpoint)
        if !isFull, let connection = endpoint.multiplexed.first(where: \.takesWaiting) {
            connection.wait(attempt)
        } else if !isFull, endpoint.multiplexed.count < limits.upstreamConnections {
            openHTTP2(cluster, endpoint).wait(attempt)
        } else {
            // Told on the next turn: the receiver has not got the attempt yet.
            eventLoop.assumeIsolated().execute { attempt.take()?.upstreamFailed(.overloaded) }
        }
        return attempt
    }

    private func openHTTP2(_ cluster: ClusterState, _ endpoint: EndpointState) -> HTTP2ClientConnection {
        let connection = HTTP2ClientConnection(
            worker: self, endpoint: endpoint, isSecure: cluster.cluster.key.tls != nil)
        endpoint.multiplexed.append(connection)
        let headerBytes = responseLimits.headBytes
        connect(cluster, endpoint, speaking: .http2) { channel in
            let frames = HTTP2Tuning.clientHandler(headerBytes: headerBytes, watcher: connection.watcher)
            try channel.pipeline.syncOperations.addHandlers([frames, connection])
        } completion: { result in
            switch result {
            case .success: connection.connected()
            case .failure(let failure): connection.failed(failure.failure)
            }
        }
        return connection
    }
}
