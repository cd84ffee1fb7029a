/// A checked `host[:port]`.
struct WireAuthority {
    /// In lower case and without a trailing dot; an IPv6 address keeps its brackets.
    var host: ByteRange
    var port: UInt16?
    /// The length of the whole after a trailing dot was taken out.
    var length: Int
}

extension FieldSection {
    /// Checks the authority at `range` and puts it in canonical form in place.
    ///
    /// Allowed are names of letters, digits, `-`, `_` and single dots, IPv4 addresses, bracketed IPv6 addresses, and a
    /// port of 1 to 65535. User information, percent-encoding, an empty host or port, and everything else is refused:
    /// routing and the upstream must not be able to read it differently.
    func settleAuthority(_ range: ByteRange) throws(Rejection) -> WireAuthority {
        try bytes.withUnsafeMutableBufferPointer { (all) throws(Rejection) in
            let text = UnsafeMutableBufferPointer(rebasing: all[range.indices])
            var hostEnd = try AuthorityText.hostEnd(text)
            let port = try AuthorityText.port(UnsafeRawBufferPointer(text), from: hostEnd)
            var length = text.count
            if text[hostEnd - 1] == UInt8(ascii: ".") {
                for index in hostEnd..<text.count { text[index - 1] = text[index] }
                hostEnd -= 1
                length -= 1
            }
            guard hostEnd > 0 else { throw .badHost }
            return WireAuthority(host: ByteRange(Int(range.start), count: hostEnd), port: port, length: length)
        }
    }
}

private enum AuthorityText {
    /// Where the host ends; puts it in lower case.
    static func hostEnd(_ text: UnsafeMutableBufferPointer<UInt8>) throws(Rejection) -> Int {
        guard text.count > 0, text.count <= 262 else { throw .badHost }
        if text[0] == UInt8(ascii: "[") { return try bracketedEnd(text) }
        let table = WireTables.shared.host
        var index = 0
        var previous = UInt8(ascii: ".")
        while index < text.count, text[index] != Bytes.colon {
            let byte = table[Int(text[index])]
            guard byte != 0, byte != UInt8(ascii: ".") || previous != byte else { throw .badHost }
            text[index] = byte
            previous = byte
            index += 1
        }
        guard index > 0, index <= 254 else { throw .badHost }
        return index
    }

    static func port(_ text: UnsafeRawBufferPointer, from start: Int) throws(Rejection) -> UInt16? {
        guard start < text.count else { return nil }
        let digits = text.count - start - 1
        guard text[start] == Bytes.colon, digits > 0, digits <= 5, text[start + 1] != UInt8(ascii: "0") else {
            throw .badHost
        }
        let number = DecimalText.read(UnsafeRawBufferPointer(rebasing: text[(start + 1)...]))
        guard let number, number <= UInt64(UInt16.max) else { throw .badHost }
        return UInt16(number)
    }

    private static func bracketedEnd(_ text: UnsafeMutableBufferPointer<UInt8>) throws(Rejection) -> Int {
        guard let close = text.firstIndex(of: UInt8(ascii: "]")) else { throw .badHost }
        for index in 1..<close { text[index] = Bytes.lower(text[index]) }
        guard isIPv6(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(text)[1..<close])) else { throw .badHost }
        return close + 1
    }

    /// RFC 4291 text: up to eight groups, one `::` at most, an IPv4 address in place of the last two groups. No zone.
    private static func isIPv6(_ text: UnsafeRawBufferPointer) -> Bool {
        var groups = 0
        var compressed = false
        var index = 0
        while index < text.count {
            if text[index] == Bytes.colon {
                let isPair = index + 1 < text.count && text[index + 1] == Bytes.colon
                if isPair {
                    guard !compressed else { return false }
                    compressed = true
                    index += 2
                    continue
                }
                guard groups > 0, index + 1 < text.count, text[index - 1] != Bytes.colon else { return false }
                index += 1
            }
            var end = index
            while end < text.count, Bytes.hexValue(text[end]) != nil { end += 1 }
            if end < text.count, text[end] == UInt8(ascii: ".") {
                guard isIPv4(UnsafeRawBufferPointer(rebasing: text[index...])) else { return false }
                groups += 2
                index = text.count
                break
            }
            guard end > index, end - index <= 4, end == text.count || text[end] == Bytes.colon else { return false }
            groups += 1
            index = end
        }
        return compressed ? groups < 8 : groups == 8
    }

    private static func isIPv4(_ text: UnsafeRawBufferPointer) -> Bool {
        var parts = 0
        var start = 0
        while start <= text.count {
            let end = Bytes.firstIndex(of: UInt8(ascii: "."), in: text, from: start) ?? text.count
            let part = UnsafeRawBufferPointer(rebasing: text[start..<end])
            guard part.count <= 3, let number = DecimalText.read(part), number <= 255 else { return false }
            guard part.count == 1 || part[0] != UInt8(ascii: "0") else { return false }
            parts += 1
            start = end + 1
        }
        return parts == 4
    }
}
