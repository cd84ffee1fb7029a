import Logging
import NIOCore
import NIOPosix

@testable import Gateway

/// A TLS port on loopback which answers the first bytes of a connection with one line about its session, and then
/// sends back what it gets.
final class TLSTestServer: Sendable {
    let server: TLSServer
    let channel: any Channel
    var port: Int { channel.localAddress?.port ?? 0 }

    static func start(_ port: TLSPort, timeout: TimeAmount = .seconds(10)) async throws -> TLSTestServer {
        let (store, problems) = CertificateStore.build(port)
        guard problems.isEmpty else { throw problems[0] }
        return try await start(store, timeout: timeout)
    }

    static func start(
        _ store: CertificateStore, timeout: TimeAmount = .seconds(10), now: (@Sendable () -> Int64)? = nil
    ) async throws -> TLSTestServer {
        let server = TLSServer(store: store, handshakeTimeout: timeout, logger: Logger(label: "test"), now: now)
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try server.secure(channel) { channel, session in
                        try channel.pipeline.syncOperations.addHandler(SessionReporter(session))
                    }
                }
            }
        return TLSTestServer(server, try await bootstrap.bind(host: "127.0.0.1", port: 0).get())
    }

    private init(_ server: TLSServer, _ channel: any Channel) {
        self.server = server
        self.channel = channel
    }

    func stop() async throws { try await channel.close() }
}

private final class SessionReporter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let session: TLSSession
    private var hasReported = false

    init(_ session: TLSSession) { self.session = session }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var answer = ByteBuffer()
        if !hasReported {
            hasReported = true
            answer.writeString(
                "name=\(session.serverName?.text ?? "-") listener=\(session.listener) "
                    + "protocol=\(session.applicationProtocol.rawValue) version=\(session.version)"
                    + "\(session.client.map { " client=\($0.name)" } ?? "")\n")
        }
        var bytes = unwrapInboundIn(data)
        answer.writeBuffer(&bytes)
        context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
    }
}

/// Runs `openssl s_client` against a port, with one line as its input.
func openssl(_ server: TLSTestServer, _ arguments: [String]) async throws -> (status: Int32, output: String) {
    try await run("openssl", ["s_client", "-connect", "127.0.0.1:\(server.port)"] + arguments, input: "hello\n")
}

/// The same, staying until the tickets have come, which in TLS 1.3 is after the handshake.
func patientOpenssl(_ server: TLSTestServer, _ arguments: [String]) async throws -> String {
    let all = (["-connect", "127.0.0.1:\(server.port)"] + arguments).joined(separator: " ")
    return try await run("sh", ["-c", "(echo hello; sleep 0.5) | openssl s_client \(all)"]).output
}

/// A connection to a TLS port made by ``TLSClient``.
final class TLSTestConnection: Sendable {
    let channel: any Channel
    let agreed: ApplicationProtocol?
    private let lines: LineReader

    private init(_ channel: any Channel, _ agreed: ApplicationProtocol?, _ lines: LineReader) {
        self.channel = channel
        self.agreed = agreed
        self.lines = lines
    }

    static func open(_ client: TLSClient, port: Int, timeout: TimeAmount = .seconds(10)) async throws
        -> TLSTestConnection
    {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let lines = LineReader(loop)
        let ready = loop.makePromise(of: ApplicationProtocol?.self)
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try client.secure(channel, timeout: timeout) { result in
                            ready.completeWith(
                                Result {
                                    let agreed = try result.get()
                                    try channel.pipeline.syncOperations.addHandler(lines.handler())
                                    return agreed
                                })
                        }
                    }
                }
                .connect(host: "127.0.0.1", port: port).get()
        } catch {
            ready.fail(error)
            _ = try await ready.futureResult.get()
            throw error
        }
        return TLSTestConnection(channel, try await ready.futureResult.get(), lines)
    }

    /// Sends a line and gives the next line that comes back.
    func exchange(_ line: String) async throws -> String {
        try await channel.writeAndFlush(ByteBuffer(string: line + "\n"))
        return try await lines.next()
    }

    func close() async throws { try await channel.close() }
}

/// Lines of a connection, one at a time.
private final class LineReader: Sendable {
    private struct State {
        var buffer = ByteBuffer()
        var waiting: EventLoopPromise<String>?
        var isClosed = false
    }
    private let state: NIOLoopBoundBox<State>
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
        state = NIOLoopBoundBox.makeBoxSendingValue(State(), eventLoop: loop)
    }

    func next() async throws -> String {
        let promise = loop.makePromise(of: String.self)
        loop.execute {
            self.state.value.waiting = promise
            self.deliver()
        }
        return try await promise.futureResult.get()
    }

    func handler() -> any ChannelHandler { Handler(self) }

    private func deliver() {
        guard let waiting = state.value.waiting else { return }
        let view = state.value.buffer.readableBytesView
        if let end = view.firstIndex(of: 10) {
            let text = String(decoding: view[..<end], as: UTF8.self)
            state.value.buffer.moveReaderIndex(to: end + 1)
            state.value.waiting = nil
            waiting.succeed(text)
        } else if state.value.isClosed {
            state.value.waiting = nil
            waiting.fail(ChannelError.eof)
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let reader: LineReader
        init(_ reader: LineReader) { self.reader = reader }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            reader.state.value.buffer.writeBuffer(&bytes)
            reader.deliver()
        }
        func channelInactive(context: ChannelHandlerContext) {
            reader.state.value.isClosed = true
            reader.deliver()
        }
    }
}

/// A port without TLS, which gives every connection the same answer, or none.
final class PlainTestServer: Sendable {
    let channel: any Channel
    var port: Int { channel.localAddress?.port ?? 0 }

    static func start(answer: String?) async throws -> PlainTestServer {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                guard let answer else { return channel.eventLoop.makeSucceededVoidFuture() }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answer(answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return PlainTestServer(channel)
    }

    private init(_ channel: any Channel) { self.channel = channel }

    func stop() async throws { try await channel.close() }

    private final class Answer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let text: String
        init(_ text: String) { self.text = text }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }
    }
}
