/// The one form of a path that is matched, authorised and sent.
///
/// Percent-encoded unreserved characters are decoded and the hexadecimal digits of the rest are upper case. Refused is
/// whatever servers are known to resolve differently from each other: an encoded slash, backslash or control character
/// (also when encoded twice), segments of dots whether encoded or with parameters (`/..;x/`), empty segments (`//`),
/// and overlong UTF-8. `;` and what follows it in a segment stay as they are, as ordinary characters of the path. A
/// percent sign that was encoded stays encoded.
enum PathForm {
    /// Puts `path`, which begins with `/`, in canonical form in place and returns its new length.
    static func canonicalise(_ path: UnsafeMutableBufferPointer<UInt8>) throws(Rejection) -> Int {
        guard path.count > 0, let base = path.baseAddress, path[0] == UInt8(ascii: "/") else { throw .badTarget }
        let end = path.count
        var read = 1
        var write = 1
        var segment = 1
        while read < end {
            let byte = base[read]
            if byte == UInt8(ascii: "%") {
                write += try decode(path, at: &read, writeTo: write)
                continue
            }
            if byte == UInt8(ascii: "/") {
                guard write > segment else { throw .emptySegment }
                if base[segment] == UInt8(ascii: ".") { try checkDots(path, segment..<write) }
                segment = write &+ 1
            }
            base[write] = byte
            write &+= 1
            read &+= 1
        }
        if write > segment, base[segment] == UInt8(ascii: ".") { try checkDots(path, segment..<write) }
        return write
    }

    /// Handles the percent sequence at `read`; moves `read` behind it and returns how many bytes were written.
    private static func decode(
        _ path: UnsafeMutableBufferPointer<UInt8>, at read: inout Int, writeTo write: Int
    ) throws(Rejection) -> Int {
        guard let byte = encodedByte(path, at: read) else { throw .badPercentEncoding }
        try check(byte, path, at: read)
        read += 3
        if isUnreserved(byte) {
            path[write] = byte
            return 1
        }
        path[write] = UInt8(ascii: "%")
        path[write + 1] = hexDigit(byte >> 4)
        path[write + 2] = hexDigit(byte & 15)
        return 3
    }

    private static func check(
        _ byte: UInt8, _ path: UnsafeMutableBufferPointer<UInt8>, at index: Int
    ) throws(Rejection) {
        switch byte {
        case UInt8(ascii: "/"), UInt8(ascii: "\\"): throw .encodedSeparator
        case 0..<0x20, 0x7F: throw .encodedControl
        case UInt8(ascii: "%"): if hidesSeparator(path, after: index) { throw .doubleEncoding }
        case 0xC0, 0xC1: throw .overlongEncoding
        case 0xE0, 0xF0:
            let least: UInt8 = byte == 0xE0 ? 0xA0 : 0x90
            if let next = encodedByte(path, at: index + 3), next >= 0x80, next < least { throw .overlongEncoding }
        default: break
        }
    }

    /// Whether the encoded percent sign at `index` is the beginning of a separator, dot or control character that
    /// was encoded twice or more, which a server that decodes again would act on.
    private static func hidesSeparator(_ path: UnsafeMutableBufferPointer<UInt8>, after index: Int) -> Bool {
        var digits = index + 3
        while digits + 1 < path.count, path[digits] == UInt8(ascii: "2"), path[digits + 1] == UInt8(ascii: "5") {
            digits += 2
        }
        guard digits + 1 < path.count, let high = Bytes.hexValue(path[digits]),
            let low = Bytes.hexValue(path[digits + 1])
        else { return false }
        let byte = high << 4 | low
        return byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/")
            || byte == UInt8(ascii: "\\")
    }

    private static func encodedByte(_ path: UnsafeMutableBufferPointer<UInt8>, at index: Int) -> UInt8? {
        guard index + 2 < path.count, path[index] == UInt8(ascii: "%"), let high = Bytes.hexValue(path[index + 1]),
            let low = Bytes.hexValue(path[index + 2])
        else { return nil }
        return high << 4 | low
    }

    /// Refuses `.` and `..`, alone or before parameters.
    private static func checkDots(
        _ path: UnsafeMutableBufferPointer<UInt8>, _ segment: Range<Int>
    ) throws(Rejection) {
        var name = segment
        if let parameters = path[segment].firstIndex(of: UInt8(ascii: ";")) { name = segment.lowerBound..<parameters }
        let isDots = name.count <= 2 && path[name].allSatisfy { $0 == UInt8(ascii: ".") }
        if isDots { throw .dotSegment }
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 97 < 26 || Bytes.isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "~")
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? value + 48 : value + 55 }
}

extension FieldSection {
    /// Checks a stored path that did not come through a request line (a rewrite, `:path`) and puts it in canonical
    /// form in place.
    func canonicalPath(_ range: ByteRange) throws(Rejection) -> ByteRange {
        let count = try bytes.withUnsafeMutableBufferPointer { (all) throws(Rejection) in
            let text = UnsafeMutableBufferPointer(rebasing: all[range.indices])
            guard text.allSatisfy({ Bytes.target[Int($0)] != 0 && $0 != UInt8(ascii: "?") }) else {
                throw Rejection.badTarget
            }
            return try PathForm.canonicalise(text)
        }
        return ByteRange(Int(range.start), count: count)
    }
}
