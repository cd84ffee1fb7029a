/// The parts of a request that routing looks at, as bytes that somebody else owns.
///
/// Valid only as long as the buffers are: never kept. All four must be in the canonical form that the gateway made
/// when it validated the request, because what is matched is what is authorised and sent.
public struct RequestView {
    /// The method, such as `GET`.
    public var method: UnsafeRawBufferPointer
    /// The host in lower case, without port and without a final dot.
    public var host: UnsafeRawBufferPointer
    /// The path: starts with `/`, has no dot segments, and is percent-encoded as `canonicalPath(_:)` leaves it.
    public var path: UnsafeRawBufferPointer
    /// The query without `?`, as it came; empty when there is none.
    public var query: UnsafeRawBufferPointer

    /// A view of a request.
    public init(
        method: UnsafeRawBufferPointer, host: UnsafeRawBufferPointer, path: UnsafeRawBufferPointer,
        query: UnsafeRawBufferPointer
    ) {
        self.method = method
        self.host = host
        self.path = path
        self.query = query
    }
}

/// A path with its percent-encodings in the one form that routes are compiled to (RFC 3986, 6.2.2): unreserved
/// characters are not encoded, and the digits of the others are upper-case. Encodings that are not hexadecimal stay.
public func canonicalPath(_ path: [UInt8]) -> [UInt8] {
    guard path.contains(percent) else { return path }
    var out: [UInt8] = []
    out.reserveCapacity(path.count)
    var at = 0
    while at < path.count {
        if path[at] == percent, at + 2 < path.count, let high = hexValue(path[at + 1]), let low = hexValue(path[at + 2])
        {
            let byte = high << 4 | low
            if isUnreserved(byte) {
                out.append(byte)
            } else {
                out.append(contentsOf: [percent, hexDigit(high), hexDigit(low)])
            }
            at += 3
        } else {
            out.append(path[at])
            at += 1
        }
    }
    return out
}

let percent = UInt8(ascii: "%")
let slash = UInt8(ascii: "/")

/// The number that a hexadecimal digit stands for.
@inline(__always)
func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

private func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
}

private func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        true
    default: false
    }
}
