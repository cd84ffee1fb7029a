import NIOCore
import NIOSSL

/// One connection to a backend that speaks HTTP/1.1; lent to one request at a time.
final class HTTP1ClientConnection: UpstreamStream, ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// What the bytes that come next belong to.
    private enum Reading {
        case nothing
        case head
        case body(UInt64)
        case chunked
        case untilClose
        case tunnel
    }

    let endpoint: EndpointState
    /// When the last answer ended, in nanoseconds; for the sweep of idle connections.
    @exclusivity(unchecked) private(set) var idleSince: UInt64 = 0

    private let worker: Worker
    @exclusivity(unchecked) private var context: ChannelHandlerContext?
    @exclusivity(unchecked) private var reading = Reading.nothing
    @exclusivity(unchecked) private var buffered: ByteBuffer?
    @exclusivity(unchecked) private var scanned = 0
    @exclusivity(unchecked) private var chunks = ChunkedDecoder()
    private let trailers = FieldSection()
    private let response = ResponseHead()
    @exclusivity(unchecked) private var out = OutgoingBytes()
    @exclusivity(unchecked) private var method = Method.other
    @exclusivity(unchecked) private var isRequestChunked = false
    @exclusivity(unchecked) private var isRequestEnded = false
    @exclusivity(unchecked) private var isUpgrade = false
    /// Bytes of the request's body that its head has announced and that have not been sent.
    @exclusivity(unchecked) private var owed: UInt64 = 0
    /// Something of the answer has come, if only a 1xx.
    @exclusivity(unchecked) private var hasAnswerBegun = false
    @exclusivity(unchecked) private var keepsAlive = true
    @exclusivity(unchecked) private var gate = ReadGate()
    @exclusivity(unchecked) private var wasIdle = false

    init(worker: Worker, endpoint: EndpointState) {
        self.worker = worker
        self.endpoint = endpoint
    }

    override var isWritable: Bool { context?.channel.isWritable ?? false }
    override var isReused: Bool { wasIdle }

    /// True while it can be lent.
    var isUsable: Bool { context?.channel.isActive ?? false }

    /// Lends the connection to a request.
    func lend(to receiver: UpstreamReceiver) {
        self.receiver = receiver
        reading = .head
        hasAnswerBegun = false
        scanned = 0
        keepsAlive = true
        isRequestEnded = false
        receiver.upstreamReady(self)
    }

    /// Ends an idle connection.
    func close() {
        reading = .nothing
        context?.close(promise: nil)
    }

    // MARK: the request

    override func sendHead(_ head: RequestHead, endsHere: Bool) {
        method = head.method
        isUpgrade = head.upgradesToWebSocket
        isRequestChunked = head.framing == .chunked || head.framing == .untilClose
        isRequestEnded = head.framing.isEmpty
        owed = if case .length(let count) = head.framing { count } else { 0 }
        out.append(worker) { $0.write(head) }
    }

    override func sendBody(_ body: ByteBuffer) {
        guard body.readableBytes > 0 else { return }
        if isRequestChunked { return out.appendChunk(body, worker, context) }
        owed -= min(owed, UInt64(body.readableBytes))
        out.append(body, worker, context)
    }

    override func sendEnd(trailers: FieldSection?) {
        guard !isRequestEnded else { return }
        isRequestEnded = true
        if isRequestChunked { out.append(worker) { $0.writeLastChunk(trailers: trailers) } }
    }

    override func flush() {
        guard out.isFlushNeeded, let context else { return }
        context.flush(out.take(), worker)
    }

    override func writeTunnel(_ bytes: ByteBuffer) {
        context?.writeAndFlush(Self.wrapOutboundOut(bytes), promise: nil)
    }

    override func cancel() {
        receiver = nil
        close()
    }

    // MARK: the answer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        if var waiting = buffered {
            buffered = nil
            waiting.writeBuffer(&bytes)
            bytes = waiting
        }
        deliver(&bytes)
        if bytes.readableBytes > 0, receiver != nil { buffered = bytes }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        receiver?.upstreamReadComplete()
    }

    private func deliver(_ bytes: inout ByteBuffer) {
        while let receiver, bytes.readableBytes > 0 {
            switch reading {
            case .nothing:
                return fail(.malformedResponse)
            case .head:
                guard deliverHead(&bytes, to: receiver) else { return }
            case .body(let left):
                let count = Int(min(left, UInt64(bytes.readableBytes)))
                guard let piece = bytes.readSlice(length: count) else { return }
                reading = .body(left - UInt64(count))
                receiver.upstreamBody(piece)
                if left == UInt64(count) { end(rest: bytes, trailers: nil) }
            case .chunked:
                guard deliverChunk(&bytes, to: receiver) else { return }
            case .untilClose:
                receiver.upstreamBody(bytes)
                bytes.clear()
            case .tunnel:
                receiver.upstreamTunnelBytes(bytes)
                bytes.clear()
            }
        }
        // Nobody asked for these: whatever they are, the next request must not get them.
        if receiver == nil, bytes.readableBytes > 0 { fail(.malformedResponse) }
    }

    /// - Returns: false when more bytes are needed, or the answer was refused.
    private func deliverHead(_ bytes: inout ByteBuffer, to receiver: UpstreamReceiver) -> Bool {
        let result = bytes.withUnsafeReadableBytes {
            HTTP1.parseResponse($0, scanned: &scanned, limits: worker.responseLimits, to: method, into: response)
        }
        switch result {
        case .needMore:
            return false
        case .rejected, .http2Preface:
            fail(.malformedResponse)
            return false
        case .complete(let count):
            bytes.moveReaderIndex(forwardBy: count)
            return headArrived(rest: bytes, receiver)
        }
    }

    private func headArrived(rest: ByteBuffer, _ receiver: UpstreamReceiver) -> Bool {
        hasAnswerBegun = true
        switch response.status {
        case 101 where isUpgrade && response.upgradesToWebSocket:
            reading = .tunnel
            receiver.upstreamTunnel(response)
        case 101:
            fail(.malformedResponse)
            return false
        case 100:
            break
        case 102..<200:
            receiver.upstreamInformational(response)
        default:
            finalHead(rest: rest, receiver)
        }
        return true
    }

    private func finalHead(rest: ByteBuffer, _ receiver: UpstreamReceiver) {
        keepsAlive = response.keepAlive
        let framing = response.framing
        switch framing {
        case .none: reading = .nothing
        case .length(let count): reading = .body(count)
        case .chunked:
            reading = .chunked
            chunks = ChunkedDecoder(limits: worker.responseLimits)
        case .untilClose:
            reading = .untilClose
            keepsAlive = false
        }
        let endsHere = framing.isEmpty
        receiver.upstreamHead(response, endsHere: endsHere)
        if endsHere, self.receiver != nil { end(rest: rest, trailers: nil) }
    }

    private func deliverChunk(_ bytes: inout ByteBuffer, to receiver: UpstreamReceiver) -> Bool {
        switch chunks.next(from: &bytes, trailers: trailers) {
        case .needMore:
            return false
        case .data(let piece):
            receiver.upstreamBody(piece)
            return true
        case .end(let trailers):
            end(rest: bytes, trailers: trailers)
            return true
        case .rejected:
            fail(.malformedResponse)
            return false
        }
    }

    /// The answer is complete: the connection goes back to the pool when both sides agree that it may.
    private func end(rest: ByteBuffer, trailers: FieldSection?) {
        guard let receiver else { return }
        self.receiver = nil
        reading = .nothing
        buffered = nil
        // A backend that still waits for some of this request would take the next one for it.
        let isReusable = keepsAlive && isRequestEnded && owed == 0 && rest.readableBytes == 0 && !endpoint.isRetired
        resumeResponse()
        if isReusable {
            becomeIdle()
        } else {
            close()
        }
        receiver.upstreamEnd(trailers: trailers)
    }

    /// Joins those that wait for a request.
    func becomeIdle() {
        guard isUsable, !endpoint.isRetired else { return close() }
        idleSince = worker.now()
        wasIdle = true
        endpoint.idle.append(self)
    }

    private func fail(_ failure: UpstreamFailure) {
        let receiver = receiver
        self.receiver = nil
        close()
        receiver?.upstreamFailed(failure)
    }

    // MARK: the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        endpoint.connections += 1
        worker.metrics.upstreamConnections += 1
        worker.metrics.upstreamConnectionsTotal += 1
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        endpoint.connections -= 1
        worker.metrics.upstreamConnections -= 1
    }

    func channelInactive(context: ChannelHandlerContext) {
        endpoint.idle.removeAll { $0 === self }
        let reading = reading
        guard let receiver else { return }
        self.receiver = nil
        switch reading {
        case .untilClose: receiver.upstreamEnd(trailers: nil)
        case .tunnel: receiver.upstreamTunnelClosed()
        case .head, .nothing:
            receiver.upstreamFailed(hasAnswerBegun || buffered != nil ? .closedInResponse : .closedBeforeResponse)
        case .body, .chunked: receiver.upstreamFailed(.closedInResponse)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An answer that is framed by the end of the connection must not end well after an error.
        if case .untilClose = reading { return fail(.closedInResponse) }
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        receiver?.upstreamWritabilityChanged()
    }

    func read(context: ChannelHandlerContext) {
        if gate.mayRead() { context.read() }
    }

    override func pauseResponse() { gate.close() }

    override func resumeResponse() {
        if gate.open() { context?.read() }
    }
}
