/// Decodes standard base64 with padding (RFC 4648, section 4); line breaks are skipped, as Kubernetes skips them.
/// nil for everything else, set bits after the end included: two texts must not be one value.
func decodeBase64(_ text: String) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count / 4 * 3)
    var group: UInt32 = 0
    var count = 0
    var padding = 0
    for byte in text.utf8 where byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\r") {
        if byte == UInt8(ascii: "=") {
            padding += 1
            group <<= 6
        } else {
            guard padding == 0, let digit = base64Digit(byte) else { return nil }
            group = group << 6 | UInt32(digit)
        }
        count += 1
        guard count % 4 == 0 else { continue }
        guard padding <= 2, group & (padding == 0 ? 0 : padding == 1 ? 0xff : 0xffff) == 0 else { return nil }
        for shift in [16, 8, 0].prefix(3 - padding) { result.append(UInt8(truncatingIfNeeded: group >> UInt32(shift))) }
        group = 0
    }
    return count % 4 == 0 && padding <= 2 ? result : nil
}

private func base64Digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
}
