/// An amount as Kubernetes writes it (`resource.Quantity`): `100m`, `1.5Gi`, `2e3`; the value is exact.
public struct Quantity: Hashable, Sendable, Comparable {
    /// The amount in billionths: the finest that Kubernetes keeps. Finer amounts are rounded up, away from zero.
    public let billionths: Int128

    /// Reads a quantity; nil when the text is none, or is larger than 2^63 - 1.
    public init?(_ text: String) {
        var rest = text.utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if let sign = rest.first, "+-".utf8.contains(sign) { rest.removeFirst() }
        let whole = rest.prefix(while: Names.isDigit)
        rest = rest[whole.endIndex...]
        var fraction = rest.prefix(0)
        if rest.first == UInt8(ascii: ".") {
            fraction = rest.dropFirst().prefix(while: Names.isDigit)
            rest = rest[fraction.endIndex...]
        }
        guard whole.count + fraction.count > 0, let scale = Scale(Substring(rest)),
            let magnitude = Self.billionths(digits: Array(whole) + Array(fraction), fraction.count, scale)
        else { return nil }
        billionths = isNegative ? -magnitude : magnitude
    }

    /// The amount as a whole number, rounded up, as Kubernetes' `Value()` gives it.
    public var roundedUp: Int64 {
        let quotient = billionths / 1_000_000_000
        return Int64(clamping: billionths > quotient * 1_000_000_000 ? quotient + 1 : quotient)
    }

    /// By amount.
    public static func < (a: Self, b: Self) -> Bool { a.billionths < b.billionths }

    /// digits * 10^-places * scale, in billionths, rounded up.
    private static func billionths(digits: [UInt8], _ places: Int, _ scale: Scale) -> Int128? {
        // Zeros in front and behind carry nothing; what is left of a number in range fits.
        var digits = digits
        var places = places
        while let last = digits.last, last == UInt8(ascii: "0"), places > 0 {
            digits.removeLast()
            places -= 1
        }
        let significant = digits.drop { $0 == UInt8(ascii: "0") }
        guard significant.count <= 28 else { return nil }
        let number = significant.reduce(Int128(0)) { $0 * 10 + Int128($1 - 48) }
        let product = number.multipliedReportingOverflow(by: scale.factor)
        guard !product.overflow else { return nil }
        return shift(product.partialValue, scale.exponent - places + 9)
    }

    private static let limit = Int128(Int64.max) * 1_000_000_000

    private static func shift(_ number: Int128, _ exponent: Int) -> Int128? {
        guard number != 0 else { return 0 }
        var result = number
        if exponent < 0 {
            for _ in 0..<min(-exponent, 40) { result = result / 10 + (result % 10 == 0 ? 0 : 1) }
        } else {
            for _ in 0..<exponent {
                let (next, overflow) = result.multipliedReportingOverflow(by: 10)
                guard !overflow, next <= limit else { return nil }
                result = next
            }
        }
        return result <= limit ? result : nil
    }

    /// What the suffix multiplies with: a factor times a power of ten.
    private struct Scale {
        var factor: Int128 = 1
        var exponent = 0

        init?(_ suffix: Substring) {
            if let exponent = Self.decimal[String(suffix)] {
                self.exponent = exponent
            } else if let power = Self.binary[String(suffix)] {
                factor = Int128(1) << Int128(power)
            } else if let mark = suffix.first, mark == "e" || mark == "E",
                let exponent = Self.exponent(suffix.dropFirst())
            {
                self.exponent = exponent
            } else {
                return nil
            }
        }

        private static func exponent(_ text: Substring) -> Int? {
            let digits = text.utf8.first.map { "+-".utf8.contains($0) } == true ? text.dropFirst() : text
            guard (1...3).contains(digits.utf8.count), digits.utf8.allSatisfy(Names.isDigit) else { return nil }
            return Int(text)
        }

        private static let decimal = [
            "n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18,
        ]
        private static let binary = ["Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60]
    }
}
