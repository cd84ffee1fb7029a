import Testing

@testable import Gateway

private let enhanceYourCalm = 11

@Suite("HTTP/2 abuse ends the connection", .serialized)
struct HTTP2AttackTests {
    @Test("rapid reset: opening and cancelling is counted, and the backend sees a bounded number")
    func rapidReset() async throws {
        try await onGround { ground in
            let end = try await ground.flood(20_000) {
                [try ground.client.headers(2 * $0 + 1, ground.get("/late")), .reset(2 * $0 + 1, 8)]
            }
            #expect(end?.code == enhanceYourCalm)
            #expect(ground.backend.requests.load(ordering: .relaxed) <= 300)
        }
    }

    @Test("resets that the server is made to send are counted too")
    func madeYouReset() async throws {
        let provocations: [@Sendable (Int) -> RawFrame] = [
            { .windowUpdate($0, 0) }, { .windowUpdate($0, 0x7fff_ffff) },
            { .data($0, [1]) },
        ]
        for provocation in provocations {
            try await onGround { ground in
                let end = try await ground.flood(20_000) {
                    let id = 2 * $0 + 1
                    return [try ground.client.headers(id, ground.get("/late")), provocation(id), provocation(id)]
                }
                #expect(end != nil && end?.code != 0)
                #expect(ground.backend.requests.load(ordering: .relaxed) <= 600)
            }
        }
    }

    @Test("heads that are refused, again and again")
    func refusedHeads() async throws {
        try await onGround { ground in
            let end = try await ground.flood(20_000) {
                [try ground.client.headers(2 * $0 + 1, ground.get() + [("connection", "close")])]
            }
            // So many at once may be more streams than are allowed at a time, which ends the connection as well.
            #expect(end != nil && end?.code != 0)
            #expect(ground.backend.requests.load(ordering: .relaxed) == 0)
        }
    }

    @Test("a header block in endless pieces")
    func continuationFlood() async throws {
        try await onGround { ground in
            let head = try ground.client.headers(1, ground.get(), endHeaders: false)
            _ = await ground.client.push([head])
            let end = try await ground.flood(10_000) { _ in
                [RawFrame(type: RawFrame.Kind.continuation, stream: 1, payload: [])]
            }
            #expect(end?.code == enhanceYourCalm)
        }
    }

    @Test("a header block that is small on the wire and large in memory")
    func headerBomb() async throws {
        try await onGround { ground in
            // One entry of 4,000 bytes in the table, then thousands of references to it, one byte each.
            let name = "x-bomb"
            var block: [UInt8] = [0x40, UInt8(name.utf8.count)] + Array(name.utf8)
            block += [0x7f, 0xa1, 0x1e] + [UInt8](repeating: 0x61, count: 4_000)
            block += [UInt8](repeating: 0xbe, count: 12_000)
            _ = await ground.client.push([RawFrame(type: 1, flags: 5, stream: 1, payload: block)])
            let end = await ground.client.rest().last { $0.type == RawFrame.Kind.goAway }
            #expect(end != nil && end?.code != 0)
        }
    }

    @Test("fields without end: more than the limits allow is 431, and much more ends the connection")
    func manyFields() async throws {
        try await onGround { ground in
            let some = (0..<150).map { ("x-\($0)", "v") }
            try await ground.client.send(ground.client.headers(1, ground.get() + some))
            #expect(try await ground.client.answer(1).status == "431")
            // Those come in several frames: the block is larger than one.
            let crumbs = try ground.client.block(ground.get() + (0..<3_000).map { ("cookie", "a\($0)=\($0)") })
            var frames = [RawFrame(type: 1, flags: 1, stream: 3, payload: Array(crumbs.prefix(16_000)))]
            for start in stride(from: 16_000, to: crumbs.count, by: 16_000) {
                let piece = Array(crumbs[start..<min(start + 16_000, crumbs.count)])
                let isLast = start + 16_000 >= crumbs.count
                frames.append(RawFrame(type: 9, flags: isLast ? 4 : 0, stream: 3, payload: piece))
            }
            _ = await ground.client.push(frames)
            let end = await ground.client.rest().last { $0.type == RawFrame.Kind.goAway }
            #expect(end != nil && end?.code != 0)
        }
    }

    @Test("floods of frames that must be answered, or that mean nothing", arguments: 0..<5)
    func floods(kind: Int) async throws {
        try await onGround { ground in
            if kind == 3 {
                try await ground.client.send(ground.client.headers(1, ground.get("/echo", method: "POST"), end: false))
            }
            let end = try await ground.flood(50_000) { _ in
                switch kind {
                case 0: [RawFrame(type: RawFrame.Kind.ping, payload: [0, 0, 0, 0, 0, 0, 0, 1])]
                case 1: [.settings([(4, 65_535)])]
                case 2: [.windowUpdate(0, 1)]
                case 3: [.data(1, [])]
                default: [RawFrame(type: RawFrame.Kind.priority, stream: 1, payload: [0, 0, 0, 0, 1])]
                }
            }
            #expect(end?.code == enhanceYourCalm, "kind \(kind)")
        }
    }

    @Test("more streams at a time than was said are the end of the connection, or of the streams")
    func tooManyStreams() async throws {
        try await onGround(annotations: ["limits.sallyport.dev/streams: \"10\""]) { ground in
            for index in 0..<12 {
                _ = await ground.client.push([try ground.client.headers(2 * index + 1, ground.get("/late"))])
            }
            let end = await ground.client.rest().contains { $0.type == RawFrame.Kind.goAway && $0.code != 0 }
            #expect(end)
            #expect(ground.backend.requests.load(ordering: .relaxed) <= 10)
        }
    }

    @Test("a peer that never acknowledges the settings is held to them all the same")
    func unsettled() async throws {
        try await onGround(annotations: ["limits.sallyport.dev/streams: \"10\""]) { ground in
            let client = try await FrameClient.open(ground.door.port, acknowledges: false)
            for index in 0..<12 {
                try await client.send(client.headers(2 * index + 1, ground.get("/late")))
            }
            let refused = try await client.next(RawFrame.Kind.reset)
            #expect(refused.stream >= 21)
            #expect(refused.code == 7)
            await client.close()
        }
    }

    @Test("what is no HTTP/2 at all, and frames that break its rules", arguments: 0..<7)
    func brokenFrames(kind: Int) async throws {
        try await onGround { ground in
            let bad: RawFrame =
                switch kind {
                case 0: .data(1, [1])
                case 1: RawFrame(type: RawFrame.Kind.headers, flags: 5, stream: 2, payload: [0x82])
                case 2: RawFrame(type: RawFrame.Kind.headers, flags: 5, stream: 0, payload: [0x82])
                case 3: RawFrame(type: RawFrame.Kind.settings, payload: [0, 1, 2])
                case 4:
                    RawFrame(type: RawFrame.Kind.headers, flags: 5, stream: 1, payload: [0xff, 0xff, 0xff, 0xff, 0x7f])
                case 5: RawFrame(type: RawFrame.Kind.headers, flags: 5, stream: 1, payload: [0x00, 0x00, 0x01, 0x78])
                default: RawFrame(type: RawFrame.Kind.data, stream: 1, payload: [UInt8](repeating: 0, count: 70_000))
                }
            _ = await ground.client.push([bad])
            let end = await ground.client.rest().last { $0.type == RawFrame.Kind.goAway }
            #expect(end != nil && end?.code != 0, "kind \(kind): \(String(describing: end))")
        }
    }

    @Test("a window that stays shut does not hold a finished answer for ever")
    func zeroWindow() async throws {
        let notes = ["limits.sallyport.dev/idle-timeout: \"1s\"", "limits.sallyport.dev/stream-idle-timeout: \"1s\""]
        try await onGround(annotations: notes) { ground in
            let client = try await FrameClient.open(ground.door.port, settings: [(4, 0)])
            try await client.send(client.headers(1, ground.get("/echo", method: "POST"), end: false))
            try await client.send(.data(1, Array("words".utf8), end: true))
            let reset = try await client.next(RawFrame.Kind.reset, stream: 1)
            #expect(reset.code != 0)
            await client.close()
        }
    }
}
