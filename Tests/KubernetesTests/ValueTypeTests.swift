import Foundation
import Testing

@testable import Kubernetes

@Suite struct ValueTypeTests {
    @Test(arguments: [
        ("0s", 0), ("1ms", 1), ("1s", 1000), ("1m", 60_000), ("1h", 3_600_000), ("1h30m", 5_400_000), ("1s500ms", 1500),
        ("99999h", 359_996_400_000), ("1h1m1s1ms", 3_661_001), ("00001s", 1000),
    ])
    func durations(text: String, milliseconds: Int64) {
        #expect(Milliseconds(duration: text)?.count == milliseconds)
    }

    @Test(arguments: [
        "", "1", "s", "1.5s", "-1s", "1d", "100000s", "1h1m1s1ms1h", "1 s", "1S", "1us", "1ns", "1s ", "1m s",
    ])
    func badDurations(text: String) {
        #expect(Milliseconds(duration: text) == nil)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2027-01-01T00:00:00Z", 1_798_761_600),
        ("2024-02-29T12:00:00.123Z", 1_709_208_000),
        ("2024-02-29T12:00:00+02:00", 1_709_200_800), ("1969-12-31T23:59:59Z", -1),
        ("2000-03-01T00:00:00-00:30", 951_870_600),
    ])
    func times(text: String, seconds: Int64) {
        #expect(secondsSince1970(text) == seconds)
    }

    @Test(arguments: [
        "", "2027-01-01", "2027-13-01T00:00:00Z", "2027-02-29T00:00:00Z", "2027-01-01T24:00:00Z",
        "2027-01-01 00:00:00Z",
        "2027-01-01T00:00:00", "2027-01-01T00:00:00.Z", "2027-01-01T00:00:00+2:00", "2027-1-01T00:00:00Z0",
        "2027-01-01T00:00:00Zx", "+027-01-01T00:00:00Z",
    ])
    func badTimes(text: String) {
        #expect(secondsSince1970(text) == nil)
    }

    @Test func timesAgreeWithTheCalendar() {
        let seed = UInt64.random(in: 0 ... .max)
        print("ValueTypeTests.timesAgreeWithTheCalendar seed \(seed)")
        var random = SplitMix(state: seed)
        let format = ISO8601DateFormatter()
        for _ in 0..<500 {
            // From 1600 on: Foundation counts in Julian years before the reform.
            let seconds = Int64.random(in: -11_676_096_000...200_000_000_000, using: &random)
            #expect(secondsSince1970(format.string(from: Date(timeIntervalSince1970: Double(seconds)))) == seconds)
        }
    }

    @Test(
        arguments: [
            ("0", 0), ("1", 1_000_000_000), ("100m", 100_000_000), ("1.5", 1_500_000_000), ("-1", -1_000_000_000),
            (".5", 500_000_000),
            ("1Ki", 1_024_000_000_000), ("1.5Gi", 1_610_612_736_000_000_000), ("2e3", 2_000_000_000_000),
            ("1E", 1_000_000_000_000_000_000_000_000_000),
            ("1E3", 1_000_000_000_000), ("1n", 1), ("0.1n", 1), ("1e-12", 1),
            ("1.0000000000000000000000000000", 1_000_000_000), ("+5u", 5_000),
            ("9223372036854775807", Int128(Int64.max) * 1_000_000_000),
        ] as [(String, Int128)])
    func quantities(text: String, billionths: Int128) {
        #expect(Quantity(text)?.billionths == billionths)
    }

    @Test(arguments: [
        "", "-", ".", "1 ", "1kB", "1K", "1e", "1e+", "1ee3", "m", "1.2.3", "9223372036854775808", "8Ei", "1e999",
        "1e9999", "--1", "0x1",
    ])
    func badQuantities(text: String) {
        #expect(Quantity(text) == nil)
    }

    @Test func quantitiesRoundUp() {
        #expect(Quantity("1.5")?.roundedUp == 2)
        #expect(Quantity("-1.5")?.roundedUp == -1)
        #expect(Quantity("100m")! < Quantity("0.2")!)
        #expect(Quantity("1000m") == Quantity("1"))
    }

    @Test func base64AgreesWithFoundation() {
        let seed = UInt64.random(in: 0 ... .max)
        print("ValueTypeTests.base64AgreesWithFoundation seed \(seed)")
        var random = SplitMix(state: seed)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &random) }
            #expect(decodeBase64(Data(bytes).base64EncodedString()) == bytes)
            #expect(decodeBase64(Data(bytes).base64EncodedString(options: .lineLength64Characters)) == bytes)
        }
    }

    @Test(arguments: [
        "a", "ab", "abc", "ab=", "a===", "ab==ab==", "ab=c", "====", "YQ", "YR==", "YWJ=", "YQ==\u{0}", "YQ= =", "-_==",
    ])
    func badBase64(text: String) {
        #expect(decodeBase64(text) == nil)
    }
}
