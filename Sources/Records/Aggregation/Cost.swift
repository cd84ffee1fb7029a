/// Dollars, exactly: a number of millionths of a millionth.
public struct Cost: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Units of 1e-12 dollars.
    public var picodollars: Int128

    /// Nothing, or that much.
    public init(picodollars: Int128 = 0) {
        self.picodollars = picodollars
    }

    /// Reads a decimal such as `0.00039`; nil: it is none. Digits after the twelfth are rounded up, so that what cost
    /// something never becomes nothing.
    public init?(_ text: String) {
        let read = Array(text.utf8).withUnsafeBytes { Cost(digits: $0) }
        guard let read else { return nil }
        self = read
    }

    /// The same from bytes.
    init?(digits text: UnsafeRawBufferPointer) {
        let isNegative = text.first == UInt8(ascii: "-")
        var index = isNegative ? 1 : 0
        // Eighteen digits fit a word; more are read with care.
        guard text.count <= 18 + index else {
            self.init(long: UnsafeRawBufferPointer(rebasing: text[index...]), isNegative)
            return
        }
        var value: UInt64 = 0
        var places = -1
        let start = index
        while index < text.count {
            let digit = text[index] &- UInt8(ascii: "0")
            if digit < 10 {
                value = value &* 10 &+ UInt64(digit)
                if places >= 0 { places &+= 1 }
            } else if text[index] == UInt8(ascii: "."), places < 0, index > start {
                places = 0
            } else {
                return nil
            }
            index &+= 1
        }
        guard index > start, places != 0 else { return nil }
        let digits = max(0, places)
        guard digits <= 12 else {
            self.init(long: UnsafeRawBufferPointer(rebasing: text[start...]), isNegative)
            return
        }
        let amount = Int128(value) * Int128(Self.powers[12 - digits])
        self.init(picodollars: isNegative ? -amount : amount)
    }

    private static let powers: [Int64] = (0...12).map { (0..<$0).reduce(1) { power, _ in power * 10 } }

    /// Any decimal without a sign.
    private init?(long text: UnsafeRawBufferPointer, _ isNegative: Bool) {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ part in !part.isEmpty && part.allSatisfy { $0 &- 48 < 10 } }) else {
            return nil
        }
        let fraction = parts.count == 2 ? Array(parts[1]) : []
        let kept = (Array(parts[0]) + fraction.prefix(12) + Array(repeating: 48, count: max(0, 12 - fraction.count)))
        var amount: Int128 = fraction.dropFirst(12).contains { $0 != 48 } ? 1 : 0
        var value: Int128 = 0
        for digit in kept {
            let (tens, isOver) = value.multipliedReportingOverflow(by: 10)
            let (sum, isOverToo) = tens.addingReportingOverflow(Int128(digit - 48))
            value = isOver || isOverToo ? .max : sum
            if value == .max { break }
        }
        amount = value.addingReportingOverflow(amount).overflow ? .max : value + amount
        picodollars = isNegative ? -amount : amount
    }

    /// The exact decimal, without zeros at its end.
    public var description: String {
        let (whole, rest) = picodollars.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000_000)
        let sign = picodollars < 0 ? "-" : ""
        guard rest > 0 else { return "\(sign)\(whole)" }
        var digits = String(rest)
        digits = String(repeating: "0", count: 12 - digits.count) + digits
        while digits.last == "0" { digits.removeLast() }
        return "\(sign)\(whole).\(digits)"
    }

    /// By amount.
    public static func < (a: Cost, b: Cost) -> Bool { a.picodollars < b.picodollars }

    /// Adds up; what does not fit stays at the most that does.
    public static func += (sum: inout Cost, more: Cost) {
        let (value, isOver) = sum.picodollars.addingReportingOverflow(more.picodollars)
        sum.picodollars = isOver ? (more.picodollars < 0 ? .min : .max) : value
    }
}
