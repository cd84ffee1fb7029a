import AsyncHTTPClient
import Kubernetes
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The connections to an API server.
///
/// With HTTP/2 all questions share one connection, and servers allow so many at once on it (250 commonly): watches,
/// which never end, are spread over as many clients as it takes to leave room for everything else.
final class HTTPTransport: Sendable {
    private struct Lanes {
        var clients: [HTTPClient]
        var watches: [Int]
        var isShutDown = false
    }

    private static let watchesPerLane = 100
    private let lanes: Mutex<Lanes>
    private let config: Kubeconfig
    /// `https://HOST:PORT/PREFIX`, with the name that the certificate must have as the host.
    let root: String

    init(_ config: Kubeconfig) throws(ClusterError) {
        guard let address = WebAddress(config.server) else {
            throw ClusterError(.configuration, "the server must be a URL such as https://10.0.0.1:6443")
        }
        self.config = config
        let prefix = Self.path(of: config.server)
        let host = config.serverName ?? address.host
        root =
            "\(address.isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(address.port)\(prefix)"
        lanes = Mutex(Lanes(clients: [try Self.client(config, address)], watches: [0]))
    }

    deinit { lanes.withLock { Self.end(&$0) } }

    /// Ends all connections, and what is under way on them.
    func shutdown() { lanes.withLock { Self.end(&$0) } }

    /// The client for questions that end.
    var client: HTTPClient? { lanes.withLock { $0.isShutDown ? nil : $0.clients.first } }

    /// Does something with the client for a watch.
    func withWatchLane<T: Sendable>(_ body: @Sendable (HTTPClient) async -> T) async -> T? {
        guard let (lane, client) = takeLane() else { return nil }
        defer { lanes.withLock { $0.watches[lane] -= 1 } }
        return await body(client)
    }

    private func takeLane() -> (Int, HTTPClient)? {
        lanes.withLock { lanes -> (Int, HTTPClient)? in
            guard !lanes.isShutDown else { return nil }
            var lane = lanes.watches.firstIndex { $0 < Self.watchesPerLane }
            if lane == nil, let address = WebAddress(config.server), let client = try? Self.client(config, address) {
                lanes.clients.append(client)
                lanes.watches.append(0)
                lane = lanes.clients.count - 1
            }
            let chosen = lane ?? 0
            lanes.watches[chosen] += 1
            return (chosen, lanes.clients[chosen])
        }
    }

    private static func end(_ lanes: inout Lanes) {
        guard !lanes.isShutDown else { return }
        lanes.isShutDown = true
        for client in lanes.clients { client.shutdown { _ in } }
    }

    private static func path(of server: String) -> String {
        guard let start = server.range(of: "://")?.upperBound, let slash = server[start...].firstIndex(of: "/") else {
            return ""
        }
        var path = server[slash...]
        while path.hasSuffix("/") { path.removeLast() }
        return String(path)
    }

    private static func client(_ config: Kubeconfig, _ address: WebAddress) throws(ClusterError) -> HTTPClient {
        var settings = HTTPClient.Configuration(redirectConfiguration: .disallow, decompression: .disabled)
        settings.timeout.connect = .seconds(10)
        settings.connectionPool.retryConnectionEstablishment = false
        // Each watch is a connection of its own where the server has no HTTP/2.
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        settings.http1_1ConnectionDebugInitializer = keepAlive
        settings.http2ConnectionDebugInitializer = keepAlive
        if let name = config.serverName { settings.dnsOverride[name] = address.host }
        settings.proxy = try proxy(config)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    }

    private static func proxy(_ config: Kubeconfig) throws(ClusterError) -> HTTPClient.Configuration.Proxy? {
        guard let text = config.proxy else { return nil }
        let isSocks = text.hasPrefix("socks5://")
        let http = isSocks ? "http://" + text.dropFirst("socks5://".count) : text
        guard let address = WebAddress(http), !address.isSecure else {
            throw ClusterError(
                .configuration, "proxy-url must be http://HOST:PORT or socks5://HOST:PORT, without a user")
        }
        return isSocks
            ? .socksServer(host: address.host, port: address.port) : .server(host: address.host, port: address.port)
    }

    /// A peer that is gone without a word is noticed within a minute: by probes on connections that say nothing, and by
    /// what nobody confirms on those that do. Without the latter all requests would wait on a dead HTTP/2 connection for
    /// the quarter of an hour that the kernel goes on sending.
    @Sendable private static func keepAlive(_ channel: any Channel) -> EventLoopFuture<Void> {
        var options = [channel.setOption(.socketOption(.so_keepalive), value: 1)]
        #if os(Linux)
            for (name, seconds) in [(TCP_KEEPIDLE, 20), (TCP_KEEPINTVL, 10), (TCP_KEEPCNT, 3)] {
                let option = ChannelOptions.socket(SocketOptionLevel(IPPROTO_TCP), SocketOptionName(name))
                options.append(channel.setOption(option, value: SocketOptionValue(seconds)))
            }
            let unconfirmed = ChannelOptions.socket(SocketOptionLevel(IPPROTO_TCP), SocketOptionName(TCP_USER_TIMEOUT))
            options.append(channel.setOption(unconfirmed, value: SocketOptionValue(20_000)))
        #endif
        // What cannot be set is no reason to have no connection.
        return EventLoopFuture.andAllComplete(options, on: channel.eventLoop)
    }
}
