/// One question to an API server, before it is sent.
struct APIRequest: Sendable {
    var method: String
    /// Segments of the path; they are escaped, so that no name can be more than one.
    var path: [String]
    var query: [(String, String)] = []
    var body: [UInt8]?
    var contentType = "application/json"

    /// Method and path, for messages.
    var words: String { "\(method) /\(path.map(Self.escaped).joined(separator: "/"))" }

    /// The URL at a server.
    func url(at root: String) -> String {
        let path = path.map { "/" + Self.escaped($0) }.joined()
        guard !query.isEmpty else { return root + path }
        return root + path + "?" + query.map { "\($0)=\(Self.escaped($1))" }.joined(separator: "&")
    }

    /// Percent-encoding of all that RFC 3986 does not call unreserved.
    private static func escaped(_ text: String) -> String {
        var result: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.append(byte)
            default:
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
