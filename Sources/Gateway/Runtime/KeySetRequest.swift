import Access
import AsyncHTTPClient
import NIOCore
import NIOSSL

/// One question for a key set, and its answer.
struct KeySetRequest: Sendable {
    enum Answer: Sendable {
        case keys(TokenKeySet, tag: String?)
        /// The server says that they are those it gave before.
        case unchanged
    }

    let url: String
    /// PEM certificates of those who vouch for the server; nil: whom the system trusts.
    let authorities: [UInt8]?
    /// `ETag` of the last good answer.
    let tag: String?
    /// Milliseconds for all of it, the last byte included.
    let timeout: Int64

    /// Settings of the client for these requests.
    ///
    /// No redirects: a key set lives where its issuer says, and a redirect would let whoever answers there choose
    /// another place, with a scheme and a host that nobody has looked at.
    static var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow, decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    /// Asks, and reads what is answered. Whatever happens, it is over after `timeout`.
    func send(with client: HTTPClient) async throws(KeySetFetchError) -> Answer {
        let result = await withTaskGroup(of: Result<Answer, KeySetFetchError>.self) { group in
            group.addTask { await ask(client) }
            // The client's own deadline ends with the head of the response; a body that drips would have no end.
            group.addTask {
                try? await Task.sleep(for: .milliseconds(timeout))
                return .failure(.timeout)
            }
            let first = await group.next() ?? .failure(.timeout)
            group.cancelAll()
            return first
        }
        return try result.get()
    }

    private func ask(_ client: HTTPClient) async -> Result<Answer, KeySetFetchError> {
        do {
            let request = try request()
            let response = try await client.execute(request, timeout: .milliseconds(timeout))
            switch response.status.code {
            case 200: break
            case 304 where tag != nil: return .success(.unchanged)
            case 300...399: return .failure(.redirect(Int(response.status.code)))
            default: return .failure(.status(Int(response.status.code)))
            }
            var body = try await response.body.collect(upTo: TokenKeySet.mostBytes)
            let text = body.readBytes(length: body.readableBytes) ?? []
            return .success(.keys(try TokenKeySet(text), tag: Self.tag(response)))
        } catch {
            return .failure(KeySetFetchError(error))
        }
    }

    private func request() throws -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "accept", value: "application/jwk-set+json, application/json")
        request.headers.add(name: "user-agent", value: "sallyport")
        request.headers.add(name: "connection", value: "close")
        if let tag { request.headers.add(name: "if-none-match", value: tag) }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let authorities { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authorities)) }
        request.tlsConfiguration = tls
        return request
    }

    /// A tag that is surely one, and short: it is sent back as it came.
    private static func tag(_ response: HTTPClientResponse) -> String? {
        guard let tag = response.headers.first(name: "etag"), (3...256).contains(tag.utf8.count), tag.hasSuffix("\""),
            tag.hasPrefix("\"") || tag.hasPrefix("W/\""), tag.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { return nil }
        return tag
    }
}

/// Why keys could not be fetched, in words that hold no secret and nothing of the answer.
enum KeySetFetchError: Error, Hashable, Sendable, CustomStringConvertible {
    case timeout
    case tooLarge
    case redirect(Int)
    case status(Int)
    case content(TokenKeySetProblem)
    case connection(String)
    case noCluster

    /// What an error of the client, of TLS or of the reader of key sets means here.
    init(_ error: any Error) {
        switch error {
        case let error as KeySetFetchError: self = error
        case let error as TokenKeySetProblem: self = .content(error)
        case is NIOTooManyBytesError: self = .tooLarge
        case let error as HTTPClientError where error == .deadlineExceeded || error == .connectTimeout: self = .timeout
        // Messages of TLS and sockets name what was tried; of a long one the beginning is enough.
        default: self = .connection(String(String(describing: error).prefix(200)))
        }
    }

    var description: String {
        switch self {
        case .timeout: "the key server did not answer in time"
        case .tooLarge: "the key server's answer has more than \(TokenKeySet.mostBytes) bytes"
        case .redirect(let status): "the key server answers with a redirect (\(status)), which is not followed"
        case .status(let status): "the key server answers with status \(status)"
        case .content(let problem): problem.description
        case .noCluster: "this gateway runs in no cluster whose keys could be asked for"
        case .connection(let words): "the key server cannot be reached: \(words)"
        }
    }
}
