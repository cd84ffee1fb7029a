import Testing

@testable import ModelTraffic

@Suite("Tools that a caller may not use are not in what it gets")
struct ToolFilterTests {
    /// Feeds an answer cut at those places; nil when it is refused.
    private func filter(
        _ answer: [UInt8], isStream: Bool, cuts: [Int] = [], limit: Int = ToolFilter.longest
    ) -> [UInt8]? {
        let filter = ToolFilter(isStream: isStream, limit: limit)
        let places = [0] + cuts.sorted() + [answer.count]
        var output: [UInt8] = []
        do {
            for (start, end) in zip(places, places.dropFirst()) {
                output += try Array(answer[start..<end]).withUnsafeBytes { bytes throws(RequestProblem) in
                    try filter.take(bytes) { $0 != "rm" }
                }
            }
            return output + (try filter.finish { $0 != "rm" })
        } catch {
            return nil
        }
    }

    private func filter(_ answer: String, isStream: Bool = true, limit: Int = ToolFilter.longest) -> String? {
        filter(Array(answer.utf8), isStream: isStream, limit: limit).map { String(decoding: $0, as: UTF8.self) }
    }

    private func list(_ tools: String...) -> String {
        let tools = tools.map { #"{"name":"\#($0)","inputSchema":{"type":"object"}}"# }.joined(separator: ",")
        return #"{"jsonrpc":"2.0","id":1,"result":{"tools":[\#(tools)]}}"#
    }

    @Test("an answer in one piece")
    func whole() {
        #expect(filter(list("ls", "rm", "cat"), isStream: false) == list("ls", "cat"))
        #expect(filter(list("rm"), isStream: false) == list())
        #expect(
            filter(#" {"jsonrpc":"2.0","id":1,"result":{"ok":true}} "#, isStream: false)
                == #"{"jsonrpc":"2.0","id":1,"result":{"ok":true}}"#)
        #expect(filter("", isStream: false) == "")
        for wrong in [
            "[\(list("rm"))]", #"{"result":{"tools":[{"name":"rm"}]},"result":{}}"#, "not json", "{",
            #"{"result":{"Tools":[{"name":"rm"}]}}"#, #"{"result":{"tools":{"name":"rm"}}}"#, list("ls") + list("rm"),
        ] {
            #expect(filter(wrong, isStream: false) == nil, "\(wrong)")
        }
    }

    @Test("of an event only the data changes")
    func events() {
        let before = ": hello\nid: 7\nevent: message\nretry: 10\ndata: \(list("ls", "rm"))\n\n"
        #expect(filter(before) == before.replacing(list("ls", "rm"), with: list("ls")))
        let after = "data: \(list("rm", "ls"))\nid: 7\n: bye\n\n"
        #expect(filter(after) == after.replacing(list("rm", "ls"), with: list("ls")))
        let lines =
            "data: {\"result\":\r\ndata:{\"tools\":[{\"name\":\"rm\"},\r\nid: 3\r\ndata: {\"name\":\"ls\"}]}}\r\n\r\n"
        #expect(filter(lines) == "data: {\"result\":{\"tools\":[{\"name\":\"ls\"}]}}\r\nid: 3\r\n\r\n")
        for untouched in [
            "data: \(list("ls"))\n\n", "data: {\"jsonrpc\":\"2.0\", \"method\":\"ping\", \"id\":1}\n\n", "data\n\n",
            "event: endpoint\ndata: /messages?id=1\n\n", ": ping\n\n", "id: 1\n\nretry: 5\n\n", "data: \n\n",
        ] {
            #expect(filter(untouched) == untouched, "\(untouched)")
        }
        // What is not complete is no event, and no client is to see it.
        #expect(filter("data: {}\n\ndata: \(list("rm"))\n") == "data: {}\n\n")
    }

    @Test("nothing before the data hides it: a byte order mark, comments, blank lines, other blocks")
    func hiding() {
        let event = "data: \(list("rm", "ls"))\n\n"
        let filtered = "data: \(list("ls"))\n\n"
        for before in [
            "\u{FEFF}", ": c\n\n", "\n\n\r\n", "id: 1\n\n", "event: x\n\n", "event:message\n", "\u{FEFF}: c\n",
        ] {
            #expect(filter(before + event) == before + filtered, "\(before.debugDescription)")
        }
        // Only the stream's first line may have such a mark; elsewhere the line has another name, and is no data.
        let later = "data: {}\n\n\u{FEFF}\(event)"
        #expect(filter(later) == later)
        #expect(filter(": c\n\n\u{FEFF}\(event)") == ": c\n\n\u{FEFF}\(event)")
    }

    @Test("comments do not wait for an event")
    func comments() throws {
        let filter = ToolFilter(isStream: true)
        let take = { (text: String) in
            try Array(text.utf8).withUnsafeBytes { bytes throws(RequestProblem) in
                String(decoding: try filter.take(bytes) { _ in true }, as: UTF8.self)
            }
        }
        #expect(try take(": ping\n\n") == ": ping\n\n")
        #expect(try take(": pi") == "")
        #expect(try take("ng\n\nda") == ": ping\n\n")
        #expect(try take("ta: {}\r") == "")
        #expect(try take("\n\r") == "data: {}\r\n\r")
        #expect(try take("\n: x\n\n") == "\n: x\n\n")
    }

    @Test("what cannot be read in one way, or is too long, does not go on")
    func refused() {
        for data in ["nonsense", "[\(list("rm"))]", "{\"result\":{\"TOOLS\":[]}}", "{\"a\":1,\"a\":2}", "{}{}"] {
            #expect(filter("data: \(data)\n\n") == nil, "\(data)")
            #expect(filter("event: message\ndata: \(data)\n\n") == nil, "\(data)")
        }
        let long = String(repeating: "x", count: 200)
        #expect(filter("data: \"\(long)\"\n\n", limit: 100) == nil)
        // Also where the end never comes: no more than the limit is held.
        #expect(filter("data: \"\(long)", limit: 100) == nil)
        #expect(filter(": \(long)", limit: 100) == nil)
        #expect(filter("\"\(long)\"", isStream: false, limit: 100) == nil)
        #expect(filter(String(repeating: ": short\n\n", count: 100), limit: 100)?.count == 900)
    }

    @Test("where the network cuts does not matter")
    func cuts() {
        let streams = [
            "\u{FEFF}: hi\n\nid: 1\ndata: \(list("rm", "ls"))\n\n: c\r\n\r\nevent: message\r\ndata: \(list("rm"))\r\n\r\n",
            "data: {\"result\":\rdata: {\"tools\":[{\"name\":\"rm\"},{\"name\":\"ls\"}]}}\r\rid: 4\r\r: x\n\ndata: {}\n\n",
        ]
        for text in streams {
            let bytes = Array(text.utf8)
            let whole = filter(bytes, isStream: true)
            #expect(whole != nil && whole != bytes)
            for cut in 0...bytes.count {
                #expect(filter(bytes, isStream: true, cuts: [cut]) == whole, "cut at \(cut)")
            }
            #expect(filter(bytes, isStream: true, cuts: Array(0...bytes.count)) == whole)
            let json = Array(list("ls", "rm").utf8)
            #expect(filter(json, isStream: false, cuts: Array(0...json.count)) == Array(list("ls").utf8))
        }
    }

    @Test("any text: cuts do not matter, and no message that a client reads offers the tool")
    func fuzz() {
        let corpus = [
            "id: 1\ndata: \(list("rm", "ls"))\n\n", ": c\r\n\r\nevent: message\r\ndata: \(list("rm"))\r\n\r\n",
            "\u{FEFF}data: {\"result\":\ndata: {\"tools\":[{\"name\":\"rm\"}]}}\n\n", "event: x\ndata: y\n\n",
        ].map { Array($0.utf8) }
        let pieces = [
            "\n", "\r", "\r\n", "\n\n", "data", "data:", "data: ", "event: e\n", ":", "\u{FEFF}", "{", "[", "\"rm\"",
        ]
        .map { Array($0.utf8) }
        Fuzz.run("tool filter", rounds: 3_000) { round, random in
            var text = corpus.randomElement(using: &random) ?? []
            text += corpus.randomElement(using: &random) ?? []
            Fuzz.mutate(&text, corpus, pieces, &random)
            let cuts = (0..<Int.random(in: 1...9, using: &random)).map { _ in
                Int.random(in: 0...text.count, using: &random)
            }
            let whole = filter(text, isStream: true)
            let right = whole == filter(text, isStream: true, cuts: cuts) && !offers(whole ?? [])
            #expect(right, "seed \(Fuzz.seed) round \(round): cut at \(cuts): \(shown(text))")
            return right
        }
    }

    /// Whether a client would find the tool in a list.
    private func offers(_ stream: [UInt8]) -> Bool {
        var reader = EventStreamReader(limit: 1 << 20)
        return stream.withUnsafeBytes { bytes in
            var offset = 0
            while case .event(let event) = reader.next(bytes, from: offset) {
                offset = event.end
                guard event.name.isEmpty || event.name.elementsEqual("message".utf8) else { continue }
                guard let document = try? JSONDocument(Array(event.data)), document.root.kind == .object else {
                    continue
                }
                let tools = document.root["result"]?["tools"]?.elements ?? JSONElements(array: nil)
                for tool in tools where tool["name"]?.isString("rm") == true { return true }
            }
            return false
        }
    }
}
