import Testing

@testable import Kubernetes
@testable import Routing

/// What is wrong keeps its requests to itself: they do not fall to routes and listeners that were written for others.
@Suite("Claims of what cannot serve")
struct ClaimTests {
    private static let group = "gateway.networking.k8s.io"

    private func table(_ documents: String...) -> RoutingTable {
        let text = documents.joined(separator: "\n---\n")
        return compile(ObjectDecoder.snapshot(files: [("f.yaml", Array(text.utf8))], revision: 1))
    }

    private func gateway(_ listeners: String) -> String { gateway("gw", listeners) }

    private func gateway(_ name: String, of className: String = "sallyport", _ listeners: String) -> String {
        "{apiVersion: \(Self.group)/v1, kind: Gateway, metadata: {name: \(name)}, "
            + "spec: {gatewayClassName: \(className), listeners: [\(listeners)]}}"
    }

    private let web = "{name: web, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}"

    private func route(
        _ name: String, kind: String = "HTTPRoute", in namespace: String = "default", parent: String = "name: gw",
        _ spec: String
    ) -> String {
        "{apiVersion: \(Self.group)/v1, kind: \(kind), metadata: {name: \(name), namespace: \(namespace)}, "
            + "spec: {parentRefs: [{\(parent), namespace: default}], \(spec)}}"
    }

    private let service = "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {ports: [{port: 80}]}}"
    private let backend = "backendRefs: [{name: s, namespace: default, port: 80}]"

    /// `claimed`, `closed`, the route that serves, or `none`.
    private func outcome(_ table: RoutingTable, _ host: String, _ path: String = "/", port: Int = 80) -> String {
        guard let port = table.port(port) else { return "no port" }
        let request = TestRequest(method: "POST", host: host, path: path)
        return request.withView { view in
            switch port.selectListener(host: view.host, serverName: port.isTLS ? view.host : nil) {
            case .none, .misdirected: return "none"
            case .closed: return "closed"
            case .listener(let listener):
                let match = request.match(listener).match
                if listener.isClaimed(view, matched: match) { return "claimed" }
                return match?.rule.route.name.name ?? "none"
            }
        }
    }

    @Test("a regular expression: the route keeps the requests of its hosts, or of its paths")
    func regularExpressions() {
        let wide = route("wide", "rules: [{\(backend)}]")
        let all = table(
            gateway(web), service, wide,
            route(
                "narrow",
                "hostnames: [a.test], rules: [{matches: [{path: {type: RegularExpression, value: '/v[0-9]'}}], \(backend)}]"
            ))
        #expect(outcome(all, "a.test", "/x") == "claimed")
        #expect(outcome(all, "b.test", "/x") == "wide")
        let headers = "headers: [{type: RegularExpression, name: x-a, value: b+}]"
        let some = table(
            gateway(web), service, wide,
            route("narrow", "rules: [{matches: [{path: {value: /v1}, \(headers)}], \(backend)}]"))
        #expect(outcome(some, "a.test", "/v1/x") == "claimed")
        #expect(outcome(some, "a.test", "/v2") == "wide")
        let grpc = table(
            gateway(web), service,
            route("wide", kind: "GRPCRoute", "rules: [{\(backend)}]"),
            route(
                "narrow", kind: "GRPCRoute",
                "hostnames: [g.test], rules: [{matches: [{method: {type: RegularExpression, service: 'a.*'}}], \(backend)}]"
            ))
        #expect(outcome(grpc, "g.test", "/a.B/C") == "claimed")
        #expect(outcome(grpc, "h.test", "/a.B/C") == "wide")
    }

    @Test("host names are looked at before paths, as among routes that are right")
    func hostsBeforePaths() {
        let long = "hostnames: ['*.test'], rules: [{matches: [{path: {value: /v1/chat}}], \(backend)}]"
        let wrong = "rules: [{matches: [{path: {value: /v1}}], backendRefs: [{name: s, port: x}]}]"
        let found = table(
            gateway(web), service, route("long", long), route("wrong", "hostnames: [a.test], " + wrong))
        #expect(outcome(found, "a.test", "/v1/chat") == "claimed")
        #expect(outcome(found, "b.test", "/v1/chat") == "long")
        let wider = table(gateway(web), service, route("long", long), route("wrong", wrong))
        #expect(outcome(wider, "a.test", "/v1/chat") == "long")
        #expect(outcome(wider, "other", "/v1/chat") == "claimed")
        #expect(outcome(wider, "other", "/v2") == "none")
    }

    @Test("what is wrong itself is not believed")
    func wrongParts() {
        let wide = route("wide", "rules: [{\(backend)}]")
        for spec in [
            "hostnames: [a.test], rules: [{matches: [{path: {value: '/v1#'}}], \(backend)}]",
            "hostnames: ['a test'], rules: [{matches: [{path: {value: /v1}}], \(backend)}]",
            "hostname: [a.test], rules: [{matches: [{path: {value: /v1}}], \(backend)}]",
            "hostnames: [a.test], rules: [{matchs: [{path: {value: /v1}}], \(backend)}]",
            "hostnames: [a.test], rule: [{matches: [{path: {value: /v1}}], \(backend)}]",
        ] {
            let found = table(gateway(web), service, wide, route("wrong", spec))
            #expect(outcome(found, "a.test", "/v1/x") == "claimed", "\(spec)")
        }
    }

    @Test("a listener that is named wrongly: the route keeps its requests at the Gateway")
    func wrongSection() {
        let narrow = "rules: [{matches: [{path: {value: /v1}}], \(backend)}]"
        let found = table(
            gateway(web), service, route("wide", "rules: [{\(backend)}]"),
            route("narrow", parent: "name: gw, sectionName: wbe", narrow))
        #expect(outcome(found, "a.test", "/v1") == "claimed")
        #expect(outcome(found, "a.test", "/v2") == "wide")
    }

    @Test("a Namespace with mistakes: its routes keep their requests where labels are asked for")
    func wrongNamespace() {
        let listener =
            "{name: web, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: "
            + "{matchLabels: {team: a}}}}}"
        func namespace(_ name: String, _ labels: String) -> String {
            "{apiVersion: v1, kind: Namespace, metadata: {name: \(name), labels: {\(labels)}}}"
        }
        let narrow = "rules: [{matches: [{path: {value: /v1}}], \(backend)}]"
        let routes = [route("wide", in: "one", "rules: [{\(backend)}]"), route("narrow", in: "two", narrow)]
        func found(_ labels: String) -> RoutingTable {
            table(
                ([gateway(listener), service, namespace("one", "team: a"), namespace("two", labels)] + routes)
                    .joined(separator: "\n---\n"))
        }
        #expect(outcome(found("team: a"), "a.test", "/v1") == "narrow")
        #expect(outcome(found("team: '?'"), "a.test", "/v1") == "claimed")
        #expect(outcome(found("team: '?'"), "a.test", "/v2") == "wide")
        #expect(outcome(found("team: b"), "a.test", "/v1") == "wide", "it is not allowed there")
    }

    @Test("a Gateway with mistakes keeps its host names from others on the port")
    func wrongGateway() {
        let wide = route("wide", parent: "name: wide", "rules: [{\(backend)}]")
        func found(_ listeners: String, of className: String = "sallyport") -> RoutingTable {
            table(gateway("wide", web), gateway("narrow", of: className, listeners), service, wide)
        }
        let right = "{name: a, port: 80, protocol: HTTP, hostname: a.test}"
        #expect(outcome(found(right), "a.test") == "none")
        let wrong = "{name: a, port: 80, protocol: HTTP, hostname: a.test, tls: {}}"
        #expect(outcome(found(wrong), "a.test") == "closed")
        #expect(outcome(found(wrong), "b.test") == "wide")
        #expect(outcome(found(wrong, of: "other"), "a.test") == "wide", "another controller's")
        let nowhere = "{name: a, port: x, protocol: HTTP, hostname: a.test}"
        #expect(outcome(found(nowhere), "a.test") == "closed")
        let nobody = "{name: a, port: 80, protocol: HTTP, hostname: 'a test'}"
        #expect(outcome(found(nobody), "b.test") == "no port")
        let elsewhere = "{name: a, port: 81, protocol: HTTP, hostname: 'a test'}"
        #expect(outcome(found(elsewhere), "a.test") == "wide")
    }

    @Test("a Gateway with mistakes keeps a host name that a younger one has too, and takes none from an older one")
    func wrongGatewayByAge() {
        let wrong = "{name: a, port: 80, protocol: HTTP, hostname: a.test, tls: {}}"
        let right = "{name: a, port: 80, protocol: HTTP, hostname: a.test}"
        func found(_ wrongName: String) -> String {
            outcome(
                table(
                    gateway(wrongName, wrong), gateway("m", right), service,
                    route("r", parent: "name: m", "rules: [{\(backend)}]")), "a.test")
        }
        #expect(found("a") == "no port")
        #expect(found("z") == "r")
    }

    @Test("a GatewayClass with mistakes closes the Gateways of it")
    func wrongClass() {
        func found(_ spec: String) -> RoutingTable {
            table(
                "{apiVersion: \(Self.group)/v1, kind: GatewayClass, metadata: {name: inner}, spec: {\(spec)}}",
                gateway("wide", web), service, route("wide", parent: "name: wide", "rules: [{\(backend)}]"),
                gateway("narrow", of: "inner", "{name: a, port: 80, protocol: HTTP, hostname: a.test}"))
        }
        #expect(outcome(found("controllerName: sallyport.dev/gateway"), "a.test") == "none")
        #expect(outcome(found("controllerName: 7"), "a.test") == "closed")
        #expect(outcome(found("controllerName: 7"), "b.test") == "wide")
        #expect(outcome(found("controllerName: example.com/other"), "a.test") == "wide")
    }

    @Test("a listener of a protocol that is not served keeps its host name closed")
    func strangeProtocol() {
        let strange = "{name: a, port: 80, protocol: example.com/other, hostname: a.test}"
        let found = table(gateway(web + ", " + strange), service, route("r", "rules: [{\(backend)}]"))
        #expect(outcome(found, "a.test") == "closed")
        #expect(outcome(found, "b.test") == "r")
    }

    @Test("an HTTPRoute with mistakes does not hand its hosts to a GRPCRoute")
    func otherKind() {
        let grpc = route("young", kind: "GRPCRoute", "hostnames: [a.test], rules: [{\(backend)}]")
        func found(_ path: String) -> RoutingTable {
            table(
                gateway(web), service, grpc,
                route("old", "hostnames: [a.test], rules: [{matches: [{path: {value: \(path)}}], \(backend)}]"))
        }
        #expect(outcome(found("/v1"), "a.test", "/a.B/C") == "none")
        let wrong = table(
            gateway(web), service, grpc,
            route("old", "hostnames: [a.test], rules: [{matches: [{path: {value: /v1}}], backendRefs: [{name: s}]}]"))
        #expect(outcome(wrong, "a.test", "/a.B/C") == "claimed")
    }

    @Test("a BackendTLSPolicy whose namespace cannot be read closes every Service")
    func lostPolicy() {
        let policy =
            "{apiVersion: \(Self.group)/v1, kind: BackendTLSPolicy, metadata: {name: p, namespace: 'no one'}, spec: "
            + "{targetRefs: [{group: '', kind: Service, name: s}], validation: {hostname: s.test, "
            + "wellKnownCACertificates: System}}}"
        let found = table(gateway(web), service, policy, route("r", "rules: [{\(backend)}]"))
        #expect(found.clusters.isEmpty)
    }
}
