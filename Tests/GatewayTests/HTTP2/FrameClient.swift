import NIOCore
import NIOHPACK
import NIOPosix
import Synchronization

/// One HTTP/2 frame as it is on the wire.
struct RawFrame: Sendable, Equatable {
    var type: UInt8
    var flags: UInt8 = 0
    var stream: Int = 0
    var payload: [UInt8] = []

    enum Kind {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let priority: UInt8 = 2
        static let reset: UInt8 = 3
        static let settings: UInt8 = 4
        static let ping: UInt8 = 6
        static let goAway: UInt8 = 7
        static let windowUpdate: UInt8 = 8
        static let continuation: UInt8 = 9
    }

    var bytes: [UInt8] {
        let count = payload.count
        return [UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255), type, flags] + Self.word(stream)
            + payload
    }

    var endsStream: Bool { flags & 1 != 0 }
    /// The error code of RST_STREAM and GOAWAY.
    var code: Int { payload.dropFirst(type == Kind.goAway ? 4 : 0).prefix(4).reduce(0) { $0 << 8 | Int($1) } }
    var lastStream: Int { payload.prefix(4).reduce(0) { $0 << 8 | Int($1) } }

    static func word(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(value >> $0 & 255) } }

    static func data(_ stream: Int, _ bytes: [UInt8], end: Bool = false) -> RawFrame {
        RawFrame(type: Kind.data, flags: end ? 1 : 0, stream: stream, payload: bytes)
    }
    static func reset(_ stream: Int, _ code: Int) -> RawFrame {
        RawFrame(type: Kind.reset, stream: stream, payload: word(code))
    }
    static func windowUpdate(_ stream: Int, _ size: Int) -> RawFrame {
        RawFrame(type: Kind.windowUpdate, stream: stream, payload: word(size))
    }
    static func settings(_ values: [(Int, Int)] = []) -> RawFrame {
        RawFrame(type: Kind.settings, payload: values.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] + word($1) })
    }
    static let settingsAck = RawFrame(type: Kind.settings, flags: 1)
}

/// A peer that sends the frames it is told to, whatever the protocol says, and collects what comes.
final class FrameClient: Sendable {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    let queue: FrameQueue
    let channel: any Channel
    private let encoder = Mutex(HPACKEncoder(allocator: ByteBufferAllocator()))
    private let decoder = Mutex(HPACKDecoder(allocator: ByteBufferAllocator()))

    /// Connects and says hello, with a window that lets everything through unless told otherwise.
    static func open(
        _ port: Int, settings: [(Int, Int)] = [(4, 1 << 30)], connectionWindow: Int = 1 << 30, acknowledges: Bool = true
    ) async throws -> FrameClient {
        let state = FrameQueue()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(state))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let client = FrameClient(channel, state)
        try await client.send(bytes: preface + RawFrame.settings(settings).bytes)
        if acknowledges { try await client.send(.settingsAck) }
        if connectionWindow > 0 { try await client.send(.windowUpdate(0, connectionWindow)) }
        return client
    }

    private init(_ channel: any Channel, _ state: FrameQueue) {
        self.channel = channel
        queue = state
    }

    func send(_ frames: RawFrame...) async throws { try await send(bytes: frames.flatMap(\.bytes)) }

    func send(bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    /// Sends without caring whether the peer is still there.
    ///
    /// - Returns: false when it is not.
    func push(_ frames: [RawFrame]) async -> Bool {
        (try? await send(bytes: frames.flatMap(\.bytes))) != nil
    }

    /// A HEADERS frame with these fields.
    func headers(_ stream: Int, _ fields: [(String, String)], end: Bool = true, endHeaders: Bool = true) throws
        -> RawFrame
    {
        RawFrame(
            type: RawFrame.Kind.headers, flags: (end ? 1 : 0) | (endHeaders ? 4 : 0), stream: stream,
            payload: try block(fields))
    }

    func block(_ fields: [(String, String)]) throws -> [UInt8] {
        try encoder.withLock { encoder in
            var buffer = ByteBuffer()
            try encoder.encode(headers: HPACKHeaders(fields), to: &buffer)
            return Array(buffer.readableBytesView)
        }
    }

    /// The next frame that fits; those before it are dropped, but their header blocks are read, as they must be.
    func next(_ type: UInt8, stream: Int? = nil) async throws -> RawFrame {
        while let frame = await queue.next() {
            if frame.type == type, stream == nil || frame.stream == stream { return frame }
            if frame.type == RawFrame.Kind.headers { _ = try fields(frame) }
        }
        throw ChannelError.eof
    }

    /// The next frame of a stream: HEADERS, DATA or RST_STREAM.
    func next(of stream: Int) async throws -> RawFrame {
        while let frame = await queue.next() {
            if frame.stream == stream, frame.type != RawFrame.Kind.windowUpdate { return frame }
            if frame.type == RawFrame.Kind.headers { _ = try fields(frame) }
        }
        throw ChannelError.eof
    }

    func fields(_ frame: RawFrame) throws -> [String: String] {
        try decoder.withLock { decoder in
            var buffer = ByteBuffer(bytes: frame.payload)
            let headers = try decoder.decodeHeaders(from: &buffer)
            return Dictionary(headers.map { ($0.name, $0.value) }, uniquingKeysWith: { $0 + ", " + $1 })
        }
    }

    /// An answer in full.
    struct Answer: Sendable {
        var status: String
        var fields: [String: String]
        var body: [UInt8] = []
        var trailers: [String: String] = [:]
        var informational: [String] = []
        var reset: Int?
    }

    func answer(_ stream: Int) async throws -> Answer {
        var answer = Answer(status: "", fields: [:])
        while true {
            let frame = try await next(of: stream)
            switch frame.type {
            case RawFrame.Kind.headers:
                let fields = try fields(frame)
                if let status = fields[":status"] {
                    if status.hasPrefix("1") {
                        answer.informational.append(status)
                    } else {
                        answer.status = status
                        answer.fields = fields
                    }
                } else {
                    answer.trailers = fields
                }
            case RawFrame.Kind.data: answer.body += frame.payload
            default:
                answer.reset = frame.code
                return answer
            }
            if frame.endsStream { return answer }
        }
    }

    /// Everything up to the end of the connection.
    func rest() async -> [RawFrame] {
        var frames: [RawFrame] = []
        while let frame = await queue.next() { frames.append(frame) }
        return frames
    }

    func close() async { try? await channel.close() }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let state: FrameQueue
        private var buffer = ByteBuffer()
        init(_ state: FrameQueue) { self.state = state }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            buffer.writeBuffer(&bytes)
            while let frame = buffer.readFrame() { state.append(frame) }
            buffer.discardReadBytes()
        }

        func channelInactive(context: ChannelHandlerContext) { state.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

extension ByteBuffer {
    /// The next whole frame.
    mutating func readFrame() -> RawFrame? {
        guard let header = getBytes(at: readerIndex, length: 9) else { return nil }
        let count = Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2])
        guard let payload = getBytes(at: readerIndex + 9, length: count) else { return nil }
        moveReaderIndex(forwardBy: 9 + count)
        let stream = header[5...].reduce(0) { $0 << 8 | Int($1) } & 0x7fff_ffff
        return RawFrame(type: header[3], flags: header[4], stream: stream, payload: payload)
    }
}

/// Frames between the event loop and the test.
final class FrameQueue: Sendable {
    private struct State {
        var frames: [RawFrame] = []
        var isFinished = false
        var waiting: CheckedContinuation<RawFrame?, Never>?
    }
    private let state = Mutex(State())

    func append(_ frame: RawFrame) {
        let waiting = state.withLock { state in
            let waiting = state.waiting
            state.waiting = nil
            if waiting == nil { state.frames.append(frame) }
            return waiting
        }
        waiting?.resume(returning: frame)
    }

    func finish() {
        let waiting = state.withLock { state in
            state.isFinished = true
            let waiting = state.waiting
            state.waiting = nil
            return waiting
        }
        waiting?.resume(returning: nil)
    }

    /// Everything that is there.
    func drain() -> [RawFrame] {
        state.withLock { state in
            let frames = state.frames
            state.frames = []
            return frames
        }
    }

    /// The next one; nil: the connection has ended.
    func next() async -> RawFrame? {
        await withCheckedContinuation { continuation in
            let ready: RawFrame?? = state.withLock { state in
                if !state.frames.isEmpty { return state.frames.removeFirst() }
                if state.isFinished { return .some(nil) }
                state.waiting = continuation
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }
}
