import Testing

@testable import Kubernetes

@Suite struct ListSplitterTests {
    private let text = """
        {"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"42","continue":"a\\"}]b","x":{"y":[1]}},
         "items":[ {"metadata":{"name":"a"},"s":"}]{[\\\\\\""},{"b":[{},{"c":"\\u005d"}]} , {} ], "more":[{"items":[]}] }
        """
    private let objects = [#"{"metadata":{"name":"a"},"s":"}]{[\\\""}"#, #"{"b":[{},{"c":"\u005d"}]}"#, "{}"]

    private func split(
        _ bytes: [UInt8], at cuts: [Int] = [], limit: Int = 1 << 20
    ) throws(ServedProblem) -> (objects: [String], end: ListSplitter.End) {
        var splitter = ListSplitter(limit: limit)
        var objects: [[UInt8]] = []
        var start = 0
        for cut in cuts.sorted() + [bytes.count] {
            objects += try splitter.feed(Array(bytes[start..<cut]))
            start = cut
        }
        return (objects.map { String(decoding: $0, as: UTF8.self) }, try splitter.finish())
    }

    @Test func howeverItArrives() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix(state: seed)
        let bytes = Array(text.utf8)
        for _ in 0..<300 {
            let cuts = (0..<Int.random(in: 0...9, using: &random)).map { _ in
                Int.random(in: 0...bytes.count, using: &random)
            }
            let (found, end) = try split(bytes, at: cuts)
            #expect(found == objects, "seed \(seed)")
            #expect(end == .init(resourceVersion: "42", next: "a\"}]b"), "seed \(seed)")
        }
    }

    @Test func whatEndsEarlyIsNoList() {
        let bytes = Array(text.utf8)
        for length in 0..<bytes.count {
            #expect(throws: ServedProblem.truncated) { try split(Array(bytes[..<length])) }
        }
    }

    @Test(
        arguments: [
            "[]", "{}", "null", "<html>", #"{"items":[]}"#, #"{"metadata":{}}"#, #"{"metadata":{},"items":[1]}"#,
            #"{"metadata":{},"items":[[]]}"#, #"{"metadata":{},"items":[]}}"#, #"{"metadata":{},"items":["a"]}"#,
            #"{"metadata":{,"items":[]}"#, #"{"metadata":{}} {"items":[]}"#, #"{"metadata":nonsense,"items":[]}"#,
        ])
    func whatIsNoList(text: String) {
        #expect(throws: ServedProblem.self) { try split(Array(text.utf8)) }
    }

    @Test func anEmptyListIsOne() throws {
        for items in ["[]", "null", "[ ]"] {
            let (found, end) = try split(Array(#"{"items":\#(items),"metadata":{"resourceVersion":"1"}}"#.utf8))
            #expect(found.isEmpty && end == .init(resourceVersion: "1", next: nil))
        }
    }

    @Test func nothingIsKeptBeyondTheLimit() {
        let long = String(repeating: "x", count: 200)
        for text in [#"{"metadata":{},"items":[{"a":"\#(long)"}]}"#, #"{"metadata":{"a":"\#(long)"},"items":[]}"#] {
            #expect(throws: ServedProblem.tooLong(100)) { try split(Array(text.utf8), limit: 100) }
        }
    }

    @Test func lines() throws {
        var lines = LineSplitter(limit: 5)
        #expect(try lines.feed(Array("ab\n\ncd".utf8)).map { String(decoding: $0, as: UTF8.self) } == ["ab"])
        #expect(throws: ServedProblem.truncated) { try lines.finish() }
        #expect(try lines.feed(Array("e\n".utf8)).map { String(decoding: $0, as: UTF8.self) } == ["cde"])
        try lines.finish()
        #expect(throws: ServedProblem.tooLong(5)) { try lines.feed(Array("123456\n".utf8)) }
    }
}
