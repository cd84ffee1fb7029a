import Foundation
import Hub
import HubWorlds
import Records
import Testing

@Suite struct LiveTests {
    private func record(_ number: Int, _ verdict: Record.Verdict = .allowed) -> Record {
        Record(
            time: Fixture.start + Int64(number), id: "r\(number)", verdict: verdict, reason: "rule_matched",
            source: Record.Endpoint(address: "192.0.2.1", port: 1))
    }

    /// Waits until the hub follows for so many.
    private func readers(_ count: Int, _ fixture: Fixture) async throws {
        while fixture.data.readerCount != count { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func recordsComeAsTheyAreMade() async throws {
        try await Fixture.run { fixture in
            var events = try await fixture.events("/api/v1/records/live?filter=verdict%3Ddenied", key: "viewer")
            #expect(try await events.next()?.name == "heartbeat")
            try await readers(1, fixture)
            fixture.data.add(record(1))
            fixture.data.add(record(2, .denied))
            fixture.data.miss(7)
            let first = try #require(try await events.next("record"))
            #expect(first.id == "c2")
            #expect(first.data.contains("\"id\":\"r2\""))
            #expect(try await events.next("missed")?.data == "{\"count\":7}")
        }
    }

    @Test func aBrokenStreamGoesOnAfterItsLastEvent() async throws {
        try await Fixture.run { fixture in
            for number in 1...5 { fixture.data.add(record(number)) }
            var events = try await fixture.events(
                "/api/v1/records/live", key: "viewer", headers: [("last-event-id", "c3")])
            #expect(try await events.next("record")?.id == "c4")
            #expect(try await events.next("record")?.id == "c5")
            var asked = try await fixture.events("/api/v1/records/live?cursor=c4", key: "viewer")
            #expect(try await asked.next("record")?.id == "c5")
        }
    }

    @Test func thereAreSignsOfLife() async throws {
        try await Fixture.run { fixture in
            var events = try await fixture.events("/api/v1/records/live", key: "viewer")
            for _ in 0..<2 { #expect(try await events.next()?.name == "heartbeat") }
        }
    }

    @Test func aStreamEndsWithTheKey() async throws {
        try await Fixture.run { fixture in
            var events = try await fixture.events("/api/v1/records/live", key: "viewer")
            #expect(try await events.next()?.name == "heartbeat")
            fixture.keys.revoke("viewer")
            #expect(try await events.next("over") != nil)
            let end = try await events.next()
            #expect(end == nil)
        }
    }

    @Test func onlyOnesOwnNamespacesCome() async throws {
        try await Fixture.run { fixture in
            var events = try await fixture.events("/api/v1/records/live", key: "ai")
            try await readers(1, fixture)
            fixture.data.add(record(1))
            var seen = record(2)
            seen.workload = Record.Workload(kind: "Deployment", namespace: "ai", name: "vllm", pod: "vllm-0")
            fixture.data.add(seen)
            #expect(try await events.next("record")?.id == "c2")
        }
    }

    @Test func thereAreOnlySoManyStreams() async throws {
        try await Fixture.run(change: { $0.streams = 2 }) { fixture in
            var one: EventReader? = try await fixture.events("/api/v1/records/live", key: "viewer")
            let two = try await fixture.events("/api/v1/records/live", key: "viewer")
            try await readers(2, fixture)
            let answer = try await fixture.ask(.GET, "/api/v1/records/live", key: "viewer")
            #expect(answer.status == 503)
            #expect(answer.headers.first(name: "retry-after") == "10")
            #expect(one != nil)
            // Whoever leaves makes room, at the next sign of life at the latest.
            one = nil
            try await readers(1, fixture)
            var again = try await fixture.events("/api/v1/records/live", key: "viewer")
            #expect(try await again.next()?.name == "heartbeat")
            _ = two
        }
    }

    @Test func aHundredStreamsGetTheSame() async throws {
        try await Fixture.run { fixture in
            var streams: [EventReader] = []
            for _ in 0..<100 { streams.append(try await fixture.events("/api/v1/records/live", key: "viewer")) }
            try await readers(100, fixture)
            for number in 1...20 { fixture.data.add(record(number)) }
            for index in streams.indices {
                for number in 1...20 { #expect(try await streams[index].next("record")?.id == "c\(number)") }
            }
        }
    }
}
