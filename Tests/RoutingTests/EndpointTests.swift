import Addresses
import Testing

@testable import Kubernetes
@testable import Routing

@Suite("Backends and their endpoints")
struct EndpointTests {
    /// The clusters of a route to Service `s`, or why it has none.
    private func outcome(
        local: Bool = false, port: Int? = 80, _ fill: (inout Objects) -> Void
    ) -> (cluster: Cluster?, reason: String?) {
        let snapshot = Make.snapshot { objects in
            objects.add(Make.gateway([Make.listener("l")]))
            var rule = Make.rule()
            rule.backendRefs = [Make.backend("s", port: port)]
            objects.add(Make.route("r", [rule]))
            fill(&objects)
        }
        var options = RoutingOptions()
        options.allowsLocalBackends = local
        let table = compile(snapshot, options: options)
        let status = table.statuses.first { $0.object.reference.kind == "HTTPRoute" }
        let condition = status?.parents.first?.condition("ResolvedRefs")
        return (table.clusters.first, condition?.status == .true ? nil : condition?.reason)
    }

    @Test("all slices of a Service together, ready ones only, each once, sorted")
    func slices() {
        let found = outcome { objects in
            objects.add(Make.service())
            objects.add(Make.slice("a", [("10.0.0.2", true), ("10.0.0.1", true), ("10.0.0.9", false)]))
            objects.add(Make.slice("b", [("10.0.0.1", true), ("10.0.0.3", true)]))
            objects.add(Make.slice("c", type: "IPv6", [("fd00::1", true)]))
            objects.add(Make.slice("d", type: "FQDN", [("a.example.com", true)]))
            objects.add(Make.slice("e", of: "other", [("10.9.9.9", true)]))
        }
        #expect(
            found.cluster?.endpoints.map(\.description) == [
                "10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:8080", "[fd00::1]:8080", "a.example.com:8080",
            ])
        #expect(found.reason == nil)
    }

    @Test("ports are found by name, and a slice without a port number has the target port")
    func namedPorts() {
        let found = outcome(port: 81) { objects in
            objects.add(
                Make.service(ports: [Make.port(80, name: "a"), Make.port(81, name: "b", target: .int(9000))]))
            objects.add(Make.slice("x", [("10.0.0.1", true)], ports: [("a", 1), ("b", 2)]))
            objects.add(Make.slice("y", [("10.0.0.2", true)], ports: [("b", nil)]))
        }
        #expect(found.cluster?.endpoints.map(\.description) == ["10.0.0.1:2", "10.0.0.2:9000"])
    }

    /// Endpoints of a Service with one slice, whose endpoints are changed, for a gateway that is somewhere.
    private func found(
        _ addresses: [(String, ready: Bool)], node: String? = nil, zone: String? = nil,
        _ change: (inout [EndpointSlice.Endpoint]) -> Void
    ) -> [String] {
        var objects = Objects()
        objects.add(Make.service())
        var slice = Make.slice("a", addresses)
        change(&slice.endpoints)
        objects.add(slice)
        var options = RoutingOptions()
        (options.node, options.zone) = (node, zone)
        let service = Make.service()
        return EndpointFinder(objects, options).endpoints(service, service.ports[0]).map {
            String($0.description.dropLast(":8080".count))
        }
    }

    @Test("endpoints that end and still serve are used only while none is ready")
    func draining() {
        let pods = [("10.0.0.1", ready: false), ("10.0.0.2", ready: false), ("10.0.0.3", ready: false)]
        let end: (inout [EndpointSlice.Endpoint]) -> Void = {
            $0[0].terminating = true
            $0[1].terminating = true
            $0[1].serving = false
        }
        #expect(found(pods, end) == ["10.0.0.1"])
        #expect(found(pods + [("10.0.0.4", ready: true)], end) == ["10.0.0.4"])
    }

    @Test("hints: this node's, else this zone's, else all; none counts while one endpoint has none")
    func hints() {
        let pods = [("10.0.0.1", ready: true), ("10.0.0.2", ready: true), ("10.0.0.3", ready: true)]
        let hint: (inout [EndpointSlice.Endpoint]) -> Void = {
            $0[0].hints = EndpointSlice.Hints(zones: ["a"], nodes: ["n1"])
            $0[1].hints = EndpointSlice.Hints(zones: ["a"], nodes: ["n2"])
            $0[2].hints = EndpointSlice.Hints(zones: ["b"], nodes: ["n3"])
        }
        let all = ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
        #expect(found(pods, node: "n2", zone: "a", hint) == ["10.0.0.2"])
        #expect(found(pods, node: "n9", zone: "a", hint) == ["10.0.0.1", "10.0.0.2"])
        #expect(found(pods, zone: "b", hint) == ["10.0.0.3"])
        #expect(found(pods, node: "n9", zone: "c", hint) == all)
        #expect(found(pods, hint) == all)
        let half: (inout [EndpointSlice.Endpoint]) -> Void = {
            hint(&$0)
            $0[2].hints = EndpointSlice.Hints()
        }
        #expect(found(pods, node: "n1", zone: "a", half) == all)
    }

    @Test("a near endpoint that is not ready is no reason to stay near")
    func nearAndGone() {
        let pods = [("10.0.0.1", ready: false), ("10.0.0.2", ready: true)]
        let hint: (inout [EndpointSlice.Endpoint]) -> Void = {
            $0[0].hints = EndpointSlice.Hints(zones: ["a"])
            $0[1].hints = EndpointSlice.Hints(zones: ["b"])
        }
        #expect(found(pods, zone: "a", hint) == ["10.0.0.2"])
    }

    @Test("no endpoints is a cluster with none: 503, not 500")
    func noEndpoints() {
        let found = outcome { $0.add(Make.service()) }
        #expect(found.cluster?.endpoints == [])
        #expect(found.reason == nil)
    }

    @Test(
        "addresses of this machine are no endpoints, unless the whole machine is the user's",
        arguments: ["127.0.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1"])
    func local(address: String) {
        func fill(_ objects: inout Objects) {
            objects.add(Make.service())
            objects.add(Make.slice("a", [(address, true)]))
        }
        #expect(outcome(fill).cluster?.endpoints == [])
        #expect(outcome(local: true, fill).cluster?.endpoints.count == 1)
    }

    @Test(
        "an ExternalName that leads inside is refused",
        arguments: [
            "localhost", "127.0.0.1", "169.254.169.254", "::1", "fe80::1", "metadata.google.internal", "db",
            "s.other.svc.cluster.local", "s.other.svc", "a.localhost", "2130706433", "127.1",
        ])
    func externalInside(name: String) {
        let found = outcome { $0.add(Make.service(type: "ExternalName", externalName: name, ports: [])) }
        #expect(found.cluster == nil)
        #expect(["RefNotPermitted", "BackendNotFound"].contains(found.reason))
    }

    @Test("an ExternalName outside, with and without TLS")
    func externalOutside() {
        let plain = outcome { $0.add(Make.service(type: "ExternalName", externalName: "API.example.com.", ports: [])) }
        #expect(plain.cluster?.endpoints.map(\.description) == ["api.example.com:80"])
        #expect(plain.cluster?.key.tls == nil)
        let secure = outcome {
            $0.add(
                Make.service(
                    type: "ExternalName", externalName: "api.example.com",
                    ports: [Make.port(80, target: .int(443), appProtocol: "https")]))
        }
        #expect(secure.cluster?.endpoints.map(\.description) == ["api.example.com:443"])
        #expect(secure.cluster?.key.tls?.serverName == "api.example.com")
        #expect(secure.cluster?.key.tls?.trust == .system)
        #expect(secure.cluster?.allowsLocalAddresses == false, "what the name resolves to is checked again")
    }

    @Test("TLS to a Service without a policy that says whom to trust is refused")
    func tlsWithoutPolicy() {
        let found = outcome { $0.add(Make.service(ports: [Make.port(appProtocol: "https")])) }
        #expect(found.cluster == nil)
        #expect(found.reason == "UnsupportedProtocol")
    }

    @Test("what cannot be a backend says why")
    func refusals() {
        #expect(outcome { _ in }.reason == "BackendNotFound")
        #expect(outcome(port: 99) { $0.add(Make.service()) }.reason == "BackendNotFound")
        #expect(outcome(port: nil) { $0.add(Make.service()) }.reason == "UnsupportedValue")
        let udp = outcome { $0.add(Make.service(ports: [Make.port(protocolName: "UDP")])) }
        #expect(udp.reason == "UnsupportedProtocol")
        let strange = outcome { $0.add(Make.service(ports: [Make.port(appProtocol: "mysql")])) }
        #expect(strange.reason == "UnsupportedProtocol")
    }

    @Test("how endpoints are chosen is an annotation; a word that is not known is said to be")
    func loadBalancing() {
        let annotated = outcome { objects in
            objects.add(Make.service(annotations: ["sallyport.dev/load-balancing": "least-requests"]))
        }
        #expect(annotated.cluster?.loadBalancing == .leastRequests)
        let snapshot = Make.snapshot { $0.add(Make.service(annotations: ["sallyport.dev/load-balancing": "magic"])) }
        let status = compile(snapshot).statuses.first { $0.object.reference.kind == "Service" }
        #expect(status?.condition("Accepted")?.reason == "UnsupportedValue")
    }

    @Test("one Service port is one cluster, whoever refers to it")
    func dedupe() {
        let snapshot = Make.snapshot { objects in
            objects.add(Make.gateway([Make.listener("a"), Make.listener("b", "b.example.com")]))
            objects.add(Make.service())
            for number in 0..<20 { objects.add(Make.route("r\(number)", [Make.rule(), Make.rule()])) }
        }
        let table = compile(snapshot)
        #expect(table.clusters.count == 1)
        #expect(table.rules.count == 80)
        #expect(table.rules.map(\.id) == Array(0..<80), "ids are dense")
    }
}
