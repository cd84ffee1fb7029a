import AsyncHTTPClient
import Foundation
import Kubernetes
import NIOCore
import NIOSSL
import Testing

@testable import ClusterSource

/// What is said when an API server cannot be asked: words of ours, and none of the libraries'.
@Suite struct TransportWordsTests {
    private func message(_ error: any Error) -> String { APIError(transport: error, "GET /api").message }

    @Test func socketsHaveTheSystemsWords() {
        let refused = IOError(errnoCode: ECONNREFUSED, reason: "connection reset (error set)")
        #expect(message(refused) == "the API server cannot be reached: Connection refused")
        let unreachable = IOError(errnoCode: EHOSTUNREACH, reason: "connect")
        #expect(message(unreachable) == "the API server cannot be reached: No route to host")
    }

    @Test func theClientsErrorsAreWords() {
        let closed = "the API server cannot be reached: the connection was closed"
        #expect(message(HTTPClientError.remoteConnectionClosed) == closed)
        #expect(message(ChannelError.eof) == closed)
        #expect(message(ChannelError.ioOnClosedChannel) == closed)
        let late = "the API server cannot be reached: no connection in time"
        #expect(message(HTTPClientError.connectTimeout) == late)
        #expect(message(ChannelError.connectTimeout(.seconds(1))) == late)
        #expect(message(HTTPClientError.cancelled) == "it was cancelled")
        // One that nobody has words for is better than nothing.
        #expect(message(HTTPClientError.redirectCycleDetected).contains("redirectCycleDetected"))
    }

    @Test func tlsSaysWhatIsWrongWithTheCertificate() {
        let other = NIOSSLError.unableToValidateCertificate
        #expect(message(other) == "no TLS with the API server: its certificate is for another name")
        #expect(message(NIOSSLError.uncleanShutdown) == "no TLS with the API server: the connection was closed")
    }

    /// Whatever comes from a socket that nobody listens on, no word of it is about code.
    @Test func nobodyListens() async throws {
        let config = Kubeconfig(context: "test", server: "http://127.0.0.1:1")
        let client = try APIClient(ClusterLocation(config, origin: "a test"), userAgent: "sallyport/1", logger: quiet)
        defer { client.shutdown() }
        let error = await #expect(throws: APIError.self) { _ = try await client.read("/version") }
        #expect(error?.message == "the API server cannot be reached: Connection refused")
    }
}
