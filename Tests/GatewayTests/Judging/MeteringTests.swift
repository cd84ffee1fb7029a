import Foundation
import Testing

@testable import Gateway

/// What answers cost: counted while they pass, and nothing of the counting is seen.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct MeteringTests {
    private static let pieces = [Chat.piece("a", #","usage":null"#), Chat.piece("b", #","usage":null"#)]
    private static let bare = [Chat.piece("a"), Chat.piece("b"), "[DONE]"]

    @Test("usage is asked for, counted and taken out again", arguments: [true, false])
    func stripped(inChunks: Bool) async throws {
        let upstream = try Upstream(Chat.streaming(Self.pieces + [Chat.usage, "[DONE]"], inChunks: inChunks))
        let records = try await withGateway(.ai(upstream)) { gateway in
            let client = try gateway.connect()
            for _ in 0..<2 {
                let answer = try client.chat(Chat.streamed, "Accept-Encoding: gzip\r\n")
                #expect(answer.text == Chat.events(Self.bare))
                #expect(answer["content-length"] == nil && answer["transfer-encoding"] == "chunked")
            }
            // Nothing of it is left for the next request.
            #expect(try client.get("/v1/models").text == Chat.events(Self.pieces + [Chat.usage, "[DONE]"]))
        }
        let asked = Chat.body(#""stream":true,"stream_options":{"include_usage":true}"#)
        #expect(upstream.log.map(\.text) == [asked, asked, ""])
        #expect(upstream.log.map { $0["accept-encoding"] } == ["identity", "identity", nil])
        #expect(records.map { $0["ai.tokens.input"] } == ["7", "7", nil])
        #expect(records.map { $0["ai.tokens.output"] } == ["3", "3", nil])
        #expect(records.allSatisfy { $0["ai.tokens.estimate"] == nil && $0["ai.budget"] == nil })
    }

    @Test("whoever asks for usage gets it")
    func wanted() async throws {
        let all = [Chat.piece("a", #","usage":null"#), Chat.usage, "[DONE]"]
        let upstream = try Upstream(Chat.streaming(all, inChunks: false))
        try await withGateway(.ai(upstream)) { gateway in
            let client = try gateway.connect()
            let answer = try client.chat(Chat.body(#""stream":true,"stream_options":{"include_usage":true}"#))
            #expect(answer.text == Chat.events(all))
            #expect(answer["content-length"] == "\(Chat.events(all).utf8.count)")
        }
    }

    @Test("an HTTP/1.0 caller gets the end of the stream as the end of the connection")
    func http10() async throws {
        let upstream = try Upstream(Chat.streaming(Self.pieces + [Chat.usage, "[DONE]"], inChunks: false))
        try await withGateway(.ai(upstream)) { gateway in
            let client = try gateway.connect()
            try client.send(
                "POST \(Chat.path) HTTP/1.0\r\nHost: a.test\r\nContent-Length: \(Chat.streamed.utf8.count)\r\n\r\n"
                    + Chat.streamed)
            let answer = try client.response(to: "POST")
            #expect(answer["content-length"] == nil && answer["transfer-encoding"] == nil)
            #expect(answer.text == Chat.events(Self.bare))
        }
    }

    @Test("prices: dollars as an exact decimal, by the server's name for the model")
    func priced() async throws {
        let upstream = try Upstream(Chat.answering)
        var world = World.ai(upstream)
        world.extra =
            "{apiVersion: sallyport.dev/v1alpha1, kind: Provider, metadata: {name: p, namespace: t}, spec: {services: [a], "
            + "models: [{match: [m], prices: {input: \"0.15\", output: \"0.60\"}}]}}"
        let records = try await withGateway(world) { gateway in
            let client = try gateway.connect()
            #expect(try client.chat().text == Chat.answer)
        }
        #expect(records.map { $0["ai.cost_usd"] } == ["0.00000285"])
        #expect(records.map { $0["ai.server"] } == ["vllm"])
    }

    @Test("answers without a body, and errors, pass as they are; a refusal costs nothing")
    func nothing() async throws {
        let upstream = try Upstream { upstream, wire, _ in
            while let request = try upstream.next(wire) {
                try wire.send(
                    request.target == Chat.path
                        ? "HTTP/1.1 400 Bad\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
                        : "HTTP/1.1 204 No\r\n\r\n")
            }
        }
        let records = try await withGateway(.ai(upstream)) { gateway in
            let client = try gateway.connect()
            let answer = try client.chat(Chat.streamed)
            #expect(answer.status == 400 && answer.text == "{}" && answer["content-length"] == "2")
            #expect(try client.post("/v1/completions", #"{"model":"m","prompt":"x"}"#).status == 204)
        }
        // What the model has read before it had nothing to say is not known.
        #expect(records.map { $0["ai.tokens.input"] == nil } == [true, false])
        #expect(records.map { $0["ai.tokens.output"] } == [nil, "0"])
        #expect(records.map { $0["reason"] } == ["rule_matched", "rule_matched"])
    }

    @Test("a slow reader makes a slow backend, also where the answer is read on its way")
    func slowReader() async throws {
        let sent = Shared(0)
        let ended = Signal()
        let total = 32 << 20
        let upstream = try Upstream { upstream, wire, _ in
            guard try upstream.next(wire) != nil else { return }
            try wire.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
            let piece = Array(
                Chat.chunk(Chat.events([Chat.piece(String(repeating: "x", count: 8_000), #","usage":null"#)])).utf8)
            while sent.value < total {
                try wire.send(piece)
                sent.value += piece.count
            }
            try wire.send("0\r\n\r\n")
            ended.send()
        }
        try await withGateway(.ai(upstream)) { gateway in
            let client = try gateway.connect(receiveBuffer: 4_096)
            try client.send(
                "POST \(Chat.path) HTTP/1.1\r\nHost: a.test\r\nContent-Length: \(Chat.streamed.utf8.count)\r\n\r\n"
                    + Chat.streamed)
            var last = -1
            // What the buffers of two connections hold has been sent when nothing more is.
            #expect(
                await eventually {
                    try? await Task.sleep(for: .milliseconds(200))
                    defer { last = sent.value }
                    return last > 0 && last == sent.value
                })
            #expect(sent.value < total)
            #expect(try client.head()?.status == 200)
            while try client.chunk() != nil {}
            #expect(ended.wait())
        }
    }
}
