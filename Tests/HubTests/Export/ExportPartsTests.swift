import GRPCCore
import Testing

@testable import Hub

@Suite("Parts of the export")
struct ExportPartsTests {
    @Test("the queue keeps what came first, and counts the rest")
    func queue() {
        var queue = ExportQueue(most: 10)
        let taken = [("aaa\n", 1), ("b\nc\n", 2), ("ddd\n", 1), ("e\n", 1)].map {
            queue.add(Array($0.0.utf8), count: $0.1)
        }
        #expect(taken == [true, true, false, true])
        #expect(queue.dropped == 1 && queue.bytes == 10)
        #expect(queue.next(records: 2) == Array("aaa\nb\nc\n".utf8))
        #expect(queue.bytes == 2)
        #expect(queue.next(records: 100) == Array("e\n".utf8))
        #expect(queue.next(records: 100).isEmpty && queue.isEmpty && queue.bytes == 0)
    }

    @Test(
        "what an answer means",
        arguments: [
            (200, nil, ExportVerdict.done), (202, nil, .done), (400, nil, .never), (401, "5", .never),
            (404, nil, .never),
            (500, nil, .never), (429, "7", .again(after: 7)), (503, nil, .again(after: nil)),
            (502, "x", .again(after: nil)),
            (504, "99999", .again(after: 600)), (503, "-1", .again(after: nil)),
            (503, "Sun, 06 Nov 1994 08:49:47 GMT", .again(after: 10)),
            (503, "Sun, 06 Nov 1994 08:49:27 GMT", .again(after: 0)),
            (301, nil, .never),
        ] as [(Int, String?, ExportVerdict)])
    func verdicts(status: Int, retryAfter: String?, verdict: ExportVerdict) {
        #expect(ExportVerdict(status: status, retryAfter: retryAfter, now: 784_111_777) == verdict)
    }

    @Test(
        "what an answer over gRPC means",
        arguments: [
            (.unavailable, nil, .again(after: nil)), (.unavailable, 3, .again(after: 3)),
            (.deadlineExceeded, nil, .again(after: nil)), (.resourceExhausted, nil, .never),
            (.resourceExhausted, 9, .again(after: 9)), (.invalidArgument, 9, .never), (.unauthenticated, nil, .never),
            (.unimplemented, nil, .never), (.internalError, nil, .never), (.dataLoss, nil, .again(after: nil)),
        ] as [(RPCError.Code, Int64?, ExportVerdict)])
    func calls(code: RPCError.Code, after: Int64?, verdict: ExportVerdict) {
        #expect(ExportVerdict(code: code, after: after) == verdict)
    }

    @Test(
        "endpoints for gRPC",
        arguments: [
            ("http://collector:4000", "collector", 4000, false), ("https://c.example.com", "c.example.com", 4317, true),
            ("HTTP://127.0.0.1:1/", "127.0.0.1", 1, false), ("http://[::1]:4317", "::1", 4317, false),
        ])
    func places(endpoint: String, host: String, port: Int, isSecure: Bool) throws {
        let place = try OTLPPlace(endpoint)
        #expect(place.host == host && place.port == port && place.isSecure == isSecure)
    }

    @Test(
        "what is no endpoint for gRPC says so",
        arguments: [
            "", "collector:4317", "ftp://collector", "http://", "http://c/v1/logs", "http://c:99999", "http://c?a=b",
            "http://me@c:4317",
        ])
    func noPlace(endpoint: String) {
        #expect(throws: OTLPPlace.Problem(endpoint: endpoint)) { try OTLPPlace(endpoint) }
    }

    @Test(
        "dates",
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 29 Feb 2024 12:00:00 GMT", 1_709_208_000), ("Fri, 31 Dec 2100 23:59:60 GMT", 4_133_980_800),
            ("Sun, 06 Nov 1994 25:49:37 GMT", nil), ("06 Nov 1994", nil), ("Sun, 06 Foo 1994 08:49:37 GMT", nil),
            ("Sun, 06 Nov 1994 08:49:37 CET", nil),
        ] as [(String, Int64?)])
    func dates(text: String, seconds: Int64?) {
        #expect(ExportVerdict.date(text) == seconds)
    }

    @Test("packing makes a body of gzip that is smaller", arguments: [0, 1, 100_000])
    func gzip(count: Int) throws {
        let packed = try Gzip.pack([UInt8](repeating: 65, count: count))
        #expect(packed.starts(with: [0x1f, 0x8b, 8]))
        #expect(count < 1000 || packed.count < count / 50)
        // The length stands at the end.
        let length = packed.suffix(4).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        #expect(length == count)
    }
}
