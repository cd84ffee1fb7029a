import Addresses
import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCertificateReloading
import NIOCore
import NIOPosix
import NIOSSL
import Serving
import Synchronization

/// The HTTP half of a hub: API, console, login. Serves from `start` until `stop`.
public final class HubServer: Sendable {
    /// Where it is, such as `https://127.0.0.1:9480`.
    public let url: String
    /// Its port.
    public let port: Int
    private let task: Task<Void, any Error>
    private let doorkeeper: Doorkeeper

    /// Opens the port and serves.
    public static func start(
        _ configuration: HubConfiguration, data: any HubData, cluster: any HubCluster, logger: Logger
    ) async throws(HubServerError) -> HubServer {
        guard let address = Address(configuration.host) else { throw .address(configuration.host) }
        guard configuration.certificate != nil || address.isLoopback else {
            throw .plaintextNotLoopback(configuration.host)
        }
        let doorkeeper = Doorkeeper(configuration)
        let responder = HubResponder(
            configuration, data: data, cluster: cluster, doorkeeper: doorkeeper, logger: logger)
        let reloader = try Self.reloader(configuration)
        let server = try Self.builder(configuration, reloader)
        var quiet = logger
        // The framework tells of every connection.
        quiet.logLevel = max(logger.logLevel, .warning)
        let opened = Opened()
        let keeping = Task { try await reloader?.run() }
        let task = Task {
            defer { keeping.cancel() }
            do {
                try await OrderlyServer.run(quiet) { logger in
                    Application(
                        responder: responder, server: server,
                        configuration: ApplicationConfiguration(
                            address: .hostname(configuration.host, port: configuration.port), serverName: nil,
                            availableConnectionsDelegate: .maximum(configuration.connections, logger: logger)),
                        onServerRunning: { opened.take(.success($0.localAddress?.port ?? 0)) }, logger: logger)
                }
                opened.take(.failure(HubServerError.port("it was closed at once")))
            } catch {
                opened.take(.failure(HubServerError.port("\(error)")))
                throw error
            }
        }
        let port = try await opened.port()
        doorkeeper.renewLink()
        let host = address.isIPv4 ? configuration.host : "[\(configuration.host)]"
        let scheme = configuration.certificate == nil ? "http" : "https"
        return HubServer(url: "\(scheme)://\(host):\(port)", port: port, task: task, doorkeeper: doorkeeper)
    }

    private init(url: String, port: Int, task: Task<Void, any Error>, doorkeeper: Doorkeeper) {
        self.url = url
        self.port = port
        self.task = task
        self.doorkeeper = doorkeeper
    }

    /// Ends all connections.
    public func stop() async {
        task.cancel()
        _ = await task.result
    }

    /// Goes on with newer files of the certificate; nil: there is none.
    private static func reloader(
        _ configuration: HubConfiguration
    ) throws(HubServerError) -> TimedCertificateReloader? {
        guard let files = configuration.certificate else { return nil }
        do {
            return try KeyFile.reloader(certificate: files.chainFile, key: files.keyFile, every: .seconds(5))
        } catch {
            throw .certificate("\(error)")
        }
    }

    private static func builder(
        _ configuration: HubConfiguration, _ reloader: TimedCertificateReloader?
    ) throws(HubServerError) -> HTTPServerBuilder {
        let http = HTTPServerBuilder.http1(
            configuration: HTTP1Channel.Configuration(
                idleTimeout: .seconds(Int64(max(60, configuration.heartbeat * 3))),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 64)))
        guard let reloader else { return http }
        do {
            var tls = try TLSConfiguration.makeServerConfiguration(certificateReloader: reloader)
            tls.minimumTLSVersion = .tlsv12
            tls.applicationProtocols = ["http/1.1"]
            return try .tls(http, tlsConfiguration: tls)
        } catch {
            throw .certificate("\(error)")
        }
    }
}

extension Doorkeeper {
    convenience init(_ configuration: HubConfiguration) {
        var sessions = SessionTable.Limits()
        sessions.idle = configuration.sessionIdle
        sessions.whole = configuration.sessionWhole
        var throttle = LoginThrottle.Limits()
        throttle.failures = configuration.failedLogins
        let onLink = configuration.onLoginLink
        let now = configuration.now
        self.init(
            sessions: sessions, throttle: throttle, access: configuration.access,
            nowSeconds: { now() / 1_000_000 },
            onLink: Self.shown(onLink))
    }

    private static func shown(_ show: (@Sendable (String) -> Void)?) -> (@Sendable (SessionSecret) -> Void)? {
        guard let show else { return nil }
        return { secret in secret.reveal { show("/login/link?token=\($0)") } }
    }
}

/// Waits for the port, which is known once.
private final class Opened: Sendable {
    private struct State {
        var result: Result<Int, HubServerError>?
        var waiting: CheckedContinuation<Result<Int, HubServerError>, Never>?
    }

    private let state = Mutex(State())

    func take(_ result: Result<Int, HubServerError>) {
        let waiting = state.withLock { state in
            guard state.result == nil else { return nil as CheckedContinuation<Result<Int, HubServerError>, Never>? }
            state.result = result
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: result)
    }

    func port() async throws(HubServerError) -> Int {
        let result = await withCheckedContinuation { continuation in
            let known = state.withLock { state in
                if state.result == nil { state.waiting = continuation }
                return state.result
            }
            if let known { continuation.resume(returning: known) }
        }
        return try result.get()
    }
}
