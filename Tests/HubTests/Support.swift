import AsyncHTTPClient
import Foundation
import Hub
import HubWorlds
import Logging
import NIOCore
import NIOHTTP1
import Records
import Synchronization
import Testing

/// A hub on a free port of the loopback, with a clock that only tests move.
final class Fixture: Sendable {
    let data: MemoryData
    let keys: ConsoleKeys
    let server: HubServer
    private let client: HTTPClient

    /// Runs a hub for as long as `body` runs.
    static func run(
        cluster: MadeCluster = MadeCluster(), records: Int = 0,
        change: (inout HubConfiguration) -> Void = { _ in }, _ body: (Fixture) async throws -> Void
    ) async throws {
        let fixture = try await Fixture(cluster, records: records, change)
        do {
            try await body(fixture)
        } catch {
            try await fixture.stop()
            throw error
        }
        try await fixture.stop()
    }

    static let start: Int64 = 1_800_000_000_000_000

    private init(_ cluster: MadeCluster, records: Int, _ change: (inout HubConfiguration) -> Void) async throws {
        let data = MemoryData()
        var maker = RecordMaker(seed: 11)
        for index in 0..<records { data.add(maker.next(at: Self.start - Int64(records - index) * 1_000_000)) }
        let keys = ConsoleKeys()
        let time = Box(Self.start)
        let links = Box<[String]>([])
        var configuration = HubConfiguration(
            version: "1.2.3", access: { keys.table }, now: { time.value.withLock { $0 } })
        configuration.onLoginLink = { path in links.value.withLock { $0.append(path) } }
        configuration.heartbeat = 1
        change(&configuration)
        self.data = data
        self.keys = keys
        box = time
        linkBox = links
        server = try await HubServer.start(
            configuration, data: data, cluster: cluster, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        var settings = HTTPClient.Configuration(certificateVerification: .none)
        settings.redirectConfiguration = .disallow
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 200
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    }

    private func stop() async throws {
        await server.stop()
        try await client.shutdown()
    }

    /// An answer, with its body as text.
    struct Answer {
        let status: Int
        let headers: HTTPHeaders
        let text: String

        var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
        }

        /// `name=value` of a cookie that was set.
        func cookie(_ name: String) -> String? {
            headers["set-cookie"].first { $0.hasPrefix("\(name)=") }
                .map { String($0.prefix { $0 != ";" }) }
        }
    }

    /// Asks; `key`: by name, sent as a bearer.
    func ask(
        _ method: HTTPMethod = .GET, _ path: String, key: String? = nil, headers: [(String, String)] = [],
        body: String? = nil
    ) async throws -> Answer {
        let response = try await client.execute(
            request(method, path, key: key, headers: headers, body: body), timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 32 << 20)
        return Answer(status: Int(response.status.code), headers: response.headers, text: String(buffer: bytes))
    }

    /// The events of a live stream, one by one.
    func events(_ path: String, key: String?, headers: [(String, String)] = []) async throws -> EventReader {
        let response = try await client.execute(
            request(.GET, path, key: key, headers: headers, body: nil), timeout: .seconds(60))
        #expect(response.status == .ok)
        return EventReader(body: response.body.makeAsyncIterator())
    }

    private func request(
        _ method: HTTPMethod, _ path: String, key: String?, headers: [(String, String)], body: String?
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: server.url + path)
        request.method = method
        if let key { request.headers.add(name: "authorization", value: "Bearer \(keys.texts[key] ?? key)") }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        return request
    }

    func advance(seconds: Int64) { box.value.withLock { $0 += seconds * 1_000_000 } }
    var lastLink: String { linkBox.value.withLock { $0.last ?? "" } }

    /// Logs in by the form, as a browser does; the session's cookie.
    func login(_ key: String) async throws -> String {
        let form = try await ask(.GET, "/login")
        let seal = try #require(form.text.firstMatch(of: /name="seal" value="([0-9a-f]{64})"/)).1
        let answer = try await ask(
            .POST, "/login",
            headers: [("cookie", try #require(form.cookie("sallyport-form"))), ("origin", server.url)],
            body: "seal=\(seal)&to=%2Frecords&key=\(keys.texts[key] ?? key)")
        #expect(answer.status == 303)
        return try #require(answer.cookie("sallyport"))
    }

    private let box: Box<Int64>
    private let linkBox: Box<[String]>
}

/// A mutex that closures can share.
final class Box<Value: Sendable>: Sendable {
    let value: Mutex<Value>

    init(_ value: Value) {
        self.value = Mutex(value)
    }
}

/// Reads server-sent events.
struct EventReader {
    struct Event: Equatable {
        var id = ""
        var name = ""
        var data = ""
    }

    var body: HTTPClientResponse.Body.AsyncIterator
    private var text = ""

    init(body: HTTPClientResponse.Body.AsyncIterator) {
        self.body = body
    }

    /// The next event; nil: the stream ended.
    mutating func next() async throws -> Event? {
        while true {
            if let end = text.firstRange(of: "\n\n") {
                let lines = text[..<end.lowerBound].split(separator: "\n")
                text = String(text[end.upperBound...])
                var event = Event()
                for line in lines {
                    if line.hasPrefix("id: ") { event.id = String(line.dropFirst(4)) }
                    if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
                    if line.hasPrefix("data: ") { event.data = String(line.dropFirst(6)) }
                }
                return event
            }
            guard let chunk = try await body.next() else { return nil }
            text += String(buffer: chunk)
        }
    }

    /// The next event with that name.
    mutating func next(_ name: String) async throws -> Event? {
        while let event = try await next() {
            if event.name == name { return event }
        }
        return nil
    }
}
