import Testing

@testable import Kubernetes

@Suite struct BudgetKindTests {
    static func budget(_ spec: String) -> String {
        "apiVersion: sallyport.dev/v1alpha1\nkind: Budget\nmetadata: {name: b, namespace: ai}\nspec:\n"
            + "  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}]\n" + indented(spec)
    }

    private func read(_ spec: String) -> Budget? {
        snapshot(Self.budget(spec)).objects.budgets[NamespacedName("ai", "b")]
    }

    @Test func whole() throws {
        let tokens = try #require(read("limit: {tokens: 1000000}\nwindow: {rolling: 24h}"))
        #expect(tokens.per == .principal && tokens.limit == .tokens(1_000_000))
        #expect(tokens.window == .rolling(Milliseconds(86_400_000)) && tokens.targetRefs.map(\.name) == ["g"])
        let dollars = try #require(read("per: Namespace\nlimit: {dollars: \"10.05\"}\nwindow: {calendar: Month}"))
        #expect(
            dollars.limit == .dollars(Dollars(picodollars: 10_050_000_000_000)) && dollars.window == .calendar(.month))
    }

    @Test(arguments: [
        ("limit: {tokens: 0}", "limit.tokens: must be a whole number between 1"),
        ("limit: {tokens: -5}", "limit.tokens: must be a whole number between 1"),
        ("limit: {tokens: 1.5}", "limit.tokens: must be a whole number between 1"),
        ("limit: {tokens: .nan}", "limit.tokens: must be a whole number between 1"),
        ("limit: {tokens: 1e6}", "limit.tokens: must be a whole number between 1"),
        ("limit: {tokens: 1000000000000001}", "limit.tokens: must be a whole number between 1"),
        ("limit: {tokens: \"5\"}", "limit.tokens: must be a whole number between 1"),
        ("limit: {}", "limit: must have either tokens or dollars"),
        ("limit: {tokens: 5, dollars: \"1.00\"}", "limit: must have either tokens or dollars"),
        ("limit: {dollars: 10}", "limit.dollars: must be a positive decimal in quotes"),
        ("limit: {dollars: 10.5}", "limit.dollars: must be a positive decimal in quotes"),
        ("limit: {dollars: \"0\"}", "limit.dollars: must be a positive decimal in quotes"),
        ("limit: {dollars: \"-1.00\"}", "limit.dollars: must be a positive decimal in quotes"),
        ("limit: {dollars: \"1e3\"}", "limit.dollars: must be a positive decimal in quotes"),
        ("limit: {dollars: \"NaN\"}", "limit.dollars: must be a positive decimal in quotes"),
        ("limit: {dollars: \"9000000.01\"}", "limit.dollars: must be a positive decimal in quotes"),
        ("limit: {tokens: 5}\nper: Nobody", "per: must be one of All, Namespace, Principal, AccessKey"),
        ("limit: {tokens: 5}\nper: all", "per: must be one of"),
        ("limit: {token: 5}", "limit.token: no such field; did you mean tokens"),
    ])
    func wrongLimits(spec: String, expected: String) {
        let found = mistakes(Self.budget(spec + "\nwindow: {calendar: Day}"))
        #expect(found.contains { $0.contains("spec.\(expected)") }, "\(found)")
        #expect(snapshot(Self.budget(spec)).objects.invalid.first?.targetRefs?.map(\.name) == ["g"])
    }

    @Test(arguments: [
        ("{}", "window: must have either rolling or calendar"),
        ("{rolling: 1h, calendar: Day}", "window: must have either rolling or calendar"),
        ("{rolling: 59s}", "window.rolling: must be between 1m and 744h (31 days)"),
        ("{rolling: 745h}", "window.rolling: must be between 1m and 744h (31 days)"),
        ("{rolling: 1d}", "window.rolling: must be a duration"),
        ("{calendar: Year}", "window.calendar: must be one of Hour, Day, Week, Month"),
    ])
    func wrongWindows(window: String, expected: String) {
        let found = mistakes(Self.budget("limit: {tokens: 5}\nwindow: \(window)"))
        #expect(found.count == 1 && found[0].contains("spec.\(expected)"), "\(found)")
    }

    @Test func dollars() {
        for (text, count) in [
            ("0", 0), ("1", 1_000_000_000_000), ("0.000000000001", 1), ("12.50", 12_500_000_000_000),
            ("9000000", 9_000_000_000_000_000_000), ("0009.1", 9_100_000_000_000),
        ] as [(String, Int64)] {
            #expect(Dollars(text)?.picodollars == count, "\(text)")
        }
        for text in [
            "", ".", "1.", ".5", "+1", "-1", " 1", "1 ", "1,5", "1_0", "1e3", "0x1", "NaN", "inf", "1.0000000000001",
            "10000000", "9000000.000000000001", "1.5.5", "\u{0661}", "1\u{0}",
        ] {
            #expect(Dollars(text) == nil, "\(text)")
        }
        for (text, shown) in [
            ("1", "1.00"), ("0.5", "0.50"), ("12.000004", "12.000004"), ("0.000000000001", "0.000000000001"),
        ] {
            #expect(Dollars(text)?.description == shown)
            #expect(Dollars(shown)?.description == shown)
        }
        #expect(Dollars(picodollars: .min).description.hasPrefix("-9223372.036854775808"))
    }
}
