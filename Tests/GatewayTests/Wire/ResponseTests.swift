import Testing

@testable import Gateway

@Suite struct ResponseTests {
    @Test(arguments: [
        ("200 OK\r\nContent-Length: 5", BodyFraming.length(5), true),
        ("200 OK\r\nTransfer-Encoding: chunked", .chunked, true),
        ("200 OK", .untilClose, false), ("204 No Content", .none, true),
        ("304 Not Modified\r\nContent-Length: 5", .none, true),
        ("204 No Content\r\nTransfer-Encoding: chunked", .none, false),
        ("204 No Content\r\nContent-Length: 0", .none, true),
        ("204 No Content\r\nContent-Length: 1", .none, false), ("100 Continue", .none, true),
        ("103 Early Hints", .none, true),
        ("200", .untilClose, false), ("200 ", .untilClose, false), ("205 Reset\r\nContent-Length: 0", .length(0), true),
        ("200 OK\r\nContent-Length: 5\r\nConnection: close", .length(5), false),
        ("101 Switching Protocols", .none, false),
    ])
    func framing(_ text: String, _ framing: BodyFraming, _ keepAlive: Bool) throws {
        let head = try WireDriver.response("HTTP/1.1 \(text)\r\n\r\n")
        #expect(head.framing == framing && head.keepAlive == keepAlive)
        #expect(try WireDriver.response("HTTP/1.1 \(text)\r\n\r\n", to: .head).framing == .none)
    }

    @Test func oldVersions() throws {
        let old = try WireDriver.response("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n")
        #expect(old.version == .http10 && !old.keepAlive)
        #expect(
            try WireDriver.response("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n").keepAlive)
    }

    @Test func upgrades() throws {
        let head = try WireDriver.response(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        #expect(head.upgradesToWebSocket && !head.isInformational)
        #expect(
            try !WireDriver.response("HTTP/1.1 101 S\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n")
                .upgradesToWebSocket)
    }

    @Test func reasonsAreTextOfAnyKind() throws {
        let head = try WireDriver.response("HTTP/1.1 200 Alles gut \u{E9}\t!\r\nX: y\r\n\r\n")
        #expect(head.fields.withBytes(head.reason) { WireDriver.text($0) } == "Alles gut \u{E9}\t!")
    }
}
