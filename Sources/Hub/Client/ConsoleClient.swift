import AsyncHTTPClient
import Foundation
import HTTPTypes
import NIOCore
import NIOFoundationCompat
import NIOSSL

/// Asks a hub over its HTTP API, as the command line does.
public struct ConsoleClient: Sendable {
    /// How one is let in.
    public enum Means: Sendable {
        /// An access key, or a token of an issuer.
        case key(String)
        /// The address of a login link; it opens one session.
        case link(String)
    }

    /// Why there is no answer.
    public enum Trouble: Error, Sendable, CustomStringConvertible {
        /// It does not answer.
        case unreachable(String)
        /// It lets nobody in with that.
        case notLetIn(String)
        /// It says that the question is wrong.
        case refused(status: Int, code: String, detail: String, position: Int?)
        /// What came is no answer of a hub.
        case notAHub(String)

        /// In words.
        public var description: String {
            switch self {
            case .unreachable(let reason): "the hub does not answer: \(reason)"
            case .notLetIn(let reason): "the hub does not let us in: \(reason)"
            case .refused(_, let code, let detail, _): "\(detail) (\(code))"
            case .notAHub(let reason): "that is no hub: \(reason)"
            }
        }
    }

    /// An event of a live stream.
    public struct Event: Sendable, Hashable {
        /// `record`, `missed` or `heartbeat`.
        public var name: String
        /// Where to go on after it; empty: it has no place.
        public var id: String
        /// Its text, as it came.
        public var data: [UInt8]
    }

    /// Sends a request and gives its answer, or throws at the deadline.
    public typealias Sender = @Sendable (HTTPClientRequest, NIODeadline) async throws -> HTTPClientResponse

    private let base: String
    private let send: Sender
    private let authorization: (name: String, value: String)

    /// The largest answer that is read.
    private static let limit = 256 << 20

    /// A hub that is reached through somebody who knows the way, such as the API server of its cluster. What is shown
    /// to the hub is in a header of its own: the other one is for who is on the way.
    ///
    /// - Parameters:
    ///   - base: what its paths come after.
    ///   - key: an access key, or a token of an issuer.
    public init(through base: String, key: String, send: @escaping Sender) {
        self.init(base: base, send: send, authorization: ("x-api-key", key))
    }

    private init(base: String, send: @escaping Sender, authorization: (name: String, value: String)) {
        self.base = base
        self.send = send
        self.authorization = authorization
    }

    /// Opens the hub, works, and leaves it.
    ///
    /// - Parameters:
    ///   - base: such as `http://127.0.0.1:9480`.
    ///   - authorities: PEM file of the authorities that are trusted; nil: those of the system.
    public static func with<Result: Sendable>(
        _ base: String, _ means: Means, authorities: String? = nil,
        _ body: @Sendable (ConsoleClient) async throws -> Result
    ) async throws -> Result {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let authorities { tls.trustRoots = .file(authorities) }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        configuration.timeout = .init(connect: .seconds(10))
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let hub = try await enter(base, means, client)
            let result: Result
            do {
                result = try await body(hub)
            } catch {
                await hub.leave(means)
                throw error
            }
            await hub.leave(means)
            try await client.shutdown()
            return result
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private static func enter(_ base: String, _ means: Means, _ client: HTTPClient) async throws -> ConsoleClient {
        let send: Sender = { try await client.execute($0, deadline: $1) }
        switch means {
        case .key(let key):
            return ConsoleClient(base: base, send: send, authorization: ("authorization", "Bearer \(key)"))
        case .link(let link):
            let answer = try await reach {
                try await client.execute(HTTPClientRequest(url: link), timeout: .seconds(30))
            }
            let cookies = answer.headers["set-cookie"].compactMap { $0.split(separator: ";").first }
            guard let cookie = cookies.first(where: { !$0.contains("form") && !$0.hasSuffix("=") }) else {
                throw Trouble.notLetIn("the login link is no good any more")
            }
            return ConsoleClient(base: base, send: send, authorization: ("cookie", String(cookie)))
        }
    }

    /// Ends a session that was opened for this.
    private func leave(_ means: Means) async {
        guard case .link = means else { return }
        var request = request("/api/v1/session", [])
        request.method = .DELETE
        request.headers.add(name: "origin", value: base)
        _ = try? await send(request, .now() + .seconds(5))
    }

    private func request(_ path: String, _ query: [(String, String)]) -> HTTPClientRequest {
        var parts = URLComponents()
        parts.path = path
        // What is not a letter, digit or mark is escaped: a plus would be read as a space.
        parts.percentEncodedQueryItems =
            query.isEmpty
            ? nil
            : query.map {
                URLQueryItem(name: $0.0, value: $0.1.addingPercentEncoding(withAllowedCharacters: Self.plain))
            }
        var request = HTTPClientRequest(url: base + (parts.string ?? path))
        request.headers.add(name: authorization.name, value: authorization.value)
        request.headers.add(name: "accept", value: "application/json, text/event-stream")
        return request
    }

    private static let plain = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

    /// The body of an answer.
    ///
    /// - Throws: `Trouble`.
    public func get(_ path: String, _ query: [(String, String)] = []) async throws -> [UInt8] {
        let answer = try await Self.reach {
            try await send(request(path, query), .now() + .seconds(120))
        }
        let body = try await Self.reach { try await answer.body.collect(upTo: Self.limit) }
        try Self.check(answer, body)
        return Array(buffer: body)
    }

    /// The same, decoded.
    public func get<Value: Decodable>(
        _ type: Value.Type, _ path: String, _ query: [(String, String)] = []
    ) async throws -> Value {
        let body = try await get(path, query)
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw Trouble.notAHub("\(path) answers something else than was expected")
        }
    }

    /// A live stream, until it ends or the task is cancelled.
    public func events(
        _ path: String, _ query: [(String, String)], after id: String?, _ body: (Event) async throws -> Void
    ) async throws {
        var request = request(path, query)
        if let id { request.headers.add(name: "last-event-id", value: id) }
        let answer = try await Self.reach { try await send(request, .distantFuture) }
        guard answer.status == .ok else {
            try Self.check(answer, try await Self.reach { try await answer.body.collect(upTo: 1 << 20) })
            return
        }
        var reader = EventReader()
        for try await piece in answer.body {
            for event in reader.take(piece.readableBytesView) { try await body(event) }
        }
    }

    private static func check(_ answer: HTTPClientResponse, _ body: ByteBuffer) throws(Trouble) {
        guard answer.status.code / 100 != 2 else { return }
        struct Said: Decodable {
            var code: String
            var detail: String
            var position: Int?
        }
        guard let said = try? JSONDecoder().decode(Said.self, from: Data(buffer: body)) else {
            throw .notAHub("it answers \(answer.status.code)")
        }
        if answer.status.code == 401 { throw .notLetIn(said.detail) }
        throw .refused(
            status: Int(answer.status.code), code: said.code, detail: said.detail, position: said.position)
    }

    private static func reach<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch is CancellationError {
            throw CancellationError()
        } catch let trouble as Trouble {
            throw trouble
        } catch {
            throw Trouble.unreachable("\(error)")
        }
    }
}

/// Server-sent events, out of pieces that end anywhere.
struct EventReader {
    private var rest: [UInt8] = []
    private var event = ConsoleClient.Event(name: "message", id: "", data: [])
    private var hasData = false

    /// The events that are whole by now.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [ConsoleClient.Event] {
        rest += bytes
        var found: [ConsoleClient.Event] = []
        var start = 0
        while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
            var line = rest[start..<end]
            if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
            start = end + 1
            if line.isEmpty {
                if hasData { found.append(event) }
                event = ConsoleClient.Event(name: "message", id: "", data: [])
                hasData = false
            } else {
                read(line)
            }
        }
        rest.removeFirst(start)
        return found
    }

    private mutating func read(_ line: ArraySlice<UInt8>) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { return }
        var value = line[(colon + 1)...]
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "event": event.name = String(decoding: value, as: UTF8.self)
        case "id": event.id = String(decoding: value, as: UTF8.self)
        case "data":
            if hasData { event.data.append(UInt8(ascii: "\n")) }
            event.data += value
            hasData = true
        default: break
        }
    }
}
