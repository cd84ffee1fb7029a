import Testing

@testable import Kubernetes

@Suite struct LiveObjectsTests {
    private func kind() throws -> ServedKind { try #require(ServedKind.of(ConfigMap.self)) }

    private func map(_ name: String, _ value: String = "1") throws -> ServedObject {
        try ServedObject.decode(
            Array(#"{"metadata":{"name":"\#(name)"},"data":{"k":"\#(value)"}}"#.utf8), as: kind(), apiVersion: "v1")
    }

    private func broken(_ name: String) throws -> ServedObject {
        try ServedObject.decode(
            Array(#"{"metadata":{"name":"\#(name)"},"data":{"k":7}}"#.utf8), as: kind(), apiVersion: "v1")
    }

    @Test func changesAreToldFromNone() throws {
        let feed = LiveObjects.Feed(try kind())
        var live = LiveObjects()
        #expect(live.put(try map("a"), from: feed) == true)
        #expect(live.put(try map("a"), from: feed) == false)
        #expect(live.put(try map("a", "2"), from: feed) == true)
        #expect(live.replace(with: [try map("a", "2"), try map("b")], of: feed) == true)
        #expect(live.replace(with: [try map("b"), try map("a", "2")], of: feed) == false)
        #expect(live.count(of: feed) == 2)
        #expect(live.replace(with: [try map("b")], of: feed) == true)
        #expect(live.current.configMaps.keys.map(\.name) == ["b"])
        #expect(live.remove(NamespacedName("default", "b"), from: feed) == true)
        #expect(live.remove(NamespacedName("default", "b"), from: feed) == false)
        #expect(live.current.count == 0)
    }

    @Test func whatIsWrongNowIsNotThereAsItWas() throws {
        let feed = LiveObjects.Feed(try kind())
        var live = LiveObjects()
        _ = live.put(try map("a"), from: feed)
        #expect(live.put(try broken("a"), from: feed) == true)
        #expect(live.put(try broken("a"), from: feed) == false)
        var snapshot = live.snapshot(revision: 1)
        #expect(snapshot.objects.configMaps.isEmpty && snapshot.objects.invalid.count == 1)
        #expect(snapshot.mistakes.count == 1)
        #expect(live.put(try map("a"), from: feed) == true)
        snapshot = live.snapshot(revision: 2)
        #expect(snapshot.objects.configMaps.count == 1 && snapshot.objects.invalid.isEmpty && snapshot.mistakes.isEmpty)
        _ = live.put(try broken("a"), from: feed)
        #expect(live.remove(NamespacedName("default", "a"), from: feed) == true)
        #expect(live.snapshot(revision: 3).objects.invalid.isEmpty)
    }

    @Test func whatTwoFeedsHaveStaysWhileOneHasIt() throws {
        let (all, one) = (LiveObjects.Feed(try kind()), LiveObjects.Feed(try kind(), part: "one"))
        var live = LiveObjects()
        _ = live.put(try map("a"), from: all)
        #expect(live.put(try map("a"), from: one) == false)
        #expect(live.remove(NamespacedName("default", "a"), from: all) == false)
        #expect(live.current.configMaps.count == 1)
        #expect(live.end(one) == true)
        #expect(live.current.configMaps.isEmpty)
    }

    @Test func aSnapshotIsNotTouchedByWhatComesAfter() throws {
        let feed = LiveObjects.Feed(try kind())
        var live = LiveObjects()
        _ = live.put(try map("a"), from: feed)
        let snapshot = live.snapshot(
            revision: 1, mistakes: [Mistake(position: nil, object: nil, path: "", message: "m")])
        _ = live.replace(with: [], of: feed)
        #expect(snapshot.objects.configMaps.count == 1 && snapshot.mistakes.map(\.message) == ["m"])
        #expect(live.snapshot(revision: 2).objects.configMaps.isEmpty)
    }

    /// Random changes, one at a time, end where reading everything at once would.
    @Test func oneByOneIsAsAllAtOnce() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix(state: seed)
        let feed = LiveObjects.Feed(try kind())
        var live = LiveObjects()
        var truth: [String: ServedObject] = [:]
        for _ in 0..<400 {
            let name = ["a", "b", "c", "d"].randomElement(using: &random) ?? "a"
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                truth[name] = nil
                _ = live.remove(NamespacedName("default", name), from: feed)
            case 1:
                truth[name] = try broken(name)
                _ = live.put(try broken(name), from: feed)
            case 2: _ = live.replace(with: Array(truth.values), of: feed)
            default:
                let object = try map(name, "\(Int.random(in: 0..<3, using: &random))")
                truth[name] = object
                _ = live.put(object, from: feed)
            }
            var fresh = LiveObjects()
            _ = fresh.replace(with: Array(truth.values), of: feed)
            let (one, all) = (live.snapshot(revision: 1), fresh.snapshot(revision: 1))
            #expect(one.objects.configMaps == all.objects.configMaps, "seed \(seed)")
            #expect(one.objects.invalid == all.objects.invalid && one.mistakes == all.mistakes, "seed \(seed)")
        }
    }
}
