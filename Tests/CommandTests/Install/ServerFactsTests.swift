import Kubernetes
import Testing

@testable import sallyport

@Suite("What a server takes")
struct ServerFactsTests {
    private func facts(_ minor: String, _ groups: [String]) -> ServerFacts {
        ServerFacts(
            version: ["major": "1", "minor": .text(minor), "gitVersion": .text("v1.\(minor).0")],
            groups: ["groups": [["versions": .list(groups.map { ["groupVersion": .text($0)] })]]])
    }

    private func objects() throws -> [YAMLTree] {
        InstallObjects.make(InstallWish(image: "a:1"), of: try InstallObjects.manifests())
    }

    @Test("a new one takes all as it is")
    func new() throws {
        let all = try objects()
        let (suited, notes) = facts("33", ["policy/v1", "gateway.networking.k8s.io/v1"]).suit(all)
        #expect(suited == all)
        #expect(notes.isEmpty)
    }

    @Test("without the Gateway API there is no class of gateways, and it is said what to do")
    func withoutGateways() throws {
        let (suited, notes) = facts("33", ["policy/v1"]).suit(try objects())
        #expect(!suited.contains { $0.kind == "GatewayClass" })
        #expect(notes.count == 1 && notes[0].contains("install"))
    }

    @Test("an old one gets what it knows")
    func old() throws {
        let facts = facts("20+", ["policy/v1beta1", "gateway.networking.k8s.io/v1"])
        #expect(facts.minor == 20)
        let (suited, notes) = facts.suit(try objects())
        #expect(suited.filter { $0.kind == "PodDisruptionBudget" }.allSatisfy { $0["apiVersion"] == "policy/v1beta1" })
        // It would take the first port of a range for all of it.
        #expect(!suited.contains { $0.yaml.contains("endPort") })
        #expect(notes.isEmpty)
        let namespace = try #require(suited.first { $0.kind == "Namespace" })
        #expect(
            namespace.at("metadata", "labels", "kubernetes.io/metadata.name")?.string == namespace.objectName)
    }

    @Test("a version that cannot be read is an old one")
    func unreadable() {
        let facts = ServerFacts(version: .map([]), groups: .map([]))
        #expect(facts.minor == 0)
        #expect(facts.served.isEmpty)
    }
}
