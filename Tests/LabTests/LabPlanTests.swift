import Addresses
import Foundation
import Kubernetes
import Policy
import Testing

@testable import Lab

@Suite("Plans of labs")
struct LabPlanTests {
    private static func plan(_ yaml: String, _ options: LabOptions = .init()) throws -> LabPlan {
        try LabPlan.make(objects(yaml), options).plan
    }

    @Test("every pod has a namespace of its own, unless it is on the network of its node")
    func namespaces() throws {
        let plan = try Self.plan(threeNodes)
        let own = plan.pods.filter { !$0.usesHostNetwork }
        #expect(own.map(\.name.description) == ["shop/client", "shop/fixed", "shop/web-0", "shop/web-1"])
        #expect(Set(plan.namespaces).count == 2 + 3 + 4 && plan.namespaces.count == 9)
        for pod in plan.pods where pod.usesHostNetwork {
            #expect(pod.namespace == plan.nodes[pod.node].namespace && pod.link.isEmpty)
        }
    }

    @Test("a pod listens on the ports that it declares, else on port 80")
    func ports() throws {
        let plan = try Self.plan(threeNodes)
        #expect(plan.pod(NamespacedName("shop", "client"))?.ports == [Traffic(.tcp, port: 80)])
        #expect(
            plan.pod(NamespacedName("shop", "fixed"))?.ports == [Traffic(.udp, port: 53), Traffic(.tcp, port: 53)])
    }

    @Test("commands run where that is wanted and their program is there; then nobody listens in their place")
    func commands() throws {
        let yaml = """
            apiVersion: v1
            kind: Pod
            metadata: {name: a}
            spec:
              containers:
              - {name: one, image: x, command: [here, -v], args: [more], ports: [{containerPort: 80}]}
              - {name: two, image: x, args: [alone]}
              - {name: three, image: x, command: [elsewhere]}
              - {name: four, image: x, command: [here, 5]}
            """
        let read = try objects(yaml)
        #expect(read.pods.values.flatMap(\.commands) == [["here", "-v", "more"], ["elsewhere"]])
        let has = { (program: String) in program == "here" }
        let (_, idle) = try LabPlan.make(read, canRun: has)
        #expect(idle.pods[0].commands.isEmpty && idle.listeners.contains { $0.name == "default/a" })
        let (_, busy) = try LabPlan.make(read, LabOptions(runsCommands: true), canRun: has)
        #expect(busy.pods[0].commands == [["here", "-v", "more"]])
        #expect(!busy.listeners.contains { $0.name == "default/a" })
        #expect(busy.pods[0].ports == [Traffic(.tcp, port: 80)])
    }

    @Test("on the network of one node the first pod has a port")
    func hostPortConflict() throws {
        let pod = { (name: String) in
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name)}
            spec: {nodeName: n, hostNetwork: true, containers: [{name: c, image: x, ports: [{containerPort: 9}]}]}
            """
        }
        let plan = try Self.plan(pod("b") + "\n---\n" + pod("a"))
        let names = plan.listeners.filter { $0.traffic.port == 9 }.map(\.name)
        #expect(Set(names) == ["default/a"])
    }

    @Test("an address that two pods claim is one's alone")
    func duplicates() throws {
        let yaml = ["old", "new"].map { name in
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name), creationTimestamp: "202\(name == "new" ? 6 : 0)-01-01T00:00:00Z"}
            spec: {containers: [{name: c, image: x}]}
            status: {phase: Running, podIP: 10.0.0.1}
            """
        }.joined(separator: "\n---\n")
        #expect(try Self.plan(yaml).pods.map(\.name.name) == ["new"])
    }

    @Test("outside there is an address of each part of each block that policies name")
    func outside() throws {
        let addresses = try Self.plan(threeNodes).outside.addresses.map(\.description)
        #expect(
            addresses == [
                "192.0.2.1", "2001:db8::1", "203.0.113.1", "203.0.113.65", "203.0.113.129", "2001:db8:5::1",
            ])
    }

    @Test(
        "no address outside is a pod's, a node's, or one that cannot be routed",
        arguments: [
            "0.0.0.0/0", "10.0.0.0/8", "10.244.0.0/16", "224.0.0.0/4", "127.0.0.0/8", "::/0", "fd00::/8", "fe80::/10",
        ])
    func outsideIsFree(block: String) throws {
        let yaml =
            threeNodes + """

                ---
                apiVersion: networking.k8s.io/v1
                kind: NetworkPolicy
                metadata: {name: more, namespace: shop}
                spec: {podSelector: {}, egress: [{to: [{ipBlock: {cidr: "\(block)"}}]}]}
                """
        let plan = try Self.plan(yaml)
        let taken = Set(plan.nodes.flatMap(\.addresses) + plan.pods.flatMap(\.addresses))
        let blocks = plan.nodes.flatMap(\.podBlocks)
        for address in plan.outside.addresses {
            #expect(!taken.contains(address) && LabAddresses.isUsable(address))
            #expect(!blocks.contains { $0.contains(address) })
        }
    }

    @Test("the gateway outside is nobody of the cluster")
    func gateway() throws {
        let yaml = """
            apiVersion: v1
            kind: Pod
            metadata: {name: a}
            spec: {containers: [{name: c, image: x}]}
            status: {podIPs: [{ip: 192.0.2.1}, {ip: "2001:db8::1"}]}
            """
        #expect(try Self.plan(yaml).outside.gateways.map(\.description) == ["192.0.2.2", "2001:db8::2"])
    }

    @Test("of many blocks, as many are represented as are wanted, of both ends")
    func bounded() throws {
        let blocks = (0..<100).map { "{ipBlock: {cidr: 20.0.\($0).0/24}}" }.joined(separator: ", ")
        let yaml =
            threeNodes + """

                ---
                apiVersion: networking.k8s.io/v1
                kind: NetworkPolicy
                metadata: {name: more, namespace: shop}
                spec: {podSelector: {}, egress: [{to: [\(blocks)]}]}
                """
        let addresses = try Self.plan(yaml, LabOptions(maximumOutside: 10)).outside.addresses.dropFirst(2)
        #expect(addresses.count == 10)
        #expect(addresses.contains { $0.description.hasPrefix("20.0.9") })
    }

    @Test("a plan is the same after it was written and read")
    func coded() throws {
        let plan = try Self.plan(threeNodes)
        #expect(try JSONDecoder().decode(LabPlan.self, from: JSONEncoder().encode(plan)) == plan)
    }

    @Test("places are found by how they are written, and those that are not there say what is")
    func places() throws {
        let plan = try Self.plan(threeNodes)
        #expect(try plan.find(LabPlace("node/two")).namespace == "sallyport-lab-node-two")
        #expect(try plan.find(LabPlace("shop/client")).namespace == "sallyport-lab-pod-shop.client")
        #expect(try plan.find(LabPlace("outside")).namespace == "sallyport-lab-outside")
        let error = #expect(throws: LabError.self) { try plan.find(LabPlace("shop/cliemt")) }
        #expect(error?.advice.contains("shop/client") == true)
        for text in ["", "a", "a/b/c", "node/", "/x", "outside/x/y"] {
            #expect(throws: LabError.self) { try LabPlace(text) }
        }
    }
}
