import Access
import Kubernetes
import Routing

// What other rooms ask of a request, in their words.

extension RequestHead {
    /// The parts that routing looks at.
    func withView<R>(_ body: (RequestView) -> R) -> R {
        fields.bytes.withUnsafeBytes { all in
            func part(_ range: ByteRange) -> UnsafeRawBufferPointer {
                UnsafeRawBufferPointer(rebasing: all[Int(range.start)..<Int(range.start) + range.count])
            }
            return body(
                RequestView(method: part(methodToken), host: part(host), path: part(path), query: part(query)))
        }
    }

    /// A browser's question before a request of another origin.
    var isPreflight: Bool {
        method == .options && fields.contains(.origin) && fields.contains(.accessControlRequestMethod)
    }

    /// A key of ours in the path or the query, as it is or percent-encoded: it would be in every log on the way, so it
    /// is refused wherever it stands.
    var hasKeyInURL: Bool {
        fields.withBytes(path) { KeyScan.contains($0, decoding: true) }
            || (hasQuery && fields.withBytes(query) { KeyScan.contains($0, decoding: true) })
    }

    /// A copy that stays when this one is used for the next request.
    func copy() -> RequestHead {
        let copy = RequestHead()
        copy.fields.bytes = fields.bytes
        copy.fields.fields = fields.fields
        copy.method = method
        copy.methodToken = methodToken
        copy.path = path
        copy.query = query
        copy.hasQuery = hasQuery
        copy.version = version
        copy.host = host
        copy.port = port
        copy.scheme = scheme
        copy.framing = framing
        copy.acceptsTrailers = acceptsTrailers
        return copy
    }
}

extension Method {
    /// Doing it twice is the same as doing it once (RFC 9110, 9.2.2).
    var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options, .trace: true
        case .post, .patch, .connect, .other: false
        }
    }

    /// As metrics call it.
    var label: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .patch: "PATCH"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .connect: "CONNECT"
        case .other: "_OTHER"
        }
    }
}

extension CredentialHeader {
    /// nil for fields that may carry a secret but are not accepted as one.
    init?(_ field: KnownField) {
        switch field {
        case .authorization: self = .authorization
        case .xApiKey: self = .xAPIKey
        case .apiKey: self = .apiKey
        default: return nil
        }
    }
}

extension FieldSection {
    /// A route's header changes: set, then add, then remove. Fields that frame the message or say who called are not
    /// a route's to change: they are left as they are.
    func apply(_ changes: HeaderChanges) {
        for header in changes.set where FieldTable.mayBeChangedByRoute(header.name) {
            set(name: header.name, value: header.value)
        }
        for header in changes.add where FieldTable.mayBeChangedByRoute(header.name) {
            append(name: header.name, value: header.value)
        }
        for name in changes.remove where FieldTable.mayBeChangedByRoute(name) { remove(name: name) }
    }
}

extension Worker {
    /// The rule of a request on a listener.
    func match(_ request: RequestHead, on listener: CompiledListener) -> RouteMatch? {
        let fields = request.fields
        // Values of repeated headers, joined; they live until the match is done. This happens seldom.
        var joined: [UnsafeMutableRawBufferPointer] = []
        defer { for value in joined { value.deallocate() } }
        return fields.bytes.withUnsafeBytes { all in
            request.withView { view in
                listener.match(view) { name in
                    guard let index = fields.first(named: name) else { return nil }
                    guard fields.first(named: name, from: index + 1) != nil else {
                        return UnsafeRawBufferPointer(rebasing: all[fields.fields[index].value.indices])
                    }
                    var value: [UInt8] = []
                    _ = fields.joinValues(named: name, into: &value)
                    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: value.count, alignment: 1)
                    copy.copyBytes(from: value)
                    joined.append(copy)
                    return UnsafeRawBufferPointer(copy)
                }
            }
        }
    }
}

extension ConnectionFacts {
    /// The server name of TLS as bytes; nil when there is none.
    func withServerName<R>(_ body: (UnsafeRawBufferPointer?) -> R) -> R {
        guard let serverNameBytes else { return body(nil) }
        return serverNameBytes.withUnsafeBytes { body($0) }
    }
}
