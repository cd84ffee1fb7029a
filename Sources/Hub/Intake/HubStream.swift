import Addresses
import GRPCCore
import GRPCNIOTransportHTTP2
import Telemetry

/// One connection of a `HubClient`, with one stream on it. The files of certificates are read anew for each.
struct HubStream {
    private let client: HubClient

    init(_ client: HubClient) { self.client = client }

    /// Runs until the connection breaks, the hub ends it, or the files change.
    func run(_ wake: AsyncStream<Void>) async throws {
        let signature = client.configuration.tls.signature()
        let name = try client.name()
        let transport = try makeTransport()
        try await withGRPCClient(transport: transport) { connection in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await exchange(connection, name, wake) }
                group.addTask { try await watchFiles(signature) }
                _ = try await group.next()
                group.cancelAll()
            }
        }
    }

    private func makeTransport() throws -> HTTP2ClientTransport.Posix {
        let configuration = client.configuration
        var config = HTTP2ClientTransport.Posix.Config.defaults
        // An address is no name to ask for; the certificate must have it all the same.
        let isAddress = Address(configuration.host) != nil
        if !configuration.serverName.isEmpty {
            config.http2.authority = configuration.serverName
        } else if !isAddress {
            config.http2.authority = configuration.host
        }
        // A hub that is gone without a word is noticed; attempts are counted by us, not by the channel.
        config.connection.keepalive = .init(time: .seconds(60), timeout: .seconds(20), allowWithoutCalls: false)
        config.backoff = .init(initial: .seconds(3600), max: .seconds(3600), multiplier: 1, jitter: 0)
        let security = configuration.tls.clientSecurity
        if configuration.host.contains(":") {
            return try .init(
                target: .ipv6(address: configuration.host, port: configuration.port), transportSecurity: security,
                config: config)
        }
        if isAddress {
            return try .init(
                target: .ipv4(address: configuration.host, port: configuration.port), transportSecurity: security,
                config: config)
        }
        return try .init(
            target: .dns(host: configuration.host, port: configuration.port), transportSecurity: security,
            config: config)
    }

    private func exchange(
        _ connection: GRPCClient<HTTP2ClientTransport.Posix>, _ name: String, _ wake: AsyncStream<Void>
    ) async throws {
        let intake = Sallyport_Hub_V1_Intake.Client(wrapping: connection)
        var options = CallOptions.defaults
        options.waitForReady = false
        try await intake.send(options: options) { writer in
            try await writer.write(client.hello(name))
            for await _ in wake {
                while let batch = client.state.withLock({ $0.batches.next() }) {
                    try await writer.write(.init(batch, clock: client.now))
                }
            }
        } onResponse: { response in
            for try await message in response.messages {
                switch message.message {
                case .welcome(let welcome): client.welcomed(welcome)
                case .position(let position): client.acknowledged(position.committed)
                case nil: break
                }
            }
        }
    }

    /// Ends the connection when there are other files, so that the next is made with them.
    private func watchFiles(_ signature: [Int64]) async throws {
        while true {
            try await Task.sleep(for: client.configuration.reload)
            guard client.configuration.tls.signature() == signature else {
                client.logger.info("certificates have changed: connecting anew")
                return
            }
        }
    }
}

extension Sallyport_Hub_V1_FromSource {
    fileprivate init(_ batch: OutgoingBatches.Batch, clock: Int64) {
        self.init()
        self.batch.number = batch.number
        self.batch.lines = .init(batch.lines)
        self.batch.count = UInt64(batch.count)
        self.batch.dropped = batch.dropped
        self.batch.clock = clock
        self.batch.contents = batch.contents.map(Sallyport_Hub_V1_Content.init)
    }
}
