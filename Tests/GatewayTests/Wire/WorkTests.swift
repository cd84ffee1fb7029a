import Testing

@testable import Gateway

/// Work must grow with the bytes, not with the number of pieces in which they come.
@Suite struct WorkTests {
    @Test func theSearchForTheEndIsNotRepeated() {
        let bytes = Array(get("/", "X: " + String(repeating: "y", count: 20_000)).utf8)
        let head = RequestHead()
        var scanned = 0
        for end in 1..<bytes.count {
            let outcome = bytes[..<end].withUnsafeBytes { HTTP1.parseRequest($0, scanned: &scanned, into: head) }
            #expect(outcome == .needMore)
            // All that came before is behind us: the next call begins to look here.
            #expect(scanned == end)
        }
        let outcome = bytes.withUnsafeBytes { HTTP1.parseRequest($0, scanned: &scanned, into: head) }
        #expect(outcome == .complete(consumed: bytes.count) && scanned == 0)
    }

    @Test func pipelinedHeadsAreReadOneByOne() {
        let one = Array(get("/a", "X: y").utf8)
        let result = WireDriver.read(Array((0..<50).map { _ in one }.joined()), .request)
        #expect(result.ending == .clean && result.messages.count == 50)
    }

    @Test func theHTTP2PrefaceIsSeen() {
        let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        #expect(WireDriver.read(preface, .request).ending == .http2Preface)
        #expect(differencesWhenSplit(preface, .request) == [])
        #expect(WireDriver.rejection("PRI * HTTP/2.0\r\nHost: a\r\n\r\n") != nil)
        #expect(WireDriver.rejection("PRI / HTTP/1.1\r\nHost: a\r\n\r\n") == .badMethod)
    }

    @Test func everyRejectionHasItsOwnName() {
        var codes: Set<String> = []
        for rejection in Rejection.allCases {
            codes.insert(rejection.code.description)
            #expect((400...599).contains(rejection.status))
        }
        #expect(codes.count == Rejection.allCases.count)
    }
}
