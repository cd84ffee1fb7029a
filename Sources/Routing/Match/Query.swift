// Query parameters are compared decoded (percent-encoding, and `+` as a space), because that is what the backend will
// see: `%61dmin=1` must not slip past a rule for `admin=1`. Nothing is copied: bytes are decoded while they are read.

/// The raw value of the first parameter that has this (decoded) name; nil when there is none.
///
/// The first one decides when a name is repeated, as the Gateway API recommends.
func firstQueryValue(_ name: UnsafeRawBufferPointer, in query: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    var start = 0
    while start < query.count {
        let end = query.index(of: UInt8(ascii: "&"), from: start) ?? query.count
        let pair = query.part(start..<end)
        let equals = pair.index(of: UInt8(ascii: "="), from: 0) ?? pair.count
        if decodesTo(pair.part(0..<equals), name) {
            return pair.part(min(equals + 1, pair.count)..<pair.count)
        }
        start = end + 1
    }
    return nil
}

/// True when `raw`, decoded, has exactly the bytes of `plain`.
func decodesTo(_ raw: UnsafeRawBufferPointer, _ plain: UnsafeRawBufferPointer) -> Bool {
    // Decoding never makes longer, and at most three times shorter.
    guard raw.count >= plain.count, raw.count <= plain.count * 3 else { return false }
    var decoder = QueryDecoder(raw)
    var at = 0
    while let byte = decoder.next() {
        guard at < plain.count, plain[at] == byte else { return false }
        at += 1
    }
    return at == plain.count
}

/// Gives the decoded bytes of a query name or value, one after the other.
struct QueryDecoder {
    private let raw: UnsafeRawBufferPointer
    private var at = 0

    init(_ raw: UnsafeRawBufferPointer) { self.raw = raw }

    @inline(__always)
    mutating func next() -> UInt8? {
        guard at < raw.count else { return nil }
        let byte = raw[at]
        if byte == percent, at + 2 < raw.count, let high = hexValue(raw[at + 1]), let low = hexValue(raw[at + 2]) {
            at += 3
            return high << 4 | low
        }
        at += 1
        return byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte
    }
}
