import Foundation
import Kubernetes
import Logging
import Synchronization
import Testing

@testable import ClusterSource

@Suite(.timeLimit(.minutes(2))) struct ClientTests {
    private let pods = APIResource(group: "", version: "v1", plural: "pods", kind: "Pod")
    private let name = NamespacedName("ai", "a")

    /// A client of a server that answers everything the same way, and what it was asked.
    private func asked(
        _ answer: FakeAPIServer.Answer = .json("{}"), _ body: (APIClient) async throws -> Void
    ) async throws -> FakeAPIServer.Request {
        let server = try await FakeAPIServer { _ in answer }
        let client = try client(server)
        defer { client.shutdown() }
        try await body(client)
        return try #require(server.requests.last)
    }

    private func client(
        _ server: FakeAPIServer, clock: SourceClock = .system, _ configure: (inout Kubeconfig) -> Void = { _ in }
    ) throws -> APIClient {
        var config = Kubeconfig(context: "test", server: server.url)
        configure(&config)
        return try APIClient(
            ClusterLocation(config, origin: "a test"), userAgent: "sallyport/1", logger: quiet, clock: clock)
    }

    @Test func writesAsIsAsked() async throws {
        let apply = try await asked {
            _ = try await $0.apply(
                pods, name, Array("x: 1".utf8), fieldManager: "me", force: true, subresource: "status", dryRun: true)
        }
        #expect(apply.method == "PATCH" && apply.path == "/api/v1/namespaces/ai/pods/a/status")
        #expect(apply.query == ["fieldManager": "me", "force": "true", "dryRun": "All"])
        #expect(apply.headers["content-type"] == "application/apply-patch+yaml" && apply.body == "x: 1")
        #expect(apply.headers["user-agent"] == "sallyport/1")

        let create = try await asked {
            _ = try await $0.create(pods, namespace: "ai", Array("{}".utf8), APIWrite(fieldManager: "me"))
        }
        #expect(create.method == "POST" && create.path == "/api/v1/namespaces/ai/pods")
        #expect(create.query == ["fieldManager": "me"])

        let merge = try await asked { _ = try await $0.mergePatch(pods, name, Array("{}".utf8)) }
        #expect(merge.method == "PATCH" && merge.headers["content-type"] == "application/merge-patch+json")
        let json = try await asked { _ = try await $0.jsonPatch(pods, name, Array("[]".utf8)) }
        #expect(json.headers["content-type"] == "application/json-patch+json")
        let replace = try await asked {
            _ = try await $0.replace(pods, name, Array("{}".utf8), APIWrite(subresource: "status"))
        }
        #expect(replace.method == "PUT" && replace.path == "/api/v1/namespaces/ai/pods/a/status")

        let delete = try await asked {
            try await $0.delete(pods, name, propagation: .foreground, uid: "u\"1", resourceVersion: "7")
        }
        #expect(delete.method == "DELETE")
        #expect(
            delete.body == #"{"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Foreground","#
                + #""preconditions":{"uid":"u\"1","resourceVersion":"7"}}"#)
    }

    @Test func noNameIsMoreThanOneSegment() async throws {
        let get = try await asked { _ = try await $0.get(pods, NamespacedName("ai", "../secrets/x?y#z")) }
        #expect(get.path == "/api/v1/namespaces/ai/pods/..%2Fsecrets%2Fx%3Fy%23z")
    }

    @Test func conflictsSayWhoOwnsWhat() async throws {
        let body = """
            {"kind":"Status","status":"Failure","reason":"Conflict","code":409,
            "message":"Apply failed with 1 conflict: conflict with \\"helm\\": .spec.x","details":{"causes":[
            {"reason":"FieldManagerConflict","message":"conflict with \\"helm\\"","field":".spec.x"}]}}
            """
        let error = await #expect(throws: APIError.self) {
            _ = try await asked(.json(status: 409, body)) {
                _ = try await $0.apply(pods, name, [], fieldManager: "me")
            }
        }
        #expect(error?.isConflict == true && error?.isAlreadyExists == false && error?.reason == "Conflict")
        #expect(error?.causes.map(\.field) == [".spec.x"])
        #expect(
            error?.description.hasPrefix("PATCH /api/v1/namespaces/ai/pods/a: Apply failed with 1 conflict") == true)
    }

    @Test(
        arguments: [
            (404, "NotFound"), (409, "AlreadyExists"), (410, "Expired"), (422, "Invalid"), (500, "InternalError"),
        ])
    func errorsAreTyped(status: Int, reason: String) async throws {
        let error = await #expect(throws: APIError.self) {
            _ = try await asked(FakeCluster.status(status, reason, "words", headers: ["retry-after": "3"])) {
                _ = try await $0.get(pods, name)
            }
        }
        #expect(error?.status == status && error?.reason == reason && error?.message == "words")
        #expect(error?.retryAfter == Milliseconds(3_000))
        #expect(error?.isNotFound == (status == 404) && error?.isGone == (status == 410))
        #expect(error?.isTemporary == (status == 500) && error?.isInvalid == (status == 422))
    }

    @Test func answersThatAreNoAnswers() async throws {
        for (answer, reason) in [(FakeAPIServer.Answer.hangUp, "Unreachable"), (.cut("{"), "Unreachable")] {
            let error = await #expect(throws: APIError.self) {
                _ = try await asked(answer) { _ = try await $0.get(pods, name) }
            }
            #expect(error?.status == 0 && error?.reason == reason && error?.isTemporary == true)
        }
        let server = try await FakeAPIServer { _ in .silence }
        let client = try client(server, clock: fastClock(300))
        defer { client.shutdown() }
        let error = await #expect(throws: APIError.self) { _ = try await client.get(pods, name) }
        #expect(error?.reason == "Silent")
    }

    @Test func aTokenFileIsReadAgainWhenItsTokenHasExpired() async throws {
        let folder = try Folder()
        try folder.write("token", "old\n")
        let good = Mutex("old")
        let server = try await FakeAPIServer { request in
            request.headers["authorization"] == "Bearer \(good.withLock { $0 })"
                ? .json("{}") : FakeCluster.status(401, "Unauthorized", "who are you")
        }
        let client = try client(server) { $0.identity = .tokenFile(folder.at("token").path) }
        defer { client.shutdown() }
        _ = try await client.get(pods, name)
        good.withLock { $0 = "new" }
        let error = await #expect(throws: APIError.self) { _ = try await client.get(pods, name) }
        #expect(error?.isUnauthorized == true)
        // Once more was all it tried: the file had not changed.
        #expect(server.requests.count == 2)
        try folder.write("token", "new\n")
        let other = try self.client(server) { $0.identity = .tokenFile(folder.at("token").path) }
        defer { other.shutdown() }
        _ = try await other.get(pods, name)
        try folder.write("token", "newer")
        good.withLock { $0 = "newer" }
        let before = server.requests.count
        _ = try await other.get(pods, name)
        #expect(server.requests.count == before + 2)
    }

    @Test func aTokenFileIsReadAgainAfterAMinute() async throws {
        let folder = try Folder()
        try folder.write("token", "one")
        let server = try await FakeAPIServer { _ in .json("{}") }
        let time = Mutex<Int64>(0)
        var clock = SourceClock.system
        clock.now = { time.withLock { $0 } }
        let client = try client(server, clock: clock) { $0.identity = .tokenFile(folder.at("token").path) }
        defer { client.shutdown() }
        var seen: [String?] = []
        for (now, text) in [(Int64(0), "one"), (30_000, "two"), (61_000, "two"), (122_000, "")] {
            time.withLock { $0 = now }
            if text.isEmpty { try folder.remove("token") } else { try folder.write("token", text) }
            _ = try await client.get(pods, name)
            seen.append(server.requests.last?.headers["authorization"])
        }
        #expect(seen == ["Bearer one", "Bearer one", "Bearer two", "Bearer two"])
    }

    @Test func actsAsSomebody() async throws {
        let server = try await FakeAPIServer { _ in .json("{}") }
        let client = try client(server) { config in
            config.actsAs = "alice"
            config.actsInGroups = ["a"]
            config.identity = .password(user: "u", SecretBytes(Array("p".utf8)))
        }
        defer { client.shutdown() }
        _ = try await client.read("/version")
        let headers = try #require(server.requests.last?.headers)
        #expect(headers["impersonate-user"] == "alice" && headers["impersonate-group"] == "a")
        #expect(headers["authorization"] == "Basic dTpw")
    }

    @Test func afterShutdownEverythingFails() async throws {
        let server = try await FakeAPIServer { _ in .json("{}") }
        let client = try client(server)
        client.shutdown()
        let error = await #expect(throws: APIError.self) { _ = try await client.get(pods, name) }
        #expect(error?.reason == "Stopped")
    }
}
