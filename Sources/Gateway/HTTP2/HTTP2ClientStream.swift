import NIOCore
import NIOHPACK
import NIOHTTP2

/// One request to a backend that speaks HTTP/2.
final class HTTP2ClientStream: UpstreamStream {
    let input = HTTP2Receiver()
    private(set) var id = HTTP2StreamID.rootStream
    private unowned let connection: HTTP2ClientConnection
    private let output: HTTP2Sender
    private let hasPredecessors: Bool
    private var method = Method.other
    private var isRequestEnded = false
    private var hasHead = false
    private var isBodyless = false
    private var isClosed = false
    private var bodyLeft: UInt64?
    /// Why it was reset by us; nil: it was not.
    private var failure: UpstreamFailure?

    init(_ connection: HTTP2ClientConnection, isFirst: Bool) {
        self.connection = connection
        hasPredecessors = !isFirst
        output = HTTP2Sender(connection)
        super.init()
        output.onRoom = { [unowned self] in receiver?.upstreamWritabilityChanged() }
        output.onFailure = { [unowned self] in closed(isUntouched: false) }
    }

    override var isReused: Bool { hasPredecessors }
    override var isWritable: Bool { output.isWritable }

    // MARK: the request

    override func sendHead(_ head: RequestHead, endsHere: Bool) {
        guard !isClosed else { return }
        method = head.method
        isRequestEnded = endsHere || head.framing.isEmpty
        // Numbers go up in the order of the heads.
        id = connection.open(self)
        output.start(id)
        output.write(head.http2Headers(scheme: connection.scheme), ends: isRequestEnded)
    }

    override func sendBody(_ body: ByteBuffer) {
        guard !isClosed, !isRequestEnded else { return }
        output.append(body)
    }

    override func sendEnd(trailers: FieldSection?) {
        guard !isClosed, !isRequestEnded else { return }
        isRequestEnded = true
        output.end(trailers: trailers)
    }

    override func flush() {
        if isClosed { connection.flush() } else { output.flush() }
    }

    override func cancel() {
        receiver = nil
        leave(.cancel)
    }

    // MARK: the answer

    func received(_ headers: HTTP2Frame.FramePayload.Headers) {
        guard let receiver else { return }
        if hasHead { return receivedTrailers(headers) }
        let head = connection.response
        do throws(Rejection) {
            try head.readHTTP2(
                headers.headers, endStream: headers.endStream, to: method, limits: connection.worker.responseLimits)
        } catch {
            return malformed()
        }
        guard !head.isInformational else {
            if head.status != 100 { receiver.upstreamInformational(head) }
            return
        }
        hasHead = true
        isBodyless = head.framing == .none
        if case .length(let count) = head.framing { bodyLeft = count }
        receiver.upstreamHead(head, endsHere: headers.endStream)
        if headers.endStream { end(trailers: nil) }
    }

    private func receivedTrailers(_ headers: HTTP2Frame.FramePayload.Headers) {
        let trailers = connection.trailers
        do throws(Rejection) {
            guard headers.endStream else { throw .badPseudoField }
            try trailers.readHTTP2Trailers(headers.headers, limits: connection.worker.responseLimits)
        } catch {
            return malformed()
        }
        end(trailers: trailers.isEmpty ? nil : trailers)
    }

    func received(_ data: HTTP2Frame.FramePayload.Data) {
        guard let receiver, case .byteBuffer(let piece) = data.data else { return }
        guard hasHead else { return malformed() }
        if piece.readableBytes > 0 {
            guard !isBodyless, take(UInt64(piece.readableBytes)) else { return malformed() }
            receiver.upstreamBody(piece)
        }
        if data.endStream { end(trailers: nil) }
    }

    /// False when there is more than was announced.
    private func take(_ count: UInt64) -> Bool {
        guard let left = bodyLeft else { return true }
        guard count <= left else { return false }
        bodyLeft = left - count
        return true
    }

    /// The answer is complete.
    private func end(trailers: FieldSection?) {
        guard let receiver else { return }
        if let left = bodyLeft, left > 0 { return malformed() }
        self.receiver = nil
        input.isOpen = false
        // The backend does not want the rest of a request that it has answered.
        if !isRequestEnded { leave(.cancel) }
        receiver.upstreamEnd(trailers: trailers)
    }

    func readCompleted() { receiver?.upstreamReadComplete() }

    func writabilityChanged() { receiver?.upstreamWritabilityChanged() }

    override func pauseResponse() { input.isPaused = true }

    override func resumeResponse() {
        guard input.isPaused else { return }
        input.isPaused = false
        guard !isClosed else { return }
        connection.replenish(input, id)
        connection.replenish()
        connection.flush()
    }

    // MARK: the end

    private func malformed() {
        failure = .malformedResponse
        leave(.protocolError)
    }

    /// Resets the stream; where no head was sent, nothing is known of it yet.
    private func leave(_ code: HTTP2ErrorCode) {
        guard !isClosed else { return }
        if id == .rootStream {
            isClosed = true
            output.stop()
            return connection.abandoned(self)
        }
        connection.reset(id, code)
    }

    /// The frame handler has forgotten the stream.
    ///
    /// - Parameter isUntouched: the backend has said that it did not look at the request.
    func closed(isUntouched: Bool) {
        guard !isClosed else { return }
        isClosed = true
        input.isOpen = false
        input.isPaused = false
        output.stop()
        guard let receiver else { return }
        self.receiver = nil
        let seen: UpstreamFailure = hasHead ? .closedInResponse : isUntouched ? .refused : .closedBeforeResponse
        receiver.upstreamFailed(failure ?? seen)
    }
}
