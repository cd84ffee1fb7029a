import Testing

@testable import Gateway

@Suite("Places in traces")
struct TraceParentTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    private func read(_ text: String) -> TraceParent? {
        Array(text.utf8).withUnsafeBytes { TraceParent($0) }
    }

    @Test("what is read is written again")
    func whole() throws {
        let text = "00-\(Self.trace)-\(Self.span)-01"
        let parent = try #require(read(text))
        #expect(parent.text == text && parent.traceText == Self.trace && TraceParent.text(parent.span) == Self.span)
    }

    @Test("a later version is read as far as it is known, and unknown flags are not handed on")
    func later() throws {
        let parent = try #require(read("cc-\(Self.trace)-\(Self.span)-0f-more"))
        #expect(parent.text == "00-\(Self.trace)-\(Self.span)-01")
        #expect(read("cc-\(Self.trace)-\(Self.span)-00")?.text == "00-\(Self.trace)-\(Self.span)-00")
    }

    @Test(
        "what is not of that form is none",
        arguments: [
            "", "00", "00-\(trace)-\(span)", "00-\(trace)-\(span)-1", "00-\(trace)-\(span)-01-",
            "00-\(trace)-\(span)-01x",
            "ff-\(trace)-\(span)-01", "cc-\(trace)-\(span)-01x", "0g-\(trace)-\(span)-01",
            "00-\(trace.uppercased())-\(span)-01", "00-\(String(repeating: "0", count: 32))-\(span)-01",
            "00-\(trace)-\(String(repeating: "0", count: 16))-01", "00_\(trace)-\(span)-01", "00-\(trace)-\(span)_01",
            "00-\(trace)-\(span)-0 ",
        ])
    func wrong(text: String) { #expect(read(text) == nil) }

    @Test("two of them are none, and what belongs to a trace goes with it")
    func fields() throws {
        let one = "00-\(Self.trace)-\(Self.span)-01"
        let head = RequestHead()
        #expect(head.fields.append(.traceparent, one) && head.fields.append(.tracestate, "a=1"))
        let own = TraceParent(trace: try #require(head.fields.traceParent).trace, span: 7, flags: 1)
        head.fields.setTraceParent(own)
        #expect(head.fields.traceParent == own && head.fields.contains(.tracestate))
        _ = head.fields.append(.traceparent, one)
        #expect(head.fields.traceParent == nil)
        head.fields.setTraceParent(nil)
        #expect(!head.fields.contains(.traceparent) && !head.fields.contains(.tracestate))
    }
}
