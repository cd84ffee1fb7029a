import Foundation
import Records
import Synchronization
import Testing

@testable import Gateway

/// What policies have stored of prompts and answers, and that nothing is where none says so.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ContentTests {
    /// Keeps what comes.
    private final class Shelf: ContentSink {
        private let contents = Mutex<[RecordContent]>([])
        var all: [RecordContent] { contents.withLock { $0 } }
        func take(_ content: RecordContent) { contents.withLock { $0.append(content) } }
    }

    private static let prompt = #"{"model":"m","messages":[{"role":"user","content":"I am ann@example.com"}]}"#

    /// Runs a world, and gives what was stored and the records of it.
    private func run(
        _ world: World, shelves: Int = 1, _ body: @escaping @Sendable (TestGateway) async throws -> Void
    ) async throws -> (stored: [RecordContent], records: [TestRecord]) {
        let shelf = Shelf()
        let records = try await withGateway(
            world, configure: { $0.contentSinks = (0..<shelves).map { _ in shelf } }, body)
        return (shelf.all, records)
    }

    private func world(_ upstream: Upstream, _ capture: String?) -> World {
        var world = World.ai(upstream)
        world.policy = World.policy("{classes: [Inference, Metadata]}", capture.map { ", capture: \($0)" } ?? "")
        return world
    }

    private func text(_ part: RecordContent.Part?) -> String { String(decoding: part?.text ?? [], as: UTF8.self) }

    @Test("a prompt and an answer are stored under the record's id, without what is not kept")
    func stored() async throws {
        let upstream = try Upstream(Chat.answering)
        let (stored, records) = try await run(world(upstream, "{prompts: true, answers: true}")) { gateway in
            _ = try gateway.connect().chat(Self.prompt, "Accept-Encoding: gzip\r\n")
        }
        #expect(stored.map(\.id) == records.compactMap { $0["id"] })
        let content = try #require(stored.first)
        #expect(text(content.prompt) == Self.prompt.replacing("ann@example.com", with: "[redacted email]"))
        #expect(content.prompt?.redactions == 1)
        #expect(text(content.answer) == Chat.answer)
        // The backend got what the caller sent, and was asked for what can be read.
        #expect(upstream.log.map(\.text) == [Self.prompt])
        #expect(upstream.log.map { $0["accept-encoding"] } == ["identity"])
    }

    @Test("the words of a stream are put together", arguments: [true, false])
    func streamed(inChunks: Bool) async throws {
        let upstream = try Upstream(
            Chat.streaming(
                [Chat.piece("ask bob@exa"), Chat.piece("mple.com"), Chat.usage, "[DONE]"], inChunks: inChunks))
        let (stored, _) = try await run(world(upstream, "{answers: true}")) { gateway in
            _ = try gateway.connect().chat(Chat.streamed)
        }
        #expect(stored.count == 1 && stored.first?.prompt == nil)
        #expect(text(stored.first?.answer) == "ask [redacted email]")
    }

    @Test("what is longer than the policy says is cut, and says so")
    func cut() async throws {
        let upstream = try Upstream(Chat.answering)
        let long = Chat.body.replacing("hi", with: String(repeating: "word ", count: 5_000))
        let (stored, _) = try await run(world(upstream, "{prompts: true, maxBytes: 100}")) { gateway in
            _ = try gateway.connect().chat(long)
        }
        #expect(stored.first?.prompt?.isCut == true)
        #expect(stored.first?.prompt?.text.count == 100)
    }

    @Test("where no policy says so nothing is stored, nor where nobody stores")
    func nothing() async throws {
        let upstream = try Upstream(Chat.answering)
        let (stored, _) = try await run(world(upstream, nil)) { gateway in
            let answer = try gateway.connect().chat(Self.prompt)
            #expect(answer.status == 200)
        }
        #expect(stored.isEmpty)
        let (unasked, _) = try await run(world(upstream, "{prompts: true}"), shelves: 0) { gateway in
            let answer = try gateway.connect().chat(Self.prompt)
            #expect(answer.status == 200)
        }
        #expect(unasked.isEmpty)
    }

    @Test("a request that is denied leaves nothing, nor does one that is not read")
    func denied() async throws {
        let upstream = try Upstream(Chat.answering)
        var world = World.ai(upstream)
        world.policy = World.policy(
            "{classes: [Inference, Metadata], models: [other]}", ", capture: {prompts: true, answers: true}")
        let (stored, records) = try await run(world) { gateway in
            let answer = try gateway.connect().chat(Self.prompt)
            #expect(answer.status == 403)
        }
        #expect(stored.isEmpty && records.count == 1)
    }

    @Test("a staged policy stores nothing")
    func staged() async throws {
        let upstream = try Upstream(Chat.answering)
        var world = world(upstream, nil)
        world.extra =
            "{apiVersion: sallyport.dev/v1alpha1, kind: AccessPolicy, metadata: {name: s, namespace: t, annotations: "
            + "{sallyport.dev/enforcement: staged}}, spec: \(World.policy("{classes: [Inference]}", ", capture: {prompts: true}"))}"
        let (stored, _) = try await run(world) { gateway in
            let answer = try gateway.connect().chat(Self.prompt)
            #expect(answer.status == 200)
        }
        #expect(stored.isEmpty)
    }

    @Test("a caller who leaves in the middle leaves what came until then")
    func broken() async throws {
        let first = Chat.events([Chat.piece("half")])
        let upstream = try Upstream(
            Upstream.answering(
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n\(Chat.chunk(first))"
            ))
        let (stored, records) = try await run(world(upstream, "{prompts: true, answers: true}")) { gateway in
            let client = try gateway.connect()
            try client.send(
                "POST \(Chat.path) HTTP/1.1\r\nHost: a.test\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(Chat.streamed.utf8.count)\r\n\r\n\(Chat.streamed)")
            _ = try client.head()
            _ = try client.chunk()
            client.end()
        }
        #expect(records.count == 1 && stored.count == 1)
        #expect(text(stored.first?.answer) == "half")
    }
}
