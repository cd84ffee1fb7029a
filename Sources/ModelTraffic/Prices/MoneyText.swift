/// Why a text is not an amount of dollars that we take.
public enum MoneyProblem: String, Error, Hashable, Sendable, CaseIterable {
    /// There is no text.
    case empty
    /// It begins with `-` or `+`.
    case sign
    /// It has an exponent, as in `1e3`.
    case exponent
    /// It has a byte that is not a digit or the one point between digits.
    case notDecimal
    /// It begins with a zero that another digit follows.
    case leadingZero
    /// It has more decimals than can be kept.
    case tooManyDecimals
    /// It is more than can be counted.
    case tooLarge

    /// The reason, as the end of a sentence that begins with the text.
    public var reason: String {
        switch self {
        case .empty: "is empty"
        case .sign: "has a sign; amounts are written without one"
        case .exponent: "has an exponent; write all digits"
        case .notDecimal: "is not a decimal number like 12 or 0.075"
        case .leadingZero: "begins with a zero too many"
        case .tooManyDecimals: "has too many decimals"
        case .tooLarge: "is too large"
        }
    }
}

extension Money {
    /// The dollars that a text like `12` or `0.075` says, exactly.
    ///
    /// - Parameter decimals: the most digits after the point, at most 12.
    /// - Throws: why the text is refused; nothing is rounded.
    public init(dollars text: some StringProtocol, decimals: Int = 12) throws(MoneyProblem) {
        picodollars = try DecimalText.read(text.utf8, decimals: min(decimals, 12))
    }
}

/// Plain decimal numbers, read exactly.
enum DecimalText {
    /// The number in units of 1e-12.
    static func read(_ text: some Collection<UInt8>, decimals: Int) throws(MoneyProblem) -> Int64 {
        guard let first = text.first else { throw .empty }
        guard first != UInt8(ascii: "-"), first != UInt8(ascii: "+") else { throw .sign }
        let point = text.firstIndex(of: UInt8(ascii: ".")) ?? text.endIndex
        let whole = try digits(text[..<point])
        guard first != UInt8(ascii: "0") || text.index(after: text.startIndex) == point else { throw .leadingZero }
        guard whole <= Int64.max / Money.perDollar else { throw .tooLarge }
        guard point != text.endIndex else { return whole * Money.perDollar }
        let fraction = text[text.index(after: point)...]
        let part = try digits(fraction)
        guard fraction.count <= decimals else { throw .tooManyDecimals }
        let scaled = (fraction.count..<12).reduce(part) { number, _ in number * 10 }
        let (sum, overflow) = (whole * Money.perDollar).addingReportingOverflow(scaled)
        guard !overflow else { throw .tooLarge }
        return sum
    }

    /// Digits only; what is too long for the number counts as the largest, and is refused by the caller.
    private static func digits(_ text: some Collection<UInt8>) throws(MoneyProblem) -> Int64 {
        guard !text.isEmpty else { throw .notDecimal }
        var number: Int64 = 0
        for byte in text {
            guard byte != UInt8(ascii: "e"), byte != UInt8(ascii: "E") else { throw .exponent }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { throw .notDecimal }
            let (tens, first) = number.multipliedReportingOverflow(by: 10)
            let (sum, second) = tens.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            number = first || second ? .max : sum
        }
        return number
    }
}
