import Foundation
import Testing

@testable import Gateway

/// What an AI client would send, and what a server would answer.
enum Chat {
    static let path = "/v1/chat/completions"
    static let body = #"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#

    /// A body with more members.
    static func body(_ members: String) -> String { body.dropLast() + "," + members + "}" }

    static let streamed = body(#""stream":true"#)
    static let usage = #"{"id":"c","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}"#
    static let answer =
        #"{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"yes"}}],"#
        + #""usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}"#

    /// A piece of a streamed answer.
    static func piece(_ text: String, _ more: String = "") -> String {
        #"{"id":"c","choices":[{"index":0,"delta":{"content":"\#(text)"}}]\#(more)}"#
    }

    /// Events as they are on the wire.
    static func events(_ data: [String]) -> String { data.map { "data: \($0)\n\n" }.joined() }

    /// Answers with JSON.
    static let answering = Upstream.answering(Upstream.ok(answer, to: nil, "content-type: application/json\r\n"))

    /// Answers with these events: in one piece whose length is announced, or in chunks.
    static func streaming(_ data: [String], inChunks: Bool = true) -> Upstream.Script {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
        let text = events(data)
        guard inChunks else { return Upstream.answering("\(head)content-length: \(text.utf8.count)\r\n\r\n\(text)") }
        let chunks = data.map { chunk(events([$0])) }.joined()
        return Upstream.answering("\(head)transfer-encoding: chunked\r\n\r\n\(chunks)0\r\n\r\n")
    }

    static func chunk(_ text: String) -> String { "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" }
}

extension World {
    /// One Service, `a`, with a server that is known.
    static func ai(_ upstream: Upstream, server: String = "vllm", rules: [String]? = nil) -> World {
        var world = World(upstream, rules: rules)
        world.servers["a"] = server
        return world
    }

    /// A policy for everybody with these conditions.
    static func policy(_ to: String, _ more: String = "") -> String {
        "{targetRefs: [\(gateway)], rules: [{name: all, from: [{networks: [0.0.0.0/0]}], to: [\(to)]\(more)}]}"
    }

    /// A budget of the Gateway for everybody together.
    static func budget(_ limit: String, _ annotations: String = "") -> String {
        "{apiVersion: sallyport.dev/v1alpha1, kind: Budget, metadata: {name: b, namespace: t, annotations: "
            + "{\(annotations)}}, spec: {targetRefs: [\(gateway)], per: All, limit: {\(limit)}, window: {rolling: 24h}}}"
    }
}

extension TestGateway {
    /// Bytes that may still wait to be judged on the first event loop.
    func judgedRoom() async throws -> Int {
        let worker = server.workers[0]
        return try await worker.eventLoop.submit { worker.judgedRoom.left }.get()
    }
}

extension Wire {
    /// Reads the answer to a POST, which must have that status.
    func expect(_ status: Int) throws {
        let answer = try response(to: "POST")
        #expect(answer.status == status)
    }

    /// A chat, and what comes back.
    func chat(_ body: String = Chat.body, _ fields: String = "") throws -> Message {
        try post(Chat.path, body, "Content-Type: application/json\r\n\(fields)")
    }
}
