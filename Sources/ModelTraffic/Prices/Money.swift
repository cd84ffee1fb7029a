/// Dollars as a whole number of picodollars (1e-12 dollars): prices per token are whole, sums are exact.
///
/// The range is a little over nine million dollars either way. Arithmetic stays at the end of the range instead of
/// wrapping, and says so where it is asked.
public struct Money: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// How many picodollars.
    public var picodollars: Int64

    /// Nothing.
    public static let zero = Money(picodollars: 0)

    /// The most that can be said: 9223372.036854775807 dollars.
    public static let greatest = Money(picodollars: .max)

    /// Picodollars in a dollar.
    static let perDollar: Int64 = 1_000_000_000_000

    /// That many picodollars.
    public init(picodollars: Int64) {
        self.picodollars = picodollars
    }

    /// The picodollars of a wider sum, moved to the end of the range when they are outside it.
    init(clamping picodollars: Int128) {
        self.picodollars = Int64(clamping: picodollars)
    }

    /// By amount.
    public static func < (a: Self, b: Self) -> Bool { a.picodollars < b.picodollars }

    /// The sum; at the end of the range when it is outside.
    public static func + (a: Self, b: Self) -> Money { a.adding(b).money }

    /// The difference; at the end of the range when it is outside.
    public static func - (a: Self, b: Self) -> Money { a.subtracting(b).money }

    /// The product; at the end of the range when it is outside.
    public static func * (a: Self, count: Int64) -> Money { a.multiplied(by: count).money }

    /// Adds; see `+`.
    public static func += (a: inout Self, b: Self) { a = a + b }

    /// Subtracts; see `-`.
    public static func -= (a: inout Self, b: Self) { a = a - b }

    /// The sum, and whether it was outside the range and is not exact.
    public func adding(_ other: Money) -> (money: Money, saturated: Bool) {
        let (sum, overflow) = picodollars.addingReportingOverflow(other.picodollars)
        guard overflow else { return (Money(picodollars: sum), false) }
        return (Money(picodollars: other.picodollars > 0 ? .max : .min), true)
    }

    /// The difference, and whether it was outside the range and is not exact.
    public func subtracting(_ other: Money) -> (money: Money, saturated: Bool) {
        let (difference, overflow) = picodollars.subtractingReportingOverflow(other.picodollars)
        guard overflow else { return (Money(picodollars: difference), false) }
        return (Money(picodollars: other.picodollars > 0 ? .min : .max), true)
    }

    /// The product, and whether it was outside the range and is not exact.
    public func multiplied(by count: Int64) -> (money: Money, saturated: Bool) {
        let (product, overflow) = picodollars.multipliedReportingOverflow(by: count)
        guard overflow else { return (Money(picodollars: product), false) }
        return (Money(picodollars: (picodollars < 0) == (count < 0) ? .max : .min), true)
    }

    /// Dollars as an exact decimal: at least two decimals, no zeros at the end beyond them, `-` before what is below zero.
    public var description: String {
        let size = picodollars.magnitude
        let (dollars, rest) = size.quotientAndRemainder(dividingBy: UInt64(Self.perDollar))
        var decimals = Array(String(rest).utf8)
        decimals.insert(contentsOf: repeatElement(UInt8(ascii: "0"), count: 12 - decimals.count), at: 0)
        while decimals.count > 2, decimals.last == UInt8(ascii: "0") { decimals.removeLast() }
        return (picodollars < 0 ? "-" : "") + "\(dollars)." + String(decoding: decimals, as: UTF8.self)
    }
}
