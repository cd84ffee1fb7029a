import Addresses
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import GRPCProtobuf

/// How single requests go to a collector.
protocol OTLPTransport: Sendable {
    /// One attempt.
    ///
    /// - Parameter signal: `logs`, `traces` or `metrics`.
    func post(_ message: some OTLPRequest, _ signal: String) async -> OTLPAnswer

    /// Ends all connections.
    func close() async throws
}

/// Sends single requests to a collector by OTLP over gRPC.
struct OTLPCaller: OTLPTransport {
    private let client: GRPCClient<HTTP2ClientTransport.Posix>
    private let connections: Task<Void, any Error>
    private let metadata: Metadata
    private let options: CallOptions

    init(_ configuration: OTLPExporter.Configuration) throws {
        let place = try OTLPPlace(configuration.endpoint)
        client = GRPCClient(transport: try Self.transport(place, configuration))
        connections = Task { [client] in try await client.runConnections() }
        var metadata = Metadata()
        for (name, value) in configuration.headers { metadata.addString(value, forKey: name.lowercased()) }
        self.metadata = metadata
        var options = CallOptions.defaults
        // An attempt that finds no connection has failed: how often there is another is the exporter's to say.
        options.waitForReady = false
        options.timeout = configuration.timeout
        options.maxResponseMessageBytes = OTLPAnswer.longest
        options.compression = configuration.isPacked ? .gzip : CompressionAlgorithm.none
        self.options = options
    }

    private static func transport(
        _ place: OTLPPlace, _ configuration: OTLPExporter.Configuration
    ) throws -> HTTP2ClientTransport.Posix {
        var config = HTTP2ClientTransport.Posix.Config.defaults
        config.compression = .init(algorithm: configuration.isPacked ? .gzip : .none, enabledAlgorithms: [.gzip])
        config.backoff = .init(
            initial: configuration.retry.first, max: configuration.retry.longest, multiplier: 2, jitter: 0.2)
        let security: HTTP2ClientTransport.Posix.TransportSecurity =
            place.isSecure ? configuration.tls?.clientSecurity ?? .tls() : .plaintext
        if Address(place.host) == nil {
            return try .init(
                target: .dns(host: place.host, port: place.port), transportSecurity: security, config: config)
        }
        if place.host.contains(":") {
            return try .init(
                target: .ipv6(address: place.host, port: place.port), transportSecurity: security, config: config)
        }
        return try .init(
            target: .ipv4(address: place.host, port: place.port), transportSecurity: security, config: config)
    }

    func close() async throws {
        client.beginGracefulShutdown()
        try await connections.value
    }

    func post(_ message: some OTLPRequest, _ signal: String) async -> OTLPAnswer {
        do {
            let answer = try await client.unary(
                request: ClientRequest(message: try message.serializedBytes() as [UInt8], metadata: metadata),
                descriptor: Self.method(signal), serializer: PlainBytes(), deserializer: PlainBytes(), options: options
            ) { response in try response.message }
            return OTLPAnswer(.done, body: answer)
        } catch let error as RPCError {
            return OTLPAnswer(
                ExportVerdict(code: error.code, after: Self.delay(error)),
                trouble: "it answered \(error.code): \(error.message)")
        } catch {
            return OTLPAnswer(.again(after: nil), trouble: "\(error)")
        }
    }

    /// The method that the published services have for it.
    private static func method(_ signal: String) -> MethodDescriptor {
        let (package, service) =
            switch signal {
            case "traces": ("trace", "TraceService")
            case "metrics": ("metrics", "MetricsService")
            default: ("logs", "LogsService")
            }
        return MethodDescriptor(
            fullyQualifiedService: "opentelemetry.proto.collector.\(package).v1.\(service)", method: "Export")
    }

    /// Seconds after which the collector wants to be asked again; nil: it does not say.
    private static func delay(_ error: RPCError) -> Int64? {
        guard let details = try? error.unpackGoogleRPCStatus()?.details else { return nil }
        return details.lazy.compactMap(\.retryInfo).first.map {
            min(max(0, $0.delay.components.seconds), ExportVerdict.longestWait)
        }
    }
}

/// Messages that are bytes already.
private struct PlainBytes: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }

    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> [UInt8] {
        bytes.withUnsafeBytes { Array($0) }
    }
}

/// Where a collector is that speaks gRPC.
struct OTLPPlace: Equatable {
    /// OpenTelemetry's own port for it.
    static let usualPort = 4317

    var host: String
    var port: Int
    /// Over TLS.
    var isSecure: Bool

    /// What is wrong with an endpoint.
    struct Problem: Error, Equatable, CustomStringConvertible {
        var endpoint: String

        var description: String {
            "\"\(endpoint)\" is no endpoint for gRPC: http://HOST:PORT or https://HOST:PORT, without a path"
        }
    }

    /// `http://collector:4317`: the scheme says whether there is TLS.
    init(_ endpoint: String) throws(Problem) {
        guard let parts = URLComponents(string: endpoint), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty, ["", "/"].contains(parts.path),
            parts.query == nil, parts.user == nil, (1...65_535).contains(parts.port ?? Self.usualPort)
        else { throw Problem(endpoint: endpoint) }
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = parts.port ?? Self.usualPort
        isSecure = scheme == "https"
    }
}
