import NIOCore
import NIOSSL
import Routing

final class HTTP2ClientConnection {
    func retire() {}
}

extension Worker {
    func acquireHTTP2(_ cluster: ClusterState, _ endpoint: EndpointState, for receiver: UpstreamReceiver) -> ConnectAttempt? {
        let attempt = ConnectAttempt(receiver, endpoint)
        attempt.take()?.upstreamFailed(.connect)
        return attempt
    }

    func startHTTP2(on channel: any Channel, facts: ConnectionFacts, replacing: HTTP1ServerConnection? = nil, first: ByteBuffer? = nil) throws {
        channel.close(promise: nil)
    }
}

