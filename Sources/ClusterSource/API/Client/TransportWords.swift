import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What errors of sockets, of TLS and of the client mean, in words for people: their own are for programmers.
enum TransportWords {
    /// Words without a full stop.
    static func words(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError: words(error)
        case let error as ChannelError: words(error)
        case let error as HTTPClientError: words(error)
        case let error as NIOSSLError: tls(String(describing: error))
        // Certificates are checked by errors of types that are not public.
        default: tls(String(describing: error))
        }
    }

    /// The host may have several addresses; what the last of them said is enough.
    private static func words(_ error: NIOConnectionError) -> String {
        if let last = error.connectionErrors.last { return words(last.error) }
        return "there is no address of \(error.host)"
    }

    private static func words(_ error: ChannelError) -> String {
        switch error {
        case .connectTimeout: "no connection in time"
        case .eof, .ioOnClosedChannel, .alreadyClosed, .inputClosed, .outputClosed: "the connection was closed"
        default: plain(error)
        }
    }

    private static let clientWords: [(error: HTTPClientError, words: String)] = [
        (.connectTimeout, "no connection in time"), (.getConnectionFromPoolTimeout, "no connection in time"),
        (.tlsHandshakeTimeout, "no TLS in time"), (.readTimeout, "no answer in time"),
        (.writeTimeout, "it does not take the question in time"), (.deadlineExceeded, "no answer in time"),
        (.remoteConnectionClosed, "the connection was closed"),
        (.uncleanShutdown, "the connection was closed"), (.alreadyShutdown, "the client has been shut down"),
        (.socksHandshakeTimeout, "the proxy does not answer in time"),
        (.httpProxyHandshakeTimeout, "the proxy does not answer in time"),
        (.invalidProxyResponse, "the proxy does not let us through"),
        (.proxyAuthenticationRequired, "the proxy asks who we are"),
    ]

    private static func words(_ error: HTTPClientError) -> String {
        clientWords.first { $0.error == error }?.words ?? plain(error)
    }

    /// Parts of what BoringSSL says, with what they mean.
    private static let tlsWords: [(part: String, words: String)] = [
        ("CERTIFICATE_VERIFY_FAILED", "its certificate is not by the authorities that vouch for it"),
        ("failedToVerifyHostname", "its certificate is for another name"),
        ("unableToValidateCertificate", "its certificate is for another name"),
        ("WRONG_VERSION_NUMBER", "it does not speak TLS"), ("HTTP_REQUEST", "it does not speak TLS"),
        ("CERTIFICATE_REQUIRED", "it asks for a certificate of ours"),
        ("UNKNOWN_CA", "it does not know who vouches for our certificate"),
        ("CERTIFICATE_EXPIRED", "a certificate has expired"), ("eofDuringHandshake", "the connection was closed"),
        ("uncleanShutdown", "the connection was closed"), ("HANDSHAKE_FAILURE", "there is no cipher in common"),
    ]

    private static func tls(_ text: String) -> String {
        tlsWords.first { text.contains($0.part) }?.words ?? String(text.prefix(300))
    }

    private static func plain(_ error: any Error) -> String { String(String(describing: error).prefix(300)) }
}
