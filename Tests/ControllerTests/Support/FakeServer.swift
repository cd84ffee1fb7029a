import ClusterSource
import Foundation
import Hummingbird
import Kubernetes
import Logging
import ModelTraffic
import NIOCore
import Synchronization

@testable import Controller

/// An API server of a few kinds in memory, on a socket: objects with versions, server-side apply without owners, watches
/// that say nothing. What is asked is counted, and can be made to fail.
final class FakeServer: Sendable {
    private struct State {
        var objects: [String: JSONLiteral] = [:]
        var version = 0
        var requests: [String] = []
        var failing: (@Sendable (String) -> Int?)?
    }

    private let state = Mutex(State())
    private let port = Mutex<Int?>(nil)

    /// Objects by path, as they are.
    func object(_ path: String) -> JSONLiteral? { state.withLock { $0.objects[path] } }
    /// `METHOD /path` of everything that was asked.
    var requests: [String] { state.withLock(\.requests) }
    /// How many of them begin so.
    func count(_ prefix: String) -> Int { requests.count { $0.hasPrefix(prefix) } }

    /// Puts an object there.
    func put(_ path: String, _ text: String) throws {
        let literal = JSONLiteral(try Value.json(Array(text.utf8)))
        state.withLock { Self.store(literal, at: path, &$0) }
    }

    /// Takes an object away.
    func remove(_ path: String) { state.withLock { $0.objects[path] = nil } }

    /// From now on, what the function gives a status for is answered so.
    func fail(_ rule: (@Sendable (_ request: String) -> Int?)?) { state.withLock { $0.failing = rule } }

    // MARK: Serving

    /// Runs while the body does.
    static func run<T: Sendable>(_ body: @Sendable (FakeServer) async throws -> T) async throws -> T {
        let server = FakeServer()
        let serving = Task { try await server.serve() }
        defer { serving.cancel() }
        while server.port.withLock({ $0 }) == nil, !serving.isCancelled { try await Task.sleep(for: .milliseconds(5)) }
        return try await body(server)
    }

    private func serve() async throws {
        var logger = Logger(label: "fake")
        logger.logLevel = .critical
        let responder = CallbackResponder<BasicRequestContext> { request, _ in try await self.answer(request) }
        let application = Application(
            responder: responder, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in self.port.withLock { $0 = channel.localAddress?.port } }, logger: logger)
        try await application.run()
    }

    /// A client of it.
    func client() throws -> APIClient {
        let file = NSTemporaryDirectory() + "fake-\(UUID().uuidString).yaml"
        let text = """
            apiVersion: v1
            kind: Config
            current-context: c
            contexts: [{name: c, context: {cluster: c, user: u}}]
            clusters: [{name: c, cluster: {server: "http://127.0.0.1:\(port.withLock { $0 } ?? 0)"}}]
            users: [{name: u, user: {token: t}}]
            """
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        var logger = Logger(label: "client")
        logger.logLevel = .critical
        return try APIClient(try ClusterLocation.kubeconfig(path: file), userAgent: "test", logger: logger)
    }

    private func answer(_ request: Request) async throws -> Response {
        let path = request.uri.path
        let words = "\(request.method) \(path)"
        let body = try await request.body.collect(upTo: 4 << 20)
        if request.uri.queryParameters.get("watch") == "true" {
            try? await Task.sleep(for: .seconds(3600))
            return Self.answer(200, .object([]))
        }
        let failure = state.withLock { state in
            state.requests.append(words)
            return state.failing?(words)
        }
        if let failure {
            return Self.answer(failure, .object(["kind": .string("Status"), "message": .string("as it was told")]))
        }
        if path == "/api" { return Self.answer(200, .object([("versions", .list(["v1"]))])) }
        if path == "/apis" { return Self.answer(200, .object([("groups", .array([]))])) }
        let value = body.readableBytes > 0 ? try Value.json(Array(body.readableBytesView)) : nil
        return state.withLock { state in
            Self.carryOut(request.method.rawValue, path, value.map { JSONLiteral($0) }, &state)
        }
    }

    private static func carryOut(
        _ method: String, _ path: String, _ body: JSONLiteral?, _ state: inout State
    ) -> Response {
        let place = path.hasSuffix("/status") ? String(path.dropLast("/status".count)) : path
        let isList = isCollection(path)
        switch method {
        case "GET" where isList:
            let items = state.objects.filter { isIn($0.key, path) }.sorted { $0.key < $1.key }.map(\.value)
            return answer(
                200,
                .object([
                    ("kind", .string("List")),
                    ("metadata", .object([("resourceVersion", .string("\(state.version)"))])),
                    ("items", .array(items)),
                ]))
        case "GET": return state.objects[place].map { answer(200, $0) } ?? status(404, "NotFound")
        case "POST":
            guard let body, let name = body["metadata"]?["name"]?.string else { return status(400, "BadRequest") }
            guard state.objects["\(path)/\(name)"] == nil else { return status(409, "AlreadyExists") }
            return answer(201, store(body, at: "\(path)/\(name)", &state))
        case "PUT":
            guard let body, let old = state.objects[place] else { return status(404, "NotFound") }
            guard isCurrent(body, old) else { return status(409, "Conflict") }
            return answer(200, store(body, at: place, &state))
        case "PATCH":
            guard let body else { return status(400, "BadRequest") }
            let old = state.objects[place]
            if place != path, old == nil { return status(404, "NotFound") }
            if let old, body["metadata"]?["resourceVersion"] != nil, !isCurrent(body, old) {
                return status(409, "Conflict")
            }
            return answer(200, store(old.map { merged(body, into: $0) } ?? body, at: place, &state))
        case "DELETE":
            return state.objects.removeValue(forKey: place) == nil ? status(404, "NotFound") : answer(200, .object([]))
        default: return status(405, "MethodNotAllowed")
        }
    }

    private static func isCurrent(_ body: JSONLiteral, _ old: JSONLiteral) -> Bool {
        body["metadata"]?["resourceVersion"] == old["metadata"]?["resourceVersion"]
    }

    @discardableResult
    private static func store(_ object: JSONLiteral, at path: String, _ state: inout State) -> JSONLiteral {
        state.version += 1
        let metadata = (object["metadata"] ?? .object([])).setting("resourceVersion", .string("\(state.version)"))
        let stored = object.setting("metadata", metadata)
        state.objects[path] = stored
        return stored
    }

    private static func merged(_ new: JSONLiteral, into old: JSONLiteral) -> JSONLiteral {
        guard case .object(let members) = new, case .object = old else { return new }
        return members.reduce(old) { result, member in
            result.setting(member.0, result[member.0].map { merged(member.1, into: $0) } ?? member.1)
        }
    }

    /// `/api/v1/namespaces/NS/KIND`, `/apis/GROUP/VERSION/KIND`, ...: an even number of segments after the version.
    private static func isCollection(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        let rest = parts.dropFirst(parts.first == "api" ? 2 : 3)
        return rest.count % 2 == 1 && !path.hasSuffix("/status")
    }

    private static func isIn(_ object: String, _ collection: String) -> Bool {
        object.hasPrefix(collection + "/") && !object.dropFirst(collection.count + 1).contains("/")
    }

    private static func status(_ code: Int, _ reason: String) -> Response {
        answer(
            code,
            .object([
                ("kind", .string("Status")), ("code", .number(code)), ("reason", .string(reason)),
                ("message", .string(reason)),
            ]))
    }

    private static func answer(_ code: Int, _ body: JSONLiteral) -> Response {
        Response(
            status: .init(code: code), headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body.text)))
    }
}

/// Waits until something is so, and says whether it came.
func eventually(_ within: Duration = .seconds(60), _ condition: @Sendable () throws -> Bool) async rethrows -> Bool {
    let end = ContinuousClock.now + within
    while ContinuousClock.now < end {
        if try condition() { return true }
        try? await Task.sleep(for: .milliseconds(20))
    }
    return try condition()
}
