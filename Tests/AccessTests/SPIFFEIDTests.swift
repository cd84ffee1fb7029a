import Testing

@testable import Access

@Suite("SPIFFE IDs")
struct SPIFFEIDTests {
    private func read(_ text: String) -> Result<SPIFFEID, SPIFFEID.Mistake> {
        Result { () throws(SPIFFEID.Mistake) in try SPIFFEID(Array(text.utf8)) }
    }

    @Test(
        "good ones",
        arguments: [
            ("spiffe://example.org", "example.org", ""),
            ("spiffe://example.org/ns/ai/sa/chat", "example.org", "/ns/ai/sa/chat"),
            ("spiffe://a/B.c-d_e/0", "a", "/B.c-d_e/0"), ("spiffe://1.2.3.4/x", "1.2.3.4", "/x"),
            ("spiffe://a_b-c.d/...", "a_b-c.d", "/..."), ("spiffe://a/.x", "a", "/.x"),
        ])
    func good(text: String, domain: String, path: String) throws {
        let id = try read(text).get()
        #expect(id.trustDomain == domain)
        #expect(id.path == path)
        #expect(id.description == text)
    }

    @Test(
        "bad ones",
        arguments: [
            ("", .scheme), ("spiffe:", .scheme), ("spiffe:/a/b", .scheme), ("SPIFFE://a/b", .scheme),
            ("https://a/b", .scheme), (" spiffe://a/b", .scheme), ("spiffe://", .trustDomain),
            ("spiffe:///b", .trustDomain), ("spiffe://Example.org/b", .trustDomain), ("spiffe://u@a/b", .trustDomain),
            ("spiffe://a:443/b", .trustDomain), ("spiffe://a?x=/b", .trustDomain), ("spiffe://a#b", .trustDomain),
            ("spiffe://a%2fb/c", .trustDomain), ("spiffe://ä/b", .trustDomain), ("spiffe://a\u{0}/b", .trustDomain),
            ("spiffe://a b/c", .trustDomain), ("spiffe://[::1]/b", .trustDomain), ("spiffe://*/b", .trustDomain),
            ("spiffe://a/", .path), ("spiffe://a//b", .path), ("spiffe://a/b/", .path), ("spiffe://a/./b", .path),
            ("spiffe://a/../b", .path), ("spiffe://a/b/..", .path), ("spiffe://a/b?c", .path),
            ("spiffe://a/b#c", .path), ("spiffe://a/%2e%2e/b", .path), ("spiffe://a/b\u{0}", .path),
            ("spiffe://a/b c", .path), ("spiffe://a/*", .path), ("spiffe://a/é", .path), ("spiffe://a/b\\c", .path),
            ("spiffe://a/b@c", .path), ("spiffe://a/b:c", .path),
        ] as [(String, SPIFFEID.Mistake)])
    func bad(text: String, mistake: SPIFFEID.Mistake) {
        #expect(read(text) == .failure(mistake), "\(text)")
    }

    @Test("lengths at their limits")
    func lengths() {
        let domain = String(repeating: "d", count: 255)
        #expect(throws: Never.self) { try read("spiffe://\(domain)/x").get() }
        #expect(read("spiffe://\(domain)d/x") == .failure(.trustDomain))
        let path = String(repeating: "p", count: 2048 - "spiffe://a/".utf8.count)
        #expect(throws: Never.self) { try read("spiffe://a/\(path)").get() }
        #expect(read("spiffe://a/\(path)p") == .failure(.tooLong))
    }

    @Test("whatever one byte is changed to, what is read is what was written, or nothing")
    func mutations() {
        let good = Array("spiffe://example.org/ns/ai/sa/chat".utf8)
        for index in good.indices {
            for byte in UInt8.min...UInt8.max where byte != good[index] {
                var bytes = good
                bytes[index] = byte
                guard let id = try? SPIFFEID(bytes) else { continue }
                #expect(id.bytes == bytes)
                #expect("spiffe://" + id.trustDomain + id.path == String(decoding: bytes, as: UTF8.self))
                let isAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_/".utf8.contains(byte)
                #expect(isAllowed, "byte \(byte) at \(index)")
            }
        }
    }
}
