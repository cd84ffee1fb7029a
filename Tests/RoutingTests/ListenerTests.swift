import Testing

@testable import Kubernetes
@testable import Routing

@Suite("Listeners: conflicts, closed host names, whose they are")
struct ListenerTests {
    private func table(_ gateways: [Gateway], options: RoutingOptions = RoutingOptions(), _ routes: [HTTPRoute] = [])
        -> RoutingTable
    {
        compile(
            Make.snapshot { objects in
                for gateway in gateways { objects.add(gateway) }
                for route in routes { objects.add(route) }
            }, options: options)
    }

    private func reasons(_ table: RoutingTable, _ gateway: String = "front") -> [String] {
        let status = table.statuses.first { $0.object.reference.name == gateway }
        return status?.listeners.map { $0.condition("Conflicted")?.reason ?? "" } ?? []
    }

    private func select(_ table: RoutingTable, _ host: String, port: Int = 80) -> String {
        guard let port = table.port(port) else { return "no port" }
        return TestRequest(host: host).withView { view in
            switch port.selectListener(host: view.host) {
            case .listener(let listener): "\(listener.gateway.name)/\(listener.name)"
            case .none: "none"
            case .misdirected: "misdirected"
            case .closed: "closed"
            }
        }
    }

    @Test("two listeners with one host name: neither is served, and nobody else answers for it")
    func hostnameConflict() {
        let found = table([
            Make.gateway([Make.listener("a", "x.example.com"), Make.listener("b", "x.example.com"), Make.listener("c")])
        ])
        #expect(reasons(found) == ["HostnameConflict", "HostnameConflict", "NoConflicts"])
        #expect(select(found, "x.example.com") == "closed")
        #expect(select(found, "y.example.com") == "front/c")
        let accepted = found.statuses.first?.condition("Accepted")
        #expect(accepted?.status == .true)
        #expect(accepted?.reason == "ListenersNotValid")
    }

    @Test("two protocols on one port: none is served")
    func protocolConflict() {
        let found = table([
            Make.gateway([Make.listener("a"), Make.listener("b", "x.example.com", protocolName: "HTTPS")])
        ])
        #expect(reasons(found) == ["ProtocolConflict", "ProtocolConflict"])
        #expect(found.ports.isEmpty)
        #expect(found.statuses.first?.condition("Accepted")?.status == .false)
        #expect(found.statuses.first?.condition("Programmed")?.status == .false)
    }

    @Test("on shared addresses the older Gateway keeps what it has; on addresses of their own both have it")
    func gateways() {
        let old = Make.gateway([Make.listener("l")], name: "old", created: 1)
        let young = Make.gateway([Make.listener("l"), Make.listener("m", "m.example.com")], name: "young", created: 2)
        let shared = table([young, old])
        #expect(reasons(shared, "old") == ["NoConflicts"])
        #expect(reasons(shared, "young") == ["HostnameConflict", "NoConflicts"])
        #expect(select(shared, "a.example.com") == "old/l")
        #expect(select(shared, "m.example.com") == "young/m")
        var options = RoutingOptions()
        options.gatewaysShareAddresses = false
        let apart = table([young, old], options: options)
        #expect(reasons(apart, "young") == ["NoConflicts", "NoConflicts"])
        #expect(apart.ports.map(\.gateway?.name) == ["old", "young"])
    }

    @Test("a listener whose certificate is missing keeps its host name closed")
    func missingCertificate() {
        let tls = Gateway.TLS(
            mode: "Terminate",
            certificateRefs: [ObjectRef(group: "", kind: "Secret", name: "missing", namespace: nil, position: nil)],
            options: [:])
        var good = tls
        good.certificateRefs[0].name = "good"
        let snapshot = Make.snapshot { objects in
            objects.add(
                Make.gateway([
                    Make.listener("a", "x.example.com", port: 443, protocolName: "HTTPS", tls: tls),
                    Make.listener("b", port: 443, protocolName: "HTTPS", tls: good),
                ]))
            let secret = Secret(
                metadata: Make.metadata("good"), type: "kubernetes.io/tls",
                data: [
                    "tls.crt": SecretBytes(Array("-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----".utf8)),
                    "tls.key": SecretBytes(Array("-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----".utf8)),
                ])
            objects.secrets[secret.key] = secret
        }
        let port = compile(snapshot).port(443)
        let selection = Array("x.example.com".utf8).withUnsafeBytes { port?.selectListener(serverName: $0) }
        guard case .closed = selection else {
            Issue.record("x.example.com must be closed, is \(String(describing: selection))")
            return
        }
        guard case .listener(let listener) = port?.selectListener(serverName: nil) else {
            Issue.record("without a name the other listener serves")
            return
        }
        #expect(listener.certificates.map(\.secret.name) == ["good"])
    }

    @Test("whose class it is")
    func classes() {
        var foreign = Make.gateway([Make.listener("l")])
        foreign.gatewayClassName = "other"
        #expect(table([foreign]).ports.isEmpty)
        #expect(table([foreign]).statuses.isEmpty, "another controller's Gateway is not ours to speak about")
        let taken = Make.snapshot { objects in
            objects.add(Make.gateway([Make.listener("l")]))
            let other = GatewayClass(
                metadata: ObjectMeta(
                    name: "sallyport", namespace: "", labels: [:], annotations: [:], generation: 1,
                    creationTimestamp: nil, position: nil), controllerName: "example.com/other", parametersRef: nil)
            objects.gatewayClasses[other.key] = other
        }
        #expect(compile(taken).ports.isEmpty, "a class of that name that is somebody else's is not ours")
    }

    @Test("a route to a Gateway that is not there is told so")
    func noGateway() {
        let found = table([], [Make.route("r", [Make.rule()])])
        #expect(found.statuses.first?.parents.first?.condition("Accepted")?.reason == "NoMatchingParent")
    }

    @Test("files that were never read deny everything")
    func unreadable() {
        var snapshot = Make.snapshot { $0.add(Make.gateway([Make.listener("l")])) }
        #expect(compile(snapshot).denyAll == nil)
        snapshot.unreadable = ["a.yaml"]
        #expect(compile(snapshot).denyAll?.contains("a.yaml") == true)
    }
}
