import Testing

@testable import ModelTraffic

@Suite("Money is exact")
struct MoneyTests {
    @Test(
        "texts that are taken",
        arguments: [
            ("0", 0, "0.00"), ("12", 12_000_000_000_000, "12.00"), ("0.075", 75_000_000_000, "0.075"),
            ("0.000000000001", 1, "0.000000000001"), ("1.50", 1_500_000_000_000, "1.50"),
            ("10.100000000000", 10_100_000_000_000, "10.10"), ("0.0", 0, "0.00"),
            ("9223372.036854775807", Int64.max, "9223372.036854775807"),
        ])
    func taken(text: String, picodollars: Int64, shown: String) throws {
        let money = try Money(dollars: text)
        #expect(money.picodollars == picodollars)
        #expect(money.description == shown)
    }

    @Test(
        "texts that are refused",
        arguments: [
            ("", MoneyProblem.empty), ("-1", .sign), ("+1", .sign), ("-", .sign), ("1e3", .exponent),
            ("1E3", .exponent), ("1.5e-3", .exponent), ("NaN", .notDecimal), ("inf", .notDecimal),
            ("0x10", .notDecimal), ("1,5", .notDecimal), (" 1", .notDecimal), ("1 ", .notDecimal), (".5", .notDecimal),
            ("5.", .notDecimal), (".", .notDecimal), ("1.2.3", .notDecimal), ("1_000", .notDecimal),
            ("\u{661}", .notDecimal), ("$1", .notDecimal), ("01", .leadingZero), ("00.5", .leadingZero),
            ("0.0000000000001", .tooManyDecimals), ("1.0000000000000", .tooManyDecimals),
            ("9223372.036854775808", .tooLarge), ("9223373", .tooLarge),
            ("99999999999999999999999999999999999999999999", .tooLarge),
        ])
    func refused(text: String, problem: MoneyProblem) {
        #expect(throws: problem) { try Money(dollars: text) }
        #expect(!problem.reason.isEmpty)
    }

    @Test("what is written is read as the same amount")
    func roundTrip() {
        Fuzz.run("money round trip", rounds: 20_000) { _, random in
            let shift = UInt64.random(in: 1...63, using: &random)
            let money = Money(picodollars: Int64(UInt64.random(in: 0 ... .max, using: &random) >> shift))
            let read = try? Money(dollars: money.description)
            #expect(read == money, "\(money)")
            let below = Money(picodollars: -money.picodollars)
            #expect(below.picodollars == 0 || below.description == "-" + money.description)
            return read == money
        }
    }

    @Test("arithmetic is that of wider numbers, moved to the end of the range")
    func arithmetic() {
        Fuzz.run("money arithmetic", rounds: 20_000) { _, random in
            let a = Money(picodollars: Self.number(&random))
            let b = Money(picodollars: Self.number(&random))
            let wideA = Int128(a.picodollars)
            let wideB = Int128(b.picodollars)
            let right =
                Self.agrees(a.adding(b), wideA + wideB) && Self.agrees(a.subtracting(b), wideA - wideB)
                && Self.agrees(a.multiplied(by: b.picodollars), wideA * wideB)
                && a + b == a.adding(b).money && a - b == a.subtracting(b).money
                && a * b.picodollars == a.multiplied(by: b.picodollars).money
            #expect(right, "\(a.picodollars) and \(b.picodollars)")
            return right
        }
    }

    @Test("the ends of the range stay the ends")
    func ends() {
        let least = Money(picodollars: .min)
        #expect(Money.greatest + Money(picodollars: 1) == .greatest)
        #expect(least - Money(picodollars: 1) == least)
        #expect(least * -1 == .greatest)
        #expect(least.multiplied(by: -1).saturated)
        #expect(least.description == "-9223372.036854775808")
        #expect(least < .zero && Money.zero < .greatest)
    }

    private static func agrees(_ result: (money: Money, saturated: Bool), _ wide: Int128) -> Bool {
        result.money.picodollars == Int64(clamping: wide) && result.saturated == (Int128(Int64(clamping: wide)) != wide)
    }

    /// Numbers of every size, the ends of the range among them.
    static func number(_ random: inout SplitMix) -> Int64 {
        let corners: [Int64] = [.min, .max, 0, 1, -1, .max - 1, .min + 1]
        if Int.random(in: 0..<8, using: &random) == 0 { return corners.randomElement(using: &random) ?? 0 }
        return Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0...62, using: &random)
    }
}
