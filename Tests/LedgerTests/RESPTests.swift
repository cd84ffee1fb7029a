import Foundation
import NIOCore
import Testing

@testable import Ledger

@Suite("The protocol of Redis")
struct RESPTests {
    private func read(_ text: String) -> Result<RESPValue?, RESPProblem> {
        var buffer = ByteBuffer(string: text)
        do throws(RESPProblem) {
            return .success(try RESPReader.read(&buffer))
        } catch {
            return .failure(error)
        }
    }

    @Test(
        "replies are read",
        arguments: [
            ("+OK\r\n", .text("OK")), ("-ERR no\r\n", .error("ERR no")), (":-12\r\n", .integer(-12)),
            ("$3\r\na\r\n\r\n", .bytes([97, 13, 10])), ("$0\r\n\r\n", .bytes([])), ("$-1\r\n", .none),
            ("*-1\r\n", .none),
            ("*0\r\n", .list([])), ("*2\r\n:1\r\n*1\r\n$1\r\nx\r\n", .list([.integer(1), .list([.bytes([120])])])),
        ] as [(String, RESPValue)])
    func good(text: String, value: RESPValue) {
        #expect(read(text) == .success(value))
        for end in 1..<text.utf8.count {
            #expect(read(String(decoding: text.utf8.prefix(end), as: UTF8.self)) == .success(nil), "\(end)")
        }
    }

    @Test(
        "what is no reply is refused",
        arguments: [
            ("x\r\n", .unknownType(120)), (":\r\n", .badNumber), (":1x\r\n", .badNumber), (":+1\r\n", .badNumber),
            (":99999999999999999999\r\n", .badNumber), ("$-2\r\n", .badNumber), ("$3\r\nabcd\r\n", .badLine),
            ("+OK\n", .badLine), ("$9999999\r\n", .tooLarge), ("*99999\r\n", .tooLarge), ("*-7\r\n", .badNumber),
            ("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", .tooDeep), ("+" + String(repeating: "a", count: 5_000), .badLine),
        ] as [(String, RESPProblem)])
    func bad(text: String, problem: RESPProblem) {
        #expect(read(text) == .failure(problem))
    }

    @Test("nothing in an argument can end a command")
    func commands() {
        var buffer = ByteBuffer()
        RESPWriter.write(["SET", "a\r\nDEL b", ""], to: &buffer)
        #expect(String(buffer: buffer) == "*3\r\n$3\r\nSET\r\n$8\r\na\r\nDEL b\r\n$0\r\n\r\n")
    }

    @Test("where counters are: host, port, database, user, password")
    func urls() throws {
        let plain = try #require(CountersURL("redis://127.0.0.1"))
        #expect(plain.port == 6379 && plain.database == 0 && plain.password == nil && !plain.isTLS)
        let full = try #require(CountersURL("rediss://me:p%40ss%3A@[::1]:7000/5"))
        #expect(full.isTLS && full.host == "::1" && full.port == 7000 && full.database == 5)
        #expect(full.user == "me" && full.password == "p@ss:")
        #expect(!"\(full)".contains("p@ss") && !"\(full)".contains("me"))
        #expect(CountersURL("redis://:secret@h")?.password == "secret")
        for text in [
            "", "redis://", "http://h", "redis://h:0", "redis://h:70000", "redis://h/x", "redis://h/1/2", "redis://u@h",
            "redis://u:@h", "redis://h?x", "redis://h#x", "redis://h:1:2", "redis://a b", "redis://[::1", "redis://%@h",
            "redis://u:%zz@h",
        ] {
            #expect(CountersURL(text) == nil, "\(text)")
        }
    }

    @Test("what happens when counters are out of reach")
    func fallbacks() {
        #expect(CountersFallback("closed") == .closed)
        #expect(CountersFallback("local") == .local(1, of: 1))
        #expect(CountersFallback("local:1/3") == .local(1, of: 3))
        for text in ["", "open", "local:", "local:3/1", "local:0/1", "local:1/0", "local:1/3/4", "local:-1/3"] {
            #expect(CountersFallback(text) == nil, "\(text)")
        }
        #expect(CountersFallback.share(100, 1, of: 3) == 33)
        #expect(CountersFallback.share(.max, 1, of: 1) == .max)
        #expect(CountersFallback.share(.max, 999, of: 1_000) < .max)
    }
}

/// Random bytes near real replies: any cut gives the same result, and nothing is read twice.
@Suite struct RESPFuzzTests {
    static let environment = ProcessInfo.processInfo.environment

    static let corpus = [
        "+OK\r\n", "-NOSCRIPT No matching script.\r\n", ":1\r\n", "$-1\r\n", "$5\r\nhello\r\n",
        "*3\r\n$2\r\nok\r\n$3\r\n100\r\n$1\r\n0\r\n", "*2\r\n*0\r\n*-1\r\n",
    ].map { Array($0.utf8) }

    @Test func replies() {
        let seed = Self.environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
        let seconds = Self.environment["SALLYPORT_FUZZ_SECONDS"].flatMap(Double.init)
        print("RESPFuzzTests.replies seed \(seed)")
        var random = SplitMix(state: seed)
        let end = Date().addingTimeInterval(seconds ?? 0)
        var rounds = 0
        while seconds == nil ? rounds < 3_000 : Date() < end {
            rounds += 1
            var text: [UInt8] = []
            for _ in 0..<Int.random(in: 1...4, using: &random) { text += Self.corpus.randomElement(using: &random)! }
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: text[place] = UInt8.random(in: 0...255, using: &random)
                case 1: text.remove(at: place)
                default: text.insert("+-:$*\r\n0199".utf8.randomElement(using: &random)!, at: place)
                }
                if text.isEmpty { text = [43] }
            }
            let whole = Self.readAll([text])
            let cut = Int.random(in: 0...text.count, using: &random)
            let parts = Self.readAll([Array(text[..<cut]), Array(text[cut...])])
            #expect(whole == parts, "seed \(seed) round \(rounds): \(text)")
        }
    }

    private static func readAll(_ parts: [[UInt8]]) -> [String] {
        var buffer = ByteBuffer()
        var values: [String] = []
        for part in parts {
            buffer.writeBytes(part)
            do throws(RESPProblem) {
                while let value = try RESPReader.read(&buffer) { values.append("\(value)") }
            } catch {
                return values + ["\(error)"]
            }
        }
        return values
    }
}
