/// A set of characters.
struct PatternClass: Sendable, Hashable {
    var ranges: [ClosedRange<UInt32>] = []
    var isNegated = false

    init(_ ranges: [ClosedRange<UInt32>], isNegated: Bool = false) {
        self.ranges = ranges
        self.isNegated = isNegated
    }

    init(_ scalar: Unicode.Scalar) { self.init([scalar.value...scalar.value]) }

    func contains(_ scalar: Unicode.Scalar, _ ignoresCase: Bool) -> Bool {
        var isIn = ranges.contains { $0.contains(scalar.value) }
        if ignoresCase, !isIn, let other = Self.otherCase(scalar) {
            isIn = ranges.contains { $0.contains(other) }
        }
        return isIn != isNegated
    }

    /// Adds the characters of another class.
    mutating func formUnion(_ other: PatternClass) { ranges += other.isNegated ? other.complement : other.ranges }

    private var complement: [ClosedRange<UInt32>] {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10_ffff { gaps.append(next...0x10_ffff) }
        return gaps
    }

    /// Anything but the end of a line.
    static let any = PatternClass([10...10], isNegated: true)
    static let digits = PatternClass([48...57])
    static let word = PatternClass([48...57, 65...90, 95...95, 97...122])
    static let space = PatternClass([9...10, 12...13, 32...32])

    var negated: PatternClass { PatternClass(ranges, isNegated: !isNegated) }

    static func isWord(_ scalar: Unicode.Scalar) -> Bool { word.contains(scalar, false) }

    /// The small letter of a capital one, of ASCII.
    static func folded(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        (65...90).contains(scalar.value) ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar
    }

    private static func otherCase(_ scalar: Unicode.Scalar) -> UInt32? {
        switch scalar.value {
        case 65...90: scalar.value + 32
        case 97...122: scalar.value - 32
        default: nil
        }
    }
}
