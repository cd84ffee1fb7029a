import Kubernetes

/// A change of host and path before a request is sent on.
public struct Rewrite: Hashable, Sendable {
    /// The new host; nil: as it is.
    public var hostname: String?
    /// The new path; nil: as it is.
    public var path: PathRewrite?
}

/// A change of a path.
public enum PathRewrite: Hashable, Sendable {
    /// All of it.
    case full([UInt8])
    /// What the match covered; without a final slash.
    case prefix([UInt8])

    init(_ change: RouteFilter.PathChange) {
        switch change {
        case .replaceFullPath(let path): self = .full(canonicalPath(Array(path.utf8)))
        case .replacePrefixMatch(let path):
            var bytes = canonicalPath(Array(path.utf8))
            while bytes.last == slash { bytes.removeLast() }
            self = .prefix(bytes)
        }
    }

    /// The changed path, without query; always starts with `/`.
    /// - Parameter matchedPrefixLength: From the `RouteMatch`.
    public func apply(to path: UnsafeRawBufferPointer, matchedPrefixLength: Int) -> [UInt8] {
        switch self {
        case .full(let new): return new.first == slash ? new : [slash] + new
        case .prefix(let new):
            var out = new
            let rest = path.dropFirst(matchedPrefixLength)
            if let first = rest.first, first != slash { out.append(slash) }
            // With nothing put in front, a rest that begins with `//` would name another host to some readers.
            out.append(contentsOf: out.isEmpty ? rest.drop { $0 == slash } : rest)
            return out.first == slash ? out : [slash] + out
        }
    }
}

/// A redirect that a rule answers with.
public struct Redirect: Hashable, Sendable {
    /// `http` or `https`; nil: as the request came.
    public var scheme: String?
    /// nil: the host of the request.
    public var hostname: String?
    /// nil: the path of the request.
    public var path: PathRewrite?
    /// nil: see `location`.
    public var port: Int?
    /// 301, 302, 303, 307 or 308.
    public var statusCode: Int

    init(_ redirect: RouteFilter.Redirect) {
        scheme = redirect.scheme?.lowercased()
        hostname = redirect.hostname
        path = redirect.path.map(PathRewrite.init)
        port = redirect.port
        statusCode = redirect.statusCode
    }

    /// The value of `Location`.
    ///
    /// The port is the redirect's; else the well-known one of the redirect's scheme; else the listener's. A port that
    /// its scheme implies is left out.
    /// - Parameters:
    ///   - listener: The listener the request came to: its scheme and port are the defaults.
    ///   - query: Kept, unless empty.
    public func location(
        for request: RequestView, matchedPrefixLength: Int, listener: CompiledListener
    ) -> [UInt8] {
        let scheme = scheme ?? (listener.isTLS ? "https" : "http")
        let port = port ?? (self.scheme == nil ? listener.port : wellKnownPort(scheme) ?? listener.port)
        var out = Array("\(scheme)://".utf8)
        if let hostname { out.append(contentsOf: hostname.utf8) } else { out.append(contentsOf: request.host) }
        if port != wellKnownPort(scheme) { out.append(contentsOf: ":\(port)".utf8) }
        out.append(
            contentsOf: path?.apply(to: request.path, matchedPrefixLength: matchedPrefixLength) ?? Array(request.path))
        if !request.query.isEmpty {
            out.append(UInt8(ascii: "?"))
            out.append(contentsOf: request.query)
        }
        return out
    }
}

private func wellKnownPort(_ scheme: String) -> Int? {
    switch scheme {
    case "http": 80
    case "https": 443
    default: nil
    }
}
