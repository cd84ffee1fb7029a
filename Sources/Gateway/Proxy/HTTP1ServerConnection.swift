import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The channel's end, whenever it comes, will be a reset.
private func closeWithReset(_ channel: any Channel) {
    guard let options = channel as? any SocketOptionProvider else { return }
    _ = options.setSoLinger(linger(l_onoff: 1, l_linger: 0))
}

/// A caller's connection that speaks HTTP/1.1: one request after the other.
final class HTTP1ServerConnection: ServerStream, ChannelDuplexHandler, ServerConnection {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// What the bytes that come next belong to.
    private enum Reading {
        case head
        case body(UInt64)
        case chunked
        /// The request is here; what comes now is the next one's, and waits.
        case nothing
        case tunnel
        /// The last answer has been sent; what the caller still sends is thrown away so that it can read the answer.
        case lingering
    }

    /// How the answer's body is framed.
    private enum Framing {
        case none
        case plain
        case chunked
    }

    let facts: ConnectionFacts
    private let worker: Worker
    private let exchange: Exchange
    @exclusivity(unchecked) private var context: ChannelHandlerContext?
    @exclusivity(unchecked) private var reading = Reading.head
    @exclusivity(unchecked) private var framing = Framing.none
    @exclusivity(unchecked) private var buffered: ByteBuffer?
    @exclusivity(unchecked) private var scanned = 0
    @exclusivity(unchecked) private var chunks = ChunkedDecoder()
    private let trailers = FieldSection()
    @exclusivity(unchecked) private var out = OutgoingBytes()
    @exclusivity(unchecked) private var keepsAlive = true
    @exclusivity(unchecked) private var gate = ReadGate()
    @exclusivity(unchecked) private var isParsing = false
    private var lingered = 0
    /// The answer that is being written has no other end than that of the connection.
    private var isEndedByClosing = false
    @exclusivity(unchecked) private var hasRequests = false
    /// Nanoseconds of the monotonic clock; what happens then depends on what is being read.
    @exclusivity(unchecked) private var deadline: UInt64

    init(worker: Worker, facts: ConnectionFacts) {
        self.worker = worker
        self.facts = facts
        exchange = Exchange(worker: worker, facts: facts)
        deadline = worker.now() + facts.limits.headerNanoseconds
        super.init()
        exchange.caller = self
    }

    override var isWritable: Bool { context?.channel.isWritable ?? false }

    // MARK: the request

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        if var waiting = buffered {
            buffered = nil
            waiting.writeBuffer(&bytes)
            bytes = waiting
        }
        parse(&bytes)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        exchange.callerReadComplete()
        flush()
    }

    private func parse(_ bytes: inout ByteBuffer) {
        isParsing = true
        while bytes.readableBytes > 0, step(&bytes) {}
        isParsing = false
        guard bytes.readableBytes > 0 else { return }
        buffered = bytes
        if case .nothing = reading, bytes.readableBytes >= Worker.pipelineLimit { gate.close() }
    }

    /// Consumes what it can of the next thing.
    ///
    /// - Returns: false when more bytes, or the end of the running exchange, must come first.
    private func step(_ bytes: inout ByteBuffer) -> Bool {
        switch reading {
        case .head: return readHead(&bytes)
        case .body(let left): readBody(left, &bytes)
        case .chunked: return readChunk(&bytes)
        case .nothing: return false
        case .tunnel:
            exchange.tunnelFromCaller(bytes)
            bytes.clear()
        case .lingering:
            lingered += bytes.readableBytes
            bytes.clear()
            if lingered > Worker.lingerLimit { context?.close(promise: nil) }
        }
        return true
    }

    private func readHead(_ bytes: inout ByteBuffer) -> Bool {
        let isFirst = scanned == 0
        let result = bytes.withUnsafeReadableBytes {
            HTTP1.parseRequest($0, scanned: &scanned, limits: facts.limits.wire, into: exchange.request)
        }
        switch result {
        case .needMore:
            if isFirst { deadline = worker.now() + facts.limits.headerNanoseconds }
            return false
        case .http2Preface:
            return startHTTP2(&bytes)
        case .rejected(let rejection):
            keepsAlive = false
            reading = .nothing
            bytes.clear()
            exchange.reject(rejection)
            return false
        case .complete(let count):
            bytes.moveReaderIndex(forwardBy: count)
            hasRequests = true
            startExchange()
            return true
        }
    }

    private func startExchange() {
        let request = exchange.request
        keepsAlive = request.keepAlive && !worker.isLeaving
        deadline = worker.now() + facts.limits.requestNanoseconds
        switch request.framing {
        case .none: reading = .nothing
        case .length(let count): reading = count == 0 ? .nothing : .body(count)
        case .chunked:
            reading = .chunked
            chunks = ChunkedDecoder(limits: facts.limits.wire)
        case .untilClose: reading = .nothing
        }
        let endsHere = if case .nothing = reading { true } else { false }
        exchange.begin(endsHere: endsHere)
    }

    private func readBody(_ left: UInt64, _ bytes: inout ByteBuffer) {
        let count = Int(min(left, UInt64(bytes.readableBytes)))
        guard let piece = bytes.readSlice(length: count) else { return }
        let isLast = left == UInt64(count)
        reading = isLast ? .nothing : .body(left - UInt64(count))
        exchange.requestBody(piece)
        if isLast { exchange.requestEnd(trailers: nil) }
    }

    private func readChunk(_ bytes: inout ByteBuffer) -> Bool {
        switch chunks.next(from: &bytes, trailers: trailers) {
        case .needMore:
            return false
        case .data(let piece):
            exchange.requestBody(piece)
            return true
        case .end(let trailers):
            reading = .nothing
            exchange.requestEnd(trailers: trailers)
            return true
        case .rejected(let rejection):
            keepsAlive = false
            reading = .nothing
            bytes.clear()
            exchange.requestBroken(rejection)
            return false
        }
    }

    /// The caller speaks HTTP/2 without having asked: allowed where the listener says so, and only as the first bytes.
    private func startHTTP2(_ bytes: inout ByteBuffer) -> Bool {
        guard let context, !hasRequests, facts.allowsPriorKnowledge else {
            keepsAlive = false
            reading = .nothing
            bytes.clear()
            exchange.reject(.notHTTP)
            return false
        }
        reading = .nothing
        let first = bytes
        bytes.clear()
        worker.connectionChangesHands(self)
        do {
            try worker.startHTTP2(on: context.channel, facts: facts, replacing: self, first: first)
        } catch {
            context.close(promise: nil)
        }
        return false
    }

    override func pauseRequest() { gate.close() }

    override func resumeRequest() {
        if gate.open() { context?.read() }
    }

    func read(context: ChannelHandlerContext) {
        if gate.mayRead() { context.read() }
    }

    // MARK: the answer

    override func writeContinue() {
        guard exchange.request.version == .http11 else { return }
        out.append(worker) { $0.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n") }
        flush()
    }

    override func writeInformational(_ head: ResponseHead) {
        guard exchange.request.version == .http11 else { return }
        head.setFramingFields(version: .http11, bodyless: true)
        out.append(worker) { $0.write(head) }
    }

    override func writeHead(_ head: ResponseHead, endsHere: Bool) {
        if worker.isLeaving || (!requestIsComplete && !exchange.discardsRest) { keepsAlive = false }
        let isBodyless = exchange.request.method == .head || head.status == 304 || head.framing == .none
        framing = isBodyless ? .none : framing(of: head)
        head.setFraming(framing == .chunked ? .chunked : head.framing)
        head.setKeepAlive(keepsAlive)
        head.setFramingFields(version: exchange.request.version, bodyless: isBodyless)
        out.append(worker) { $0.write(head) }
    }

    /// An answer of unknown length goes in chunks where the caller can read them, and ends the connection where not.
    private func framing(of head: ResponseHead) -> Framing {
        switch head.framing {
        case .none: return .none
        case .length: return .plain
        case .chunked, .untilClose:
            if exchange.request.version == .http11 { return .chunked }
            keepsAlive = false
            isEndedByClosing = true
            head.setFraming(.untilClose)
            return .plain
        }
    }

    override func writeBody(_ body: ByteBuffer) {
        guard body.readableBytes > 0, framing != .none else { return }
        if framing == .chunked {
            out.appendChunk(body, worker, context)
        } else {
            out.append(body, worker, context)
        }
    }

    override func writeEnd(trailers: FieldSection?) {
        if framing == .chunked { out.append(worker) { $0.writeLastChunk(trailers: trailers) } }
    }

    override func flush() {
        guard out.isFlushNeeded, let context else { return }
        context.flush(out.take(), worker)
    }

    override func abort() {
        reading = .nothing
        keepsAlive = false
        buffered = nil
        // Where the end of the connection is the end of the answer, only a reset says that it is not complete.
        if isEndedByClosing, let channel = context?.channel { closeWithReset(channel) }
        context?.close(promise: nil)
    }

    private var requestIsComplete: Bool {
        switch reading {
        case .nothing, .tunnel: true
        default: false
        }
    }

    override func exchangeEnded() {
        flush()
        guard keepsAlive, !worker.isLeaving else { return linger() }
        reading = .head
        scanned = 0
        deadline = worker.now() + facts.limits.idleNanoseconds
        resumeRequest()
        guard !isParsing, var waiting = buffered else { return }
        buffered = nil
        parse(&waiting)
        exchange.callerReadComplete()
        flush()
    }

    /// Says that nothing more comes, and waits for the caller to close: closing at once, with unread bytes in the
    /// socket, would make the system take back the answer that the caller has not read yet.
    private func linger() {
        guard let context, !isLingering else { return }
        reading = .lingering
        buffered = nil
        // A slow reader is given time for what is still to be written; the short wait begins after that.
        deadline = worker.now() + facts.limits.idleNanoseconds
        resumeRequest()
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [self] _ in
            deadline = worker.now() + Worker.lingerNanoseconds
        }
        context.close(mode: .output, promise: written)
    }

    private var isLingering: Bool { if case .lingering = reading { true } else { false } }

    // MARK: tunnels

    override func becomeTunnel() {
        keepsAlive = false
        reading = .tunnel
        // What came before the backend agreed may have stopped the reading.
        resumeRequest()
        guard !isParsing, var waiting = buffered else { return }
        buffered = nil
        parse(&waiting)
    }

    override func writeTunnel(_ bytes: ByteBuffer) {
        context?.writeAndFlush(Self.wrapOutboundOut(bytes), promise: nil)
    }

    override func closeTunnel() {
        linger()
    }

    // MARK: the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        worker.connectionOpened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelInactive(context: ChannelHandlerContext) {
        worker.connectionClosed(self)
        exchange.callerClosed()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        exchange.callerWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
    }

    /// Called about once a second.
    func tick(now: UInt64) {
        guard exchange.isIdle || now < deadline || requestIsComplete else { return requestTimedOut() }
        exchange.tick(now: now)
        guard exchange.isIdle, now >= deadline else { return }
        if case .head = reading, scanned > 0 || buffered != nil {
            keepsAlive = false
            reading = .nothing
            buffered = nil
            exchange.timedOutInHead()
        } else {
            context?.close(promise: nil)
        }
    }

    private func requestTimedOut() {
        keepsAlive = false
        exchange.requestTimedOut()
        flush()
    }

    /// The gateway is about to stop: idle connections end now, the others with their answer.
    /// The next answer says it. Whoever is idle may be about to ask, and is not to be cut short.
    func leave() {}

    func drain() {
        guard exchange.isIdle, buffered == nil else { return }
        linger()
    }

    /// The deadline for stopping is over.
    func forceClose() {
        // Told before it is closed: with TLS that takes a while, and the record must be written before the end.
        exchange.gatewayEnds()
        context?.close(promise: nil)
    }
}
