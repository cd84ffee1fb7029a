import AsyncHTTPClient
import NIOCore
import NIOSSL
import SwiftProtobuf
import Telemetry

/// A request of OTLP.
typealias OTLPRequest = SwiftProtobuf.Message & Sendable

/// What became of one attempt.
struct OTLPAnswer {
    /// The longest answer that is read, in bytes.
    static let longest = 1 << 20

    var verdict: ExportVerdict
    /// Why it did not go well, in words; empty: it did.
    var trouble = ""
    private var body: [UInt8] = []

    init(_ verdict: ExportVerdict, trouble: String = "", body: [UInt8] = []) {
        self.verdict = verdict
        self.trouble = trouble
        self.body = body
    }

    /// Of so many log records those that were taken.
    func logs(of all: Int) -> Int {
        let answer = try? Opentelemetry_Proto_Collector_Logs_V1_ExportLogsServiceResponse(serializedBytes: body)
        return Self.taken(all, answer?.partialSuccess.rejectedLogRecords)
    }

    /// Of so many spans those that were taken.
    func spans(of all: Int) -> Int {
        let answer = try? Opentelemetry_Proto_Collector_Trace_V1_ExportTraceServiceResponse(serializedBytes: body)
        return Self.taken(all, answer?.partialSuccess.rejectedSpans)
    }

    /// 1, unless the collector refused some of the metrics.
    func metrics() -> Int {
        let answer = try? Opentelemetry_Proto_Collector_Metrics_V1_ExportMetricsServiceResponse(serializedBytes: body)
        return (answer?.partialSuccess.rejectedDataPoints ?? 0) > 0 ? 0 : 1
    }

    private static func taken(_ all: Int, _ rejected: Int64?) -> Int {
        max(0, all - Int(clamping: max(0, rejected ?? 0)))
    }
}

/// Sends single requests to a collector by OTLP over HTTP.
struct OTLPPoster: OTLPTransport {
    private let client: HTTPClient
    private let configuration: OTLPExporter.Configuration
    private let base: String
    private let clock: @Sendable () -> Int64

    init(_ configuration: OTLPExporter.Configuration, clock: @escaping @Sendable () -> Int64) throws {
        self.configuration = configuration
        self.clock = clock
        base =
            configuration.endpoint.hasSuffix("/") ? String(configuration.endpoint.dropLast()) : configuration.endpoint
        var settings = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .init(configuration.timeout)))
        if let files = configuration.tls {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(files.authority))
            tls.certificateChain = try NIOSSLCertificate.fromPEMFile(files.certificate).map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: files.key, format: .pem))
            settings.tlsConfiguration = tls
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    }

    func close() async throws { try await client.shutdown() }

    func post(_ message: some OTLPRequest, _ signal: String) async -> OTLPAnswer {
        do {
            var body: [UInt8] = try message.serializedBytes()
            var request = HTTPClientRequest(url: "\(base)/v1/\(signal)")
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/x-protobuf")
            for (name, value) in configuration.headers { request.headers.add(name: name, value: value) }
            if configuration.isPacked {
                body = try Gzip.pack(body)
                request.headers.add(name: "Content-Encoding", value: "gzip")
            }
            request.body = .bytes(body)
            let response = try await client.execute(request, timeout: .init(configuration.timeout))
            return try await answer(response)
        } catch {
            return OTLPAnswer(.again(after: nil), trouble: "\(error)")
        }
    }

    private func answer(_ response: HTTPClientResponse) async throws -> OTLPAnswer {
        let status = Int(response.status.code)
        let verdict = ExportVerdict(
            status: status, retryAfter: response.headers.first(name: "Retry-After"), now: clock() / 1_000_000)
        let body = try await response.body.collect(upTo: OTLPAnswer.longest)
        guard verdict == .done else { return OTLPAnswer(verdict, trouble: "it answered \(status)") }
        return OTLPAnswer(verdict, body: Array(body.readableBytesView))
    }
}
