import ClusterSource
import Kubernetes
import Testing

@testable import sallyport

@Suite("Objects of a cluster on the command line")
struct ClusterPlaceTests {
    private func snapshot(_ texts: String...) -> Snapshot {
        let files = texts.enumerated().map { (path: "\($0.offset).yaml", bytes: Array($0.element.utf8)) }
        return ObjectDecoder.snapshot(files: files, revision: 7)
    }

    private func gateway(_ name: String, _ port: String = "80") -> String {
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: \(name), namespace: ai}
        spec: {gatewayClassName: sallyport, listeners: [{name: l, port: \(port), protocol: HTTP}]}
        """
    }

    @Test("what is applied replaces what has its name, and nothing goes")
    func applying() {
        let there = snapshot(gateway("a"), gateway("b"))
        let result = there.applying(snapshot(gateway("b", "81"), gateway("c")))
        let ports = result.objects.gateways.mapValues { $0.listeners[0].port }
        let expected = ["a": 80, "b": 81, "c": 80].map { (NamespacedName("ai", $0), $1) }
        #expect(ports == Dictionary(uniqueKeysWithValues: expected))
        #expect(result.revision == 7 && result.mistakes.isEmpty)
    }

    @Test("what is applied with a mistake is a mistake of the whole")
    func applyingMistakes() {
        let result = snapshot(gateway("a")).applying(snapshot(gateway("b", "0")))
        #expect(result.mistakes.count == 1 && result.objects.invalid.count == 1)
    }

    @Test("a pod of a Gateway sees its own Gateway, good or bad, and one whose name is not known")
    func oneGateway() {
        let all = snapshot(
            gateway("a"), gateway("b"), gateway("c", "0"), gateway("d", "0"),
            "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: UPPER, namespace: ai}\nspec: {}")
        #expect(all.objects.invalid.count == 3)
        let own = all.keeping(gateway: NamespacedName("ai", "a"))
        #expect(own.objects.gateways.keys.map(\.name) == ["a"])
        #expect(own.objects.invalid.allSatisfy { $0.isLost })
        let bad = all.keeping(gateway: NamespacedName("ai", "c"))
        #expect(bad.objects.gateways.isEmpty)
        #expect(bad.objects.invalid.filter { !$0.isLost }.map(\.reference.name) == ["c"])
    }

    @Test("the addresses that a Gateway asks for are its Service's, not the pod's")
    func addresses() {
        let text = gateway("a").replacing("listeners:", with: "addresses: [{value: 192.0.2.1}], listeners:")
        let own = snapshot(text).keeping(gateway: NamespacedName("ai", "a"))
        #expect(own.mistakes.isEmpty && own.objects.gateways.values.first?.addresses.isEmpty == true)
    }

    @Test("kubectl's plug-in means kubectl's cluster")
    func plugin() {
        #expect(Invocation.isPlugin("/usr/local/bin/kubectl-sallyport"))
        #expect(Invocation.isPlugin("kubectl_sallyport"))
        #expect(!Invocation.isPlugin("/kubectl-sallyport/sallyport") && !Invocation.isPlugin(""))
    }

    @Test(
        "objects are a directory, a cluster, or both",
        arguments: [
            (["DIR"], true), (["--cluster"], true), (["--cluster", "DIR"], true),
            (["--cluster", "--context", "c", "--kubeconfig", "f"], true), ([], false),
            (["DIR", "--context", "c"], true),
            (["--kubeconfig", "f"], true), (["DIR", "OTHER"], false),
        ])
    func options(words: [String], areRight: Bool) {
        #expect(((try? ObjectOptions.parse(words)) != nil) == areRight)
    }

    @Test("a pod of a Gateway is told which")
    func door() throws {
        var raw = UpPlan.Raw()
        let door = UpPlan.Door(
            cluster: ClusterAccess(kubeconfig: nil, context: nil), gateway: NamespacedName("ai", "front"), node: "n1")
        raw.door = door
        raw.state = "s"
        let plan = try UpPlan(raw, environment: [:])
        #expect(plan.door == door && plan.objects == .door(door))
    }
}
