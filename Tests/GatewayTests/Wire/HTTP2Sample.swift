@testable import Gateway

/// Heads built from HTTP/2 fields.
enum HTTP2Sample {
    static func head(
        _ fields: [(String, String)], endStream: Bool = true, limits: WireLimits = .standard
    ) throws(Rejection) -> RequestHead {
        let head = RequestHead()
        var builder = HTTP2RequestBuilder(into: head, limits: limits)
        for (name, value) in fields { try builder.append(name: name, value: value) }
        try builder.finish(endStream: endStream)
        return head
    }

    /// A GET with these fields after the pseudo fields.
    static func get(_ fields: [(String, String)], limits: WireLimits = .standard) throws(Rejection) -> RequestHead {
        try head(
            [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/")] + fields, limits: limits)
    }
}
