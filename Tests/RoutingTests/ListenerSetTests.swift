import Testing

@testable import Kubernetes
@testable import Routing

/// Listeners that others add to a Gateway: who comes first, what stays closed, and what nobody inherits.
@Suite("ListenerSets")
struct ListenerSetTests {
    private static let group = "gateway.networking.k8s.io"

    private func table(_ documents: [String], sharing: Bool = true) -> RoutingTable {
        var options = RoutingOptions()
        options.gatewaysShareAddresses = sharing
        let text = documents.joined(separator: "\n---\n")
        return compile(ObjectDecoder.snapshot(files: [("f.yaml", Array(text.utf8))], revision: 1), options: options)
    }

    private func object(_ kind: String, _ name: String, _ created: Int, _ namespace: String, _ spec: String) -> String {
        "{apiVersion: \(Self.group)/v1, kind: \(kind), metadata: {name: \(name), namespace: \(namespace), "
            + "creationTimestamp: '2026-01-0\(created)T00:00:00Z'}, spec: {\(spec)}}"
    }

    private func gateway(
        _ name: String = "gw", created: Int = 1, from: String = "All",
        _ listeners: String = "{name: own, port: 80, protocol: HTTP}"
    ) -> String {
        object(
            "Gateway", name, created, "default",
            "gatewayClassName: sallyport, listeners: [\(listeners)], allowedListeners: {namespaces: {from: \(from)}}")
    }

    private func set(
        _ name: String, created: Int = 2, in namespace: String = "team", of gateway: String = "gw", _ listeners: String
    ) -> String {
        object(
            "ListenerSet", name, created, namespace,
            "parentRef: {name: \(gateway), namespace: default}, listeners: [\(listeners)]")
    }

    private func listener(_ name: String, _ hostname: String, port: Int = 80, _ more: String = "protocol: HTTP")
        -> String
    {
        "{name: \(name), port: \(port), hostname: \(hostname), \(more)}"
    }

    private func select(_ table: RoutingTable, _ host: String, port: Int = 80) -> String {
        guard let port = table.port(port) else { return "no port" }
        return TestRequest(host: host).withView { view in
            switch port.selectListener(host: view.host) {
            case .listener(let listener): listener.name
            case .none: "none"
            case .misdirected: "misdirected"
            case .closed: "closed"
            }
        }
    }

    private func reason(_ table: RoutingTable, _ set: String, _ type: String = "Accepted") -> String? {
        table.statuses.first { $0.object.reference.kind == "ListenerSet" && $0.object.reference.name == set }?
            .condition(type)?.reason
    }

    @Test("what is added has a name that nothing of the Gateway itself can have")
    func names() throws {
        let found = table([gateway(), set("s", listener("own", "a.test"))])
        #expect(select(found, "a.test") == "team/s/own")
        #expect(select(found, "b.test") == "own")
        let added = try #require(found.listeners.first { $0.section == "own" && $0.owner.kind == "ListenerSet" })
        #expect(added.gateway == NamespacedName("default", "gw"))
        #expect(found.statuses.first { $0.object.reference.kind == "Gateway" }?.attachedListenerSets == 1)
    }

    @Test("Gateways come first, then ListenerSets by age: also where an older Gateway is added to")
    func precedence() {
        let late = gateway("late", created: 5, listener("b", "b.test"))
        let sets = [
            set("young", created: 7, listener("x", "a.test")), set("old", created: 6, listener("x", "a.test")),
            set("thief", created: 8, listener("x", "b.test")),
        ]
        let found = table([gateway()] + sets + [late])
        #expect(select(found, "a.test") == "team/old/x")
        #expect(select(found, "b.test") == "b")
        #expect(reason(found, "young") == "ListenersNotValid" && reason(found, "old") == "Accepted")
        #expect(reason(found, "thief") == "ListenersNotValid")
        let apart = table([gateway()] + sets + [late], sharing: false)
        #expect(reason(apart, "thief") == "Accepted", "each Gateway has addresses of its own")
    }

    @Test("a listener that lost closes nothing of who won, whatever its protocol is")
    func losers() {
        let tcp = "{name: t, port: 80, protocol: TCP}"
        let found = table([
            gateway("gw", listener("own", "a.test")), set("s", tcp),
            set("u", created: 3, "{name: w, port: 80, protocol: HTTP}"),
        ])
        #expect(reason(found, "s") == "ListenersNotValid")
        #expect(select(found, "a.test") == "own")
        #expect(select(found, "b.test") == "team/u/w")
    }

    @Test("who is not allowed adds nothing, and nothing is closed for him")
    func notAllowed() {
        for (from, isIn) in [("None", false), ("Same", false), ("All", true)] {
            let found = table([gateway(from: from), set("s", listener("x", "a.test"))])
            #expect(select(found, "a.test") == (isIn ? "team/s/x" : "own"), "\(from)")
            #expect(reason(found, "s") == (isIn ? "Accepted" : "NotAllowed"))
            #expect(reason(found, "s", "Programmed") == (isIn ? "Programmed" : "NotAllowed"))
        }
        let wrong = set("s", listener("x", "a.test", "protocol: HTTP, tls: {}"))
        #expect(select(table([gateway(from: "Same"), wrong]), "a.test") == "own")
    }

    @Test("a ListenerSet with mistakes keeps its host names closed, and takes none of the Gateway's own")
    func mistakes() {
        let wrong = set("s", listener("x", "a.test", "protocol: HTTP, tls: {}"))
        for sharing in [true, false] {
            let found = table([gateway(), wrong], sharing: sharing)
            #expect(select(found, "a.test") == "closed")
            #expect(select(found, "b.test") == "own")
            let own = table([gateway("gw", listener("own", "a.test")), wrong], sharing: sharing)
            #expect(select(own, "a.test") == "own")
            let younger = set("t", created: 3, listener("y", "a.test"))
            #expect(reason(table([gateway(), wrong, younger], sharing: sharing), "t") == "ListenersNotValid")
            let older = set("t", created: 1, listener("y", "a.test"))
            #expect(select(table([gateway(), wrong, older], sharing: sharing), "a.test") == "team/t/y")
            let unknown = set("s", "{name: x, port: 80, protocol: HTTP, hostname: 'a b'}")
            #expect(select(table([gateway(), unknown], sharing: sharing), "b.test") == "closed")
        }
    }

    @Test("what adds to a Gateway with mistakes keeps its host names too, from other Gateways on the same addresses")
    func orphans() {
        let broken = gateway("gw", "{name: own, port: 80, protocol: HTTP, hostname: c.test, tls: {}}")
        let found = table([broken, gateway("other", created: 2), set("s", listener("x", "a.test"))])
        #expect(select(found, "a.test") == "closed" && select(found, "c.test") == "closed")
        #expect(select(found, "b.test") == "own")
        #expect(reason(found, "s") == "ParentNotAccepted")
    }

    @Test("what a ListenerSet lets in and refers to is seen from its own namespace")
    func namespaces() {
        let secret =
            "{apiVersion: v1, kind: Secret, metadata: {name: c, namespace: team}, type: kubernetes.io/tls, stringData: "
            + "{tls.crt: \"-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n\", "
            + "tls.key: \"-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----\\n\"}}"
        let tls = "protocol: HTTPS, tls: {certificateRefs: [{name: c}]}"
        func route(_ namespace: String) -> String {
            object(
                "HTTPRoute", "r", 3, namespace,
                "parentRefs: [{kind: ListenerSet, name: s, namespace: team}], rules: [{backendRefs: []}]")
        }
        let found = table([
            gateway(), set("s", listener("x", "a.test", port: 443, tls)), secret, route("team"), route("default"),
        ])
        #expect(reason(found, "s", "Programmed") == "Programmed")
        let attached = found.statuses.first { $0.object.reference.kind == "ListenerSet" }?.listener("x")?.attachedRoutes
        #expect(attached == 1)
        let refused = found.statuses.first {
            $0.object.reference.kind == "HTTPRoute" && $0.object.reference.namespace == "default"
        }
        #expect(refused?.parents.first?.condition("Accepted")?.reason == "NotAllowedByListeners")
    }

    @Test("routes to a ListenerSet that is not there, or does not count, are told so; those of others are not")
    func missing() {
        func outcome(_ more: [String]) -> Condition? {
            let route = object("HTTPRoute", "r", 3, "team", "parentRefs: [{kind: ListenerSet, name: s}]")
            return table(more + [route]).statuses.first { $0.object.reference.kind == "HTTPRoute" }?.parents.first?
                .condition("Accepted")
        }
        #expect(outcome([gateway()])?.message == "there is no ListenerSet team/s")
        let refused = outcome([gateway(from: "None"), set("s", listener("x", "a.test"))])
        #expect(refused?.reason == "NoMatchingParent" && refused?.message.contains("is not accepted") == true)
        let others = gateway().replacing("gatewayClassName: sallyport", with: "gatewayClassName: other")
        #expect(outcome([others, set("s", listener("x", "a.test"))]) == nil)
        let named = table([others, set("s", listener("x", "a.test"))])
        #expect(reason(named, "s") == nil)
    }

    @Test("a route with mistakes keeps requests of the ListenerSet that it names, and of nobody else")
    func claims() {
        let route = object(
            "HTTPRoute", "r", 3, "team", "parentRefs: [{kind: ListenerSet, name: s}], rules: [{matches: 7}]")
        let found = table([gateway(), set("s", listener("x", "a.test")), set("t", listener("x", "b.test")), route])
        func isClaimed(_ host: String) -> Bool {
            TestRequest(host: host).withView { view in
                guard case .listener(let listener)? = found.port(80)?.selectListener(host: view.host) else {
                    return false
                }
                return listener.isClaimed(view, matched: nil)
            }
        }
        #expect(isClaimed("a.test"))
        #expect(!isClaimed("b.test") && !isClaimed("c.test"))
    }
}
