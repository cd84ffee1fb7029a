/// A JSON number, read byte by byte; exact while it is whole and below 10^18.
struct NumberReader: Sendable {
    private var value: Int64 = 0
    private var digits = 0
    private var isNegative = false
    private var hasPoint = false
    private var hasFraction = false
    private var hasExponent = false

    /// Takes the byte when it can be part of a number.
    @inline(__always)
    mutating func take(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): take(digit: Int64(byte - UInt8(ascii: "0")))
        case UInt8(ascii: "-"): isNegative = true
        case UInt8(ascii: "."): hasPoint = true
        case UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"): hasExponent = true
        default: return false
        }
        return true
    }

    private mutating func take(digit: Int64) {
        guard !hasPoint else {
            if digit != 0 { hasFraction = true }
            return
        }
        if value != 0 || digit != 0 { digits = min(digits + 1, 19) }
        if digits <= 18 { value = value * 10 + digit }
    }

    /// The number, when it is zero or above and written as a whole number that is not absurd.
    var whole: Int64? { hasPoint ? nil : roundedUp }

    /// The number or the next whole one above it, when it is zero or above and not absurd.
    var roundedUp: Int64? {
        guard !isNegative, !hasExponent, digits <= 18 else { return nil }
        return hasFraction ? value + 1 : value
    }
}
