import Kubernetes

/// Which pages of other origins may use a route, compiled from the `CORS` filter.
public struct CORSPolicy: Hashable, Sendable {
    private let allowsAnyOrigin: Bool
    private let origins: Set<[UInt8]>
    /// Scheme with `://`, then what must follow the wildcard.
    private let wildcards: [Wildcard]
    /// Whether requests may carry cookies and the like.
    public let allowsCredentials: Bool
    /// Methods as configured; `*` alone: all.
    public let methods: [String]
    /// Request headers that a page may set, as configured; `*`: all.
    public let headers: [String]
    /// Response headers that a page may read, as configured; `*`: all.
    public let exposedHeaders: [String]
    /// Seconds that a preflight answer may be kept.
    public let maxAge: Int

    private struct Wildcard: Hashable, Sendable {
        var scheme: [UInt8]
        var suffix: [UInt8]
    }

    init(_ filter: RouteFilter.CORS) {
        allowsAnyOrigin = filter.allowOrigins.contains("*")
        var origins: Set<[UInt8]> = []
        var wildcards: [Wildcard] = []
        for origin in filter.allowOrigins where origin != "*" {
            let bytes = Array(origin.lowercased().utf8)
            if let star = bytes.firstIndex(of: UInt8(ascii: "*")) {
                wildcards.append(Wildcard(scheme: Array(bytes[..<star]), suffix: Array(bytes[(star + 1)...])))
            } else {
                origins.insert(bytes)
            }
        }
        self.origins = origins
        self.wildcards = wildcards
        allowsCredentials = filter.allowCredentials
        methods = filter.allowMethods
        headers = filter.allowHeaders
        exposedHeaders = filter.exposeHeaders
        maxAge = filter.maxAge
    }

    /// Whether a value of `Origin` is allowed. Scheme and host are compared without case.
    public func allows(origin: UnsafeRawBufferPointer) -> Bool {
        if allowsAnyOrigin { return true }
        let lower = origin.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        return origins.contains(lower) || wildcards.contains { matches($0, lower) }
    }

    /// At least one character stands for the `*`, and none that could end the host.
    private func matches(_ wildcard: Wildcard, _ origin: [UInt8]) -> Bool {
        guard origin.count > wildcard.scheme.count + wildcard.suffix.count,
            origin.starts(with: wildcard.scheme), origin.suffix(wildcard.suffix.count) == wildcard.suffix[...]
        else { return false }
        let middle = origin[wildcard.scheme.count..<(origin.count - wildcard.suffix.count)]
        return !middle.contains { $0 == slash || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "@") }
    }
}
