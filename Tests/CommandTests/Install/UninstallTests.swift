import Kubernetes
import Testing

@testable import sallyport

@Suite("What is uninstalled")
struct UninstallTests {
    @Test("the pod that releases a node is bound to it, may what the agent may, and ends")
    func releasing() throws {
        let manifests = InstallObjects.make(InstallWish(image: "example.com/a:1"), of: try InstallObjects.manifests())
        let agent = try #require(manifests.first { $0.kind == "DaemonSet" })
        let pod = ReleasePod.make(node: "n1", number: 7, agent: agent)
        #expect(ObjectName(pod)?.description == "Pod sallyport-agents/sallyport-release-7")
        let spec = try #require(pod["spec"])
        #expect(spec["nodeName"] == "n1")
        #expect(spec["hostNetwork"] == true)
        #expect(spec["restartPolicy"] == "OnFailure")
        #expect(spec["tolerations"] == [["operator": "Exists"]])
        #expect(spec["automountServiceAccountToken"] == false)
        let container = try #require(spec["containers"]?.elements.first)
        #expect(container["image"] == "example.com/a:1")
        #expect(container["args"] == ["agent", "--release"])
        let agents = try #require(agent.at("spec", "template", "spec", "containers")?.elements.first)
        #expect(container["securityContext"] == agents["securityContext"])
        // The agents' selector must not find it: their DaemonSet would take it for one of its own.
        #expect(pod.component != "agent")
    }

    @Test("a person is told what goes")
    func told() {
        var plan = UninstallPlan(server: "here")
        #expect(plan.isEmpty)
        plan.agent = .map([])
        plan.nodes = ["a", "b"]
        plan.gateways = (1...7).map { "ns/g\($0)" }
        plan.namespaces = [ObjectName("v1", "Namespace", "sallyport-system")]
        plan.definitions = [ObjectName("v1", "CustomResourceDefinition", "x")]
        #expect(!plan.isEmpty)
        #expect(
            plan.lines == [
                "To be removed from here:", "  the agents, and their rules on 2 nodes",
                "  what was made for Gateways, which then serve no more: ns/g1, ns/g2, ns/g3, ns/g4, ns/g5, ...",
                "  namespaces with all that is in them: sallyport-system",
                "  1 kinds of ours, with every object of them",
            ])
    }

    @Test("everything that is installed is found again by its labels, or named")
    func found() throws {
        let objects = InstallObjects.make(
            {
                var wish = InstallWish(image: "a:1")
                wish.secretsOf = [.init(namespace: "ai", names: [])]
                wish.hasNamedRanges = true
                return wish
            }(), of: try InstallObjects.manifests())
        let kinds = Set(InstallLeftovers.kinds.map(\.kind))
        for object in objects where object.kind != "Namespace" {
            #expect(kinds.contains(object.kind), "\(object.kind)")
            let labels = object.at("metadata", "labels")
            #expect(labels?["app.kubernetes.io/name"] == "sallyport", "\(object.objectName)")
            #expect(labels?["app.kubernetes.io/part-of"] == "sallyport", "\(object.objectName)")
        }
    }
}
