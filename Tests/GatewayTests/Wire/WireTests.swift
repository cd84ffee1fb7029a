import Testing

@testable import Gateway

@Suite struct WireSmokeTests {
    @Test func typicalPost() throws {
        let text =
            "POST /v1/chat/completions?x=1 HTTP/1.1\r\nHost: API.Example.com.:8443\r\nAuthorization: Bearer sp_1\r\nContent-Type: application/json\r\nContent-Length: 12\r\nX-Forwarded-For: 1.2.3.4\r\nConnection: keep-alive\r\n\r\nbody"
        let head = RequestHead()
        var scanned = 0
        let outcome = Array(text.utf8).withUnsafeBytes { HTTP1.parseRequest($0, scanned: &scanned, into: head) }
        #expect(outcome == .complete(consumed: text.utf8.count - 4))
        #expect(head.hostString == "api.example.com")
        #expect(head.port == 8443)
        head.prepareForUpstream(RequestOrigin(peer: "127.0.0.1", scheme: .https, requestID: "r1"))
        let out = [UInt8](unsafeUninitializedCapacity: head.wireSize) { buffer, count in
            count = head.write(into: UnsafeMutableRawBufferPointer(buffer))
        }
        #expect(
            String(decoding: out, as: UTF8.self)
                == "POST /v1/chat/completions?x=1 HTTP/1.1\r\nhost: api.example.com:8443\r\ncontent-type: application/json\r\nx-forwarded-for: 127.0.0.1\r\nx-forwarded-proto: https\r\nx-forwarded-host: api.example.com:8443\r\nx-request-id: r1\r\ncontent-length: 12\r\n\r\n"
        )
        #expect(out.count == head.wireSize)
    }
}
