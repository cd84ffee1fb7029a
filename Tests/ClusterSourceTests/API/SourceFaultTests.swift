import Kubernetes
import Synchronization
import Testing

@testable import ClusterSource

/// What an API server can do wrong, and what must come of it: the state that is known stays, and the newest is found.
@Suite(.timeLimit(.minutes(2))) struct SourceFaultTests {
    /// What a fault test does with a watch that it meddles with.
    private func meddle(
        _ fixture: Fixture, _ answer: @escaping @Sendable (_ number: Int) -> FakeAPIServer.Answer?
    ) {
        let count = Mutex(0)
        fixture.cluster.fault { request in
            guard request.isWatch else { return nil }
            return answer(
                count.withLock { count in
                    count += 1
                    return count
                })
        }
    }

    @Test(
        arguments: [
            FakeAPIServer.Answer.cut("{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"ConfigMap\",\"meta"),
            .cut("{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"Secret\",\"metadata\":{\"name\":\"a\"}}}\n"),
            .cut("{\"type\":\"MODIFIED\"}\n"), .cut("no JSON at all\n"), .cut("[]\n\n{}\n"), .cut("\u{0}\u{1}\n"),
            .cut("{\"type\":\"SOMETHING\",\"object\":{}}\n"), .hangUp, .json(status: 500, "<html>"),
            .json(status: 200, ""),
            FakeCluster.status(410, "Expired", "too old resource version"), .json(status: 503, "down"),
            .json(
                status: 200, "{\"type\":\"ERROR\",\"object\":" + FakeCluster.statusText(410, "Expired", "old") + "}\n"),
            .json(
                status: 200,
                "{\"type\":\"ERROR\",\"object\":" + FakeCluster.statusText(500, "InternalError", "x") + "}\n"),
        ])
    func aWatchThatGoesWrong(answer: FakeAPIServer.Answer) async throws {
        let fixture = try await Fixture()
        fixture.cluster.map("a", "1")
        meddle(fixture) { $0 <= 5 ? answer : nil }
        let source = fixture.source()
        #expect(try await source.load(within: nil).value("a") == "1")
        fixture.cluster.map("a", "2")
        fixture.cluster.map("b", "1")
        let snapshot = await source.next { $0.value("a") == "2" && $0.value("b") == "1" }
        #expect(snapshot?.mistakes.isEmpty == true)
        #expect(fixture.cluster.mostWatches("configmaps") <= 1)
    }

    @Test(
        arguments: [
            FakeAPIServer.Answer.cut(
                "{\"kind\":\"ConfigMapList\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[{\"met"),
            .json(
                status: 200,
                "{\"kind\":\"ConfigMapList\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[{\"metadata\":{}}]}"),
            .json(status: 200, "{\"kind\":\"ConfigMapList\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":["),
            .json(status: 200, "{}"), .json(status: 200, "<html>hello</html>"), .hangUp,
            .json(status: 502, "bad gateway"),
            FakeCluster.status(410, "Expired", "too old"),
        ])
    func aListThatGoesWrong(answer: FakeAPIServer.Answer) async throws {
        let fixture = try await Fixture()
        for name in ["a", "b", "c"] { fixture.cluster.map(name, "1") }
        let count = Mutex(0)
        // Each time another part of it.
        fixture.cluster.fault { request in
            guard request.path.hasSuffix("/configmaps"), !request.isWatch else { return nil }
            let number = count.withLock { count in
                count += 1
                return count
            }
            return [1, 3, 6].contains(number) ? answer : nil
        }
        let source = fixture.source(pageSize: 1)
        let snapshot = try await source.load(within: nil)
        #expect(snapshot.configMapNames == ["a", "b", "c"])
        #expect(snapshot.mistakes.isEmpty)
    }

    @Test func aLineThatIsTooLong() async throws {
        let fixture = try await Fixture()
        fixture.cluster.map("a", "1")
        let much = String(repeating: "x", count: 1 << 20)
        meddle(fixture) { number in
            number > 1
                ? nil
                : .stream { writer in
                    for _ in 0..<12 where await !writer.write(much) { return false }
                    return true
                }
        }
        let source = fixture.source()
        _ = try await source.load(within: nil)
        fixture.cluster.map("a", "2")
        #expect(await source.next { $0.value("a") == "2" } != nil)
    }

    @Test func aServerThatSaysNothingIsAskedAgain() async throws {
        let fixture = try await Fixture(factor: 500)
        fixture.cluster.map("a", "1")
        // The second one agrees to the watch, and is dead from then on.
        meddle(fixture) { number in
            switch number {
            case 1: .silence
            case 2:
                .stream { writer in
                    while writer.isOpen { try? await Task.sleep(for: .milliseconds(5)) }
                    return false
                }
            default: nil
            }
        }
        let source = fixture.source()
        _ = try await source.load(within: nil)
        fixture.cluster.map("a", "2")
        #expect(await source.next { $0.value("a") == "2" } != nil)
    }

    @Test func statesThatAreForgottenBetweenTwoWatches() async throws {
        let fixture = try await Fixture()
        for number in 0..<20 { fixture.cluster.map("m\(number)", "1") }
        let source = fixture.source(pageSize: 3)
        _ = try await source.load(within: nil)
        for round in 2..<6 {
            fixture.cluster.map("m7", "\(round)")
            fixture.cluster.delete(FakeCluster.configMaps, "m\(round)")
            fixture.cluster.forget()
            await fixture.server.stop()
            try await fixture.server.start()
            let snapshot = await source.next { $0.value("m7") == "\(round)" && $0.value("m\(round)") == nil }
            #expect(snapshot?.configMapNames.count == 20 - (round - 1))
        }
    }

    @Test func aServerThatWasSetBackToOldData() async throws {
        let fixture = try await Fixture(factor: 200)
        fixture.cluster.map("a", "1")
        let source = fixture.source()
        _ = try await source.load(within: nil)
        fixture.cluster.setBack()
        fixture.cluster.map("a", "old")
        await fixture.server.stop()
        try await fixture.server.start()
        #expect(await source.next { $0.value("a") == "old" } != nil)
    }

    @Test func tenMinutesWithoutAServer() async throws {
        let fixture = try await Fixture([FakeCluster.configMaps, FakeCluster.accessKeys], factor: 600)
        fixture.cluster.map("a", "1")
        let source = fixture.source([FakeCluster.configMaps, FakeCluster.accessKeys])
        _ = try await source.load(within: nil)
        let start = fixture.clock.now()
        await fixture.server.stop()
        await eventually { source.health.entries.allSatisfy { $0.standing == .stale } }
        #expect(source.health.problems.count == 2)
        fixture.cluster.map("b", "1")
        await eventually { fixture.clock.now() - start > 600_000 }
        // Nothing was said in all that time, and everything is there when it comes back.
        let revision = source.health.revision
        #expect(revision == 1 && source.health.entries.map(\.objects).reduce(0, +) == 1)
        try await fixture.server.start()
        let snapshot = await source.next { _ in true }
        #expect(snapshot?.configMapNames == ["a", "b"] && snapshot?.revision == 2)
        await eventually { source.health.problems.isEmpty }
    }

    @Test func aServerThatAsksForPatienceGetsIt() async throws {
        let fixture = try await Fixture(factor: 50)
        let times = Mutex<[Int64]>([])
        let clock = fixture.clock
        fixture.cluster.fault { request in
            guard request.path.hasSuffix("/configmaps"), !request.isWatch else { return nil }
            let count = times.withLock { times in
                times.append(clock.now())
                return times.count
            }
            return count == 1
                ? FakeCluster.status(429, "TooManyRequests", "slow down", headers: ["retry-after": "20"]) : nil
        }
        _ = try await fixture.source().load(within: nil)
        let asked = times.withLock { $0 }
        #expect(asked.count == 2 && asked[1] - asked[0] >= 20_000)
    }

    @Test func aRefusalIsSaidAtOnceAndNothingIsTakenForEmpty() async throws {
        let fixture = try await Fixture()
        fixture.cluster.fault { request in
            request.path.hasSuffix("/configmaps")
                ? FakeCluster.status(403, "Forbidden", "configmaps is forbidden: user may not list") : nil
        }
        let source = fixture.source()
        await #expect(throws: ClusterError.self) { try await source.load(within: 600_000) }
        #expect(source.health.entries.first?.standing == .refused)
        #expect(!source.health.isSynced)
        // The right comes later.
        fixture.cluster.fault(nil)
        #expect(try await source.load(within: nil).mistakes.isEmpty)
    }

    @Test func whatIsOptionalMayBeRefused() async throws {
        let fixture = try await Fixture()
        fixture.cluster.fault { request in
            request.path.hasSuffix("/configmaps") ? FakeCluster.status(403, "Forbidden", "no") : nil
        }
        let source = fixture.source(optional: [try #require(ServedKind.of(ConfigMap.self))])
        let snapshot = try await source.load(within: nil)
        #expect(snapshot.mistakes.isEmpty, "nobody has made one")
        #expect(source.health.entries.first { $0.problem != nil }?.standing == .declined)
        fixture.cluster.map("a", "1")
        fixture.cluster.fault(nil)
        #expect(await source.next { $0.value("a") == "1" }?.mistakes.isEmpty == true)
    }

    @Test func nobodyThereIsSaidInTime() async throws {
        let fixture = try await Fixture()
        await fixture.server.stop()
        let source = fixture.source()
        let patient = Task { try await source.load(within: nil) }
        await eventually { !source.health.problems.isEmpty }
        let error = await #expect(throws: ClusterError.self) { try await source.load(within: 100) }
        source.stop()
        await #expect(throws: ClusterError.self) { try await patient.value }
        #expect(error?.cause == .unreachable)
        #expect(error?.message.contains("cannot be reached") == true)
    }
}
