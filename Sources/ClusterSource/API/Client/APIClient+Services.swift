import AsyncHTTPClient
import Kubernetes
import NIOCore

extension APIClient {
    /// The URL of what a port of a Service leads to, by way of the API server: no path of its own, no final slash.
    ///
    /// - Parameter isSecure: whether TLS is spoken there. The API server does not check the certificate.
    public func address(ofService service: NamespacedName, port: Int, isSecure: Bool = true) -> String {
        let scheme = isSecure ? "https:" : ""
        return transport.root
            + "/api/v1/namespaces/\(service.namespace)/services/\(scheme)\(service.name):\(port)/proxy"
    }

    /// Sends a request to such a URL. Whatever comes back is given, whoever says it. The header `Authorization` is for the
    /// API server and goes no further.
    public func relay(
        _ request: HTTPClientRequest, deadline: NIODeadline
    ) async throws(APIError) -> HTTPClientResponse {
        let words = "\(request.method) \(request.url.prefix { $0 != "?" })"
        guard let client = transport.client else { throw APIError("Stopped", "the client has been shut down", words) }
        let credential = try await credential(for: words)
        var outgoing = request
        for header in credential.headers {
            outgoing.headers.replaceOrAdd(
                name: header.name, value: header.value.reveal { String(decoding: $0, as: UTF8.self) })
        }
        outgoing.tlsConfiguration = credential.tls
        do { return try await client.execute(outgoing, deadline: deadline) } catch {
            throw APIError(transport: error, words)
        }
    }
}
