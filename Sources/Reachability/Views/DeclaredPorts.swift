import Addresses
import Kubernetes
import Policy

/// Container ports, with and without names, and where what runs was written.
struct DeclaredPorts {
    private var pods: [NamespacedName: Pod]
    private var templates: [WorkloadName: [ContainerPort]] = [:]
    private var sources: [WorkloadName: (reference: ObjectReference, position: Position?)] = [:]

    init(_ objects: Objects) {
        pods = objects.pods
        add(objects.deployments)
        add(objects.statefulSets)
        add(objects.daemonSets)
        add(objects.replicaSets)
        add(objects.replicationControllers)
        add(objects.jobs)
        add(objects.cronJobs)
    }

    private mutating func add<T: PodController>(_ controllers: [NamespacedName: T]) {
        for controller in controllers.values {
            let key = controller.key
            let name = WorkloadName(kind: T.kind, namespace: key.namespace, name: key.name)
            templates[name] = controller.template.ports
            sources[name] = (controller.reference, controller.metadata.position)
        }
    }

    private func declared(_ endpoint: Endpoint) -> [ContainerPort] {
        (endpoint.isTemplate ? templates[endpoint.workload] : pods[endpoint.name]?.ports) ?? []
    }

    func ports(of endpoint: Endpoint) -> [Traffic] {
        declared(endpoint).compactMap { port in
            UInt16(exactly: port.number).map { Traffic(port.proto, port: $0) }
        }
    }

    /// Ports of nodes that lead to ports of the endpoint, but those that only the node itself can call.
    func hostPorts(of endpoint: Endpoint) -> [(host: Traffic, own: Traffic)] {
        guard !endpoint.usesHostNetwork else { return [] }
        return declared(endpoint).compactMap { port in
            guard port.hostAddress?.isLoopback != true, let host = port.hostPort.flatMap({ UInt16(exactly: $0) }),
                let own = UInt16(exactly: port.number)
            else { return nil }
            return (Traffic(port.proto, port: host), Traffic(port.proto, port: own))
        }
    }

    /// The object that a workload is made of: its controller or, where that is not among the objects, one of its pods.
    func source(of endpoint: Endpoint) -> (reference: ObjectReference, position: Position?) {
        if let known = sources[endpoint.workload] { return known }
        let pod = ObjectReference(
            group: Pod.group, kind: Pod.kind, namespace: endpoint.name.namespace, name: endpoint.name.name)
        return (pod, pods[endpoint.name]?.metadata.position)
    }
}
