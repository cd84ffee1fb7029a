import GRPCCore
import GRPCNIOTransportHTTP2

/// Runs a server of gRPC until the task is cancelled, and then ends it in order: no new connections, streams are told,
/// and only who does not listen is cut off. A server that is simply cancelled can be torn down in the middle of a
/// handshake, which ends the whole process.
enum GracefulServer {
    /// How long streams have to end.
    private static let grace = Duration.seconds(5)

    static func run(
        _ transport: HTTP2ServerTransport.Posix, services: [any RegistrableRPCService],
        onListening: @escaping @Sendable (GRPCNIOTransportCore.SocketAddress) -> Void
    ) async throws {
        let server = GRPCServer(transport: transport, services: services)
        let serving = Task { try await server.serve() }
        do {
            onListening(try await transport.listeningAddress)
        } catch {
            // What the server says is more to the point than that it does not listen.
            try await serving.value
            throw error
        }
        try await withTaskCancellationHandler {
            try await serving.value
        } onCancel: {
            server.beginGracefulShutdown()
            Task {
                try? await Task.sleep(for: grace)
                serving.cancel()
            }
        }
    }
}

extension GRPCNIOTransportCore.SocketAddress {
    /// The port; 0 where there is none.
    var port: Int { ipv4?.port ?? ipv6?.port ?? 0 }
}

/// An address to listen at.
struct SocketPlace {
    let address: GRPCNIOTransportCore.SocketAddress

    init(_ host: String, _ port: Int) {
        address = host.contains(":") ? .ipv6(host: host, port: port) : .ipv4(host: host, port: port)
    }
}
