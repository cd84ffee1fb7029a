import Kubernetes
import Synchronization
import Testing

@testable import ClusterSource

/// A source beside a server that does all it should.
@Suite(.timeLimit(.minutes(2))) struct SourceTests {
    @Test func listsInPartsAndFollows() async throws {
        let fixture = try await Fixture()
        for number in 0..<7 { fixture.cluster.map("m\(number)", "1") }
        let source = fixture.source(pageSize: 3)
        let first = try await source.load()
        #expect(first.configMapNames == (0..<7).map { "m\($0)" } && first.revision == 1)
        #expect(fixture.asked("configmaps", watch: false).compactMap { $0.query["limit"] } == ["3", "3", "3"])
        fixture.cluster.map("m3", "2")
        #expect(await source.next { $0.value("m3") == "2" } != nil)
        fixture.cluster.delete(FakeCluster.configMaps, "m0")
        fixture.cluster.map("n", "1")
        let snapshot = await source.next { $0.value("n") == "1" && $0.value("m0") == nil }
        #expect(snapshot?.configMapNames == ["m1", "m2", "m3", "m4", "m5", "m6", "n"])
        #expect(fixture.asked("configmaps", watch: true).count == 1)
        #expect(source.health.isSynced && source.health.problems.isEmpty)
        #expect(source.health.entries.map(\.objects) == [7])
    }

    @Test func manyChangesAreFewSnapshots() async throws {
        let fixture = try await Fixture(factor: 1)
        let source = fixture.source()
        _ = try await source.load()
        for number in 0..<500 { fixture.cluster.map("m", "\(number)") }
        let last = await source.next { $0.value("m") == "499" }
        #expect((last?.revision ?? 500) < 50)
    }

    @Test func whatIsTheSameInAllThatIsReadIsNoChange() async throws {
        let fixture = try await Fixture([FakeCluster.services])
        fixture.cluster.put(FakeCluster.services, "s", #""spec":{"ports":[{"port":80}]},"status":{"x":1}"#)
        let source = fixture.source([FakeCluster.services])
        _ = try await source.load()
        for number in 2..<9 {
            fixture.cluster.put(FakeCluster.services, "s", #""spec":{"ports":[{"port":80}]},"status":{"x":\#(number)}"#)
        }
        fixture.cluster.put(FakeCluster.services, "s", #""spec":{"ports":[{"port":81}]}"#)
        let snapshot = await source.next { $0.objects.services.values.first?.ports.first?.port == 81 }
        #expect(snapshot?.revision == 2)
        #expect(source.health.entries.first?.events == 8)
    }

    @Test func anObjectThatBecomesWrongIsNotAsItWas() async throws {
        let fixture = try await Fixture([FakeCluster.accessKeys])
        let good = #""spec":{"sha256":"\#(String(repeating: "ab", count: 32))"}"#
        fixture.cluster.put(FakeCluster.accessKeys, "k", good)
        let source = fixture.source([FakeCluster.accessKeys])
        #expect(try await source.load().objects.accessKeys.count == 1)
        fixture.cluster.put(FakeCluster.accessKeys, "k", #""spec":{"sha256":"short"}"#)
        let wrong = await source.next { !$0.objects.invalid.isEmpty }
        #expect(wrong?.objects.accessKeys.isEmpty == true)
        #expect(wrong?.objects.invalid.first?.reference.description == "AccessKey default/k")
        #expect(wrong?.mistakes.first?.description.hasPrefix("AccessKey default/k: spec.sha256: ") == true)
        fixture.cluster.put(FakeCluster.accessKeys, "k", good)
        let mended = await source.next { $0.objects.invalid.isEmpty }
        #expect(mended?.objects.accessKeys.count == 1 && mended?.mistakes.isEmpty == true)
    }

    @Test func aKindThatIsInstalledLater() async throws {
        let fixture = try await Fixture(factor: 100)
        let source = fixture.source([FakeCluster.configMaps, FakeCluster.accessKeys])
        #expect(try await source.load(within: nil).objects.count == 0)
        let entry = source.health.entries.first { $0.kind == "AccessKey.sallyport.dev" }
        #expect(entry?.standing == .notInstalled && entry?.problem == nil)
        fixture.cluster.serve([FakeCluster.configMaps, FakeCluster.accessKeys])
        fixture.cluster.put(
            FakeCluster.accessKeys, "k", #""spec":{"sha256":"\#(String(repeating: "ab", count: 32))"}"#)
        #expect(await source.next { $0.objects.accessKeys.count == 1 } != nil)
    }

    @Test func aKindThatGoesIsGivenUpOnlyAfterAMinute() async throws {
        let fixture = try await Fixture([FakeCluster.configMaps, FakeCluster.accessKeys], factor: 100)
        fixture.cluster.put(
            FakeCluster.accessKeys, "k", #""spec":{"sha256":"\#(String(repeating: "ab", count: 32))"}"#)
        let source = fixture.source([FakeCluster.configMaps, FakeCluster.accessKeys])
        #expect(try await source.load(within: nil).objects.accessKeys.count == 1)
        let start = fixture.clock.now()
        fixture.cluster.serve([FakeCluster.configMaps])
        await fixture.server.stop()
        try await fixture.server.start()
        #expect(await source.next { $0.objects.accessKeys.isEmpty } != nil)
        #expect(fixture.clock.now() - start >= 60_000)
    }

    @Test func aServerThatIsNotReadyIsNotBelievedThatAKindIsNotThere() async throws {
        let fixture = try await Fixture([FakeCluster.configMaps], factor: 100)
        let isReady = Mutex(false)
        fixture.cluster.fault { request in
            request.path == "/readyz" && !isReady.withLock { $0 }
                ? .json(status: 500, "crd-informer-synced failed") : nil
        }
        let source = fixture.source([FakeCluster.configMaps, FakeCluster.accessKeys])
        let error = await #expect(throws: ClusterError.self) { try await source.load(within: 20_000) }
        #expect(error?.cause == .unreachable)
        fixture.cluster.put(
            FakeCluster.accessKeys, "k", #""spec":{"sha256":"\#(String(repeating: "ab", count: 32))"}"#)
        fixture.cluster.serve([FakeCluster.configMaps, FakeCluster.accessKeys])
        isReady.withLock { $0 = true }
        #expect(try await source.load(within: nil).objects.accessKeys.count == 1)
    }

    @Test func theBestVersionThatIsServedIsRead() async throws {
        let old = FakeCluster.Kind(
            group: "discovery.k8s.io", version: "v1beta1", plural: "endpointslices", kind: "EndpointSlice")
        let new = FakeCluster.Kind(
            group: "discovery.k8s.io", version: "v1", plural: "endpointslices", kind: "EndpointSlice")
        for (kinds, path) in [([old], old.root), ([old, new], new.root)] {
            let fixture = try await Fixture(kinds)
            fixture.cluster.put(
                old, "s",
                """
                "addressType":"IPv4","endpoints":[{"addresses":["10.0.0.1"],"topology":{
                "kubernetes.io/hostname":"n1","topology.kubernetes.io/zone":"z"}}],"ports":null
                """)
            let endpoint = try await fixture.source([old]).load().objects.endpointSlices.values.first?.endpoints.first
            #expect(endpoint?.nodeName == "n1" && endpoint?.zone == "z")
            #expect(fixture.asked("endpointslices", watch: false).map(\.path) == ["\(path)/endpointslices"])
        }
    }

    @Test func stopEndsEverything() async throws {
        let fixture = try await Fixture()
        let source = fixture.source()
        _ = try await source.load()
        await eventually { fixture.cluster.openWatches("configmaps") == 1 }
        source.stop()
        #expect(await source.next { _ in true } == nil)
        await eventually { fixture.cluster.openWatches("configmaps") == 0 }
        let error = await #expect(throws: ClusterError.self) { try await source.load() }
        #expect(error?.cause == .stopped)
    }

    @Test func aSourceThatNobodyHoldsEndsByItself() async throws {
        let fixture = try await Fixture()
        var source: APIServerSource? = fixture.source()
        _ = try await source?.load()
        await eventually { fixture.cluster.openWatches("configmaps") == 1 }
        source = nil
        await eventually { fixture.cluster.openWatches("configmaps") == 0 }
    }
}
