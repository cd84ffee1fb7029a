import NIOCore

/// Why a command has no answer.
enum RedisFailure: Error, Hashable, Sendable {
    /// There is no connection, or it ended before the answer came: whether the command was done is not known.
    case disconnected
}

/// One connection: commands go out as they come, answers come back in the same order.
///
/// It belongs to one event loop. A server that answers nothing for too long counts as gone: the connection is closed,
/// and all that waits fails.
final class RedisConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    typealias Completion = (Result<RESPValue, RedisFailure>) -> Void

    private struct Waiting {
        let deadline: NIODeadline
        let completion: Completion
    }

    /// Most commands that may wait for answers: a server that is this far behind is of no use to a request.
    private static let mostWaiting = 16_384

    private let timeout: TimeAmount
    private var context: ChannelHandlerContext?
    private var waiting = CircularBuffer<Waiting>()
    private var received = ByteBuffer()
    private var needsFlush = false
    private var watch: RepeatedTask?
    /// Called once, when the connection has ended.
    private var onEnd: (() -> Void)?

    init(timeout: TimeAmount, onEnd: @escaping () -> Void) {
        self.timeout = timeout
        self.onEnd = onEnd
    }

    /// Sends a command; the completion is called once, on the event loop.
    func send(_ arguments: [String], _ completion: @escaping Completion) {
        guard let context, waiting.count < Self.mostWaiting else { return completion(.failure(.disconnected)) }
        var buffer = context.channel.allocator.buffer(capacity: 512)
        RESPWriter.write(arguments, to: &buffer)
        waiting.append(Waiting(deadline: .now() + timeout, completion: completion))
        context.write(wrapOutboundOut(buffer), promise: nil)
        flushSoon()
    }

    /// What is written in one turn of the event loop goes out in one piece.
    private func flushSoon() {
        guard !needsFlush, let context else { return }
        needsFlush = true
        context.eventLoop.assumeIsolated().execute {
            self.needsFlush = false
            self.context?.flush()
        }
    }

    /// Ends the connection; all that waits fails.
    func close() { context?.close(promise: nil) }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let pause = TimeAmount.nanoseconds(timeout.nanoseconds / 4)
        watch = context.eventLoop.scheduleRepeatedTask(initialDelay: timeout, delay: pause) { _ in self.look() }
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        received.writeBuffer(&buffer)
        do throws(RESPProblem) {
            while let value = try RESPReader.read(&received) {
                // An answer that nobody asked for: whose it is, and whose the next will be, is not known.
                guard let first = waiting.popFirst() else { return context.close(promise: nil) }
                first.completion(.success(value))
            }
            received.discardReadBytes()
        } catch {
            context.close(promise: nil)
        }
    }

    private func look() {
        if let first = waiting.first, first.deadline <= .now() { close() }
    }

    private func end() {
        watch?.cancel()
        context = nil
        let failed = waiting
        waiting = []
        for one in failed { one.completion(.failure(.disconnected)) }
        onEnd?()
        onEnd = nil
    }
}
