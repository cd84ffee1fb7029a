import Addresses
import Kubernetes
import Policy
import Testing

@Suite struct ServiceTests {
    private let pods =
        World.pod("a", labels: "app: web", address: "10.0.0.1", ports: "[{name: http, containerPort: 8080}]")
        + World.pod("b", labels: "app: web", address: "10.0.0.2", ports: "[{name: http, containerPort: 9090}]")
        + World.pod("c", labels: "app: db", address: "10.0.0.3")
        + World.pod("d", "other", labels: "app: web", address: "10.0.0.4")

    @Test("a name of a target port is another number on another pod, and pods of other namespaces are not meant")
    func namedTarget() {
        let world = World(
            pods
                + World.service(
                    "web", "shop",
                    "{clusterIP: 10.96.0.1, selector: {app: web}, ports: [{port: 80, targetPort: http}]}"))
        #expect(
            world.texts(world.services.backends(at: Address("10.96.0.1")!, .tcp(80)))
                == ["shop/a TCP 8080", "shop/b TCP 9090"])
        #expect(world.services.backends(at: Address("10.96.0.1")!, .tcp(8080)) == [])
        #expect(world.services.backends(at: Address("10.0.0.1")!, .tcp(80)) == nil)
        #expect(world.services.service(named: "web.shop.svc.cluster.local")?.name == NamespacedName("shop", "web"))
        #expect(world.services.service(named: "web.shop") == nil)
    }

    @Test("a name that no pod has leads nowhere, and neither does one of another protocol")
    func missingName() {
        let world = World(
            pods
                + World.service(
                    "web", "shop",
                    """
                    {clusterIP: 10.96.0.1, selector: {app: web},
                     ports: [{name: a, port: 80, targetPort: web}, {name: b, port: 81, protocol: UDP, targetPort: http}]}
                    """))
        #expect(world.services[NamespacedName("shop", "web")]?.ports.map(\.backends.count) == [0, 0])
    }

    @Test("behind a headless Service ports are those of the pods")
    func headless() {
        let world = World(
            pods
                + World.service(
                    "db", "shop", "{clusterIP: None, selector: {app: db}, ports: [{port: 80, targetPort: 5432}]}"))
        let service = world.services[NamespacedName("shop", "db")]
        #expect(world.texts(service?.backends(for: .tcp(80))) == ["shop/c TCP 80"])
        #expect(world.texts(service?.ports[0].backends) == ["shop/c TCP 5432"])
        #expect(service?.addresses == [])
    }

    @Test("a Service without a selector is what its slices say, by the name of the port")
    func slices() {
        let world = World(
            pods
                + World.service(
                    "db", "shop", "{clusterIP: 10.96.0.2, ports: [{name: a, port: 1}, {name: b, port: 2}]}")
                    + """
                    ---
                    apiVersion: discovery.k8s.io/v1
                    kind: EndpointSlice
                    metadata: {name: db-1, namespace: shop, labels: {kubernetes.io/service-name: db}}
                    addressType: IPv4
                    endpoints:
                    - {addresses: [10.0.0.3]}
                    - {addresses: [192.0.2.7]}
                    - {addresses: [10.0.0.1], conditions: {ready: false}}
                    ports: [{name: b, port: 5432}]

                    """)
        let address = Address("10.96.0.2")!
        #expect(world.texts(world.services.backends(at: address, .tcp(2))) == ["shop/c TCP 5432", "outside TCP 5432"])
        #expect(world.services.backends(at: address, .tcp(1)) == [])
    }

    @Test("node ports, external addresses and addresses of load balancers lead to the same pods")
    func outsideAddresses() {
        let world = World(
            pods
                + """
                ---
                {apiVersion: v1, kind: Node, metadata: {name: n}, status: {addresses: [{type: InternalIP, address: 192.0.2.1}]}}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: web, namespace: shop}
                spec:
                  type: LoadBalancer
                  clusterIP: 10.96.0.1
                  externalIPs: [198.51.100.1]
                  selector: {app: db}
                  ports: [{port: 80, targetPort: 5432, nodePort: 30080}]
                status: {loadBalancer: {ingress: [{ip: 203.0.113.9}]}}

                """)
        for (address, port) in [("198.51.100.1", 80), ("203.0.113.9", 80), ("192.0.2.1", 30080)] as [(String, UInt16)] {
            #expect(
                world.texts(world.services.backends(at: Address(address)!, .tcp(port))) == ["shop/c TCP 5432"])
        }
        #expect(world.services.backends(at: Address("192.0.2.1")!, .tcp(80)) == nil)
        #expect(world.services.services[0].isOpenedToOutside)
    }
}
