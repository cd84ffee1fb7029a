import AsyncHTTPClient
import Kubernetes
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// Speaks with one API server: reads, lists, watches, writes. One is enough for a process; everything may be asked of it
/// from anywhere at once.
///
/// - Questions that end have 30 seconds (lists 2 minutes for each part). Nothing is asked again by itself but what the
///   server did not look at because it did not know us: then credentials are renewed, and it is asked once more.
/// - Every error is an `APIError` that says what was asked.
public final class APIClient: Sendable {
    /// Where the server is.
    public let location: ClusterLocation
    let clock: SourceClock
    let logger: Logger
    let transport: HTTPTransport
    let discovery = APIDiscovery()
    private let keeper: CredentialKeeper
    private let userAgent: String

    /// A client. Nothing is asked, and no file read, before it is used.
    public convenience init(_ location: ClusterLocation, userAgent: String, logger: Logger) throws(ClusterError) {
        try self.init(location, userAgent: userAgent, logger: logger, clock: .system)
    }

    init(_ location: ClusterLocation, userAgent: String, logger: Logger, clock: SourceClock) throws(ClusterError) {
        self.location = location
        self.userAgent = userAgent
        self.logger = logger
        self.clock = clock
        transport = try HTTPTransport(location.config)
        keeper = CredentialKeeper(location.config, clock: clock, logger: logger)
    }

    /// Ends all connections. What is asked afterwards fails.
    public func shutdown() { transport.shutdown() }

    // MARK: Reading

    /// One object, as JSON.
    public func get(
        _ resource: APIResource, _ name: NamespacedName, subresource: String? = nil
    ) async throws(APIError) -> [UInt8] {
        try await send(APIRequest(method: "GET", path: resource.path(name, subresource)))
    }

    /// Objects, each as JSON, without `kind` and `apiVersion` where the server's lists leave them out.
    public func list(
        _ resource: APIResource, _ selection: APISelection = APISelection()
    ) async throws(APIError) -> [[UInt8]] {
        var all: [[UInt8]] = []
        var next: String?
        repeat {
            let page = try await page(resource, selection, limit: 500, next: next) { bytes throws(ServedProblem) in
                bytes
            }
            all += page.objects
            next = page.end.next
        } while next != nil
        return all
    }

    /// Whatever a path answers: `/version`, discovery, and the like.
    public func read(_ path: String) async throws(APIError) -> [UInt8] {
        try await send(APIRequest(method: "GET", path: path.split(separator: "/").map(String.init)))
    }

    // MARK: Asking

    /// What a request is answered with; everything but a 2xx is an error.
    func send(_ request: APIRequest, limit: Int = 32 << 20, within time: Int64 = 30_000) async throws(APIError)
        -> [UInt8]
    {
        let result = await clock.within(time) { () -> Result<[UInt8], APIError> in
            guard let client = self.transport.client else { return .failure(self.stopped(request)) }
            do throws(APIError) {
                let response = try await self.ask(request, client)
                do {
                    var body = try await response.body.collect(upTo: limit)
                    return .success(body.readBytes(length: body.readableBytes) ?? [])
                } catch { throw APIError(transport: error, request.words) }
            } catch { return .failure(error) }
        }
        guard let result else { throw APIError("Silent", "no answer within \(time / 1000) seconds", request.words) }
        return try result.get()
    }

    /// Asks, and gives the response once its head says 2xx.
    func ask(_ request: APIRequest, _ client: HTTPClient) async throws(APIError) -> HTTPClientResponse {
        let (first, number) = try await once(request, client)
        guard first.status == .unauthorized, await keeper.refused(number) else { return try await good(first, request) }
        // The body of an answer that nobody reads would keep its connection.
        _ = try? await first.body.collect(upTo: 1 << 16)
        return try await good(try await once(request, client).response, request)
    }

    private func once(
        _ request: APIRequest, _ client: HTTPClient
    ) async throws(APIError) -> (response: HTTPClientResponse, number: UInt64) {
        let credential = try await credential(for: request.words)
        do {
            let response = try await client.execute(outgoing(request, credential), timeout: .hours(24))
            return (response, credential.number)
        } catch { throw APIError(transport: error, request.words) }
    }

    /// What we show now, for requests that are put together elsewhere.
    func credential(for request: String) async throws(APIError) -> Credential {
        do { return try await keeper.credential() } catch {
            throw APIError("Credentials", error.message, request)
        }
    }

    private func outgoing(_ request: APIRequest, _ credential: Credential) -> HTTPClientRequest {
        var outgoing = HTTPClientRequest(url: request.url(at: transport.root))
        outgoing.method = HTTPMethod(rawValue: request.method)
        // Key sets have a type of their own, and are JSON all the same.
        outgoing.headers.add(name: "accept", value: "application/json, application/jwk-set+json;q=0.9")
        outgoing.headers.add(name: "user-agent", value: userAgent)
        for header in credential.headers {
            outgoing.headers.add(name: header.name, value: header.value.reveal { String(decoding: $0, as: UTF8.self) })
        }
        if let body = request.body {
            outgoing.headers.add(name: "content-type", value: request.contentType)
            outgoing.body = .bytes(body, length: .known(Int64(body.count)))
        }
        outgoing.tlsConfiguration = credential.tls
        return outgoing
    }

    /// The response, or the error that it is.
    private func good(_ response: HTTPClientResponse, _ request: APIRequest) async throws(APIError)
        -> HTTPClientResponse
    {
        if (200..<300).contains(response.status.code) { return response }
        let body = (try? await response.body.collect(upTo: 1 << 20)) ?? ByteBuffer()
        let seconds = response.headers.first(name: "retry-after").flatMap { Int64($0) }
        throw APIError(
            status: Int(response.status.code), ServedStatus(Array(body.readableBytesView)),
            retryAfter: seconds.flatMap { (1...86_400).contains($0) ? Milliseconds($0 * 1000) : nil }, request.words)
    }

    func stopped(_ request: APIRequest) -> APIError {
        APIError("Stopped", "the client has been shut down", request.words)
    }
}

extension APIError {
    /// What an error of the client, of TLS or of a socket means here. Its words name what was tried, never what was sent.
    init(transport error: any Error, _ request: String) {
        switch error {
        case let error as APIError: self = error
        case let problem as ServedProblem: self.init("Malformed", "\(problem)", request)
        case is CancellationError: self.init("Stopped", "it was cancelled", request)
        case is NIOTooManyBytesError: self.init("Malformed", "the answer is too long", request)
        case let error as HTTPClientError where error == .cancelled: self.init("Stopped", "it was cancelled", request)
        case let error as NIOSSLError:
            self.init("Unreachable", "no TLS with the API server: \(TransportWords.words(error))", request)
        default: self.init("Unreachable", "the API server cannot be reached: \(TransportWords.words(error))", request)
        }
    }
}
