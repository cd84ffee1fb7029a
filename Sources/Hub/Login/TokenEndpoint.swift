import AsyncHTTPClient
import Foundation
import Kubernetes
import NIOCore
import NIOSSL

/// Asks token endpoints over HTTPS: no redirects, bounded in time and size.
public final class TokenEndpoint: IssuerClient {
    private let client: HTTPClient
    private let objects: @Sendable () -> Objects

    /// Why there is no token.
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter objects: where the secrets of clients and the certificates of authorities are.
    public init(objects: @escaping @Sendable () -> Objects) {
        self.objects = objects
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = HTTPClient.Configuration.Timeout(connect: .seconds(5), read: .seconds(10))
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Ends its connections.
    public func stop() async { try? await client.shutdown() }

    /// Asks the issuer; whatever is not an ID token is an error.
    public func token(
        _ issuer: NamespacedName, _ login: TokenIssuer.Login, code: String, verifier: String
    ) async throws -> String {
        var fields = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", login.redirectURL),
            ("client_id", login.clientID), ("code_verifier", verifier),
        ]
        if let reference = login.clientSecret { fields.append(("client_secret", try secret(reference, issuer))) }
        var request = HTTPClientRequest(url: login.tokenEndpoint)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
        request.headers.add(name: "accept", value: "application/json")
        let body = fields.map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")" }
        request.body = .bytes(ByteBuffer(string: body.joined(separator: "&")))
        if let authorities = try authorities(login, issuer) {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .certificates(authorities)
            request.tlsConfiguration = tls
        }
        let response = try await client.execute(request, timeout: .seconds(10))
        guard response.status == .ok else {
            throw Failed(description: "the token endpoint answered \(response.status.code)")
        }
        let bytes = try await response.body.collect(upTo: 256 << 10)
        let answer = try JSONDecoder().decode(Answer.self, from: Data(Array(buffer: bytes)))
        return answer.id_token
    }

    private struct Answer: Decodable {
        // The name is the protocol's.
        // swift-format-ignore: AlwaysUseLowerCamelCase
        let id_token: String
    }

    private func secret(_ reference: TokenIssuer.KeyReference, _ issuer: NamespacedName) throws -> String {
        let name = NamespacedName(issuer.namespace, reference.name)
        guard let secret = objects().secrets[name], let bytes = secret.data[reference.key] else {
            throw Failed(description: "there is no \(reference.key) in Secret \(name)")
        }
        return bytes.reveal { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) }
    }

    private func authorities(_ login: TokenIssuer.Login, _ issuer: NamespacedName) throws -> [NIOSSLCertificate]? {
        let text: [UInt8]?
        switch login.caCertificates {
        case nil: return nil
        case .secret(let reference):
            text = objects().secrets[NamespacedName(issuer.namespace, reference.name)]?.data[reference.key]?.reveal {
                $0
            }
        case .configMap(let reference):
            text = objects().configMaps[NamespacedName(issuer.namespace, reference.name)]?.data[reference.key]
                .map { Array($0.utf8) }
        }
        guard let text else { throw Failed(description: "the certificates of the authority are not there") }
        return try NIOSSLCertificate.fromPEMBytes(text)
    }
}
