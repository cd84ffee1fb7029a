import Foundation
import Kubernetes
import Routing
import Testing

@testable import Gateway

/// What the objects about models are told of themselves.
struct ModelStatusesTests {
    private static func object(_ kind: String, _ name: String, _ spec: String) -> String {
        "{apiVersion: sallyport.dev/v1alpha1, kind: \(kind), metadata: {name: \(name), namespace: t}, spec: \(spec)}"
    }

    /// Reason and message by kind and name; an accepted object has `Accepted`.
    private func statuses(_ objects: [String], server: String? = nil) -> [String: (reason: String, message: String)] {
        var world = World()
        world.services["a"] = [1]
        if let server { world.servers["a"] = server }
        world.extra = objects.joined(separator: "\n---\n")
        let snapshot = ObjectDecoder.snapshot(files: [("w.yaml", Array(world.yaml(port: 8080).utf8))], revision: 1)
        var options = RoutingOptions()
        options.allowsLocalBackends = true
        let clusters = compile(snapshot, options: options).clusters
        var found: [String: (reason: String, message: String)] = [:]
        for status in ModelStatuses(snapshot.objects, clusters: clusters).statuses {
            guard let condition = status.conditions.first, status.conditions.count == 1 else { continue }
            #expect(condition.type == "Accepted")
            #expect((condition.status == .true) == (condition.reason == "Accepted"))
            found["\(status.reference.kind) \(status.reference.name)"] = (condition.reason, condition.message)
        }
        return found
    }

    private static let prices = "{services: [a], models: [{match: [\"*\"], prices: {input: \"1\", output: \"2\"}}]}"

    @Test("what is right is accepted")
    func accepted() {
        let found = statuses(
            [
                Self.object("Provider", "p", Self.prices),
                Self.object("ModelFilter", "f", "{rules: [{models: [a], rename: b}]}"),
                Self.object("ModelServer", "s", "{extends: [vllm]}"),
            ], server: "s")
        #expect(
            found.mapValues(\.reason) == [
                "Provider p": "Accepted", "ModelFilter f": "Accepted", "ModelServer s": "Accepted",
            ])
        #expect(found.values.allSatisfy { $0.message.isEmpty })
    }

    @Test("what cannot be read says why")
    func invalid() {
        let found = statuses([
            Self.object("Provider", "p", "{services: [a], models: []}"),
            Self.object("ModelFilter", "f", "{rules: [{models: [a]}]}"),
            Self.object("ModelServer", "s", "{extends: [nothing]}"),
        ])
        // And the Service, for which the ModelServer may have been meant.
        #expect(found.keys.sorted() == ["ModelFilter f", "ModelServer s", "Provider p", "Service a"])
        #expect(found.values.allSatisfy { $0.reason == "Invalid" && !$0.message.isEmpty })
    }

    @Test("prices that apply nowhere: no such Service, or one that has prices already")
    func providers() {
        let found = statuses([
            Self.object("Provider", "first", Self.prices), Self.object("Provider", "second", Self.prices),
            Self.object("Provider", "third", Self.prices.replacingOccurrences(of: "[a]", with: "[a, nowhere, gone]")),
        ])
        #expect(found["Provider first"]?.reason == "Accepted")
        #expect(found["Provider second"]?.reason == "Conflicted")
        #expect(found["Provider second"]?.message.contains("first") == true)
        #expect(found["Provider third"]?.reason == "ServiceNotFound")
        #expect(found["Provider third"]?.message.hasSuffix("gone, nowhere") == true)
    }

    @Test("a Service that is closed because nobody knows what it is says so; the others say nothing")
    func services() {
        #expect(statuses([], server: "olama")["Service a"]?.reason == "Invalid")
        for server in ["ollama", "none", nil] { #expect(statuses([], server: server).isEmpty) }
    }

    @Test("always in the same order")
    func order() {
        let objects = ["b", "a", "c"].map { Self.object("ModelFilter", $0, "{rules: [{models: [a], rename: b}]}") }
        var world = World()
        world.extra = (objects + [Self.object("Provider", "p", Self.prices)]).joined(separator: "\n---\n")
        let snapshot = ObjectDecoder.snapshot(files: [("w.yaml", Array(world.yaml(port: 8080).utf8))], revision: 1)
        let names = ModelStatuses(snapshot.objects, clusters: []).statuses.map(\.reference.name)
        #expect(names == ["a", "b", "c", "p"])
    }
}
