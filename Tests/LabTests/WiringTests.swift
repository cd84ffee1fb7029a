import Addresses
import Kubernetes
import Testing

@testable import Lab

@Suite("How plans are put together")
struct WiringTests {
    private static func wiring(_ wiring: LabWiring) throws -> Wiring {
        Wiring(plan: try LabPlan.make(objects(threeNodes), LabOptions(wiring: wiring)).plan)
    }

    private static func script(_ wiring: Wiring, _ namespace: String) throws -> Wiring.Script {
        try #require(wiring.scripts.first { $0.namespace == "sallyport-lab-\(namespace)" })
    }

    @Test("no line is about the machine's own network", arguments: LabWiring.allCases)
    func apart(wiring: LabWiring) throws {
        let wiring = try Self.wiring(wiring)
        #expect(wiring.namespaces.allSatisfy { $0.hasPrefix("netns add sallyport-lab-") })
        for line in wiring.links {
            let words = line.split(separator: " ")
            let ends = words.indices.filter { words[$0] == "netns" }.map { words[$0 + 1] }
            let isBridge = line.contains("type bridge")
            #expect(ends.count == (isBridge ? 1 : 2), "\(line)")
            #expect(ends.allSatisfy { $0.hasPrefix("sallyport-lab-") }, "\(line)")
        }
        #expect(Set(wiring.scripts.map(\.namespace)) == Set(wiring.plan.namespaces))
    }

    @Test("a pod's way out is the gateway that every node is on the pods' side")
    func pod() throws {
        let lines = try Self.script(Self.wiring(.routed), "pod-shop.fixed").lines
        #expect(
            lines == [
                "link set lo up", "address add 10.1.2.77/32 dev eth0", "address add fd00:1:2::77/128 dev eth0 nodad",
                "link set eth0 up", "route add 169.254.1.1/32 dev eth0 scope link",
                "route add default via 169.254.1.1 dev eth0", "route add ::/0 via fe80::ecee:eeff:feee:eeee dev eth0",
            ])
    }

    @Test("a node leads to each of its pods over the pod's link, and to others over their nodes")
    func node() throws {
        let wiring = try Self.wiring(.routed)
        let lines = try Self.script(wiring, "node-one").lines
        let client = try #require(wiring.plan.pod(NamespacedName("shop", "client")))
        let two = try #require(wiring.plan.node("two"))
        #expect(lines.contains("route add \(client.addresses[0])/32 dev \(client.link) src 192.168.7.1"))
        #expect(lines.contains("route add fd00:1:2::77/128 via \(two.addresses[1]) dev eth0 onlink src fd00:7::1"))
        #expect(lines.contains("route add default via 192.0.2.1 dev eth0 src 192.168.7.1"))
    }

    @Test("the world outside calls with its first address of a family, whatever others it has")
    func outside() throws {
        let wiring = try Self.wiring(.routed)
        let own = wiring.plan.outside.addresses
        let routes = try Self.script(wiring, "outside").lines.filter { $0.hasPrefix("route add") }
        #expect(own.count > 2 && !routes.isEmpty)
        for route in routes {
            let first = try #require(own.first { $0.isIPv4 != route.contains(":") })
            #expect(route.hasSuffix(" src \(first)"), "\(route)")
        }
    }

    @Test("on a bridge, pods of one node reach each other without the node")
    func bridge() throws {
        let wiring = try Self.wiring(.bridge)
        let fixed = try #require(wiring.plan.pod(NamespacedName("shop", "fixed")))
        let neighbours = wiring.plan.pods.filter { $0.node == fixed.node && !$0.usesHostNetwork && $0 != fixed }
        let lines = try Self.script(wiring, "pod-shop.fixed").lines
        for address in neighbours.flatMap(\.addresses) {
            #expect(lines.contains("route add \(Prefix(address)) dev eth0"))
        }
        #expect(try Self.script(wiring, "node-two").lines.contains("link set \(fixed.link) master cni0 up"))
    }

    @Test("nodes forward, pods do not")
    func forwarding() throws {
        for script in try Self.wiring(.routed).defaults {
            let forwards = script.settings.contains(Wiring.Setting("ipv4/ip_forward", "1"))
            #expect(forwards == script.namespace.contains("-node-"), "\(script.namespace)")
        }
    }

    @Test("a lab of IPv4 alone does not need a kernel with IPv6")
    func onlyIPv4() throws {
        let yaml = """
            apiVersion: v1
            kind: Pod
            metadata: {name: a}
            spec: {containers: [{name: c, image: x}]}
            status: {podIP: 10.0.0.1}
            """
        let wiring = Wiring(plan: try LabPlan.make(objects(yaml)).plan)
        #expect(wiring.defaults.flatMap(\.settings).allSatisfy { $0.isOptional || !$0.isIPv6 })
        #expect(wiring.scripts.flatMap(\.settings).allSatisfy { !$0.isIPv6 })
        #expect(try Self.wiring(.routed).defaults.flatMap(\.settings).contains { !$0.isOptional && $0.isIPv6 })
    }
}
