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
    public init?(_ text: String) { return nil }

    /// The exact decimal, without zeros at its end.
    public var description: String { "0" }

    /// By amount.
    public static func < (a: Cost, b: Cost) -> Bool { a.picodollars < b.picodollars }

    /// Adds up; what does not fit stays at the most that does.
    public static func += (sum: inout Cost, more: Cost) {}
}
