import Logging
import NIOCore
import NIOPosix
import NIOSSL

/// Keeps a connection to the server: connects, says who it is, loads the scripts, and begins anew with growing pauses
/// when it ends. Belongs to one event loop; only `loop` may be touched from elsewhere.
final class RedisLink: @unchecked Sendable {
    let loop: any EventLoop
    private let url: CountersURL
    /// Path of the authorities' certificates; nil: those of the system.
    private let authority: String?
    private let timeout: TimeAmount
    private let logger: Logger
    private let scripts: [String]
    private var connection: RedisConnection?
    private var digests: [Int: String] = [:]
    private var pause = TimeAmount.milliseconds(50)
    private var isClosed = false
    /// True while commands can be sent.
    private(set) var isReady = false
    private var isWaiting = false
    private var toldFailure = false
    /// Called with every connection that is ready.
    var onReady: (() -> Void)?

    init(
        _ url: CountersURL, authority: String?, scripts: [String], timeout: TimeAmount, loop: any EventLoop,
        logger: Logger
    ) {
        self.url = url
        self.authority = authority
        self.scripts = scripts
        self.timeout = timeout
        self.loop = loop
        self.logger = logger
    }

    /// Sends a command when there is a connection; else fails at once.
    func send(_ arguments: [String], _ completion: @escaping RedisConnection.Completion) {
        loop.preconditionInEventLoop()
        guard isReady, let connection else { return completion(.failure(.disconnected)) }
        connection.send(arguments, completion)
    }

    /// Runs a script, by its digest or, when the server has forgotten it, by its text.
    func run(_ script: Int, _ arguments: [String], _ completion: @escaping RedisConnection.Completion) {
        guard let digest = digests[script] else { return completion(.failure(.disconnected)) }
        send(["EVALSHA", digest, "0"] + arguments) { result in
            guard case .success(.error(let text)) = result, text.hasPrefix("NOSCRIPT") else {
                return completion(result)
            }
            self.send(["EVAL", self.scripts[script], "0"] + arguments, completion)
        }
    }

    /// Begins to connect.
    func start() {
        loop.preconditionInEventLoop()
        guard !isClosed else { return }
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(.milliseconds(max(1_000, timeout.nanoseconds / 1_000_000)))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        let link = self
        let (url, authority, timeout) = (url, authority, timeout)
        bootstrap.channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                if url.isTLS { try channel.pipeline.syncOperations.addHandler(Self.tls(url, authority)) }
                let connection = RedisConnection(timeout: timeout) { link.ended() }
                try channel.pipeline.syncOperations.addHandler(connection)
                link.connection = connection
            }
        }.connect(host: url.host, port: url.port).assumeIsolated().whenComplete { result in
            switch result {
            case .success: self.greet()
            case .failure(let error): self.failed("\(error)")
            }
        }
    }

    /// Ends the connection for good.
    func stop() {
        loop.preconditionInEventLoop()
        isClosed = true
        isReady = false
        connection?.close()
    }

    private static func tls(_ url: CountersURL, _ authority: String?) throws -> NIOSSLClientHandler {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let authority { configuration.trustRoots = .file(authority) }
        let context = try NIOSSLContext(configuration: configuration)
        let isAddress = (try? SocketAddress(ipAddress: url.host, port: url.port)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : url.host)
    }

    /// Says who we are and loads the scripts; ready when all of that was answered well.
    private func greet() {
        guard let connection else { return failed("the connection ended at once") }
        var commands: [[String]] = []
        if let password = url.password {
            commands.append(url.user.isEmpty ? ["AUTH", password] : ["AUTH", url.user, password])
        }
        if url.database != 0 { commands.append(["SELECT", "\(url.database)"]) }
        for command in commands {
            connection.send(command) { result in
                // The server's words could repeat what we sent: they are not logged.
                if case .success(.error) = result { self.refused(command[0]) }
            }
        }
        for index in scripts.indices {
            connection.send(["SCRIPT", "LOAD", scripts[index]]) { result in
                guard case .success(.bytes(let digest)) = result else { return self.refused("SCRIPT LOAD") }
                self.digests[index] = String(decoding: digest, as: UTF8.self)
                guard index == self.scripts.count - 1, self.digests.count == self.scripts.count else { return }
                self.ready()
            }
        }
    }

    private func ready() {
        guard connection != nil, !isClosed else { return }
        isReady = true
        pause = .milliseconds(50)
        if toldFailure { logger.notice("the shared counters answer", metadata: ["counters": "\(url)"]) }
        toldFailure = false
        onReady?()
    }

    private func refused(_ command: String) {
        failure("the server refuses \(command)")
        connection?.close()
    }

    private func ended() {
        guard connection != nil else { return }
        connection = nil
        isReady = false
        failed("the connection ended")
    }

    private func failed(_ reason: String) {
        guard !isClosed, !isWaiting else { return }
        failure(reason)
        isWaiting = true
        loop.assumeIsolated().scheduleTask(in: pause) {
            self.isWaiting = false
            self.start()
        }
        pause = min(pause * 2, .seconds(2))
    }

    /// Once until it goes well again.
    private func failure(_ reason: String) {
        guard !toldFailure else { return }
        toldFailure = true
        logger.error("the shared counters cannot be used", metadata: ["counters": "\(url)", "reason": "\(reason)"])
    }
}
