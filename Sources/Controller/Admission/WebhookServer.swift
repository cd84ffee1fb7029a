import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Kubernetes
import Logging
import NIOCore
import NIOSSL
import Serving

/// Where API servers ask about objects.
struct WebhookServer: Sendable {
    /// Where it listens.
    let host: String
    let port: Int
    let desk: AdmissionDesk
    let logger: Logger
    /// Milliseconds that a judgement may take: the API server is to hear from us before it gives up.
    let limit: Int64

    /// Serves until the task is cancelled.
    ///
    /// - Parameter opened: called with the port.
    func run(_ tls: TLSConfiguration, opened: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        let router = Router()
        for path in [Installation.Webhook.ownPath, Installation.Webhook.othersPath] {
            router.post(RouterPath(path)) { request, _ in try await self.answer(request) }
        }
        let http = HTTPServerBuilder.http1(
            configuration: HTTP1Channel.Configuration(
                idleTimeout: .seconds(120),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 8 << 10, maxHeaderListSize: 16 << 10, maxHeaderFieldCount: 64)))
        var quiet = logger
        // The framework tells of every connection.
        quiet.logLevel = max(logger.logLevel, .error)
        try await OrderlyServer.run(quiet) { logger in
            Application(
                router: router, server: try .tls(http, tlsConfiguration: tls),
                configuration: ApplicationConfiguration(
                    address: .hostname(host, port: port), serverName: nil,
                    availableConnectionsDelegate: .maximum(256, logger: logger)),
                onServerRunning: { opened($0.localAddress?.port ?? 0) }, logger: logger)
        }
    }

    private func answer(_ request: Request) async throws -> Response {
        guard request.headers[.contentType]?.hasPrefix("application/json") == true else {
            return Self.text(.unsupportedMediaType, "application/json is read")
        }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: AdmissionReview.mostBytes)
        } catch {
            return Self.text(.contentTooLarge, "the question is larger than \(AdmissionReview.mostBytes) bytes")
        }
        switch await desk.answer(Array(body.readableBytesView), within: limit) {
        case .review(let bytes):
            return Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        case .bad(let why): return Self.text(.badRequest, why)
        case .unavailable(let why): return Self.text(.serviceUnavailable, why)
        }
    }

    private static func text(_ status: HTTPResponse.Status, _ words: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: words + "\n")))
    }
}
