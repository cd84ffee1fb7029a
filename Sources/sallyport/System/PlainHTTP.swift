import Foundation

/// One GET over plain HTTP, for two errands of the command line: asking a server on this machine or network what it
/// is, and asking a running gateway for its status. It is not what requests pass through.
enum PlainHTTP {
    /// What came back.
    struct Response: Equatable {
        var status: Int
        var headers: [String: String]
        var body: [UInt8]
    }

    /// Why nothing came back.
    enum Problem: Error, Equatable {
        case unknownHost
        case refused(String)
        case timedOut
        case notHTTP
        case tooLarge
    }

    /// Largest answer that is read.
    static let limit = 64 << 20

    /// - Parameter seconds: for the whole exchange.
    static func get(host: String, port: Int, path: String, seconds: Double) throws(Problem) -> Response {
        let deadline = ContinuousClock.now + .seconds(seconds)
        let socket = try connect(host: host, port: port, deadline: deadline)
        defer { close(socket) }
        let authority = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        let head = "GET \(path) HTTP/1.1\r\nHost: \(authority)\r\nAccept: application/json\r\n"
        let request = Array("\(head)User-Agent: sallyport/\(Version.text)\r\nConnection: close\r\n\r\n".utf8)
        guard send(socket, request, request.count, noSignal) == request.count else {
            throw .refused("the connection was closed")
        }
        return try parse(readAll(socket, deadline: deadline))
    }

    #if os(Linux)
        private static let stream = Int32(SOCK_STREAM.rawValue)
        private static let noSignal = Int32(MSG_NOSIGNAL)
    #else
        private static let stream = SOCK_STREAM
        private static let noSignal: Int32 = 0
    #endif

    private static func connect(host: String, port: Int, deadline: ContinuousClock.Instant) throws(Problem) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = stream
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else { throw .unknownHost }
        defer { freeaddrinfo(list) }
        var problem = Problem.unknownHost
        var next = list
        while let entry = next?.pointee {
            next = entry.ai_next
            let socket = Foundation.socket(entry.ai_family, entry.ai_socktype, entry.ai_protocol)
            guard socket >= 0 else { continue }
            let flags = fcntl(socket, F_GETFL)
            _ = fcntl(socket, F_SETFL, flags | O_NONBLOCK)
            let result = Foundation.connect(socket, entry.ai_addr, entry.ai_addrlen)
            if result == 0 || errno == EINPROGRESS {
                guard wait(socket, for: Int16(POLLOUT), until: deadline) else {
                    close(socket)
                    throw .timedOut
                }
                var number: Int32 = 0
                var size = socklen_t(MemoryLayout<Int32>.size)
                getsockopt(socket, SOL_SOCKET, SO_ERROR, &number, &size)
                if number == 0 { return socket }
                problem = .refused(SystemCall.describe(number))
            } else {
                problem = .refused(SystemCall.describe(errno))
            }
            close(socket)
        }
        throw problem
    }

    /// False when the deadline passes first.
    private static func wait(_ socket: Int32, for events: Int16, until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
            guard milliseconds > 0 else { return false }
            var entry = pollfd(fd: socket, events: events, revents: 0)
            let ready = poll(&entry, 1, Int32(min(milliseconds, 1000)))
            if ready > 0 { return true }
            if ready < 0 && errno != EINTR { return false }
        }
    }

    private static func readAll(_ socket: Int32, deadline: ContinuousClock.Instant) throws(Problem) -> [UInt8] {
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while true {
            guard wait(socket, for: Int16(POLLIN), until: deadline) else { throw .timedOut }
            let count = recv(socket, &piece, piece.count, 0)
            if count == 0 || (count < 0 && errno == ECONNRESET && !all.isEmpty) { return all }
            if count < 0 {
                guard errno == EAGAIN || errno == EINTR else { throw .refused(SystemCall.describe(errno)) }
                continue
            }
            all += piece[..<count]
            guard all.count <= limit else { throw .tooLarge }
        }
    }

    /// Reads a whole answer: head, then a body that is chunked, counted, or ends with the connection.
    static func parse(_ bytes: [UInt8]) throws(Problem) -> Response {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { throw .notHTTP }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let first = lines[0].split(separator: " ")
        guard first.count >= 2, first[0].hasPrefix("HTTP/1."), let status = Int(first[1]) else { throw .notHTTP }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1] }
        }
        let rest = Array(bytes[end.upperBound...])
        if headers["transfer-encoding"]?.lowercased() == "chunked" {
            return Response(status: status, headers: headers, body: try unchunk(rest))
        }
        guard let text = headers["content-length"] else {
            return Response(status: status, headers: headers, body: rest)
        }
        guard let count = Int(text), (0...rest.count).contains(count) else { throw .notHTTP }
        return Response(status: status, headers: headers, body: Array(rest[..<count]))
    }

    private static func unchunk(_ bytes: [UInt8]) throws(Problem) -> [UInt8] {
        var body: [UInt8] = []
        var rest = bytes[...]
        while let end = rest.firstRange(of: Array("\r\n".utf8)) {
            let digits = String(decoding: rest[..<end.lowerBound].prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
            guard let size = Int(digits, radix: 16), size >= 0 else { throw .notHTTP }
            if size == 0 { return body }
            let chunk = rest[end.upperBound...]
            guard chunk.count >= 2, size <= chunk.count - 2 else { throw .notHTTP }
            body += chunk.prefix(size)
            rest = chunk.dropFirst(size + 2)
        }
        throw .notHTTP
    }
}
