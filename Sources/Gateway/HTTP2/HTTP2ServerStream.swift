import NIOCore
import NIOHPACK
import NIOHTTP2

/// One request of a caller that speaks HTTP/2. Used again for another stream once it is through.
final class HTTP2ServerStream: ServerStream {
    let exchange: Exchange
    let input = HTTP2Receiver()
    private(set) var id = HTTP2StreamID.rootStream
    private unowned let connection: HTTP2ServerConnection
    private let output: HTTP2Sender
    private let trailers = FieldSection()
    private var isRequestEnded = false
    private var isAnswerEnded = false
    /// The answer has no body, whatever the backend sends.
    private var isBodyless = false
    /// The frame handler knows the stream no longer.
    private var isClosed = false
    /// Bytes of the body that are still to come; nil: not known.
    private var bodyLeft: UInt64?
    /// When the request must be here.
    private var deadline: UInt64 = 0

    init(_ connection: HTTP2ServerConnection) {
        self.connection = connection
        exchange = Exchange(worker: connection.worker, facts: connection.facts)
        output = HTTP2Sender(connection)
        super.init()
        output.onRoom = { [unowned self] in exchange.callerWritabilityChanged() }
        output.onFailure = { [unowned self] in abort() }
        output.onEnd = { [unowned self] in answerIsOut() }
        output.onData = { [unowned connection] in connection.patience.sentData() }
    }

    // MARK: the request

    func start(_ id: HTTP2StreamID, _ headers: HPACKHeaders, endStream: Bool) {
        self.id = id
        exchange.caller = self
        output.start(id)
        input.window = HTTP2Tuning.streamWindow
        input.isPaused = false
        input.isOpen = !endStream
        isRequestEnded = endStream
        isAnswerEnded = false
        isBodyless = false
        isClosed = false
        bodyLeft = nil
        deadline = connection.worker.now() + connection.facts.limits.requestNanoseconds
        do throws(Rejection) {
            try exchange.request.readHTTP2(headers, endStream: endStream, limits: connection.facts.limits.wire)
        } catch {
            connection.strain()
            return exchange.reject(error)
        }
        if case .length(let count) = exchange.request.framing { bodyLeft = count }
        exchange.begin(endsHere: endStream)
    }

    func received(_ data: HTTP2Frame.FramePayload.Data) {
        guard !isRequestEnded, case .byteBuffer(let piece) = data.data else { return }
        let count = UInt64(piece.readableBytes)
        if let left = bodyLeft {
            guard count <= left else { return broken(.badContentLength) }
            bodyLeft = left - count
        }
        if count > 0 { exchange.requestBody(piece) }
        if data.endStream { end(trailers: nil) }
    }

    func receivedTrailers(_ headers: HPACKHeaders, endStream: Bool) {
        guard !isRequestEnded else { return }
        do throws(Rejection) {
            guard endStream else { throw .badPseudoField }
            try trailers.readHTTP2Trailers(headers, limits: connection.facts.limits.wire)
        } catch {
            return broken(error)
        }
        end(trailers: trailers.isEmpty ? nil : trailers)
    }

    private func end(trailers: FieldSection?) {
        if let left = bodyLeft, left > 0 { return broken(.badContentLength) }
        isRequestEnded = true
        input.isOpen = false
        exchange.requestEnd(trailers: trailers)
    }

    private func broken(_ rejection: Rejection) {
        connection.strain()
        exchange.requestBroken(rejection)
    }

    /// What arrived together has been delivered.
    func readCompleted() { exchange.callerReadComplete() }

    override func pauseRequest() { input.isPaused = true }

    override func resumeRequest() {
        guard input.isPaused else { return }
        input.isPaused = false
        connection.replenish(input, id)
        connection.replenish()
        connection.flush()
    }

    // MARK: the answer

    override var isWritable: Bool { output.isWritable }

    override func writeContinue() {
        write([(":status", "100")])
        flush()
    }

    override func writeInformational(_ head: ResponseHead) {
        guard !isClosed else { return }
        connection.write(id, .headers(.init(headers: head.http2Headers(bodyless: true))))
    }

    private func write(_ fields: [(String, String)]) {
        guard !isClosed else { return }
        connection.write(id, .headers(.init(headers: HPACKHeaders(fields))))
    }

    override func writeHead(_ head: ResponseHead, endsHere: Bool) {
        guard !isClosed, !isAnswerEnded else { return }
        isBodyless = exchange.request.method == .head || head.status == 304 || head.framing == .none
        isAnswerEnded = endsHere || isBodyless
        output.write(head.http2Headers(bodyless: isBodyless), ends: isAnswerEnded)
    }

    override func writeBody(_ body: ByteBuffer) {
        guard !isClosed, !isAnswerEnded else { return }
        output.append(body)
    }

    override func writeEnd(trailers: FieldSection?) {
        guard !isClosed, !isAnswerEnded else { return }
        isAnswerEnded = true
        output.end(trailers: trailers)
    }

    override func flush() {
        if isClosed { connection.flush() } else { output.flush() }
    }

    override func abort() {
        guard !isClosed else { return }
        connection.reset(id, .internalError)
    }

    /// The answer is on its way in full, or will never be; what is left of the request is not wanted.
    override func exchangeEnded() {
        if isClosed { connection.recycle(self) }
    }

    /// Nobody waits for the rest of a request that has its answer (RFC 9113, 8.1). Not before the answer is out: a
    /// reset would take back what has not been sent.
    private func answerIsOut() {
        guard !isClosed, !isRequestEnded, exchange.isIdle else { return }
        connection.reset(id, .noError)
    }

    // MARK: the stream's end

    /// The frame handler has forgotten the stream: both sides have ended, or one has reset it, or the connection is
    /// gone.
    func closed() {
        guard !isClosed else { return }
        isClosed = true
        input.isOpen = false
        output.stop()
        if !isAnswerEnded || (!isRequestEnded && !exchange.isIdle) { exchange.callerClosed() }
        if exchange.isIdle { connection.recycle(self) }
    }

    /// Called about once a second.
    func tick(now: UInt64) {
        if !isRequestEnded, !exchange.isIdle, now >= deadline {
            exchange.requestTimedOut()
            return flush()
        }
        exchange.tick(now: now)
        // The answer waits for a caller that gives it no room: it must not wait for ever.
        guard exchange.isIdle, !isClosed else { return }
        let limits = connection.facts.limits
        let patience = min(limits.idleNanoseconds, limits.streamIdleNanoseconds)
        if now > output.lastProgress, now - output.lastProgress >= patience { connection.reset(id, .cancel) }
    }
}
