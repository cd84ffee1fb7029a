import NIOCore
import NIOHPACK
import NIOHTTP2

/// The receiving half of a stream: its window, and whether it may go on.
final class HTTP2Receiver {
    /// Bytes that the peer may still send.
    var window = 65_535
    /// What has come is not taken fast enough: no more room for now.
    var isPaused = false
    /// The peer may still send something.
    var isOpen = true
}

/// The sending half of a stream: joins small pieces, and knows how much still waits for the network.
final class HTTP2Sender {
    private unowned let connection: HTTP2Connection
    private var id = HTTP2StreamID.rootStream
    private var pending = ByteBuffer()
    /// Bytes that the frame handler has and that are not yet on the network.
    private var queued = 0
    private var isFull = false
    private var hasEnded = false
    /// There is room again.
    var onRoom: (() -> Void)?
    /// The last frame is on the network.
    var onEnd: (() -> Void)?
    /// The head could not be sent.
    var onFailure: (() -> Void)?
    /// A DATA frame was handed over.
    var onData: (() -> Void)?
    /// When something was last written, in nanoseconds.
    private(set) var lastProgress: UInt64 = 0

    init(_ connection: HTTP2Connection) { self.connection = connection }

    func start(_ id: HTTP2StreamID) {
        self.id = id
        pending = ByteBuffer()
        queued = 0
        isFull = false
        hasEnded = false
        lastProgress = connection.worker.now()
    }

    /// The stream is over: what is still to be told about it is told to nobody.
    func stop() {
        id = .rootStream
        hasEnded = true
        pending = ByteBuffer()
    }

    var isWritable: Bool { !isFull && connection.isWritable }

    /// True while bytes wait for the peer or for the network.
    var isWaiting: Bool { queued > 0 || pending.readableBytes > 0 }

    func append(_ piece: ByteBuffer) {
        guard piece.readableBytes > 0, !hasEnded else { return }
        if pending.readableBytes > 0, pending.readableBytes + piece.readableBytes <= Worker.copyLimit {
            pending.writeImmutableBuffer(piece)
            return
        }
        writePending(end: false)
        pending = piece
    }

    /// Ends this side of the stream after what was appended.
    func end(trailers: FieldSection?) {
        guard !hasEnded else { return }
        hasEnded = true
        if let trailers, !trailers.isEmpty {
            writePending(end: false)
            connection.write(
                id, .headers(.init(headers: trailers.http2Trailers, endStream: true)), promise: endPromise())
        } else {
            writePending(end: true)
        }
    }

    /// Writes a head.
    func write(_ headers: HPACKHeaders, ends: Bool) {
        hasEnded = ends
        connection.write(
            id, .headers(.init(headers: headers, endStream: ends)),
            promise: promise { sender, isWritten in
                if !isWritten { sender.onFailure?() } else if ends { sender.onEnd?() }
            })
    }

    func flush() {
        writePending(end: false)
        connection.flush()
    }

    private func writePending(end: Bool) {
        guard pending.readableBytes > 0 || end else { return }
        let data = pending
        pending = ByteBuffer()
        queued += data.readableBytes
        isFull = isFull || queued >= HTTP2Tuning.highMark
        onData?()
        connection.write(
            id, .data(.init(data: .byteBuffer(data), endStream: end)),
            promise: end ? endPromise(bytes: data.readableBytes) : written(data.readableBytes))
    }

    private func written(_ count: Int) -> EventLoopPromise<Void> {
        promise { sender, _ in sender.wrote(count) }
    }

    private func endPromise(bytes: Int = 0) -> EventLoopPromise<Void> {
        promise { sender, isWritten in
            sender.wrote(bytes)
            if isWritten { sender.onEnd?() }
        }
    }

    /// A promise whose end is told to `body`, if the sender still works for the same stream then.
    private func promise(_ body: @escaping @Sendable (HTTP2Sender, Bool) -> Void) -> EventLoopPromise<Void> {
        let loop = connection.worker.eventLoop
        let promise = loop.makePromise(of: Void.self)
        let id = id
        let bound = NIOLoopBound(self, eventLoop: loop)
        promise.futureResult.whenComplete { result in
            let sender = bound.value
            guard sender.id == id else { return }
            if case .success = result { body(sender, true) } else { body(sender, false) }
        }
        return promise
    }

    private func wrote(_ count: Int) {
        queued -= count
        lastProgress = connection.worker.now()
        guard isFull, queued <= HTTP2Tuning.lowMark else { return }
        isFull = false
        onRoom?()
    }
}
