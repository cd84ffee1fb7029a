import NIOCore
import Testing

@testable import Gateway

/// Makes ClientHello messages byte by byte.
struct HelloBytes {
    var serverName: [UInt8]?
    var protocols: [String]?
    var extra: [UInt8] = []

    static func vector16(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes
    }

    var message: [UInt8] {
        var extensions: [UInt8] = []
        if let serverName {
            let entry = [0] + Self.vector16(serverName)
            extensions += [0, 0] + Self.vector16(Self.vector16(entry))
        }
        if let protocols {
            let list = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
            extensions += [0, 16] + Self.vector16(Self.vector16(list))
        }
        extensions += extra
        var body: [UInt8] = [3, 3] + [UInt8](repeating: 7, count: 32) + [0]
        body += Self.vector16([0x13, 0x01]) + [1, 0] + Self.vector16(extensions)
        return [1, 0] + Self.vector16(body)
    }

    static func record(_ bytes: [UInt8]) -> [UInt8] { [22, 3, 1] + vector16(bytes) }

    /// The message in records of at most `size` bytes.
    func records(of size: Int = 16_384) -> ByteBuffer {
        let all = message
        let pieces = stride(from: 0, to: all.count, by: size).map { Array(all[$0..<min($0 + size, all.count)]) }
        return ByteBuffer(bytes: pieces.flatMap(Self.record))
    }
}

@Suite("ClientHello")
struct ClientHelloTests {
    private func read(_ hello: HelloBytes) -> ClientHello.Reading { ClientHello.read(hello.records()) }

    @Test("name and protocols are read, the name in lower case")
    func fields() {
        let hello = HelloBytes(serverName: Array("API.Example.com".utf8), protocols: ["h2", "http/1.1"])
        let expected = ClientHello(
            serverName: DomainName("api.example.com"), protocols: [Array("h2".utf8), Array("http/1.1".utf8)])
        #expect(read(hello) == .hello(expected))
        #expect(read(HelloBytes()) == .hello(ClientHello()))
    }

    @Test("any split into records and reads gives the same", arguments: [5, 7, 20, 64, 100])
    func fragments(size: Int) throws {
        let hello = HelloBytes(serverName: Array("a.example.com".utf8), protocols: ["h2"])
        let whole = hello.records(of: size)
        for count in 0..<whole.readableBytes {
            let part = try #require(whole.getSlice(at: 0, length: count))
            #expect(ClientHello.read(part) == .incomplete, "after \(count) bytes")
        }
        #expect(ClientHello.read(whole) == read(hello))
    }

    @Test("plain HTTP and noise are told apart")
    func notTLS() {
        #expect(ClientHello.read(ByteBuffer(string: "GET / HTTP/1.1\r\n")) == .refused(.plainHTTP))
        #expect(ClientHello.read(ByteBuffer(string: "PRI * HTTP/2.0\r\n")) == .refused(.plainHTTP))
        #expect(ClientHello.read(ByteBuffer(bytes: [0x80, 0x2e, 1, 0, 2])) == .refused(.notTLS))
        #expect(ClientHello.read(ByteBuffer()) == .incomplete)
    }

    @Test(
        "names that are tricks are refused",
        arguments: ["a\0.example.com", "*.example.com", "a b.example.com", "a..b", ".", "", "ex\u{e9}.com", "a/b"])
    func badNames(name: String) {
        switch read(HelloBytes(serverName: Array(name.utf8))) {
        case .refused(.badServerName): break
        case let other: Issue.record("\(name.debugDescription) gave \(other)")
        }
    }

    @Test("a name longer than DNS permits is refused")
    func longName() {
        let label = String(repeating: "a", count: 64)
        if case .hello = read(HelloBytes(serverName: Array(label.utf8))) { Issue.record("64 bytes in a label") }
        let long = Array(repeating: "abcdefgh", count: 40).joined(separator: ".")
        if case .hello = read(HelloBytes(serverName: Array(long.utf8))) { Issue.record("359 bytes") }
    }

    @Test("an IP address is not a name", arguments: ["127.0.0.1", "::1"])
    func addresses(text: String) {
        #expect(read(HelloBytes(serverName: Array(text.utf8))) == .hello(ClientHello()))
    }

    @Test("a second server_name is refused")
    func duplicates() {
        let entry = HelloBytes.vector16(HelloBytes.vector16([0] + HelloBytes.vector16(Array("b.example".utf8))))
        let hello = HelloBytes(serverName: Array("a.example".utf8), extra: [0, 0] + entry)
        #expect(read(hello) == .refused(.malformed))
    }

    @Test("too much is refused before it is collected")
    func bounds() {
        var header = HelloBytes.record([1, 1, 0, 0])
        #expect(ClientHello.read(ByteBuffer(bytes: header)) == .refused(.tooLarge))
        header = HelloBytes.record([2, 0, 0, 5])
        #expect(ClientHello.read(ByteBuffer(bytes: header)) == .refused(.malformed))
        #expect(ClientHello.read(ByteBuffer(bytes: [22, 3, 1, 0, 0])) == .refused(.malformed))
        #expect(ClientHello.read(ByteBuffer(bytes: [22, 2, 0, 0, 9])) == .refused(.malformed))
        #expect(ClientHello.read(HelloBytes(serverName: Array("a.example".utf8)).records(of: 1)) == .refused(.tooLarge))
    }

    @Test("changed bytes never trap, whatever is read from them")
    func mutations() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let original = Array(
            HelloBytes(serverName: Array("a.example.com".utf8), protocols: ["h2"]).records().readableBytesView)
        for _ in 0..<20_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if case .hello(let hello) = ClientHello.read(ByteBuffer(bytes: bytes)), let name = hello.serverName {
                #expect(DomainName(name.text) == name, "seed \(seed)")
            }
        }
    }
}
