import Foundation
import Kubernetes
import Testing

@testable import ModelTraffic

@Suite("Tables of servers")
struct ServerTableTests {
    private static func read(_ text: String) -> (table: ServerTable, problems: [ServerTable.Problem]) {
        var problems: [ServerTable.Problem] = []
        let table = ServerTable(text, problems: &problems)
        return (table, problems)
    }

    @Test("are read")
    func read() throws {
        let (table, problems) = Self.read(
            """
            server  x: The X server
            images  a b/c
            ports   1 65535
            telling-ports  1

            # A comment.
            GET,HEAD  /a   Health
              POST    /{model}   Inference,ServerFetch  openai-chat   # a note   with spaces
            """)
        #expect(problems.isEmpty)
        #expect(table.name == "x" && table.title == "The X server" && table.images == ["a", "b/c"])
        #expect(table.ports == [1, 65535] && table.tellingPorts == [1])
        #expect(
            table.rows == [
                try row([.get, .head], "/a", .health),
                EndpointRow(
                    methods: [.post], path: try PathPattern("/{model}"), classes: [.inference, .serverFetch],
                    dialect: .openAIChat, note: "a note with spaces"),
            ])
    }

    @Test(
        "lines that cannot be understood are left out and told",
        arguments: [
            ("server x", "server NAME"), ("ports 0", "port numbers"), ("ports a", "port numbers"),
            ("GET /a", "must have methods"),
            ("GET /a Health mcp x", "must have methods"), ("FETCH /a Health", "methods parted"),
            (", /a Health", "methods parted"),
            ("GET /a Helth", "classes parted"), ("GET /a Health,", ""), ("GET /a Health openai", "dialect that exists"),
            ("GET /a/* Health", "the path must say {name}"),
        ])
    func wrong(line: String, message: String) {
        let (table, problems) = Self.read("server x: X\n\(line)")
        if message.isEmpty {
            #expect(problems.isEmpty && table.rows.count == 1)
        } else {
            #expect(table.rows.isEmpty)
            #expect(problems.map(\.line) == [2])
            #expect(problems.first?.message.contains(message) == true, "\(problems)")
        }
    }

    @Test("random lines never crash, and what is taken can be compiled or is refused with a reason")
    func fuzz() {
        let environment = ProcessInfo.processInfo.environment
        let seconds = environment["SALLYPORT_FUZZ_SECONDS"].flatMap(Double.init)
        let seed = environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? runSeed
        print("ServerTableTests.fuzz seed \(seed)\(seconds.map { " for \($0) s" } ?? "")")
        var random = SplitMix(state: seed)
        let end = Date().addingTimeInterval(seconds ?? 0)
        var (rounds, compiled) = (0, 0)
        while seconds == nil ? rounds < 60 : Date() < end {
            rounds += 1
            var lines = (BuiltIn.texts.randomElement(using: &random) ?? "").utf8.map { $0 }
            for _ in 0..<Int.random(in: 1...40, using: &random) { Self.mutate(&lines, &random) }
            let (table, problems) = Self.read(String(decoding: lines, as: UTF8.self))
            #expect(problems.allSatisfy { $0.message.hasPrefix("must ") || $0.message.hasPrefix("the path must ") })
            do throws(AutomatonProblem) {
                let automaton = try EndpointAutomaton(table.rows)
                compiled += 1
                for _ in 0..<50 { Self.probe(automaton, table, seed, &random) }
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
        #expect(compiled * 2 > rounds, "seed \(seed): \(compiled) of \(rounds)")
    }

    private static func mutate(_ text: inout [UInt8], _ random: inout SplitMix) {
        guard !text.isEmpty else { return }
        let at = Int.random(in: 0..<text.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: text[at] = UInt8.random(in: 0x20...0x7e, using: &random)
        case 1: text.remove(at: at)
        case 2:
            text.insert(
                contentsOf: ["{x}", "{y...}", "(a|b)", "[/c]", "/", " ", "\n"].randomElement(using: &random)?.utf8
                    ?? "".utf8, at: at)
        default: text.insert(contentsOf: text[at..<min(text.count, at + 20)], at: at)
        }
    }

    /// A path of random bytes near the table's own: what is found must be a row of it, and the model inside the path.
    private static func probe(
        _ automaton: EndpointAutomaton, _ table: ServerTable, _ seed: UInt64, _ random: inout SplitMix
    ) {
        var path = Array((table.rows.randomElement(using: &random)?.path.text ?? "/").utf8)
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            let at = Int.random(in: 0...path.count, using: &random)
            path.insert([0x2f, 0x2f, 0x25, 0, 0xff, 0x61].randomElement(using: &random) ?? 0, at: at)
        }
        var steps = 0
        let match = path.withUnsafeBytes { automaton.match(.post, $0, steps: &steps) }
        let isRight =
            match.map { table.rows.indices.contains($0.row) && ($0.pathModel?.upperBound ?? 0) <= path.count } ?? true
        #expect(isRight, "seed \(seed): \(path)")
    }
}
