import Records
import Testing

@Suite("Texts that are no filters")
struct FilterErrorTests {
    private func slip(_ text: String, now: Int64? = nil) -> FilterError? {
        do throws(FilterError) {
            _ = try RecordFilter(text, now: now)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "are told where and why",
        arguments: [
            ("verdic=denied", 0..<6, "there is no field `verdic`; did you mean `verdict`"),
            ("status=200 and namespac=x", 15..<23, "there is no field `namespac`; did you mean `namespace`"),
            ("src.address=10.0.0.1", 0..<11, "`source.address`"),
            ("ai.modle", 0..<8, "there is no field `ai.modle`; did you mean `ai.model`"),
            ("destination.adress in 10.0.0.0/8", 0..<18, "`destination.address`"),
            ("label.=x", 0..<6, "there is no field `label.`"),
            ("xyzzyxyzzy=1", 0..<10, "there is no field `xyzzyxyzzy`"),
            ("status=abc", 7..<10, "a status such as 403, or 4xx"),
            ("status>4xx", 7..<10, "must be followed by one status"), ("bytes.in>1.5", 9..<12, "a whole number"),
            ("bytes.in>10XB", 9..<13, "a whole number"), ("duration>5y", 9..<11, "a length of time"),
            ("duration>0.0000001s", 9..<19, "a length of time"),
            ("cost>abc", 5..<8, "dollars"), ("cost>0.0000000000001", 5..<20, "twelve digits"),
            ("theft=yes", 6..<9, "`true` or `false`"),
            ("address=10.0.0", 8..<14, "an address or a block"),
            ("address in 10.0.0.1/8", 11..<21, "did you mean 10.0.0.0/8"),
            ("time>-15m", 5..<9, "only times with a date"), ("time>yesterday", 5..<14, "a time such as"),
            ("time>1960-01-01", 5..<15, "a time such as"),
            ("verdict=", 8..<8, "a value of `verdict` must follow"), ("verdict>denied", 7..<8, "is not a number"),
            ("status~2", 6..<7, "is not a text"), ("(a or b", 7..<7, "`)` must follow"),
            ("a)", 1..<2, "no bracket that this"), ("()", 1..<2, "before `)`"),
            ("a and", 5..<5, "something must follow"), ("and a", 0..<3, "before `and` something is missing"),
            ("not", 3..<3, "something must follow"),
            ("status in (1, 2", 15..<15, "`,` or `)` must follow"),
            ("status in ()", 11..<12, "a value of `status` must follow"), ("=x", 0..<1, "before `=`"),
            ("\"abc", 0..<4, "the quotation mark is not closed"), ("\"\"", 0..<2, "the text is empty"),
            ("\"status\"=200", 0..<8, "without quotation marks"),
            ("a && b", 2..<3, "did you mean `and`"), ("a || b", 2..<3, "did you mean `or`"),
            ("!a", 0..<1, "did you mean `not`"), ("\"a\\n\"", 2..<3, "`\\` is written before"),
            ("model=\"\"", 6..<8, "did you mean `not model`"), ("ai=x", 0..<2, "has parts"),
            ("ai.tokens>5", 0..<9, "`ai.tokens.input`"), ("model~\"\"", 6..<8, "a text must follow"),
            ("verdict not = denied", 12..<13, "before `=`"),
        ] as [(String, Range<Int>, String)])
    func told(text: String, range: Range<Int>, message: String) throws {
        let error = try #require(slip(text))
        #expect(error.range == range, "\(error)")
        #expect(error.description.contains(message), "\(error)")
        #expect(error.description.hasPrefix("at \(range.lowerBound + 1): "))
    }

    @Test("too long and too deep ones are refused")
    func limits() throws {
        #expect(slip(String(repeating: "(", count: 100_000))?.message == "a filter has at most 16384 bytes")
        #expect(slip(String(repeating: "(", count: 10_000))?.message == "there is too much within each other")
        #expect(slip(String(repeating: "not ", count: 4_000) + "x")?.message == "there is too much within each other")
        #expect(slip(String(repeating: "(", count: 60) + "x" + String(repeating: ")", count: 60)) == nil)
        #expect(slip(String(repeating: "a ", count: 8_000)) == nil)
    }

    @Test("random texts are read or refused, and what is read is read again from its canonical text")
    func fuzz() throws {
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "verdict", "=", "!=", "~", "!~", "<", "<=", ">", ">=", "(", ")", ",", " and ", " or ", " not ", " in ",
            "status", "200", "5xx", "\"a b\"",
            "'x'", "cost", "0.1", "10MiB", "duration", "5m", "time", "-15m", "now", "2026-11-23", "label.app",
            "namespace", "address", "10.0.0.0/8",
            "::1", "*", "gpt-*", "theft", "true", "all", "ai", "ä", "\\", "\"", "\u{0}", "tokens", "-5", "bytes.out",
            "$1", "key", "$", ".", "a.b", "!",
        ]
        var accepted = 0
        for round in 0..<4_000 {
            let text = (0..<Int.random(in: 0...9, using: &random)).map { _ in
                (pieces.randomElement(using: &random) ?? "") + (Bool.random(using: &random) ? " " : "")
            }.joined()
            do throws(FilterError) {
                let filter = try RecordFilter(text, now: 1_795_424_400_000_000)
                accepted += 1
                let again = try? RecordFilter(filter.description)
                #expect(again == filter, "seed \(seed) round \(round): \(text) -> \(filter)")
                #expect(again?.description == filter.description, "seed \(seed) round \(round): \(text)")
            } catch {
                #expect(
                    error.range.lowerBound >= 0 && error.range.upperBound <= text.utf8.count, "seed \(seed): \(text)")
                #expect(!error.message.isEmpty)
            }
        }
        #expect(accepted > 100)
    }
}
