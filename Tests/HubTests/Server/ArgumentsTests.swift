import Testing

@testable import Hub

@Suite struct ArgumentsTests {
    private let parameters: [Parameter] = [.filter, .from, .limit, .order, .step, .by]

    private func problem(_ query: String, needs more: [Parameter] = []) -> Problem? {
        do {
            _ = try Arguments(query, parameters + more)
            return nil
        } catch {
            return error
        }
    }

    @Test func readsWhatIsThere() throws {
        let arguments = try Arguments("filter=verdict%3Ddenied+and+x&limit=5&order=oldest&by=point,verdict", parameters)
        #expect(arguments["filter"] == "verdict=denied and x")
        #expect(arguments.number("limit") == 5)
        #expect(arguments["order"] == "oldest")
        #expect(arguments.words("by") == ["point", "verdict"])
        #expect(arguments["from"] == nil)
        #expect(try Arguments("", parameters)["filter"] == nil)
        #expect(try Arguments("filter=", parameters)["filter"] == nil)
    }

    @Test(arguments: [
        ("limit=0", "invalid_parameter", "limit"), ("limit=1001", "invalid_parameter", "limit"),
        ("limit=x", "invalid_parameter", "limit"), ("order=best", "invalid_parameter", "order"),
        ("from=yesterday", "invalid_parameter", "from"), ("from=2026-11-23", "invalid_parameter", "from"),
        ("step=5", "invalid_parameter", "step"), ("step=-5m", "invalid_parameter", "step"),
        ("by=point,colour", "invalid_parameter", "by"), ("by=point,point", "invalid_parameter", "by"),
        ("limit=1&limit=2", "invalid_parameter", "limit"), ("nothing=1", "unknown_parameter", "nothing"),
    ])
    func refusesWhatIsWrong(query: String, code: String, parameter: String) throws {
        let found = try #require(problem(query))
        #expect(found.code == code)
        #expect(found.parameter == parameter)
        #expect(found.status == 400)
    }

    @Test func refusesWhatIsNoQuery() {
        #expect(problem("limit=%zz")?.code == "invalid_query")
        #expect(problem("filter=%ff")?.code == "invalid_query")
        #expect(problem("filter=" + String(repeating: "a", count: 20_000))?.code == "query_too_long")
        #expect(problem("filter=" + String(repeating: "a", count: 5000))?.code == "invalid_parameter")
    }

    @Test func asksForWhatIsNeeded() {
        #expect(problem("", needs: [Parameter("record", .text(most: 9), isNeeded: true, "")])?.parameter == "record")
    }

    @Test(arguments: [
        ("2026-11-23T09:00:00Z", 1_795_424_400_000_000), ("2026-11-23T10:00:00+01:00", 1_795_424_400_000_000),
        ("2026-11-23T09:00:00.25Z", 1_795_424_400_250_000), ("-15m", 9_100_000_000), ("now", 10_000_000_000),
    ])
    func readsTimes(text: String, time: Int64) {
        #expect(Moment.read(text, now: 10_000_000_000) == time)
    }

    @Test(arguments: ["", "-", "-5", "5m", "-5y", "-0m", "2026", "-99999999999999w", "0001-01-01T00:00:00Z"])
    func refusesWhatIsNoTime(text: String) {
        #expect(Moment.read(text, now: 0) == nil)
    }

    @Test func writesTimes() {
        #expect(Moment.text(1_795_424_400_250_000) == "2026-11-23T09:00:00.250Z")
    }
}
