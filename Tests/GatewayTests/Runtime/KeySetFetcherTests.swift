import Access
import Crypto
import Kubernetes
import Logging
import NIOPosix
import Synchronization
import Testing

@testable import Gateway

/// A fetcher against servers that behave well and badly. Each test waits for what must happen, never for a time.
@Suite("Fetching keys", .serialized)
struct KeySetFetcherTests {
    /// A key set of one key with that name.
    private static func keys(_ names: String...) -> String {
        let x = base64URL(Array(Curve25519.Signing.PrivateKey().publicKey.rawRepresentation))
        let keys = names.map { #"{"kty":"OKP","crv":"Ed25519","kid":"\#($0)","x":"\#(x)"}"# }
        return #"{"keys":[\#(keys.joined(separator: ","))]}"#
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let number = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0...group.count { text.append(digits[number >> (18 - 6 * place) & 63]) }
        }
        return text
    }

    @Test("keys come, with what was asked and nothing more")
    func good() async throws {
        let server = try await KeyServer.start(.keys(Self.keys("a", "b")))
        let bench = Bench()
        await bench.fetch(server.url)
        let fetched = try await bench.next { $0.keys != nil }
        #expect(fetched.keys?.count == 2 && fetched.problem == nil && fetched.source.place == .url(server.url))
        let request = try #require(server.requests.first)
        #expect(request.uri == "/keys" && request.headers.first(name: "if-none-match") == nil)
        #expect(request.headers.first(name: "accept")?.contains("json") == true)
        #expect(request.headers.first(name: "authorization") == nil && request.headers.first(name: "cookie") == nil)
        await bench.stop()
        try await server.stop()
    }

    @Test("what is no good answer is a problem, and gives no keys")
    func bad() async throws {
        let target = try await KeyServer.start(.keys(Self.keys("stolen")))
        let keys = (0..<10_000).map { #"{"kty":"EC","kid":"\#($0)"}"# }.joined(separator: ",")
        let cases: [(KeyServer.Behaviour, String)] = [
            (.status(500), "the key server answers with status 500"),
            (.status(404), "the key server answers with status 404"),
            (.status(204), "the key server answers with status 204"),
            (.status(201), "the key server answers with status 201"),
            // Nobody asked whether something has changed.
            (.status(304), "the key server answers with a redirect (304), which is not followed"),
            (.keys("{}"), "the key set has no list 'keys'"),
            (.keys(""), "the key set is not strict JSON: empty at byte 0"),
            (.keys("<html>"), "the key set is not strict JSON: unexpectedByte at byte 0"),
            (.keys(#"{"keys":[],"keys":[]}"#), "the key set is not strict JSON: duplicateKey at byte 11"),
            (
                .keys(String(repeating: " ", count: TokenKeySet.mostBytes) + "{}"),
                "the key server's answer has more than 1048576 bytes"
            ),
            (.drip, "the key server did not answer in time"), (.silence, "the key server did not answer in time"),
        ]
        for (behaviour, problem) in cases {
            let server = try await KeyServer.start(behaviour)
            let bench = Bench { $0.timeout = 300 }
            await bench.fetch(server.url)
            let fetched = try await bench.next { $0.problem != nil }
            #expect(fetched.keys == nil && fetched.problem == problem, "\(behaviour)")
            await bench.stop()
            try await server.stop()
        }
        for status in [301, 302, 303, 307, 308] {
            let server = try await KeyServer.start(.status(status, headers: [("location", target.url)]))
            let bench = Bench()
            await bench.fetch(server.url)
            let fetched = try await bench.next { $0.problem != nil }
            #expect(fetched.problem == "the key server answers with a redirect (\(status)), which is not followed")
            await bench.stop()
            try await server.stop()
        }
        #expect(target.requests.isEmpty)
        // Ten thousand keys of no use, in a text that is small enough, are an answer; none of them is used.
        let server = try await KeyServer.start(.keys(#"{"keys":[\#(keys)]}"#))
        let bench = Bench()
        await bench.fetch(server.url)
        #expect(try await bench.next { $0.keys != nil }.keys?.count == 0)
        await bench.stop()
        try await server.stop()
        try await target.stop()
    }

    @Test("an answer that is cut off, and nobody there")
    func broken() async throws {
        let server = try await KeyServer.start(.torn)
        let bench = Bench()
        await bench.fetch(server.url)
        let torn = try await bench.next { $0.problem != nil }
        #expect(torn.keys == nil && torn.problem?.hasPrefix("the key server cannot be reached: ") == true)
        try await server.stop()
        let gone = try await bench.next { $0.problem != torn.problem }
        #expect(gone.keys == nil && gone.problem?.hasPrefix("the key server cannot be reached: ") == true)
        await bench.stop()
    }

    @Test("an answer that has not changed costs its server little")
    func unchanged() async throws {
        let server = try await KeyServer.start(.keys(Self.keys("a"), tag: "\"v1\""))
        let bench = Bench()
        await bench.fetch(server.url, refresh: 20)
        let first = try await bench.next { $0.keys != nil }
        while server.requests.count < 4 { await Task.yield() }
        #expect(server.requests[1...].allSatisfy { $0.headers.first(name: "if-none-match") == "\"v1\"" })
        server.answer(.keys(Self.keys("b"), tag: "\"v2\""))
        let second = try await bench.next { $0.keys != first.keys }
        #expect(second.keys?.count == 1 && second.problem == nil)
        let count = server.requests.count
        while server.requests.count < count + 2 { await Task.yield() }
        #expect(server.requests.last?.headers.first(name: "if-none-match") == "\"v2\"")
        await bench.stop()
        try await server.stop()
    }

    @Test("a tag that is not surely one is not sent back", arguments: ["v1", "\"a b\"", "\"\"x", "\"", "W/v1"])
    func strangeTags(tag: String) async throws {
        let server = try await KeyServer.start(.keys(Self.keys("a"), tag: tag))
        let bench = Bench()
        await bench.fetch(server.url, refresh: 10)
        while server.requests.count < 3 { await Task.yield() }
        #expect(server.requests.allSatisfy { $0.headers.first(name: "if-none-match") == nil })
        await bench.stop()
        try await server.stop()
    }

    @Test("the last good keys stay while the server fails")
    func failing() async throws {
        let server = try await KeyServer.start(.keys(Self.keys("a")))
        let bench = Bench()
        await bench.fetch(server.url, refresh: 20)
        _ = try await bench.next { $0.keys != nil }
        server.answer(.status(503))
        let failing = try await bench.next { $0.problem != nil }
        #expect(failing.keys != nil && failing.problem == "the key server answers with status 503")
        // It is said once, however often it fails.
        let count = server.requests.count
        while server.requests.count < count + 3 { await Task.yield() }
        server.answer(.keys(Self.keys("b")))
        let back = try await bench.next { $0.problem == nil }
        #expect(back.keys != nil && back.keys != failing.keys)
        #expect(
            bench.log.lines == [
                "keys of a token issuer cannot be fetched ai/staff the key server answers with status 503",
                "keys of a token issuer can be fetched again ai/staff ",
            ])
        await bench.stop()
        try await server.stop()
    }

    @Test("keys that are too old are no keys, until there are new ones")
    func stale() async throws {
        let server = try await KeyServer.start(.keys(Self.keys("a"), tag: "\"v1\""))
        let bench = Bench { $0.keep = 1 }
        await bench.fetch(server.url, refresh: 20)
        _ = try await bench.next { $0.keys != nil }
        server.answer(.status(503))
        let expired = try await bench.next { $0.keys == nil }
        #expect(expired.problem == "the key server answers with status 503")
        // The same text with the same tag again: it is read, because nobody says any more that it is known.
        server.answer(.keys(Self.keys("a"), tag: "\"v1\""))
        let back = try await bench.next { $0.keys != nil }
        #expect(back.problem == nil && server.requests.last?.headers.first(name: "if-none-match") == nil)
        await bench.stop()
        try await server.stop()
    }

    @Test("an unknown key brings new keys early, and no second fetch right after it")
    func rotation() async throws {
        let server = try await KeyServer.start(.keys(Self.keys("a")))
        let bench = Bench { $0.spacing = 50 }
        await bench.fetch(server.url, refresh: 86_400_000)
        let first = try await bench.next { $0.keys != nil }
        server.answer(.keys(Self.keys("a", "b")))
        for _ in 0..<1_000 { bench.fetcher.keyUnknown(Bench.name) }
        let second = try await bench.next { $0.keys != first.keys }
        #expect(second.keys?.count == 2)
        await bench.stop()
        try await server.stop()
        // A strict fetcher, told a thousand times, asks no more than it may.
        let patient = try await KeyServer.start(.keys(Self.keys("a")))
        let other = Bench()
        await other.fetch(patient.url, refresh: 86_400_000)
        _ = try await other.next { $0.keys != nil }
        for _ in 0..<1_000 {
            other.fetcher.keyUnknown(Bench.name)
            other.fetcher.keyUnknown(NamespacedName("ai", "nobody"))
        }
        await other.stop()
        #expect(patient.requests.count == 1)
        try await patient.stop()
    }

    @Test("an issuer that changes or goes starts anew")
    func changes() async throws {
        let one = try await KeyServer.start(.keys(Self.keys("a")))
        let two = try await KeyServer.start(.silence)
        let bench = Bench()
        await bench.fetch(one.url)
        _ = try await bench.next { $0.keys != nil }
        // The same again is nothing new.
        await bench.fetch(one.url)
        await bench.fetch(two.url)
        let moved = try await bench.next { $0.source.place == .url(two.url) }
        #expect(moved.keys == nil && one.requests.count == 1)
        await bench.fetcher.update(Objects())
        let revision = await bench.nextUpdate { $0.fetched.isEmpty }.revision
        #expect(revision >= 3)
        await bench.stop()
        try await one.stop()
        try await two.stop()
    }

    @Test("HTTPS: the authorities that are named vouch for the server, and nobody else")
    func secure() async throws {
        let authority = try TestAuthority()
        let stranger = try TestAuthority("Another authority")
        let server = try await KeyServer.start(.keys(Self.keys("a")), certificate: try authority.leaf("localhost"))
        let wrongName = try await KeyServer.start(
            .keys(Self.keys("a")), certificate: try authority.leaf("other.example"))
        let good = String(decoding: try authority.pem, as: UTF8.self)
        let other = String(decoding: try stranger.pem, as: UTF8.self)
        let bench = Bench()
        await bench.fetch(server.url, authority: good)
        #expect(try await bench.next { $0.keys != nil }.keys?.count == 1)
        for (url, authority) in [(server.url, other), (wrongName.url, good)] {
            await bench.fetch(url, authority: authority)
            let refused = try await bench.next { $0.problem != nil && $0.source.place == .url(url) }
            #expect(refused.keys == nil && refused.problem?.hasPrefix("the key server cannot be reached: ") == true)
        }
        // Without a named authority those of the system are asked, and they do not know this one.
        await bench.fetch(server.url)
        let unknown = try await bench.next { $0.problem != nil && $0.source.caCertificates == nil }
        #expect(unknown.keys == nil)
        await bench.fetch(server.url, authority: nil, namesAuthority: true)
        let missing = try await bench.next { $0.problem?.hasPrefix("there is no") == true }
        #expect(missing.problem == "there is no ConfigMap ai/ca with the key ca.crt" && missing.keys == nil)
        await bench.stop()
        try await server.stop()
        try await wrongName.stop()
    }
}

extension KeySetFetcherTests {
    @Test("keys of the cluster come from where the gateway says, and nothing an object says is asked")
    func cluster() async throws {
        let answers = Mutex<[Result<[UInt8], any Error>]>([
            .failure(KeySetFetchError.status(403)), .success(Array("[]".utf8)), .success(Array(Self.keys("a").utf8)),
        ])
        let bench = Bench(cluster: {
            try answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }.get()
        })
        await bench.fetchFromCluster(refresh: 20)
        _ = try await bench.next { $0.problem == "the key server answers with status 403" }
        #expect(try await bench.next { $0.keys != nil }.keys?.count == 1)
        await bench.stop()
    }

    @Test("outside a cluster there are none, and it is said")
    func noCluster() async throws {
        let bench = Bench()
        await bench.fetchFromCluster(refresh: 600_000)
        let none = try await bench.next { $0.problem != nil }
        #expect(none.problem == "this gateway runs in no cluster whose keys could be asked for" && none.keys == nil)
        await bench.stop()
    }
}

/// A fetcher with one issuer, and a reader of its changes.
private final class Bench: Sendable {
    static let name = NamespacedName("ai", "staff")
    let fetcher: KeySetFetcher
    let log = LogLines()

    init(_ change: (inout KeySetSchedule.Terms) -> Void = { _ in }, cluster: ClusterKeys? = nil) {
        var terms = KeySetSchedule.Terms()
        terms.firstRetry = 10
        change(&terms)
        let log = log
        fetcher = KeySetFetcher(
            group: MultiThreadedEventLoopGroup.singleton, cluster: cluster,
            logger: Logger(label: "test") { _ in LineHandler(log) },
            terms: terms)
    }

    func stop() async { await fetcher.shutdown() }

    /// Gives the fetcher an issuer whose keys are the cluster's.
    func fetchFromCluster(refresh: Int64) async {
        await take("cluster: {}", refresh: refresh, authority: nil)
    }

    /// Gives the fetcher an issuer with that URL; `refresh` may be shorter than an object may say.
    func fetch(_ url: String, refresh: Int64 = 600_000, authority: String? = nil, namesAuthority: Bool = false) async {
        let certificates = authority != nil || namesAuthority ? ", caCertificates: {configMapRef: {name: ca}}" : ""
        await take("url: '\(url)'\(certificates)", refresh: refresh, authority: authority)
    }

    private func take(_ keys: String, refresh: Int64, authority: String?) async {
        let yaml = """
            apiVersion: sallyport.dev/v1alpha1
            kind: TokenIssuer
            metadata: {name: staff, namespace: ai}
            spec: {issuer: i, audiences: [a], jwks: {\(keys)}}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: ca, namespace: ai}
            """
        let snapshot = ObjectDecoder.snapshot(files: [("i.yaml", Array(yaml.utf8))], revision: 1)
        #expect(snapshot.mistakes.isEmpty)
        var objects = snapshot.objects
        if case .fetched(var source)? = objects.tokenIssuers[Self.name]?.jwks {
            source.refresh = Milliseconds(refresh)
            objects.tokenIssuers[Self.name]?.jwks = .fetched(source)
        }
        if let authority { objects.configMaps[NamespacedName("ai", "ca")]?.data = ["ca.crt": authority] }
        await fetcher.update(objects)
    }

    /// The next state of the issuer that is as wanted.
    func next(where isRight: (FetchedKeys) -> Bool) async throws -> FetchedKeys {
        let update = await nextUpdate { $0.fetched[Self.name].map(isRight) ?? false }
        return try #require(update.fetched[Self.name])
    }

    func nextUpdate(where isRight: (KeySetUpdate) -> Bool) async -> KeySetUpdate {
        for await update in fetcher.changes where isRight(update) { return update }
        Issue.record("the fetcher ended before it said what was waited for")
        return KeySetUpdate(revision: 0, fetched: [:])
    }
}

/// What was logged, as plain lines.
private final class LogLines: Sendable {
    private let state = Mutex<[String]>([])
    var lines: [String] { state.withLock { $0 } }
    func add(_ line: String) { state.withLock { $0.append(line) } }
}

private struct LineHandler: LogHandler {
    let lines: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(_ lines: LogLines) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let issuer = event.metadata?["issuer"].map { "\($0)" } ?? ""
        let reason = event.metadata?["reason"].map { "\($0)" } ?? ""
        lines.add("\(event.message) \(issuer) \(reason)")
    }
}
