import Kubernetes

/// Turns references to Services into clusters, each made once.
final class BackendResolver {
    let objects: Objects
    private let grants: Grants
    private let finder: EndpointFinder
    private let options: RoutingOptions
    let policies: BackendTLSIndex
    private(set) var clusters: [Cluster] = []
    private var places: [Cluster.Key: Int] = [:]
    /// Gateways whose routes use a Service: the ancestors of its policies.
    private(set) var users: [NamespacedName: Set<NamespacedName>] = [:]

    init(_ objects: Objects, _ grants: Grants, _ policies: BackendTLSIndex, _ options: RoutingOptions) {
        self.objects = objects
        self.grants = grants
        self.policies = policies
        self.options = options
        finder = EndpointFinder(objects, options)
    }

    /// Who refers: the route, and the Gateway it is being compiled for.
    struct Referrer {
        var route: RouteKey
        var gateway: NamespacedName
        var clientCertificate: KeyPair?
    }

    /// The place of the cluster that a reference means.
    func resolve(_ ref: ObjectRef, port: Int?, for referrer: Referrer) -> Result<Int, Problem> {
        let namespace = referrer.route.name.namespace
        let described = ref.described(from: namespace)
        guard ref.group.isEmpty, ref.kind == "Service" else {
            return .failure(Problem("InvalidKind", "\(described): only Services can be backends"))
        }
        let key = ref.key(from: namespace)
        let from = GroupKind(group: gatewayGroup, kind: referrer.route.kind.rawValue)
        guard grants.allow(from, in: namespace, toRefer: key, ref.groupKind) else {
            return .failure(Problem("RefNotPermitted", missingGrant(described, namespace, key, from.kind, "Service")))
        }
        guard let service = objects.services[key] else {
            return .failure(Problem("BackendNotFound", "\(described) does not exist"))
        }
        guard let port else {
            return .failure(Problem("UnsupportedValue", "\(described): a Service needs a port"))
        }
        users[key, default: []].insert(referrer.gateway)
        return cluster(service, port, referrer)
    }

    private func cluster(_ service: Service, _ number: Int, _ referrer: Referrer) -> Result<Int, Problem> {
        do throws(Problem) {
            let port = try self.port(service, number)
            let spoken = try wire(service, port, referrer)
            let tls = try self.tls(service, port, spoken.impliesTLS, referrer)
            let key = Cluster.Key(service: service.key, port: number, wire: spoken.wire, tls: tls)
            if let place = places[key] { return .success(place) }
            let endpoints = try endpoints(service, port, number)
            places[key] = clusters.count
            clusters.append(
                Cluster(
                    key: key, endpoints: endpoints, loadBalancing: loadBalancing(service),
                    allowsLocalAddresses: options.allowsLocalBackends))
            return .success(clusters.count - 1)
        } catch {
            return .failure(error)
        }
    }

    /// The port of a Service; of an `ExternalName`, which need not list any, the number alone.
    private func port(_ service: Service, _ number: Int) throws(Problem) -> Service.Port? {
        if let found = service.ports.first(where: { $0.port == number && $0.protocolName == "TCP" }) { return found }
        if service.type == "ExternalName", service.ports.isEmpty { return nil }
        if service.ports.contains(where: { $0.port == number }) {
            throw Problem("UnsupportedProtocol", "port \(number) of Service \(service.key) is not TCP")
        }
        throw Problem("BackendNotFound", "Service \(service.key) has no port \(number)")
    }

    private func endpoints(_ service: Service, _ port: Service.Port?, _ number: Int) throws(Problem) -> [Endpoint] {
        if service.type != "ExternalName" { return port.map { finder.endpoints(service, $0) } ?? [] }
        var target = number
        if case .int(let written)? = port?.targetPort { target = written }
        return [try finder.externalName(service, port: target).get()]
    }

    /// What `appProtocol` says; gRPC is HTTP/2 where it says nothing.
    private func wire(
        _ service: Service, _ port: Service.Port?, _ referrer: Referrer
    ) throws(Problem) -> (wire: Cluster.Wire, impliesTLS: Bool) {
        let plain: Cluster.Wire = referrer.route.kind == .grpc ? .http2 : .http1
        switch port?.appProtocol?.lowercased() {
        case nil, "http", "tcp": return (plain, false)
        case "kubernetes.io/h2c", "h2c", "grpc": return (.http2, false)
        case "kubernetes.io/ws", "ws": return (.http1, false)
        case "https", "kubernetes.io/wss", "wss": return (plain, true)
        case let other?:
            throw Problem(
                "UnsupportedProtocol", "appProtocol \(other) of Service \(service.key) is not supported"
            )
        }
    }

    private func tls(
        _ service: Service, _ port: Service.Port?, _ implied: Bool, _ referrer: Referrer
    ) throws(Problem) -> BackendTLS? {
        if let obstacle = policies.obstacle(service.key) { throw Problem("BackendTLSPolicyInvalid", obstacle) }
        if let policy = policies.policy(service.key, portName: port?.name ?? "") {
            return try policies.tls(policy, clientCertificate: referrer.clientCertificate).get()
        }
        guard implied else { return nil }
        // Outside the cluster the name that is asked for is the name that the certificate must have. Inside, only a
        // policy knows it, and TLS without a name to check would be no TLS.
        guard service.type == "ExternalName", let name = service.externalName?.lowercased() else {
            throw Problem(
                "UnsupportedProtocol",
                "appProtocol \(port?.appProtocol ?? "") of Service \(service.key) needs a BackendTLSPolicy that says "
                    + "which name and authorities to check")
        }
        let host = name.hasSuffix(".") ? String(name.dropLast()) : name
        return BackendTLS(
            serverName: host, subjectAltNames: [.hostname(host)], trust: .system,
            clientCertificate: referrer.clientCertificate)
    }

    /// Unknown words mean round robin; `serviceStatuses` says so.
    private func loadBalancing(_ service: Service) -> Cluster.LoadBalancing {
        service.metadata.annotations[Self.loadBalancingAnnotation].flatMap(Cluster.LoadBalancing.init) ?? .roundRobin
    }

    static let loadBalancingAnnotation = "sallyport.dev/load-balancing"
}

extension BackendResolver {
    /// The Gateways through which a policy's targets are used, by name.
    func gateways(using policy: Int) -> [NamespacedName] {
        let judged = policies.policies[policy].policy
        var found: Set<NamespacedName> = []
        for ref in judged.targetRefs where ref.kind == "Service" && ref.group.isEmpty {
            found.formUnion(users[NamespacedName(judged.metadata.namespace, ref.name)] ?? [])
        }
        return found.sorted()
    }
}
