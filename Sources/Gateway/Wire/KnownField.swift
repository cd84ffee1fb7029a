/// The fields that the gateway itself has to tell apart, recognised once while a head is parsed.
///
/// Raw values below `structuralEnd` decide how a message is framed or where it goes; the parser keeps a note of them.
package enum KnownField: UInt8, CaseIterable, Sendable {
    /// Any field that the gateway passes on without looking.
    case other = 0

    // Structural: the parser itself has to understand these.
    case host, contentLength, transferEncoding, connection, upgrade, expect, te, trailer

    // Of one hop only.
    case keepAlive, proxyConnection, proxyAuthenticate, proxyAuthorization, proxyAuthenticationInfo, http2Settings

    // Credentials of the caller.
    case authorization, xApiKey, apiKey, xGoogApiKey, cookie

    // Who says where a request comes from; only the gateway may say so.
    case forwarded, xForwardedFor, xForwardedProto, xForwardedHost, xForwardedPort, xForwardedOther
    case xRealIP, xClientIP, trueClientIP, cfConnectingIP, xClusterClientIP, xOriginal, xRequestID
    case xSallyport, xEnvoy, xGateway, xUser, xMethodOverride
    /// Who a caller is by its client certificate, in any of the ways that proxies write it.
    case clientCertificate
    /// A name that a server mapping `_` to `-` would read as one of the fields above (`x_forwarded_for`).
    case disguised

    // Read by routing, records or the endpoints' own logic.
    case accept, acceptEncoding, acceptLanguage, contentType, contentEncoding, userAgent, origin, referer, range
    case date, server, location, setCookie, retryAfter, via, vary, etag, ifNoneMatch, cacheControl
    case traceparent, tracestate, strictTransportSecurity, allow, wwwAuthenticate, contentLanguage
    case secWebSocketKey, secWebSocketAccept, secWebSocketVersion, secWebSocketProtocol, secWebSocketExtensions
    case accessControlRequestMethod, accessControlRequestHeaders, accessControlAllowOrigin
    case grpcStatus, grpcTimeout, mcpSessionID, mcpProtocolVersion, lastEventID

    static let structuralEnd: UInt8 = KnownField.trailer.rawValue

    /// The name in lower case; nil for the cases that stand for a family of names.
    package var name: StaticString? {
        switch self {
        case .other, .xForwardedOther, .xSallyport, .xEnvoy, .xGateway, .xUser, .xOriginal, .xMethodOverride,
            .clientCertificate, .disguised:
            nil
        case .host: "host"
        case .contentLength: "content-length"
        case .transferEncoding: "transfer-encoding"
        case .connection: "connection"
        case .upgrade: "upgrade"
        case .expect: "expect"
        case .te: "te"
        case .trailer: "trailer"
        case .keepAlive: "keep-alive"
        case .proxyConnection: "proxy-connection"
        case .proxyAuthenticate: "proxy-authenticate"
        case .proxyAuthorization: "proxy-authorization"
        case .proxyAuthenticationInfo: "proxy-authentication-info"
        case .http2Settings: "http2-settings"
        case .authorization: "authorization"
        case .xApiKey: "x-api-key"
        case .apiKey: "api-key"
        case .xGoogApiKey: "x-goog-api-key"
        case .cookie: "cookie"
        case .forwarded: "forwarded"
        case .xForwardedFor: "x-forwarded-for"
        case .xForwardedProto: "x-forwarded-proto"
        case .xForwardedHost: "x-forwarded-host"
        case .xForwardedPort: "x-forwarded-port"
        case .xRealIP: "x-real-ip"
        case .xClientIP: "x-client-ip"
        case .trueClientIP: "true-client-ip"
        case .cfConnectingIP: "cf-connecting-ip"
        case .xClusterClientIP: "x-cluster-client-ip"
        case .xRequestID: "x-request-id"
        case .accept: "accept"
        case .acceptEncoding: "accept-encoding"
        case .acceptLanguage: "accept-language"
        case .contentType: "content-type"
        case .contentEncoding: "content-encoding"
        case .userAgent: "user-agent"
        case .origin: "origin"
        case .referer: "referer"
        case .range: "range"
        case .date: "date"
        case .server: "server"
        case .location: "location"
        case .setCookie: "set-cookie"
        case .retryAfter: "retry-after"
        case .via: "via"
        case .vary: "vary"
        case .etag: "etag"
        case .ifNoneMatch: "if-none-match"
        case .cacheControl: "cache-control"
        case .traceparent: "traceparent"
        case .tracestate: "tracestate"
        case .strictTransportSecurity: "strict-transport-security"
        case .allow: "allow"
        case .wwwAuthenticate: "www-authenticate"
        case .contentLanguage: "content-language"
        case .secWebSocketKey: "sec-websocket-key"
        case .secWebSocketAccept: "sec-websocket-accept"
        case .secWebSocketVersion: "sec-websocket-version"
        case .secWebSocketProtocol: "sec-websocket-protocol"
        case .secWebSocketExtensions: "sec-websocket-extensions"
        case .accessControlRequestMethod: "access-control-request-method"
        case .accessControlRequestHeaders: "access-control-request-headers"
        case .accessControlAllowOrigin: "access-control-allow-origin"
        case .grpcStatus: "grpc-status"
        case .grpcTimeout: "grpc-timeout"
        case .mcpSessionID: "mcp-session-id"
        case .mcpProtocolVersion: "mcp-protocol-version"
        case .lastEventID: "last-event-id"
        }
    }
}

/// What a field may do and what must happen to it.
package struct FieldTraits: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Concerns one connection only and is never passed on.
    package static let hopByHop = FieldTraits(rawValue: 1)
    /// Says who called or from where; a caller's own is dropped, the gateway sets it anew.
    package static let gatewayOnly = FieldTraits(rawValue: 2)
    /// May carry a key or token of the caller.
    package static let credential = FieldTraits(rawValue: 4)
    /// Must not come in a trailer section.
    package static let notInTrailers = FieldTraits(rawValue: 8)
    /// Must not be named in `Connection`, since naming it there would have it removed on the way.
    package static let notNominated = FieldTraits(rawValue: 16)
    /// A second one makes the message ambiguous.
    package static let single = FieldTraits(rawValue: 32)
    /// Frames the body on one hop; written anew on the next.
    package static let framing = FieldTraits(rawValue: 64)
}

extension KnownField {
    /// The rules for this field; read through `FieldTable.traits` where speed matters.
    var declaredTraits: FieldTraits {
        switch self {
        case .connection, .upgrade, .te, .trailer, .keepAlive, .proxyConnection, .proxyAuthenticate,
            .proxyAuthenticationInfo, .http2Settings:
            [.hopByHop, .notInTrailers]
        case .transferEncoding: [.hopByHop, .framing, .notInTrailers, .notNominated]
        case .proxyAuthorization: [.hopByHop, .credential, .notInTrailers, .notNominated, .single]
        case .host: [.notInTrailers, .notNominated, .single]
        case .contentLength: [.framing, .notInTrailers, .notNominated, .single]
        case .expect: [.hopByHop, .notInTrailers, .notNominated, .single]
        case .authorization, .xApiKey, .apiKey, .xGoogApiKey: [.credential, .notInTrailers, .notNominated, .single]
        case .cookie, .setCookie, .contentEncoding, .wwwAuthenticate, .cacheControl, .location, .retryAfter, .origin,
            .strictTransportSecurity, .accessControlAllowOrigin, .range:
            [.notInTrailers, .notNominated]
        case .contentType: [.notInTrailers, .notNominated, .single]
        case .forwarded, .xForwardedFor, .xForwardedProto, .xForwardedHost, .xForwardedPort, .xForwardedOther, .xRealIP,
            .xClientIP, .trueClientIP, .cfConnectingIP, .xClusterClientIP, .xOriginal, .xRequestID, .xSallyport,
            .xEnvoy, .xGateway, .xUser, .xMethodOverride, .clientCertificate, .disguised:
            [.gatewayOnly, .notInTrailers, .notNominated]
        case .traceparent, .tracestate, .mcpSessionID, .mcpProtocolVersion: [.notInTrailers, .notNominated]
        default: []
        }
    }
}
