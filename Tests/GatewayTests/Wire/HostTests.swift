import Testing

@testable import Gateway

@Suite struct HostTests {
    @Test(
        arguments: [
            ("Example.COM", "example.com", nil, "example.com"), ("a:80", "a", 80, "a:80"), ("a.", "a", nil, "a"),
            ("a.B.:443", "a.b", 443, "a.b:443"), ("127.0.0.1:8080", "127.0.0.1", 8080, "127.0.0.1:8080"),
            ("[::1]", "[::1]", nil, "[::1]"), ("[2001:DB8::1]:443", "[2001:db8::1]", 443, "[2001:db8::1]:443"),
            ("[::ffff:1.2.3.4]", "[::ffff:1.2.3.4]", nil, "[::ffff:1.2.3.4]"), ("[::]", "[::]", nil, "[::]"),
            ("[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]", nil, "[1:2:3:4:5:6:7:8]"),
            ("my_service", "my_service", nil, "my_service"),
            ("[1::]", "[1::]", nil, "[1::]"),
        ] as [(String, String, UInt16?, String)])
    func accepted(_ raw: String, _ host: String, _ port: UInt16?, _ field: String) throws {
        let head = try WireDriver.request("GET / HTTP/1.1\r\nHost: \(raw)\r\n\r\n")
        #expect(head.hostString == host)
        #expect(head.port == port)
        #expect(head.fields.string(of: .host) == field, "what is sent on is what was matched")
    }

    @Test func lengthIsBounded() {
        let long = String(repeating: "a", count: 300)
        #expect(WireDriver.rejection("GET / HTTP/1.1\r\nHost: \(long)\r\n\r\n") == .badHost)
    }
}
