import Testing

@testable import Gateway

@Suite struct ChunkedDecoderTests {
    private func read(_ body: String, limits: WireLimits = .standard) -> ReadResult {
        WireDriver.read(Array(post(["Transfer-Encoding: chunked"], body: body).utf8), .request, limits: limits)
    }

    @Test func dataExtensionsAndTrailers() {
        let result = read(
            "5\r\nhello\r\n00006;a=b;c=\"d \\\" e\";f\r\n world\r\n0;last\r\nVary: *\r\nX-Sum:  1 \r\n\r\n")
        #expect(result.ending == .clean)
        #expect(result.messages.map { String(decoding: $0.body, as: UTF8.self) } == ["hello world"])
        #expect(result.messages[0].trailers == ["vary: *", "x-sum: 1"])
    }

    @Test func everySplitGivesTheSame() {
        for body in [
            "5\r\nhello\r\nA;x=\"y\"\r\n0123456789\r\n0\r\nT: v\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "5\r\nhello\r\n0\r\n\r\n", "5\r\nhelloX", "1;\r\n", "0\r\nHost: b\r\n\r\n", "0\r\n\r", "0\r\nT: v\r\n",
        ] {
            let bytes = Array(post(["Transfer-Encoding: chunked"], body: body).utf8)
            #expect(differencesWhenSplit(bytes, .request) == [])
        }
    }

    @Test func bodiesEndWhereTheyEnd() {
        let result = read("0\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(result.messages.map(\.line) == ["POST / a:", "GET /next a:"])
        #expect(read("5\r\nhel").ending == .incomplete)
        #expect(read("0\r\n").ending == .incomplete)
    }

    @Test func limits() {
        let long = String(repeating: "a", count: 300)
        #expect(read("1;\(long)\r\na\r\n0\r\n\r\n").ending == .rejected(.chunkExtensionTooLong))
        #expect(read("0\r\n" + String(repeating: "x: y\r\n", count: 2_000)).ending == .rejected(.trailersTooLarge))
        #expect(read("0\r\n" + String(repeating: "x: y\r\n", count: 101) + "\r\n").ending == .rejected(.tooManyFields))
        #expect(read("0\r\nx: " + String(repeating: "y", count: 9_000)).ending == .rejected(.trailersTooLarge))
        #expect(read("1;" + String(repeating: "a", count: 255) + "\r\na\r\n0\r\n\r\n").ending == .clean)
    }

    @Test(arguments: [
        "Host: b", "Content-Length: 5", "Transfer-Encoding: chunked", "Authorization: a", "X-Api-Key: a",
        "X-Forwarded-For: a", "X-Sallyport-Principal: a", "X_Forwarded_For: a", "content_length: 1",
    ])
    func trailersThatDecideAreRefused(_ line: String) {
        #expect(read("0\r\n\(line)\r\n\r\n").ending == .rejected(.forbiddenTrailer))
    }

    @Test func trailersWithoutBusinessAreDropped() {
        let result = read("0\r\nContent-Type: a\r\nSet-Cookie: b\r\nConnection: close\r\nGrpc-Status: 0\r\n\r\n")
        #expect(result.messages[0].trailers == ["grpc-status: 0"])
    }

    @Test func aFailureStaysAFailure() {
        var decoder = ChunkedDecoder()
        let trailers = FieldSection()
        for text in ["g\r\n", "5\r\nhello\r\n"] {
            var position = 0
            let event = Array(text.utf8).withUnsafeBytes { decoder.next($0, at: &position, trailers: trailers) }
            #expect(event == .rejected(.badChunkSize))
        }
    }

    @Test func theDecoderPointsIntoTheInput() {
        var decoder = ChunkedDecoder()
        let trailers = FieldSection()
        var position = 0
        let input = Array("3\r\nabc\r\n".utf8)
        let event = input.withUnsafeBytes { decoder.next($0, at: &position, trailers: trailers) }
        #expect(event == .data(3..<6) && position == 6)
        let after = input.withUnsafeBytes { decoder.next($0, at: &position, trailers: trailers) }
        #expect(after == .needMore && position == 8 && !decoder.isDone)
    }

    @Test(arguments: [1, 15, 16, 255, 256, 4_095, 65_536, 1 << 20, Int(UInt32.max)])
    func writtenSizesAreRead(_ count: Int) {
        withUnsafeTemporaryAllocation(byteCount: ChunkFraming.longestSize, alignment: 1) { room in
            let length = ChunkFraming.writeSize(count, into: room)
            #expect(String(decoding: room[..<length], as: UTF8.self) == String(count, radix: 16) + "\r\n")
        }
    }

    @Test("a whole chunk is its size line, its data and a line end", arguments: [1, 15, 16, 242, 16 * 1024])
    func wholeChunk(_ count: Int) {
        let data = [UInt8](repeating: UInt8(ascii: "x"), count: count)
        let chunk = [UInt8](unsafeUninitializedCapacity: ChunkFraming.chunkSize(count)) { buffer, written in
            written = data.withUnsafeBytes { ChunkFraming.writeChunk($0, into: UnsafeMutableRawBufferPointer(buffer)) }
        }
        #expect(chunk == Array("\(String(count, radix: 16))\r\n".utf8) + data + Array("\r\n".utf8))
    }

    @Test func writtenEndIsRead() {
        let trailers = FieldSection()
        trailers.append(name: "X-Sum", value: "1")
        let text = [UInt8](unsafeUninitializedCapacity: ChunkFraming.endSize(trailers: trailers)) { buffer, count in
            count = ChunkFraming.writeEnd(trailers: trailers, into: UnsafeMutableRawBufferPointer(buffer))
        }
        #expect(String(decoding: text, as: UTF8.self) == "0\r\nx-sum: 1\r\n\r\n")
    }
}
