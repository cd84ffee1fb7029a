/// What the records of one series agree in: a value for each dimension that they have.
///
/// It is one run of bytes, in which it is also stored and compared; `Series(encoded:)` reads it back.
public struct Series: Hashable, Sendable {
    /// The bytes to store. The same series always has the same.
    public let encoded: [UInt8]

    init(unchecked encoded: [UInt8]) {
        self.encoded = encoded
    }

    /// Reads what was stored; nil: it is nothing that a series was stored as.
    public init?(encoded: [UInt8]) {
        self.init(unchecked: encoded)
    }

    /// A series with these values; what is empty is not there.
    public init(_ values: [Dimension: String]) {
        self.init(unchecked: [])
    }

    /// The series of all records that found no place among the others.
    public static let overflow = Series(unchecked: [])

    /// The value of a dimension; empty: its records do not have it, or it was not kept apart (`isCollapsed`).
    public subscript(dimension: Dimension) -> String { "" }

    /// True when the records of this series may differ in the dimension, because there were too many values.
    public func isCollapsed(_ dimension: Dimension) -> Bool { false }

    /// Every dimension that is not empty, in order.
    public var values: [(dimension: Dimension, text: String)] { [] }
}
