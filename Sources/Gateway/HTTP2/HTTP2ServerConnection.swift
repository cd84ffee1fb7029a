import NIOCore
import NIOHTTP2

/// A caller's connection that speaks HTTP/2.
final class HTTP2ServerConnection: HTTP2Connection, ServerConnection {
    let facts: ConnectionFacts
    var patience: HTTP2Patience
    private var streams: [Int32: HTTP2ServerStream] = [:]
    /// Streams that are through, for the next ones.
    private var spare: [HTTP2ServerStream] = []
    /// Streams that got something in the present read.
    private var touched: [HTTP2ServerStream] = []
    private var lastStream = HTTP2StreamID.rootStream
    private var deadline: UInt64
    private var saidGoodbye = false
    private var isDraining = false
    /// The peer has said that it knows our settings; before that the frame handler does not hold it to them.
    private var isSettled = false
    private let settleDeadline: UInt64

    private static let spareStreams = 16

    init(worker: Worker, facts: ConnectionFacts) {
        self.facts = facts
        patience = HTTP2Patience(limit: facts.limits.limits.resets)
        deadline = worker.now() + facts.limits.headerNanoseconds
        settleDeadline = deadline
        super.init(worker: worker)
    }

    // MARK: frames

    override func received(_ frame: HTTP2Frame) {
        switch frame.payload {
        case .headers(let headers): received(headers, frame.streamID)
        case .data(let data):
            guard let stream = streams[Int32(frame.streamID)] else { return }
            touched.append(stream)
            stream.received(data)
        case .rstStream: strain()
        case .windowUpdate: if !patience.receivedWindowUpdate() { lostPatience() }
        case .settings(.ack): isSettled = true
        case .settings:
            if streams.isEmpty { deadline = worker.now() + facts.limits.idleNanoseconds }
        default: break
        }
    }

    private func received(_ headers: HTTP2Frame.FramePayload.Headers, _ id: HTTP2StreamID) {
        if let stream = streams[Int32(id)] {
            touched.append(stream)
            return stream.receivedTrailers(headers.headers, endStream: headers.endStream)
        }
        lastStream = max(lastStream, id)
        guard streams.count < facts.limits.limits.streams else {
            reset(id, .refusedStream)
            return strain()
        }
        let stream = spare.popLast() ?? HTTP2ServerStream(self)
        streams[Int32(id)] = stream
        touched.append(stream)
        stream.start(id, headers.headers, endStream: headers.endStream)
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

    override func streamClosed(_ id: HTTP2StreamID, _ reason: HTTP2ErrorCode?) {
        streams.removeValue(forKey: Int32(id))?.closed()
        guard streams.isEmpty else { return }
        deadline = worker.now() + facts.limits.idleNanoseconds
        if isDraining { sayGoodbye() }
    }

    /// A stream is through, its exchange too.
    func recycle(_ stream: HTTP2ServerStream) {
        flush()
        // The two hold each other otherwise.
        stream.exchange.caller = nil
        if isActive, spare.count < Self.spareStreams { spare.append(stream) }
    }

    // MARK: abuse

    /// The peer has caused work for nothing.
    func strain() {
        if !patience.strain(now: worker.now()) { lostPatience() }
    }

    override func streamFailed() { strain() }

    private func lostPatience() {
        guard isActive else { return }
        worker.logger.debug("HTTP/2 connection closed: too many resets, errors or window updates")
        close(.enhanceYourCalm, lastStream: lastStream)
    }

    // MARK: the connection

    override func handlerAdded(context: ChannelHandlerContext) {
        super.handlerAdded(context: context)
        worker.connectionOpened(self)
    }

    override func writabilityChanged() {
        for stream in streams.values { stream.exchange.callerWritabilityChanged() }
    }

    override func closed() {
        worker.connectionClosed(self)
        let open = streams.values
        streams = [:]
        for stream in open { stream.closed() }
        spare = []
    }

    /// Nothing more is taken; what was answered is read in peace, for a while.
    private func sayGoodbye() {
        guard !saidGoodbye else { return }
        saidGoodbye = true
        deadline = worker.now() + Worker.lingerNanoseconds
        close(.noError, lastStream: lastStream, lingers: true)
    }

    func tick(now: UInt64) {
        if saidGoodbye {
            if now >= deadline { context?.close(promise: nil) }
            return
        }
        if !isSettled, now >= settleDeadline { return close(.settingsTimeout, lastStream: lastStream) }
        for stream in streams.values { stream.tick(now: now) }
        if streams.isEmpty, now >= deadline { sayGoodbye() }
    }

    func leave() { drain() }

    /// Requests that are on their way are behind `lastStream`: their caller knows then that they were not looked at
    /// and sends them elsewhere.
    func drain() {
        guard !isDraining else { return }
        isDraining = true
        if streams.isEmpty { return sayGoodbye() }
        write(.rootStream, .goAway(lastStreamID: lastStream, errorCode: .noError, opaqueData: nil))
        flush()
    }

    func forceClose() {
        // Told before it is closed: with TLS that takes a while, and the records must be written before the end.
        for stream in streams.values { stream.exchange.gatewayEnds() }
        context?.close(promise: nil)
    }
}

// It gives its place to HTTP/2 when the caller turns out to speak that.
extension HTTP1ServerConnection: RemovableChannelHandler {}

extension Worker {
    /// Makes a caller's connection one of HTTP/2: because the handshake agreed on it, or because the first bytes of an
    /// HTTP/1.1 connection were its preface.
    ///
    /// - Parameters:
    ///   - replacing: the HTTP/1.1 connection that read the preface; it leaves the pipeline.
    ///   - first: what it had read.
    func startHTTP2(
        on channel: any Channel, facts: ConnectionFacts, replacing: HTTP1ServerConnection? = nil,
        first: ByteBuffer? = nil
    ) throws {
        let connection = HTTP2ServerConnection(worker: self, facts: facts)
        let frames = HTTP2Tuning.serverHandler(facts.limits.limits, watcher: connection.watcher)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandlers([frames, connection])
        guard let replacing else { return }
        let context = try pipeline.context(handler: replacing)
        if let first { context.fireChannelRead(NIOAny(first)) }
        pipeline.removeHandler(context: context, promise: nil)
    }
}
