#if canImport(Gateway)
    @testable import Gateway
#endif

extension WireDriver {
    /// Why a request, given as text, is refused; nil when it is not.
    static func rejection(_ text: String, limits: WireLimits = .standard) -> Rejection? {
        let result = read(latin1(text), .request, limits: limits)
        return if case .rejected(let rejection) = result.ending { rejection } else { nil }
    }

    /// Why a response to GET, given as text, is refused; nil when it is not.
    static func responseRejection(_ text: String) -> Rejection? {
        let result = read(latin1(text), .response(to: .get))
        return if case .rejected(let rejection) = result.ending { rejection } else { nil }
    }

    /// A head that must be accepted.
    static func request(_ text: String, limits: WireLimits = .standard) throws(Rejection) -> RequestHead {
        let head = RequestHead()
        var scanned = 0
        let outcome = latin1(text).withUnsafeBytes {
            HTTP1.parseRequest($0, scanned: &scanned, limits: limits, into: head)
        }
        if case .rejected(let rejection) = outcome { throw rejection }
        guard case .complete = outcome else { throw .badFieldLine }
        return head
    }

    static func response(_ text: String, to method: Method = .get) throws(Rejection) -> ResponseHead {
        let head = ResponseHead()
        var scanned = 0
        let outcome = latin1(text).withUnsafeBytes {
            HTTP1.parseResponse($0, scanned: &scanned, to: method, into: head)
        }
        if case .rejected(let rejection) = outcome { throw rejection }
        guard case .complete = outcome else { throw .badFieldLine }
        return head
    }

    /// Characters up to U+00FF as one byte each.
    static func latin1(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }

    static func written(_ head: RequestHead) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: head.wireSize) { buffer, count in
            count = head.write(into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    static func written(_ head: ResponseHead) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: head.wireSize) { buffer, count in
            count = head.write(into: UnsafeMutableRawBufferPointer(buffer))
        }
    }
}

/// A GET request with these lines after the Host line.
func get(_ target: String = "/", _ lines: String...) -> String {
    "GET \(target) HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
}

/// A POST request with these lines after the Host line, and a body.
func post(_ lines: [String], body: String = "") -> String {
    "POST / HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n" + body
}
