import Kubernetes
import Testing

@testable import ModelTraffic

/// What a look-up costs, counted in steps: it must not grow with the number of rows.
@Suite("Work per match")
struct AutomatonWorkTests {
    private static func automaton(rows: Int) throws -> EndpointAutomaton {
        let many = try (0..<rows).flatMap { number in
            try [
                row([.get], "/s\(number)/{x}/end\(number)", .metadata),
                row([.post], "/shared/p\(number)", .inference),
            ]
        }
        return try EndpointAutomaton(
            many + [row([.post], "/models/{model}/infer", .inference), row([.any], "/files/{path...}", .dataRead)])
    }

    @Test(
        "as many steps with ten rows as with a thousand",
        arguments: ["/s7/abc/end7", "/shared/p7", "/models/m/infer", "/files/a/b/c", "/shared/no", "/no"])
    func steps(path: String) throws {
        let segments = path.utf8.filter { $0 == UInt8(ascii: "/") }.count
        for rows in [10, 1000] {
            let result = try Self.automaton(rows: rows).match("POST", path)
            // One for the segment, and slots of a hash at half load: a matter of luck, but of a bounded one.
            #expect(result.steps <= segments * 9, "\(rows) rows: \(result.steps)")
        }
    }

    @Test("a path of thousands of segments is read no further than a pattern asks")
    func longPaths() throws {
        let automaton = try Self.automaton(rows: 10)
        let long = String(repeating: "/a", count: 5000)
        #expect(automaton.match("POST", long).steps <= 9)
        let file = automaton.match("POST", "/files" + long)
        #expect(file.match?.classes == .dataRead)
        #expect(file.steps <= 18)
    }

    @Test("a name before more segments costs one step a segment")
    func middle() throws {
        let automaton = try EndpointAutomaton([
            row([.post], "/contents/{path...}/trust", .codeExecution), row([.post], "/contents/{path...}", .dataWrite),
        ])
        let long = "/contents" + String(repeating: "/trust", count: 2000)
        let result = automaton.match("POST", long)
        #expect(result.match?.classes == .codeExecution)
        #expect(result.steps <= 2001 * 9)
    }

    @Test("tables that would be too large are refused, not made")
    func bounded() throws {
        // What comes after one of many positions: a set of positions for each state.
        let text = "/{x...}/a" + String(repeating: "/{y}", count: 20)
        let rows = try [row([.get], text, .health), row([.get], "/b" + text, .health)]
        #expect(throws: AutomatonProblem.self) { try EndpointAutomaton(rows) }
        let captures = try "abcdefghi".map { try row([.get], "/\($0){x}", .health) }
        #expect(throws: AutomatonProblem.self) { try EndpointAutomaton(captures) }
        #expect(try EndpointAutomaton(Array(captures.prefix(8))).match("GET", "/h1").match != nil)
    }

    @Test("two ways to read one body are a contradiction")
    func contradiction() throws {
        let rows = try [row([.post], "/x/{a}", .inference, .openAIChat), row([.post], "/x/{b}", .inference, .mcp)]
        #expect(throws: AutomatonProblem.self) { try EndpointAutomaton(rows) }
        let agreed = try [row([.post], "/x/{a}", .inference), row([.post], "/x/{b}", .codeExecution, .mcp)]
        let match = try EndpointAutomaton(agreed).match("POST", "/x/1").match
        #expect(match?.classes == [.inference, .codeExecution])
        #expect(match?.dialect == .mcp)
    }
}
