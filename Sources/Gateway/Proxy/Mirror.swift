import NIOCore
import Routing

/// Sends a copy of a request to a mirror and throws the answer away. It never slows the request down: what the mirror
/// cannot take is dropped and counted.
final class MirrorReceiver: UpstreamReceiver {
    private let worker: Worker
    private let head: RequestHead
    private var endpoint: EndpointState?
    private var attempt: ConnectAttempt?
    private var stream: UpstreamStream?
    private var waiting: [ByteBuffer] = []
    private var waitingBytes = 0
    private var isRequestEnded: Bool
    private var isOver = false
    private var limit: Scheduled<Void>?

    /// What may wait for the connection; a bigger body is not mirrored.
    private static let waitingLimit = 1 << 20

    /// - Parameter head: a copy of the request's head as it is sent to the backend.
    init(worker: Worker, head: RequestHead, endsHere: Bool) {
        self.worker = worker
        self.head = head
        isRequestEnded = endsHere
    }

    /// Starts the copy.
    func start(_ cluster: ClusterState) {
        guard let endpoint = cluster.pick(excluding: nil, now: worker.now()) else { return drop() }
        self.endpoint = endpoint
        endpoint.active += 1
        // A mirror that never answers must not hold connections for ever.
        let time = TimeAmount.milliseconds(worker.configuration.upstreamLimits.streamIdleTimeout)
        let bound = NIOLoopBound(self, eventLoop: worker.eventLoop)
        limit = worker.eventLoop.scheduleTask(in: time) { bound.value.drop() }
        let waiting = worker.acquire(cluster, endpoint, for: self)
        if let waiting, waiting.isWaiting { attempt = waiting }
    }

    func sendBody(_ piece: ByteBuffer) {
        guard !isOver else { return }
        if let stream {
            guard stream.isWritable else { return drop() }
            stream.sendBody(piece)
            stream.flush()
            return
        }
        waitingBytes += piece.readableBytes
        guard waitingBytes <= Self.waitingLimit else { return drop() }
        waiting.append(piece)
    }

    func sendEnd() {
        isRequestEnded = true
        stream?.sendEnd(trailers: nil)
        stream?.flush()
    }

    /// The request has ended before its body was complete: the copy cannot be completed either.
    func exchangeEnded() {
        if !isRequestEnded { drop() }
    }

    private func drop() {
        guard !isOver else { return }
        worker.metrics.mirrorsDropped += 1
        attempt?.cancel()
        stream?.cancel()
        end()
    }

    private func end() {
        guard !isOver else { return }
        isOver = true
        limit?.cancel()
        limit = nil
        endpoint?.active -= 1
        endpoint = nil
        attempt = nil
        stream = nil
        waiting = []
    }

    override func upstreamReady(_ stream: UpstreamStream) {
        attempt = nil
        guard !isOver else { return stream.cancel() }
        self.stream = stream
        stream.sendHead(head, endsHere: isRequestEnded && waiting.isEmpty)
        for piece in waiting { stream.sendBody(piece) }
        waiting = []
        if isRequestEnded { stream.sendEnd(trailers: nil) }
        stream.flush()
    }

    override func upstreamFailed(_ failure: UpstreamFailure) { end() }

    override func upstreamEnd(trailers: FieldSection?) { end() }

    override func upstreamTunnel(_ head: ResponseHead) { drop() }
}
