import Foundation
import Logging
import Synchronization
import Testing
import X509

@testable import Hub

@Suite("Records of other processes", .timeLimit(.minutes(2)))
struct IntakeTests {
    let authority: TestAuthority
    let intake = FakeIntake()
    let hub: TestHub

    init() throws {
        authority = try TestAuthority()
        let tls = try authority.files("hub", names: [.dnsName("hub.test")])
        hub = TestHub(intake, .init(host: "127.0.0.1", port: 0, tls: tls, window: 4096, longestBatch: 2048))
    }

    func client(
        _ name: String = "n1", as claimed: String? = nil, incarnation: UInt64 = 7, memory: Int = 1 << 20,
        tls: TLSFiles? = nil
    ) throws -> HubClient {
        let files = try tls ?? authority.files(name, names: [.dnsName(name)])
        return HubClient(
            .init(
                host: "127.0.0.1", port: hub.port.withLock { $0 }, tls: files,
                source: IntakeSource(kind: .agent, name: claimed ?? name, incarnation: incarnation), memory: memory,
                batchBytes: 1024, firstPause: .milliseconds(10), longestPause: .milliseconds(50),
                reload: .milliseconds(20), serverName: "hub.test"),
            logger: silent, clock: { 0 })
    }

    @Test("come whole and in order")
    func arrive() async throws {
        await hub.start()
        let client = try client()
        for number in 0..<500 {
            let one = lines([number])
            client.take(one.bytes, count: one.count)
        }
        try await running(client) {
            await client.drain()
            for number in 500..<1000 {
                let one = lines([number])
                client.take(one.bytes, count: one.count)
            }
            await client.drain()
            #expect(client.status.isConnected)
            #expect(client.status.acknowledged == 1000)
            #expect(client.status.waitingBytes == 0)
        }
        #expect(intake.now.lines == (0..<1000).map { "{\"id\":\"\($0)\"}" })
        #expect(intake.now.batches.allSatisfy { $0.source == .init(kind: .agent, name: "n1", incarnation: 7) })
        await hub.stop()
    }

    @Test("come with what the source's clock shows, when it comes and with each batch, also of records that waited")
    func clocks() async throws {
        await hub.start()
        let ahead = Mutex<Int64>(7_000_000)
        let configuration = try client().configuration
        let client = HubClient(
            configuration, logger: silent, clock: { TestHub.clock + ahead.withLock { $0 } })
        let first = lines([1])
        client.take(first.bytes, count: 1)
        try await running(client) {
            await client.drain()
            ahead.withLock { $0 = -9_000_000_000 }
            let second = lines([2])
            client.take(second.bytes, count: 1)
            await client.drain()
        }
        #expect(intake.now.skews == [configuration.source: [7_000_000]])
        #expect(intake.now.batches.map(\.skew) == [7_000_000, -9_000_000_000])
        await hub.stop()
    }

    @Test("come once each though the hub stops again and again")
    func restarts() async throws {
        await hub.start()
        let client = try client()
        try await running(client) {
            for round in 0..<5 {
                for number in round * 100..<(round + 1) * 100 {
                    let one = lines([number])
                    client.take(one.bytes, count: one.count)
                }
                if round % 2 == 0 { await client.drain() }
                await hub.stop()
                await hub.start()
            }
            await client.drain()
        }
        #expect(intake.now.lines == (0..<500).map { "{\"id\":\"\($0)\"}" })
        #expect(client.status.connections >= 3)
        await hub.stop()
    }

    @Test("come once each though the hub fails to store them, and stores them in the end")
    func failures() async throws {
        await hub.start()
        intake.set { $0.isBroken = true }
        let client = try client()
        let some = lines(0..<100)
        client.take(some.bytes, count: some.count)
        try await running(client) {
            try await until { client.status.connections >= 3 && client.status.trouble.contains("cannot store") }
            #expect(client.status.acknowledged == 0)
            intake.set { $0.isBroken = false }
            await client.drain()
        }
        #expect(intake.now.lines == (0..<100).map { "{\"id\":\"\($0)\"}" })
        await hub.stop()
    }

    @Test("that were stored when the connection broke are not stored twice")
    func duplicates() async throws {
        await hub.start()
        intake.set { $0.isHeld = true }
        let client = try client()
        let first = lines(0..<10)
        client.take(first.bytes, count: first.count)
        try await running(client) {
            await intake.until { $0.held.count == 1 }
            // The source comes anew while its old stream still commits: the new one waits for that.
            let again = try self.client()
            again.take(first.bytes, count: first.count)
            try await running(again) {
                try await Task.sleep(for: .milliseconds(50))
                #expect(intake.now.held.count == 1)
                intake.release()
                await again.drain()
            }
        }
        #expect(intake.now.lines.count == 10)
        await hub.stop()
    }

    @Test("of a new life of a source are counted from the beginning")
    func incarnations() async throws {
        await hub.start()
        for life in 1...3 {
            let client = try client(incarnation: UInt64(life))
            let some = lines(life * 10..<life * 10 + 5)
            client.take(some.bytes, count: some.count)
            try await running(client) { await client.drain() }
        }
        #expect(intake.now.lines.count == 15)
        #expect(intake.now.positions.values.sorted() == [1, 1, 1])
        await hub.stop()
    }

    @Test("of a source that lies about its name are not taken")
    func lyingName() async throws {
        await hub.start()
        let client = try client("n1", as: "n2")
        let some = lines(0..<5)
        client.take(some.bytes, count: some.count)
        try await running(client) {
            try await until { client.status.trouble.contains("does not name \"n2\", but n1") }
        }
        #expect(intake.now.batches.isEmpty)
        #expect(client.status.connections == 0)
        await hub.stop()
    }

    @Test("of a source with a SPIFFE id are taken, and only under it")
    func spiffe() async throws {
        await hub.start()
        let id = "spiffe://cluster.test/node/n1"
        let files = try authority.files("spiffe", names: [.uniformResourceIdentifier(id)])
        let client = try client("spiffe", as: id, tls: files)
        let some = lines(0..<5)
        client.take(some.bytes, count: some.count)
        try await running(client) { await client.drain() }
        #expect(intake.now.batches.map(\.source.name) == [id])
        await hub.stop()
    }

    @Test("of a source with a certificate by another authority are not taken, nor of one that does not trust the hub")
    func strangers() async throws {
        await hub.start()
        let stranger = try TestAuthority("stranger")
        let theirs = try stranger.files("n1", names: [.dnsName("n1")], trusting: authority)
        let wary = try authority.files("n1", names: [.dnsName("n1")], trusting: stranger)
        for files in [theirs, wary] {
            let client = try client(tls: files)
            let some = lines(0..<5)
            client.take(some.bytes, count: some.count)
            try await running(client) {
                try await until { !client.status.trouble.isEmpty }
            }
            #expect(client.status.connections == 0)
        }
        #expect(intake.now.batches.isEmpty)
        await hub.stop()
    }

    @Test("go to no hub whose certificate has another name")
    func otherHub() async throws {
        await hub.start()
        var configuration = try client().configuration
        configuration.serverName = "other.test"
        let client = HubClient(configuration, logger: silent, clock: { 0 })
        let some = lines(0..<5)
        client.take(some.bytes, count: some.count)
        try await running(client) {
            try await until { !client.status.trouble.isEmpty }
        }
        #expect(intake.now.batches.isEmpty)
        await hub.stop()
    }

    @Test("go to a hub by its address where its certificate has that")
    func byAddress() async throws {
        var configuration = hub.configuration
        let address = GeneralName.ipAddress(.init(contentBytes: [127, 0, 0, 1]))
        configuration.tls = try authority.files("address", names: [address])
        let hub = TestHub(intake, configuration)
        await hub.start()
        var ours = try client().configuration
        ours.port = hub.port.withLock { $0 }
        ours.serverName = ""
        let client = HubClient(ours, logger: silent, clock: { 0 })
        let some = lines(0..<5)
        client.take(some.bytes, count: some.count)
        try await running(client) { await client.drain() }
        #expect(intake.now.lines.count == 5)
        await hub.stop()
    }

    @Test("of a slow hub wait no longer than memory allows, and the hub is told what was dropped")
    func flood() async throws {
        await hub.start()
        intake.set { $0.isHeld = true }
        let client = try client(memory: 16 << 10)
        try await running(client) {
            let first = lines([0])
            client.take(first.bytes, count: 1)
            await intake.until { $0.held.count == 1 }
            for number in 1..<20_000 {
                let one = lines([number])
                client.take(one.bytes, count: one.count)
                if number % 1000 == 0 { #expect(client.status.waitingBytes <= 16 << 10) }
            }
            let dropped = client.status.dropped
            #expect(dropped > 10_000)
            // The hub holds no more than its window, whatever waits here.
            #expect(intake.now.held.count == 1)
            intake.release()
            await client.drain()
            let last = lines([20_000])
            client.take(last.bytes, count: 1)
            await client.drain()
            #expect(client.status.dropped == dropped)
            #expect(intake.now.dropped == dropped)
            #expect(UInt64(intake.now.lines.count) + dropped == 20_001)
        }
        // What waited is what came first.
        let kept = intake.now.lines.dropLast()
        #expect(kept.elementsEqual((0..<kept.count).map { "{\"id\":\"\($0)\"}" }))
        await hub.stop()
    }

    @Test("are sent with the new certificate once its files have changed")
    func newCertificate() async throws {
        await hub.start()
        let client = try client("n1")
        try await running(client) {
            let some = lines(0..<5)
            client.take(some.bytes, count: some.count)
            await client.drain()
            #expect(client.status.connections == 1)
            _ = try authority.files("n1", names: [.dnsName("n1"), .dnsName("also")])
            try await until { client.status.connections == 2 }
            client.take(some.bytes, count: some.count)
            await client.drain()
        }
        #expect(intake.now.lines.count == 10)
        await hub.stop()
    }

    @Test("are taken by new authorities without a new start, and no longer by the old; a broken file changes nothing")
    func newAuthority() async throws {
        let other = try TestAuthority("other")
        var configuration = hub.configuration
        configuration.reload = .milliseconds(20)
        let file = authority.path("clients.pem")
        @Sendable func trust(_ text: String) throws { try text.write(to: file, atomically: true, encoding: .utf8) }
        let own = try String(contentsOf: authority.path("ca.pem"), encoding: .utf8)
        let theirs = try String(contentsOf: other.path("ca.pem"), encoding: .utf8)
        try trust(own)
        configuration.tls.authority = file.path
        let hub = TestHub(intake, configuration)
        await hub.start()
        let port = hub.port.withLock { $0 }
        func client(_ files: TLSFiles, _ name: String) -> HubClient {
            HubClient(
                .init(
                    host: "127.0.0.1", port: port, tls: files, source: .init(kind: .agent, name: name, incarnation: 1),
                    batchBytes: 1024, firstPause: .milliseconds(10), longestPause: .milliseconds(50),
                    reload: .seconds(60), serverName: "hub.test"), logger: silent, clock: { 0 })
        }
        let old = client(try authority.files("old", names: [.dnsName("old")]), "old")
        let new = client(try other.files("new", names: [.dnsName("new")], trusting: authority), "new")
        @Sendable func send(_ client: HubClient, _ number: Int) {
            let one = lines([number])
            client.take(one.bytes, count: one.count)
        }
        send(old, 1)
        send(new, 2)
        try await running(old) {
            try await running(new) {
                await old.drain()
                #expect(new.status.acknowledged == 0)
                try trust("no certificate")
                send(old, 3)
                await old.drain()
                try trust(theirs)
                await new.drain()
                send(old, 4)
                try await until { !old.status.isConnected }
                send(new, 5)
                await new.drain()
            }
        }
        #expect(Set(intake.now.lines) == Set([1, 2, 3, 5].map { "{\"id\":\"\($0)\"}" }))
        await hub.stop()
    }

    @Test("of many sources come at once")
    func many() async throws {
        await hub.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                let client = try client("n\(number)")
                group.addTask {
                    let some = lines(0..<50)
                    client.take(some.bytes, count: some.count)
                    try await running(client) { await client.drain() }
                }
            }
            try await group.waitForAll()
        }
        #expect(intake.now.lines.count == 600)
        #expect(intake.now.positions.count == 12)
        await hub.stop()
    }

    @Test("go to a hub that forgot everything from where they were")
    func forgetfulHub() async throws {
        await hub.start()
        let client = try client()
        let some = lines(0..<5)
        try await running(client) {
            client.take(some.bytes, count: some.count)
            await client.drain()
            await hub.stop()
            intake.set { $0 = FakeIntake.State() }
            await hub.start()
            let more = lines(5..<10)
            client.take(more.bytes, count: more.count)
            await client.drain()
        }
        #expect(intake.now.lines == (5..<10).map { "{\"id\":\"\($0)\"}" })
        await hub.stop()
    }
}
