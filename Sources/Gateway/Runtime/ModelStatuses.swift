import Kubernetes
import ModelTraffic
import Routing

/// Conditions of the kinds that say what models are called, mean and cost. One function for the running gateway and
/// for whoever only reads the objects.
public struct ModelStatuses: Sendable {
    /// By kind, namespace and name.
    public let statuses: [ObjectStatus]

    /// Judges all of the objects.
    public init(_ objects: Objects, clusters: [Cluster]) {
        let catalogue = ServerCatalogue(objects: objects)
        var all = Self.invalid(objects)
        all += objects.modelServers.values.map { server in
            let problem = catalogue.problems.first { $0.name == server.key }
            return Self.status(server, problem.map { ("Invalid", $0.message) })
        }
        all += objects.modelFilters.values.map { Self.status($0, nil) }
        all += objects.providers.values.map { Self.status($0, Self.problem($0, objects)) }
        all += Self.services(objects, clusters, catalogue)
        statuses = all.sorted {
            ($0.reference.kind, $0.reference.namespace, $0.reference.name)
                < ($1.reference.kind, $1.reference.namespace, $1.reference.name)
        }
    }

    private static let kinds: Set<String> = [ModelServer.kind, ModelFilter.kind, Provider.kind]

    private static func invalid(_ objects: Objects) -> [ObjectStatus] {
        objects.invalid.filter { $0.reference.group == ModelFilter.group && kinds.contains($0.reference.kind) }.map {
            ObjectStatus(
                reference: $0.reference,
                conditions: [Condition(type: "Accepted", status: .false, reason: "Invalid", message: $0.reason)],
                position: $0.position)
        }
    }

    /// A provider whose prices apply nowhere.
    private static func problem(_ provider: Provider, _ objects: Objects) -> (reason: String, message: String)? {
        let namespace = provider.metadata.namespace
        let missing = provider.services.filter { objects.services[NamespacedName(namespace, $0)] == nil }
        if !missing.isEmpty {
            return ("ServiceNotFound", "no Service of this namespace: \(missing.sorted().joined(separator: ", "))")
        }
        let earlier = objects.providers.values.filter { $0.metadata.namespace == namespace && $0.key < provider.key }
        for service in provider.services {
            if let first = earlier.filter({ $0.services.contains(service) }).min(by: { $0.key < $1.key }) {
                return ("Conflicted", "Service \(service) has the prices of Provider \(first.metadata.name)")
            }
        }
        return nil
    }

    /// Services that routes use and of which it cannot be told what stands behind them: they are closed.
    private static func services(
        _ objects: Objects, _ clusters: [Cluster], _ catalogue: ServerCatalogue
    ) -> [ObjectStatus] {
        let images = PodImages(objects)
        var found: [NamespacedName: ObjectStatus] = [:]
        for cluster in clusters {
            guard let service = objects.services[cluster.key.service] else { continue }
            if let unknown = service.unknownAnnotations.first {
                found[service.key] = status(
                    service,
                    ("Invalid", "there is no annotation \(unknown) for a Service; what it was meant to say is unknown"))
                continue
            }
            let recognition = catalogue.server(
                of: service, images: images.images(behind: service), port: service.targetPort(cluster.key.port))
            if case .mistaken(let mistake) = recognition {
                found[service.key] = status(service, ("Invalid", mistake.message))
            }
        }
        return Array(found.values)
    }

    private static func status(
        _ object: some KubernetesObject, _ problem: (reason: String, message: String)?
    ) -> ObjectStatus {
        ObjectStatus(
            reference: object.reference,
            conditions: [
                Condition(
                    type: "Accepted", status: problem == nil ? .true : .false, reason: problem?.reason ?? "Accepted",
                    message: problem?.message ?? "", observedGeneration: object.metadata.generation)
            ],
            position: object.metadata.position)
    }
}

extension Service {
    /// Annotations of ours that a Service has and that mean nothing there: a slip of the pen may have been meant to say
    /// what stands behind it.
    var unknownAnnotations: [String] {
        metadata.annotations.keys.filter { $0.hasPrefix("sallyport.dev/") && !Self.annotations.contains($0) }.sorted()
    }

    private static let annotations: Set<String> = [
        ModelServer.annotation, Asset.key, "sallyport.dev/load-balancing",
    ]

    /// What the containers listen on behind a port of the Service, when that is a number.
    func targetPort(_ number: Int) -> Int {
        guard let port = ports.first(where: { $0.port == number }), case .int(let target) = port.targetPort else {
            return number
        }
        return target
    }
}
