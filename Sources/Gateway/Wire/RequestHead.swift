/// The methods that the gateway tells apart; anything else is `other` and keeps its token.
package enum Method: UInt8, Sendable {
    case other, get, head, post, put, delete, patch, options, trace, connect

    static func recognise(_ token: UnsafeRawBufferPointer) -> Method {
        switch token.count {
        case 3: Bytes.equal(token, "GET") ? .get : Bytes.equal(token, "PUT") ? .put : .other
        case 4: Bytes.equal(token, "POST") ? .post : Bytes.equal(token, "HEAD") ? .head : .other
        case 5: Bytes.equal(token, "PATCH") ? .patch : Bytes.equal(token, "TRACE") ? .trace : .other
        case 6: Bytes.equal(token, "DELETE") ? .delete : .other
        case 7: Bytes.equal(token, "OPTIONS") ? .options : Bytes.equal(token, "CONNECT") ? .connect : .other
        default: .other
        }
    }
}

package enum HTTPVersion: UInt8, Sendable {
    case http10, http11, http2
}

/// How the end of a message's body is found.
package enum BodyFraming: Equatable, Sendable {
    /// There is no body.
    case none
    /// The body has this many bytes.
    case length(UInt64)
    case chunked
    /// The body ends with the connection (responses only), or with the stream in HTTP/2.
    case untilClose

    /// Whether it is certain, before reading, that no byte of body follows.
    package var isEmpty: Bool { self == .none || self == .length(0) }
}

package enum Scheme: UInt8, Sendable {
    case http, https

    package var defaultPort: UInt16 { self == .http ? 80 : 443 }
}

/// The head of a request after all checks: one method, one canonical path, one host, one way to frame the body.
///
/// Reused from request to request on a connection; all text is in `fields`' storage. Its properties are plain numbers,
/// so that they do without the run-time check of exclusive access.
package final class RequestHead {
    package let fields = FieldSection()
    @exclusivity(unchecked) package internal(set) var method: Method = .other
    /// The method as sent, in `fields`' storage.
    @exclusivity(unchecked) package internal(set) var methodToken: ByteRange = .empty
    /// The canonical path: begins with `/`, or is `*` (OPTIONS only). This is what is matched, authorised and sent.
    @exclusivity(unchecked) package internal(set) var path: ByteRange = .empty
    /// What follows the `?`, as sent. `hasQuery` tells an empty query from none.
    @exclusivity(unchecked) package internal(set) var query: ByteRange = .empty
    @exclusivity(unchecked) package internal(set) var hasQuery = false
    @exclusivity(unchecked) package internal(set) var version: HTTPVersion = .http11
    /// The host in lower case, without port and without a trailing dot; never empty. IPv6 keeps its brackets.
    @exclusivity(unchecked) package internal(set) var host: ByteRange = .empty
    @exclusivity(unchecked) package internal(set) var port: UInt16?
    /// The scheme that an absolute target or `:scheme` named.
    @exclusivity(unchecked) package internal(set) var scheme: Scheme?
    @exclusivity(unchecked) package internal(set) var framing: BodyFraming = .none
    @exclusivity(unchecked) package internal(set) var keepAlive = true
    /// Asks for a WebSocket in a way that we honour. Any other upgrade is ignored and its fields are not passed on.
    @exclusivity(unchecked) package internal(set) var upgradesToWebSocket = false
    @exclusivity(unchecked) package internal(set) var expectsContinue = false
    /// `TE: trailers` was sent: the caller can take trailers.
    @exclusivity(unchecked) package internal(set) var acceptsTrailers = false
    /// `Connection` names fields besides the ones that we know to be of one hop.
    @exclusivity(unchecked) package internal(set) var nominatesFields = false

    package init() {}

    /// Ready for the next request on the connection.
    package func reset() {
        fields.reset()
        method = .other
        methodToken = .empty
        path = .empty
        query = .empty
        hasQuery = false
        version = .http11
        host = .empty
        port = nil
        scheme = nil
        framing = .none
        keepAlive = true
        upgradesToWebSocket = false
        expectsContinue = false
        acceptsTrailers = false
        nominatesFields = false
    }

    /// Whether the target is the `*` of `OPTIONS *`.
    package var isAsterisk: Bool { method == .options && fields.withBytes(path) { Bytes.equal($0, "*") } }

    package func withPath<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try fields.withBytes(path, body)
    }

    package func withHost<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try fields.withBytes(host, body)
    }

    package var pathString: String { fields.string(path) }
    package var queryString: String? { hasQuery ? fields.string(query) : nil }
    package var hostString: String { fields.string(host) }
    package var methodString: String { fields.string(methodToken) }

    /// Replaces the path, as a route's rewrite asks; it is put in canonical form first and refused like a caller's.
    package func setPath(_ text: UnsafeRawBufferPointer) throws(Rejection) {
        path = try fields.canonicalPath(fields.store(text))
    }

    package func setPath(_ text: String) throws(Rejection) {
        path = try fields.canonicalPath(fields.store(text))
    }

    /// Replaces host and port, as a route's rewrite asks. When it throws, the request must not be sent.
    package func setHost(_ text: String) throws(Rejection) {
        fields.remove(.host)
        fields.append(.host, text)
        try settleHost()
    }
}

/// The head of a response from upstream after all checks.
package final class ResponseHead {
    package let fields = FieldSection()
    /// 100 to 599.
    @exclusivity(unchecked) package internal(set) var status: UInt16 = 0
    @exclusivity(unchecked) package internal(set) var reason: ByteRange = .empty
    @exclusivity(unchecked) package internal(set) var version: HTTPVersion = .http11
    @exclusivity(unchecked) package internal(set) var framing: BodyFraming = .none
    /// Whether the connection may carry another request once this response has ended.
    @exclusivity(unchecked) package internal(set) var keepAlive = true
    @exclusivity(unchecked) package internal(set) var nominatesFields = false
    /// `Upgrade: websocket` with `Connection: upgrade`, and the status is 101.
    @exclusivity(unchecked) package internal(set) var upgradesToWebSocket = false

    package init() {}

    package func reset() {
        fields.reset()
        status = 0
        reason = .empty
        version = .http11
        framing = .none
        keepAlive = true
        nominatesFields = false
        upgradesToWebSocket = false
    }

    /// 100 to 199 except 101: another head follows on the same exchange.
    package var isInformational: Bool { status < 200 && status != 101 }

    /// Starts a response of our own.
    package func begin(status: UInt16, framing: BodyFraming, keepAlive: Bool = true) {
        reset()
        self.status = status
        self.framing = framing
        self.keepAlive = keepAlive
    }

    package func setFraming(_ framing: BodyFraming) { self.framing = framing }
    package func setKeepAlive(_ keepAlive: Bool) { self.keepAlive = keepAlive }
}
