import Foundation

/// A request or a response, as it came.
struct Message: Sendable {
    var line: String
    var fields: [(name: String, value: String)]
    var body: [UInt8] = []
    var trailers: [(name: String, value: String)] = []

    /// The first value of a field, by its lower-case name.
    subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// All values of a field.
    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// The status of a response.
    var status: Int { Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0 }

    /// Target of a request.
    var target: String { String(line.split(separator: " ").dropFirst().first ?? "") }

    /// Method of a request.
    var method: String { String(line.split(separator: " ").first ?? "") }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// `error.code` of the gateway's own answers.
    var code: String? {
        let json = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        return (json?["error"] as? [String: Any])?["code"] as? String
    }
}

extension Wire {
    /// The next head; nil when the connection has ended before it.
    func head() throws -> Message? {
        guard let line = try takeLine() else { return nil }
        return Message(line: line, fields: try fields())
    }

    private func fields() throws -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        while let line = try takeLine() {
            if line.isEmpty { return fields }
            guard let colon = line.firstIndex(of: ":") else { throw WireError.notHTTP(line) }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            fields.append((line[..<colon].lowercased(), value))
        }
        throw WireError.ended("a head")
    }

    /// The next request with its body; nil when the connection has ended.
    func request() throws -> Message? {
        guard var message = try head() else { return nil }
        try body(&message, untilClose: false)
        return message
    }

    /// The next response that is not 1xx, with its body.
    func response(to method: String = "GET") throws -> Message {
        while true {
            guard var message = try head() else { throw WireError.ended("waiting for a response") }
            if message.status / 100 == 1, message.status != 101 { continue }
            guard method != "HEAD", ![101, 204, 304].contains(message.status) else { return message }
            try body(&message, untilClose: true)
            return message
        }
    }

    private func body(_ message: inout Message, untilClose: Bool) throws {
        if message["transfer-encoding"] == "chunked" {
            guard message["content-length"] == nil else { throw WireError.notHTTP("two framings") }
            while let chunk = try self.chunk() { message.body += chunk }
            message.trailers = try fields()
        } else if let length = message["content-length"] {
            guard let length = Int(length), message.all("content-length").count == 1 else {
                throw WireError.notHTTP("content-length")
            }
            message.body = try take(length, of: "a body")
        } else if untilClose {
            message.body = try takeAll()
        }
    }

    /// The next chunk; nil: the last one.
    func chunk() throws -> [UInt8]? {
        guard let line = try takeLine(), let size = Int(line, radix: 16) else { throw WireError.ended("a chunk") }
        guard size > 0 else { return nil }
        let data = try take(size, of: "a chunk")
        guard try take(2) == [13, 10] else { throw WireError.notHTTP("a chunk without its end") }
        return data
    }

    /// Sends a request and reads what comes back.
    func exchange(_ text: String) throws -> Message {
        try send(text)
        return try response(to: String(text.prefix { $0 != " " }))
    }

    /// A GET, and what comes back.
    func get(_ path: String = "/", _ fields: String = "", host: String = "a.test") throws -> Message {
        try exchange("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\(fields)\r\n")
    }

    /// A POST with a length, and what comes back.
    func post(_ path: String = "/", _ body: String, _ fields: String = "") throws -> Message {
        try exchange(
            "POST \(path) HTTP/1.1\r\nHost: a.test\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)")
    }
}
