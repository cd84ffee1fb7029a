import Testing

@testable import Gateway

/// A gateway for one test, with a backend that counts.
struct AttackGround {
    let door: TestFrontDoor
    let backend: EchoBackend
    let client: FrameClient

    func get(_ path: String = "/", method: String = "GET") -> [(String, String)] {
        [
            (":method", method), (":scheme", "http"), (":authority", "front.test"), (":path", path),
            ("x-api-key", door.key),
        ]
    }

    /// Sends frames made by `make` until the peer hangs up or `limit` is reached; then says how it ended.
    func flood(_ limit: Int, _ make: (Int) throws -> [RawFrame]) async throws -> RawFrame? {
        var index = 0
        while index < limit {
            let batch = try (index..<min(index + 50, limit)).flatMap(make)
            index += 50
            guard await client.push(batch) else { break }
        }
        return await client.rest().last { $0.type == RawFrame.Kind.goAway }
    }
}

func onGround(annotations: [String] = [], _ body: (AttackGround) async throws -> Void) async throws {
    let backend = try await EchoBackend.start(http2: false)
    let door = try await TestFrontDoor.start(backend: backend.port, annotations: annotations)
    do {
        try await body(AttackGround(door: door, backend: backend, client: try await FrameClient.open(door.port)))
        // Whatever the test did: others are served.
        let after = try await door.curl("/echo", ["--http2-prior-knowledge", "-d", "alive"])
        #expect(after == "alive")
    } catch {
        await door.stop()
        throw error
    }
    await door.stop()
    try await backend.stop()
}
