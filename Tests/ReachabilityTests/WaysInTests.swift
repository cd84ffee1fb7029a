import Addresses
import Kubernetes
import Policy
import Testing

@testable import Reachability

@Suite struct WaysInTests {
    private let pods =
        World.namespace("shop") + World.namespace("front")
        + World.pod("db", labels: "app: db", address: "10.0.0.1")
        + World.pod("web", labels: "app: web", address: "10.0.0.2")
    private let service = World.service("web", "{selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}")

    private func ways(_ text: String) -> [WayIn] {
        let world = World(pods + text)
        return Exposure(world.list, world.objects).waysIn
    }

    private let ingress = """
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: i, namespace: shop}
        spec:
          rules:
          - http:
              paths:
              - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
              - {path: /x, pathType: Prefix, backend: {service: {name: gone, port: {number: 80}}}}

        """

    @Test("an Ingress leads to the ports of pods, and says what is not there")
    func openIngress() {
        let found = ways(service + ingress)
        #expect(found.count == 1)
        #expect(found[0].targets.map(\.workload?.name) == ["web"])
        #expect(found[0].targets.map(\.wanted.description) == ["TCP 8080"])
        #expect(found[0].targets.map(\.allowed.description) == ["TCP 8080"])
        #expect(found[0].problems == ["Service shop/gone is not among the objects"])
    }

    private static func onNode(_ more: String) -> String {
        """
        ---
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: proxy, namespace: shop}
        spec:
          selector: {matchLabels: {app: proxy}}
          template:
            metadata: {labels: {app: proxy}}
            spec: {containers: [{name: c, image: i, ports: [{containerPort: 8080, hostPort: 80\(more)}, {containerPort: 9}]}]}

        """
    }

    @Test("a port of the node leads to a container, as far as policies let callers in from where they are")
    func hostPorts() throws {
        let open = ways(Self.onNode(""))
        #expect(open.map(\.kind) == [.hostPort] && open[0].source.kind == "DaemonSet" && open[0].position?.line != nil)
        let target = try #require(open[0].targets.first)
        #expect(open[0].targets.count == 1 && target.workload?.name == "proxy" && target.service == nil)
        #expect(
            [target.hostPorts, target.wanted, target.allowed].map(\.description) == ["TCP 80", "TCP 8080", "TCP 8080"])
        let subject = "podSelector: {matchLabels: {app: proxy}}"
        // The pod's port counts, not the node's; and a pod of the cluster is nobody who comes this way.
        let allowed = { (rule: String) in
            ways(Self.onNode("") + World.policy("p", "{\(subject), ingress: [\(rule)]}"))[0].targets[0].allowed
                .description
        }
        #expect(allowed("{from: [{ipBlock: {cidr: 192.0.2.0/24}}], ports: [{port: 8080}]}") == "TCP 8080")
        #expect(allowed("{from: [{ipBlock: {cidr: 192.0.2.0/24}}], ports: [{port: 80}]}") == "nothing")
        #expect(allowed("{from: [{podSelector: {}}]}") == "nothing")
        let world = World(pods + Self.onNode(""))
        let exposure = Exposure(world.list, world.objects)
        #expect(exposure.workloads.filter { !$0.waysIn.isEmpty }.map(\.workload.name) == ["proxy"])
    }

    @Test("a port of the node's loopback address is no way in")
    func loopback() {
        #expect(ways(Self.onNode(", hostIP: 127.0.0.1")).isEmpty && ways(Self.onNode(", hostIP: 10.9.9.9")).count == 1)
        #expect(ways(Self.onNode(", hostIP: \"::1\"")).isEmpty)
    }

    @Test("what answers on a port of a node may be the controller of an Ingress")
    func controllerOnHostPort() {
        let closed = World.policy(
            "p",
            "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: proxy}}}]}]}")
        let found = ways(service + ingress + closed + Self.onNode(""))
        #expect(found.first { $0.kind == .ingress }?.targets.map(\.allowed.description) == ["TCP 8080"])
    }

    @Test("policies that let nobody in who may be the controller block it")
    func blockedIngress() {
        let found = ways(
            service + ingress
                + World.policy("p", "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: db}}}]}]}"))
        #expect(found[0].isBlocked)
        #expect(
            found[0].targets[0].blockedBy
                == .isolated(
                    policy: ObjectReference(
                        group: "networking.k8s.io", kind: "NetworkPolicy", namespace: "shop", name: "p")))
    }

    @Test(
        "it is open to a controller that a rule asks for, in a namespace where nothing runs, or to an address",
        arguments: [
            "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress-nginx}}}",
            "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: front}}}",
            "{namespaceSelector: {}}",
            "{ipBlock: {cidr: 192.0.2.0/24}}",
        ])
    func controllers(_ peer: String) {
        let found = ways(
            service + ingress
                + World.policy("p", "{podSelector: {}, ingress: [{from: [\(peer)], ports: [{port: 8080}]}]}"))
        #expect(found[0].targets.map(\.allowed.description) == ["TCP 8080"])
    }

    @Test("a policy with the port of the Service where the pod's is meant blocks it")
    func servicePort() {
        let found = ways(service + ingress + World.policy("p", "{podSelector: {}, ingress: [{ports: [{port: 80}]}]}"))
        #expect(found[0].isBlocked)
    }

    @Test("a Service with a node port is open to addresses only")
    func nodePort() {
        let service = World.service(
            "web", "{type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}")
        #expect(ways(service).map(\.kind) == [.nodePort])
        #expect(ways(service)[0].targets.map(\.allowed.isEmpty) == [false])
        let closed = ways(
            service + World.policy("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}"))
        #expect(closed[0].isBlocked)
    }

    @Test("a Gateway leads where routes that it accepts do, with a grant across namespaces")
    func gateway() {
        let gateway = """
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: g, namespace: front}
            spec:
              gatewayClassName: c
              listeners: [{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Same}}}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: r, namespace: front}
            spec:
              parentRefs: [{name: g}]
              rules: [{backendRefs: [{name: web, namespace: shop, port: 80}]}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: not-accepted, namespace: shop}
            spec:
              parentRefs: [{name: g, namespace: front}]
              rules: [{backendRefs: [{name: other, port: 80}]}]

            """
        let grant = """
            ---
            apiVersion: gateway.networking.k8s.io/v1beta1
            kind: ReferenceGrant
            metadata: {name: r, namespace: shop}
            spec:
              from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: front}]
              to: [{group: "", kind: Service}]

            """
        let without = ways(service + gateway)
        #expect(without[0].targets.isEmpty)
        #expect(
            without[0].problems == ["no ReferenceGrant lets HTTPRoute front/r refer to Service shop/web"])
        let with = ways(service + gateway + grant)
        #expect(with[0].targets.map(\.workload?.name) == ["web"] && with[0].problems.isEmpty)
    }
}
