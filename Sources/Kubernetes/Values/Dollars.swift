/// An amount of dollars as an exact count of picodollars (a millionth of a millionth of a dollar): the price of one
/// token is a whole number of them, so that sums are exact and no floating point is ever near money.
public struct Dollars: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Count of picodollars.
    public var picodollars: Int64

    /// Picodollars in a dollar.
    public static let scale: Int64 = 1_000_000_000_000

    /// The most that can be written: nine million dollars; a few more fit into the count.
    public static let most = Dollars(picodollars: 9_000_000 * scale)

    /// That many picodollars.
    public init(picodollars: Int64) {
        self.picodollars = picodollars
    }

    /// Reads an exact decimal: one to seven digits and, after a point, one to twelve more, at most nine million.
    /// Signs, exponents, white space, separators and words such as NaN are no decimals; nil.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard (1...7).contains(parts[0].count), parts[0].allSatisfy(Names.isDigit) else { return nil }
        var count = parts[0].reduce(Int64(0)) { $0 * 10 + Int64($1 - 48) } * Self.scale
        if parts.count == 2 {
            guard (1...12).contains(parts[1].count), parts[1].allSatisfy(Names.isDigit) else { return nil }
            var place = Self.scale
            for digit in parts[1] {
                place /= 10
                count += Int64(digit - 48) * place
            }
        }
        guard count <= Self.most.picodollars else { return nil }
        picodollars = count
    }

    /// The exact decimal, with at least two places: `0.50`, `12.000004`.
    public var description: String {
        let magnitude = picodollars.magnitude
        var places = String(magnitude % UInt64(Self.scale))
        places = String(repeating: "0", count: 12 - places.utf8.count) + places
        while places.utf8.count > 2, places.hasSuffix("0") { places.removeLast() }
        return "\(picodollars < 0 ? "-" : "")\(magnitude / UInt64(Self.scale)).\(places)"
    }

    /// By amount.
    public static func < (a: Self, b: Self) -> Bool { a.picodollars < b.picodollars }
}
