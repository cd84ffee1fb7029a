import NIOCore
import NIOHTTP2

/// What the connections of both directions have in common: frames out, flow control in, and when to flush.
///
/// Streams are not channels: a channel for each stream, as the library offers, costs more than the request itself.
/// The library's frame handler keeps the protocol's state and the order of what goes out.
class HTTP2Connection: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    let worker: Worker
    let watcher = FrameWatcher()
    private(set) var context: ChannelHandlerContext?
    /// Bytes that the peer may still send on the connection.
    private var window = 65_535
    private var isReading = false
    private var needsFlush = false

    init(worker: Worker) { self.worker = worker }

    var isActive: Bool { context?.channel.isActive ?? false }
    var isWritable: Bool { context?.channel.isWritable ?? false }

    // MARK: out

    func write(_ id: HTTP2StreamID, _ payload: HTTP2Frame.FramePayload, promise: EventLoopPromise<Void>? = nil) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        needsFlush = true
        context.write(wrapOutboundOut(HTTP2Frame(streamID: id, payload: payload)), promise: promise)
    }

    /// Flushes at the end of what is being read, or now.
    func flush() {
        guard needsFlush, !isReading else { return }
        needsFlush = false
        context?.flush()
    }

    func reset(_ id: HTTP2StreamID, _ code: HTTP2ErrorCode) {
        write(id, .rstStream(code))
        flush()
    }

    /// Says why and closes.
    ///
    /// - Parameter lingers: what was written leaves first, and the peer is given time to read it and to close by
    ///   itself: closing at once would take back what is still on its way.
    func close(_ code: HTTP2ErrorCode, lastStream: HTTP2StreamID, lingers: Bool = false) {
        write(.rootStream, .goAway(lastStreamID: lastStream, errorCode: code, opaqueData: nil))
        needsFlush = false
        context?.flush()
        context?.close(mode: lingers ? .output : .all, promise: nil)
    }

    // MARK: what subclasses do

    func received(_ frame: HTTP2Frame) {}
    func readCompleted() {}
    func streamClosed(_ id: HTTP2StreamID, _ reason: HTTP2ErrorCode?) {}
    /// The stream at `id` as far as its window is concerned.
    func receiver(_ id: HTTP2StreamID) -> HTTP2Receiver? { nil }
    func forEachReceiver(_ body: (HTTP2Receiver) -> Void) {}
    /// An error on one stream, which the frame handler has reset.
    func streamFailed() {}
    func writabilityChanged() {}
    /// The frame handler has begun: frames may be written.
    func activated() {}
    func closed() {}

    // MARK: flow control in

    /// Gives the peer room again where half of it is used. What streams that are paused hold is not given back: this
    /// bounds what the connection can make us hold.
    func replenish() {
        var held = 0
        forEachReceiver { if $0.isPaused { held += max(0, HTTP2Tuning.streamWindow - $0.window) } }
        let room = HTTP2Tuning.connectionWindow - held - window
        guard room >= HTTP2Tuning.connectionWindow / 2 else { return }
        write(.rootStream, .windowUpdate(windowSizeIncrement: room))
    }

    /// The same for one stream.
    func replenish(_ stream: HTTP2Receiver, _ id: HTTP2StreamID) {
        let room = HTTP2Tuning.streamWindow - stream.window
        guard !stream.isPaused, stream.isOpen, room >= HTTP2Tuning.streamWindow / 2 else { return }
        write(id, .windowUpdate(windowSizeIncrement: room))
    }

    private func windowChanged(_ event: NIOHTTP2WindowUpdatedEvent) {
        guard let size = event.inboundWindowSize else { return }
        if event.streamID == .rootStream {
            window = size
            replenish()
        } else if let stream = receiver(event.streamID) {
            stream.window = size
            replenish(stream, event.streamID)
        }
    }

    // MARK: the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { activated() }
    }

    func channelActive(context: ChannelHandlerContext) {
        activated()
        context.fireChannelActive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        received(unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        readCompleted()
        isReading = false
        flush()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as NIOHTTP2WindowUpdatedEvent: windowChanged(event)
        case let event as StreamClosedEvent: streamClosed(event.streamID, event.reason)
        case let event as NIOHTTP2StreamCreatedEvent:
            if let size = event.remoteInitialWindowSize { receiver(event.streamID)?.window = Int(size) }
        case let event as NIOHTTP2BulkStreamWindowChangeEvent: forEachReceiver { $0.window += event.delta }
        case ChannelEvent.inputClosed: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { writabilityChanged() }

    func channelInactive(context: ChannelHandlerContext) { closed() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let text = escapedForLog("\(error)".utf8, limit: 512)
        worker.logger.debug("HTTP/2 error", metadata: ["error": "\(text)"])
        if watcher.hasSentError || !(error is any NIOHTTP2Error) {
            context.close(promise: nil)
        } else {
            streamFailed()
        }
    }
}
