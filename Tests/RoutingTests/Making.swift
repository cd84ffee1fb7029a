@testable import Kubernetes

/// Makes objects in memory: for tests with too many of them, or too random ones, to write down.
enum Make {
    static func metadata(
        _ name: String, _ namespace: String = "default", created: Int64? = nil, annotations: [String: String] = [:]
    ) -> ObjectMeta {
        ObjectMeta(
            name: name, namespace: namespace, labels: [:], annotations: annotations, generation: 1,
            creationTimestamp: created, position: nil)
    }

    static func listener(
        _ name: String, _ hostname: String? = nil, port: Int = 80, protocolName: String = "HTTP",
        tls: Gateway.TLS? = nil
    ) -> Gateway.Listener {
        Gateway.Listener(
            name: name, hostname: hostname, port: port, protocolName: protocolName, tls: tls,
            allowedRoutes: Gateway.AllowedRoutes(namespaces: .all, kinds: []), position: nil)
    }

    static func gateway(
        _ listeners: [Gateway.Listener], name: String = "front", created: Int64? = nil,
        annotations: [String: String] = [:]
    ) -> Gateway {
        Gateway(
            metadata: metadata(name, created: created, annotations: annotations), gatewayClassName: "sallyport",
            listeners: listeners, addresses: [], infrastructure: nil, backendClientCertificateRef: nil,
            frontendTLS: nil)
    }

    static func parent(_ section: String? = nil, of gateway: String = "front") -> ParentRef {
        ParentRef(
            group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "default", name: gateway,
            sectionName: section)
    }

    static func match(
        _ path: HTTPRoute.PathMatch = .prefix("/"), method: String? = nil, headers: [String: String] = [:],
        queries: [String: String] = [:]
    ) -> HTTPRoute.Match {
        HTTPRoute.Match(path: path, headers: values(headers), queryParams: values(queries), method: method)
    }

    private static func values(_ values: [String: String]) -> [ValueMatch] {
        values.sorted { $0.key < $1.key }.map {
            ValueMatch(name: $0.key, value: $0.value, isRegularExpression: false)
        }
    }

    static func rule(
        _ matches: [HTTPRoute.Match] = [match()], filters: [RouteFilter] = [], to services: [String] = ["s"]
    ) -> HTTPRoute.Rule {
        HTTPRoute.Rule(
            name: nil, matches: matches, filters: filters, backendRefs: services.map { backend($0) },
            timeouts: HTTPRoute.Timeouts(request: nil, backendRequest: nil), retry: nil, position: nil)
    }

    static func backend(_ service: String, port: Int? = 80, kind: String = "Service") -> BackendRef {
        BackendRef(
            ref: ObjectRef(group: "", kind: kind, name: service, namespace: nil, position: nil), port: port, weight: 1,
            filters: [])
    }

    static func route(
        _ name: String, created: Int64? = nil, hostnames: [String] = [], parents: [ParentRef] = [parent()],
        _ rules: [HTTPRoute.Rule]
    ) -> HTTPRoute {
        HTTPRoute(
            metadata: metadata(name, created: created), parentRefs: parents, hostnames: hostnames, rules: rules)
    }

    static func grpcRoute(
        _ name: String, created: Int64? = nil, hostnames: [String] = [],
        _ matches: [[(service: String?, method: String?, headers: [String: String])]]
    ) -> GRPCRoute {
        let rules = matches.map { matches in
            GRPCRoute.Rule(
                name: nil,
                matches: matches.map {
                    GRPCRoute.Match(
                        service: $0.service, method: $0.method, isRegularExpression: false, headers: values($0.headers))
                }, filters: [], backendRefs: [backend("s")], position: nil)
        }
        return GRPCRoute(
            metadata: metadata(name, created: created), parentRefs: [parent()], hostnames: hostnames, rules: rules)
    }

    static func service(
        _ name: String = "s", type: String = "ClusterIP", externalName: String? = nil, ports: [Service.Port] = [port()],
        annotations: [String: String] = [:]
    ) -> Service {
        Service(
            metadata: metadata(name, annotations: annotations), type: type, externalName: externalName, clusterIPs: [],
            selector: [:], ports: ports)
    }

    static func port(
        _ number: Int = 80, name: String = "", target: IntOrString? = nil, protocolName: String = "TCP",
        appProtocol: String? = nil
    ) -> Service.Port {
        Service.Port(
            name: name, port: number, targetPort: target ?? .int(number), protocolName: protocolName,
            appProtocol: appProtocol)
    }

    static func slice(
        _ name: String, of service: String = "s", type: String = "IPv4", _ addresses: [(String, ready: Bool)],
        ports: [(name: String, port: Int?)] = [("", 8080)]
    ) -> EndpointSlice {
        EndpointSlice(
            metadata: metadata(name), serviceName: service, addressType: type,
            endpoints: addresses.map {
                EndpointSlice.Endpoint(
                    addresses: [$0.0], ready: $0.ready, serving: true, terminating: false, nodeName: nil, zone: nil,
                    hints: EndpointSlice.Hints())
            },
            ports: ports.map {
                EndpointSlice.Port(name: $0.name, port: $0.port, protocolName: "TCP", appProtocol: nil)
            })
    }

    static func snapshot(_ fill: (inout Objects) -> Void) -> Snapshot {
        var objects = Objects()
        fill(&objects)
        return Snapshot(revision: 1, objects: objects)
    }
}

extension Objects {
    mutating func add(_ gateway: Gateway) { gateways[gateway.key] = gateway }
    mutating func add(_ route: HTTPRoute) { httpRoutes[route.key] = route }
    mutating func add(_ route: GRPCRoute) { grpcRoutes[route.key] = route }
    mutating func add(_ service: Service) { services[service.key] = service }
    mutating func add(_ slice: EndpointSlice) { endpointSlices[slice.key] = slice }
}

/// Random numbers that come again with the same seed. `SALLYPORT_SEED` repeats a run.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
