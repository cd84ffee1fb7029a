import Foundation
import Records
import Telemetry
import Testing

@testable import Hub

@Suite("A stream of a source")
struct IntakeSessionTests {
    let source = IntakeSource(kind: .agent, name: "n1", incarnation: 1)

    func batch(_ number: UInt64, _ text: String, count: UInt64 = 1, dropped: UInt64 = 0) -> Sallyport_Hub_V1_Batch {
        var batch = Sallyport_Hub_V1_Batch()
        batch.number = number
        batch.lines = Data(text.utf8)
        batch.count = count
        batch.dropped = dropped
        return batch
    }

    @Test("what comes while one is committed is committed together")
    func gathers() throws {
        var session = IntakeSession(source: source, committed: 3, window: 100, longestBatch: 50)
        let isNew1 = try session.take(batch(3, "old\n"), at: 0)
        #expect(!isNew1)
        let isNew2 = try session.take(batch(4, "a\n", dropped: 2), at: 0)
        #expect(isNew2)
        let isNew3 = try session.take(batch(5, "b\nc\n", count: 2, dropped: 5), at: 0)
        #expect(isNew3)
        let isNew4 = try session.take(batch(5, "b\nc\n", count: 2), at: 0)
        #expect(!isNew4, "it came already")
        let all = session.next()
        #expect(
            all
                == IntakeBatch(source: source, number: 5, lines: Array("a\nb\nc\n".utf8), count: 3, dropped: 7))
        let more = session.next()
        #expect(more == nil)
        session.commit(5)
        #expect(session.committed == 5)
    }

    @Test("what its clock shows is told, of what was gathered the newest; one that says nothing, and one that lies")
    func clocks() throws {
        var session = IntakeSession(source: source, committed: 0, window: 100, longestBatch: 50)
        func take(_ number: UInt64, clock: Int64) throws {
            var batch = batch(number, "a\n")
            batch.clock = clock
            _ = try session.take(batch, at: 1_000)
        }
        try take(1, clock: 0)
        #expect(session.next()?.skew == nil)
        session.commit(1)
        try take(2, clock: 5_000)
        try take(3, clock: 900)
        try take(4, clock: 0)
        #expect(session.next()?.skew == -100)
        #expect(IntakeSession.skew(.min, at: 1_000) == .min)
        #expect(IntakeSession.skew(.max, at: -1_000) == .max)
    }

    @Test("of those that share a certificate each says which it is; nobody speaks for another certificate")
    func shared() throws {
        func source(_ name: String) throws(IntakeViolation) -> IntakeSource {
            var hello = Sallyport_Hub_V1_Hello()
            (hello.kind, hello.name) = ("agent", name)
            return try IntakeSession.source(of: hello, certified: ["agent.sallyport-agents", "spiffe://a/b"])
        }
        #expect(try source("agent.sallyport-agents").name == "agent.sallyport-agents")
        #expect(try source(IntakeSource.name("agent.sallyport-agents", part: "n1")).name == "agent.sallyport-agents#n1")
        #expect(try source("spiffe://a/b#n1").name == "spiffe://a/b#n1")
        let long = "agent.sallyport-agents#" + String(repeating: "a", count: 600)
        for name in ["", "#n1", "agent", "agent.sallyport-agents/n1", "spiffe://a/b/c", "spiffe://a/#b", long] {
            #expect(throws: IntakeViolation.self) { try source(name) }
        }
    }

    @Test(
        "nonsense ends it",
        arguments: [
            (0, "a\n", 1), (9, "a", 1), (9, "a\n", 5), (9, "", 1), (9, String(repeating: "a", count: 60) + "\n", 1),
        ])
    func nonsense(number: UInt64, text: String, count: UInt64) {
        var session = IntakeSession(source: source, committed: 3, window: 100, longestBatch: 50)
        #expect(throws: IntakeViolation.self) { try session.take(batch(number, text, count: count), at: 0) }
    }

    @Test("a gap ends it, but before the first, where an older hub has it")
    func gaps() throws {
        var session = IntakeSession(source: source, committed: 3, window: 100, longestBatch: 50)
        let isNew5 = try session.take(batch(100, "a\n"), at: 0)
        #expect(isNew5)
        #expect(throws: IntakeViolation.self) { try session.take(batch(102, "a\n"), at: 0) }
    }

    @Test("more than it may send ends it")
    func tooMuch() throws {
        var session = IntakeSession(source: source, committed: 0, window: 20, longestBatch: 10)
        for number in 1...3 { _ = try session.take(batch(UInt64(number), "123456789\n"), at: 0) }
        #expect(throws: IntakeViolation.self) { try session.take(batch(4, "123456789\n"), at: 0) }
        // What is being committed counts too.
        _ = session.next()
        #expect(throws: IntakeViolation.self) { try session.take(batch(4, "123456789\n"), at: 0) }
        session.commit(3)
        let isNew6 = try session.take(batch(4, "123456789\n"), at: 0)
        #expect(isNew6)
    }

    @Test("prompts and answers come from gateways only, with an id, and not more than are taken")
    func contents() throws {
        func message(_ id: String, _ length: Int) -> Sallyport_Hub_V1_Batch {
            var batch = batch(1, "", count: 0)
            batch.contents = [
                .init(RecordContent(id: id, time: 5, answer: .init(text: [UInt8](repeating: 7, count: length))))
            ]
            return batch
        }
        let gateway = IntakeSource(kind: .gateway, name: "g", incarnation: 1)
        func session(_ source: IntakeSource) -> IntakeSession {
            IntakeSession(source: source, committed: 0, window: 100, longestBatch: 50, longestContent: 300)
        }
        var good = session(gateway)
        let isNew = try good.take(message("a", 100), at: 0)
        #expect(isNew)
        let taken = good.next()
        #expect(
            taken?.contents == [RecordContent(id: "a", time: 5, answer: .init(text: [UInt8](repeating: 7, count: 100)))]
        )
        for (source, id, length) in [
            (source, "a", 1), (gateway, "", 1), (gateway, String(repeating: "a", count: 65), 1), (gateway, "a", 300),
        ] {
            var session = session(source)
            #expect(throws: IntakeViolation.self) { try session.take(message(id, length), at: 0) }
        }
    }

    @Test("who it is stands in the certificate")
    func names() throws {
        var hello = Sallyport_Hub_V1_Hello()
        hello.kind = "gateway"
        hello.name = "front"
        hello.incarnation = 9
        #expect(
            try IntakeSession.source(of: hello, certified: ["x", "front"])
                == IntakeSource(kind: .gateway, name: "front", incarnation: 9))
        #expect(throws: IntakeViolation.self) { try IntakeSession.source(of: hello, certified: []) }
        #expect(throws: IntakeViolation.self) { try IntakeSession.source(of: hello, certified: ["Front"]) }
        hello.kind = "hub"
        #expect(throws: IntakeViolation.self) { try IntakeSession.source(of: hello, certified: ["front"]) }
        hello.kind = "agent"
        hello.name = ""
        #expect(throws: IntakeViolation.self) { try IntakeSession.source(of: hello, certified: [""]) }
    }
}
