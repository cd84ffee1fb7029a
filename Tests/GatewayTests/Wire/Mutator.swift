/// Makes inputs by changing good ones a little.
struct Mutator {
    private let seeds: [[UInt8]]
    private var random: SeededRandom

    init(seeds: [[UInt8]], random: SeededRandom) {
        self.seeds = seeds
        self.random = random
    }

    mutating func next() -> [UInt8] {
        var bytes = seeds.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...5, using: &random) { mutate(&bytes) }
        return bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        let place = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &random)
        let length = min(bytes.count - place, Int.random(in: 1...12, using: &random))
        switch Int.random(in: 0..<9, using: &random) {
        case 0 where !bytes.isEmpty: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: bytes.removeSubrange(place..<place + length)
        case 3: bytes.insert(contentsOf: Array(bytes[place..<place + length]), at: place)
        case 4, 5: bytes.insert(contentsOf: word(), at: place)
        case 6: bytes.replaceSubrange(place..<place + length, with: word())
        case 7: splice(&bytes, at: place)
        default: insertLine(&bytes)
        }
    }

    private mutating func word() -> [UInt8] {
        Array((Self.words.randomElement(using: &random) ?? "").unicodeScalars.map { UInt8($0.value) })
    }

    private mutating func splice(_ bytes: inout [UInt8], at place: Int) {
        guard let other = seeds.randomElement(using: &random), !other.isEmpty else { return }
        let from = Int.random(in: 0..<other.count, using: &random)
        bytes.replaceSubrange(place..., with: other[from...])
    }

    /// Puts a whole field line after some line end.
    private mutating func insertLine(_ bytes: inout [UInt8]) {
        let ends = bytes.indices.filter { bytes[$0] == 10 }
        guard let end = ends.randomElement(using: &random) else { return }
        bytes.insert(contentsOf: word() + Array(": ".utf8) + word() + [13, 10], at: end + 1)
    }

    /// Words that mean something to some parser.
    static let words = [
        "\r\n", "\n", "\r", "\r\n\r\n", " ", "\t", ":", ": ", ",", ";", "\0", "\u{7F}", "\u{B}", "\u{A0}", "\u{FF}",
        "GET ", "POST ",
        "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "/", "//", "/./", "/../", "%2e", "%2f", "%5c", "%00", "%0d%0a", "%25",
        "%c0%ae",
        "..;", "?", "#", "\\", "@", "*", "http://a/", "https://", "[::1]", "a.", ":80", "Host", "Content-Length",
        "Transfer-Encoding",
        "Connection", "Upgrade", "Expect", "TE", "Trailer", "Authorization", "X-Api-Key", "X-Forwarded-For",
        "x_forwarded_for",
        "Cookie", "x-sallyport-a", "chunked", "identity", "close", "keep-alive", "upgrade", "websocket", "100-continue",
        "trailers", "0", "5", "-1", "+1", "9223372036854775807", "9223372036854775808", "0\r\n\r\n", "5\r\nhello\r\n",
        ";a=b",
        "\"", "ffffffffffffffff", ":path", ":method", ":authority", ":scheme", "Proxy-Authorization",
        "connection, host",
    ]

    static let requestSeeds = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /v1/chat/completions?x=1 HTTP/1.1\r\nHost: api.example.com:8443\r\nAuthorization: Bearer sp_1\r\nContent-Length: 5\r\nX-Forwarded-For: 1.2.3.4\r\nConnection: keep-alive\r\n\r\nhelloGET / HTTP/1.1\r\nHost: b\r\n\r\n",
        "POST /a/%7Eb;c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n\r\n5;x=\"y\"\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
        "GET http://a.b/c?d HTTP/1.1\r\nHost: a.b\r\nCookie: a=b\r\nCookie: c=d\r\n\r\n",
        "GET /chat HTTP/1.1\r\nHost: [::1]:80\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n",
        "PUT /a HTTP/1.0\r\nContent-Length: 3\r\nConnection: keep-alive\r\nHost: a.\r\n\r\nabc",
        "OPTIONS * HTTP/1.1\r\nhost: a\r\nExpect: 100-continue\r\nConnection: close, x-hop\r\nX-Hop: 1\r\n\r\n",
        "\r\nDELETE /x HTTP/1.1\r\nHost: a\r\nX-API-Key: k\r\nx_api_key: l\r\nForwarded: for=a\r\n\r\n",
    ].map { Array($0.utf8) }

    static let responseSeeds = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: x\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n5\r\nhello\r\n0\r\nx: y\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
        "HTTP/1.0 200\r\nContent-Type: text/plain\r\n\r\nuntil the end",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\nETag: a\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly",
    ].map { Array($0.utf8) }

    static let http2Seeds = [
        ":method\0GET\0:scheme\0https\0:authority\0a.example:443\0:path\0/v1/x?y=z\0accept\0*/*\0cookie\0a=b\0cookie\0c=d\0",
        ":method\0POST\0:scheme\0http\0:path\0/a\0host\0b\0content-length\05\0te\0trailers\0authorization\0x\0",
    ].map { Array($0.utf8) }
}
