import Foundation
import Kubernetes
import Testing

@testable import ClusterSource

@Suite(.timeLimit(.minutes(2))) struct DirectorySourceTests {
    @Test func readsTheTreeAndLeavesOutWhatIsNoManifest() throws {
        let folder = try Folder()
        try folder.write("a.yaml", configMap("a"))
        try folder.write("sub/deep/b.yml", configMap("b"))
        try folder.write("c.json", #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}"#)
        for name in [".hidden.yaml", "a.yaml~", "#a.yaml#", ".git/x.yaml", "notes.txt", ".a.yaml.swp"] {
            try folder.write(name, "{{{")
        }
        try folder.link("loop", to: ".")
        try folder.link(".#lock.yaml", to: "nowhere")
        let source = folder.source()
        let snapshot = source.load()
        #expect(snapshot.configMapNames == ["a", "b", "c"])
        #expect(snapshot.mistakes.isEmpty && snapshot.unreadable.isEmpty)
        #expect(snapshot.revision == 1)
        #expect(
            snapshot.objects.configMaps[NamespacedName("default", "b")]?.metadata.position?.file == "sub/deep/b.yml")
    }

    @Test(arguments: [true, false]) func rewriteRenameAndRemove(usesNotifications: Bool) async throws {
        let folder = try Folder()
        try folder.write("a.yaml", configMap("a", "1"))
        let source = folder.source(usesNotifications: usesNotifications)
        #expect(source.load().value("a") == "1")
        var following = Following(source)

        try folder.write("a.yaml", configMap("a", "2"))
        #expect(await following.next { $0.value("a") == "2" }?.revision == 2)

        try folder.write(".new", configMap("a", "3"))
        try folder.move(".new", "a.yaml")
        #expect(await following.next { $0.value("a") == "3" } != nil)

        try folder.remove("a.yaml")
        #expect(await following.next { $0.configMapNames == [] } != nil)
        source.stop()
        #expect(await following.next { _ in true } == nil)
    }

    @Test func manyFilesAtOnceAreOneSnapshot() async throws {
        let folder = try Folder()
        let outside = try Folder()
        for index in 0..<200 { try outside.write("all/\(index).yaml", configMap("c\(index)")) }
        let source = folder.source()
        _ = source.load()
        var following = Following(source)
        #expect(rename(outside.at("all").path, folder.at("all").path) == 0)
        let snapshot = await following.next { _ in true }
        #expect(snapshot?.objects.configMaps.count == 200)
        #expect(snapshot?.revision == 2)
        #expect(source.decodeCount == 200)

        // One of them changes: one is decoded.
        try folder.write("all/7.yaml", configMap("c7", "new"))
        #expect(await following.next { $0.value("c7") == "new" } != nil)
        #expect(source.decodeCount >= 201 && source.decodeCount <= 203)
    }

    @Test func nothingChangedIsNoSnapshot() async throws {
        let folder = try Folder()
        try folder.write("a.yaml", configMap("a"))
        let source = folder.source()
        _ = source.load()
        var following = Following(source)
        try folder.write("a.yaml", configMap("a"))
        try folder.write("notes.txt", "x")
        try await Task.sleep(for: .milliseconds(700))
        try folder.write("b.yaml", configMap("b"))
        #expect(await following.next { _ in true }?.revision == 2)
    }

    @Test func aBrokenFileKeepsWhatItSaid() async throws {
        let folder = try Folder()
        try folder.write("a.yaml", configMap("a", "1"))
        try folder.write("b.yaml", configMap("b", "1"))
        let reports = Reports()
        let source = folder.source(report: reports)
        _ = source.load()
        var following = Following(source)

        try folder.write("a.yaml", "kind: [")
        let broken = try #require(await following.next { !$0.mistakes.isEmpty })
        #expect(broken.value("a") == "1" && broken.value("b") == "1")
        #expect(broken.unreadable.isEmpty)
        #expect(broken.mistakes.count == 1 && broken.mistakes[0].position?.file == "a.yaml")
        try folder.write("b.yaml", configMap("b", "2"))
        #expect(await following.next { $0.value("b") == "2" }?.mistakes == broken.mistakes)
        #expect(reports.mistakes == broken.mistakes, "reported once")

        try folder.write("a.yaml", configMap("a", "2"))
        let fixed = try #require(await following.next { $0.value("a") == "2" })
        #expect(fixed.mistakes.isEmpty)
    }

    @Test func aFileThatNeverCouldBeReadIsUnreadable() async throws {
        let folder = try Folder()
        try folder.write("a.yaml", "kind: [")
        try folder.write("b.yaml", configMap("b", "1"))
        try folder.link("dangling.yaml", to: "nowhere")
        let source = folder.source()
        let first = source.load()
        #expect(first.unreadable == ["a.yaml", "dangling.yaml"])
        #expect(first.configMapNames == ["b"])
        #expect(first.mistakes.count == 2)

        // Gone and back, broken: what it says now nobody knows.
        var following = Following(source)
        try folder.remove("b.yaml")
        _ = await following.next { $0.configMapNames == [] }
        try folder.write("b.yaml", "]")
        #expect(await following.next { $0.unreadable.contains("b.yaml") } != nil)
    }

    @Test func aWrongObjectReplacesItsGoodVersion() async throws {
        let folder = try Folder()
        let policy = { (rules: String) in
            """
            apiVersion: sallyport.dev/v1alpha1
            kind: AccessPolicy
            metadata: {name: p}
            spec:
              targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r}]
              \(rules)
            """
        }
        try folder.write("p.yaml", policy("rules: [{from: [{networks: [10.0.0.0/8]}]}]"))
        let source = folder.source()
        #expect(source.load().objects.accessPolicies.count == 1)
        var following = Following(source)
        try folder.write("p.yaml", policy("rules: [{from: [{networks: [10.1.0.0/8]}]}]"))
        let snapshot = try #require(await following.next { !$0.mistakes.isEmpty })
        #expect(snapshot.objects.accessPolicies.isEmpty)
        #expect(snapshot.objects.invalid.map(\.reference.name) == ["p"])
        #expect(snapshot.objects.invalid[0].targetRefs?.map(\.name) == ["r"])
    }

    @Test func subdirectoriesComeAndGo() async throws {
        let folder = try Folder()
        let source = folder.source()
        #expect(source.load().configMapNames == [])
        var following = Following(source)
        try folder.write("one/two/a.yaml", configMap("a", "1"))
        #expect(await following.next { $0.value("a") == "1" } != nil)
        try folder.write("one/two/a.yaml", configMap("a", "2"))
        #expect(await following.next { $0.value("a") == "2" } != nil)
        try folder.move("one", "renamed")
        try folder.write("renamed/two/a.yaml", configMap("a", "3"))
        #expect(await following.next { $0.value("a") == "3" } != nil)
        try folder.remove("renamed")
        #expect(await following.next { $0.configMapNames == [] } != nil)
    }

    @Test func theDirectoryItselfGoesAndComesBack() async throws {
        let folder = try Folder()
        try folder.write("root/a.yaml", configMap("a", "1"))
        let source = folder.source(below: "root")
        #expect(source.load().value("a") == "1")
        var following = Following(source)
        try folder.remove("root")
        let gone = try #require(await following.next { $0.mistakes.contains { $0.position?.file == "." } })
        #expect(gone.unreadable.isEmpty)
        try folder.write("root/a.yaml", configMap("a", "2"))
        let back = try #require(await following.next { $0.value("a") == "2" })
        #expect(back.mistakes.isEmpty)
    }

    @Test func aDirectoryThatIsNotThereIsUnreadable() async throws {
        let folder = try Folder()
        let source = folder.source(below: "later")
        #expect(source.load().unreadable == ["."])
        var following = Following(source)
        try folder.write("later/a.yaml", configMap("a", "1"))
        let snapshot = try #require(await following.next { $0.value("a") == "1" })
        #expect(snapshot.unreadable.isEmpty && snapshot.mistakes.isEmpty)
    }

    @Test func configMapMounts() async throws {
        let folder = try Folder()
        try folder.write("..2026_01/a.yaml", configMap("a", "1"))
        try folder.link("..data", to: "..2026_01")
        try folder.link("a.yaml", to: "..data/a.yaml")
        let source = folder.source()
        #expect(source.load().value("a") == "1")
        var following = Following(source)
        try folder.write("..2026_02/a.yaml", configMap("a", "2"))
        try folder.link("..data_tmp", to: "..2026_02")
        try folder.move("..data_tmp", "..data")
        try folder.remove("..2026_01")
        #expect(await following.next { $0.value("a") == "2" } != nil)
    }

    @Test func oneFileWorksToo() async throws {
        let folder = try Folder()
        try folder.write("a.yaml", configMap("a", "1"))
        try folder.write("b.yaml", configMap("b", "1"))
        let source = folder.source(below: "a.yaml")
        let first = source.load()
        #expect(first.configMapNames == ["a"])
        var following = Following(source)
        try folder.write(".new", configMap("a", "2"))
        try folder.move(".new", "a.yaml")
        #expect(await following.next { $0.value("a") == "2" }?.configMapNames == ["a"])
    }
}
