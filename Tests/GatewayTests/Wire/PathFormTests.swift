import Testing

@testable import Gateway

@Suite struct PathFormTests {
    @Test(arguments: [
        ("/", "/"), ("/v1/chat/completions", "/v1/chat/completions"), ("/%61%7e%2D", "/a~-"), ("/a/", "/a/"),
        ("/%c3%a9", "/%C3%A9"), ("/a%20b", "/a%20b"), ("/a;b=c", "/a;b=c"), ("/%25", "/%25"), ("/%2541", "/%2541"),
        ("/.well-known/x", "/.well-known/x"), ("/...", "/..."), ("/a..b/..c/c..", "/a..b/..c/c.."),
        ("/a%2ejson", "/a.json"),
        ("/%e2%82%ac", "/%E2%82%AC"), ("/a:b@c!$&'()*+,=|[]^{}`", "/a:b@c!$&'()*+,=|[]^{}`"),
        ("/%3f%23%3B", "/%3F%23%3B"),
        ("/%e0%a0%80", "/%E0%A0%80"), ("/.a;..", "/.a;.."),
    ])
    func canonicalForm(_ raw: String, _ expected: String) throws {
        let head = try WireDriver.request(get(raw))
        #expect(head.pathString == expected)
        #expect(try WireDriver.request(get(expected)).pathString == expected, "the canonical form is stable")
    }

    @Test(arguments: [
        ("/a%2fb", Rejection.encodedSeparator), ("/a%5Cb", .encodedSeparator), ("/%00", .encodedControl),
        ("/%", .badPercentEncoding), ("/%4", .badPercentEncoding), ("/%zz", .badPercentEncoding),
        ("/%u0041", .badPercentEncoding),
        ("/.", .dotSegment), ("/..", .dotSegment), ("/./a", .dotSegment), ("/a/../b", .dotSegment),
        ("/a/.", .dotSegment),
        ("/%2e%2e/a", .dotSegment), ("/a/%2e", .dotSegment), ("/.%2E", .dotSegment), ("/..;x/a", .dotSegment),
        ("/.;/a", .dotSegment),
        ("//", .emptySegment), ("//a", .emptySegment), ("/a//b", .emptySegment), ("/a//", .emptySegment),
        ("/%252e%252e/", .doubleEncoding), ("/%252F", .doubleEncoding), ("/%255c", .doubleEncoding),
        ("/%2500", .doubleEncoding),
        ("/%25252e", .doubleEncoding), ("/%c0%ae", .overlongEncoding), ("/%C1%9c", .overlongEncoding),
        ("/%e0%80%af", .overlongEncoding),
        ("/%f0%80%80%af", .overlongEncoding),
    ])
    func refused(_ raw: String, _ expected: Rejection) {
        #expect(WireDriver.rejection(get(raw)) == expected)
    }

    @Test func queryIsKeptAsSent() throws {
        let head = try WireDriver.request(get("/a?b=%2f..//%zz&c={d}|e?f"))
        #expect(head.pathString == "/a")
        #expect(head.queryString == "b=%2f..//%zz&c={d}|e?f")
        #expect(try WireDriver.request(get("/a?")).queryString == "")
        #expect(try WireDriver.request(get("/a")).queryString == nil)
    }

    @Test func formsOfTheTarget() throws {
        let absolute = try WireDriver.request("GET HTTP://A:80/x?y HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(absolute.pathString == "/x" && absolute.queryString == "y" && absolute.scheme == .http)
        #expect(String(decoding: WireDriver.written(absolute), as: UTF8.self) == "GET /x?y HTTP/1.1\r\nhost: a\r\n\r\n")
        let bare = try WireDriver.request("GET http://a?q HTTP/1.1\r\nHost: a:80\r\n\r\n")
        #expect(bare.pathString == "/" && bare.queryString == "q")
        let server = try WireDriver.request("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(server.isAsterisk)
        #expect(try WireDriver.request("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").isAsterisk)
        let old = try WireDriver.request("GET https://a:8443/x HTTP/1.0\r\n\r\n")
        #expect(old.hostString == "a" && old.port == 8443 && old.fields.string(of: .host) == "a:8443")
        #expect(WireDriver.rejection("GET / HTTP/1.0\r\n\r\n") == .missingHost)
    }

    @Test func rewritesAreHeldToTheSameForm() throws {
        let head = try WireDriver.request(get("/a?b"))
        try head.setPath("/c%2Dd")
        #expect(head.pathString == "/c-d" && head.queryString == "b")
        for bad in ["", "c", "/c?d", "/c d", "/../c", "/a\r\nb"] {
            #expect(throws: Rejection.self) { try head.setPath(bad) }
        }
        try head.setHost("Other.example:8080")
        #expect(head.hostString == "other.example" && head.port == 8080)
        #expect(throws: Rejection.self) { try head.setHost("a\r\nb") }
    }
}
