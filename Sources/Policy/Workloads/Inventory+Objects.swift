import Addresses
import Kubernetes

extension Inventory {
    /// Who there is by the objects: pods that live, what stands for pods that are not there, namespaces, nodes.
    ///
    /// - Parameter podRanges: where pods are that have no address; empty: where Nodes say that pods are.
    public init(_ objects: Objects, podRanges: [Prefix] = []) {
        let pods = Self.byClaim(objects.pods.values.lazy.filter(\.isLive))
        var endpoints = pods.map { Endpoint($0, workload: objects.workload(of: $0)) }
        let represented = Set(endpoints.map(\.workload))
        let templates = Self.templates(objects)
        endpoints += templates.values.filter { !represented.contains($0.workload) }
        self.init(
            endpoints: endpoints,
            namespaces: Dictionary(
                objects.namespaces.values.map { ($0.metadata.name, $0.metadata.labels) },
                uniquingKeysWith: { first, _ in first }),
            serviceAccounts: objects.serviceAccounts.mapValues(\.metadata.labels),
            nodes: Self.nodes(objects, pods),
            podRanges: podRanges.isEmpty
                ? objects.nodes.values.flatMap(\.podBlocks).sorted {
                    ($0.address, $0.length) < ($1.address, $1.length)
                } : podRanges)
        self.templates = templates
    }

    /// Pods in the order in which addresses are theirs.
    static func byClaim(_ pods: some Sequence<Pod>) -> [Pod] {
        pods.map { (pod: $0, claim: AddressClaim($0)) }.sorted { $0.claim < $1.claim }.map(\.pod)
    }

    /// Nodes that are objects, and those that pods say they run on.
    private static func nodes(_ objects: Objects, _ pods: [Pod]) -> [ClusterNode] {
        var nodes: [String: ClusterNode] = [:]
        for node in objects.nodes.values {
            let name = node.metadata.name
            nodes[name] = ClusterNode(name: name, labels: node.metadata.labels, addresses: node.addresses)
        }
        for pod in pods {
            guard let name = pod.nodeName else { continue }
            for address in pod.hostAddresses where nodes[name]?.addresses.contains(address) != true {
                nodes[name, default: ClusterNode(name: name, labels: [:], addresses: [])].addresses.append(address)
            }
            if nodes[name] == nil { nodes[name] = ClusterNode(name: name, labels: [:], addresses: []) }
        }
        return Array(nodes.values)
    }

    // MARK: What stands for pods

    /// A template of each controller that is to have pods.
    static func templates(_ objects: Objects) -> [WorkloadName: Endpoint] {
        Dictionary(
            podMakers(objects).map { ($0.workload, Endpoint($0.template, workload: $0.workload)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Each controller that is to have pods, by workload; what is controlled in turn is left to its controller.
    package static func podMakers(_ objects: Objects) -> [PodMaker] {
        var found: [WorkloadName: PodMaker] = [:]
        var all: Set<WorkloadName> = []
        let controllers = objects.podControllers
        for controller in controllers { all.insert(controller.workload) }
        for controller in controllers {
            let name = controller.owner ?? controller.workload
            guard controller.owner.map({ !all.contains($0) }) ?? true, controller.replicas != 0, found[name] == nil
            else {
                continue
            }
            found[name] = PodMaker(workload: name, replicas: controller.replicas, template: controller.template)
        }
        return found.values.sorted { $0.workload < $1.workload }
    }
}

/// Of pods with one address, which all but one no longer have, the newest that runs has it.
private struct AddressClaim: Comparable {
    let isRunning: Bool
    let created: Int64
    let name: NamespacedName

    init(_ pod: Pod) {
        let metadata = pod.metadata
        isRunning = pod.phase == "Running"
        created = metadata.creationTimestamp ?? .min
        name = metadata.key
    }

    static func < (a: AddressClaim, b: AddressClaim) -> Bool {
        if a.isRunning != b.isRunning { return a.isRunning }
        return a.created != b.created ? a.created > b.created : a.name < b.name
    }
}

/// A workload that is to have pods, and what they are like.
package struct PodMaker: Sendable {
    /// The workload that its pods are of.
    package let workload: WorkloadName
    /// How many there are to be; nil: that is not said, or it is one on each node.
    package let replicas: Int?
    /// What they are like.
    package let template: PodTemplate
}

/// One controller of pods, whatever its kind.
private struct Controller {
    let workload: WorkloadName
    /// What controls it in turn.
    let owner: WorkloadName?
    let replicas: Int?
    let template: PodTemplate

    init<T: PodController>(_ object: T) {
        let namespace = object.metadata.namespace
        workload = WorkloadName(kind: T.kind, namespace: namespace, name: object.metadata.name)
        owner = object.controller.map { WorkloadName(kind: $0.kind, namespace: namespace, name: $0.name) }
        replicas = object.replicas
        template = object.template
    }
}

extension Objects {
    /// Everything that makes pods, by name. A new kind of controller is one line here.
    fileprivate var podControllers: [Controller] {
        var all: [Controller] = []
        all += deployments.values.map(Controller.init)
        all += statefulSets.values.map(Controller.init)
        all += daemonSets.values.map(Controller.init)
        all += cronJobs.values.map(Controller.init)
        all += replicaSets.values.map(Controller.init)
        all += replicationControllers.values.map(Controller.init)
        all += jobs.values.map(Controller.init)
        return all.sorted { $0.workload < $1.workload }
    }
}

extension Endpoint {
    convenience init(_ pod: Pod, workload: WorkloadName) {
        let metadata = pod.metadata
        self.init(
            name: metadata.key, workload: workload, labels: metadata.labels, annotations: metadata.annotations,
            serviceAccount: pod.serviceAccount, node: pod.nodeName,
            addresses: pod.addresses.isEmpty && pod.usesHostNetwork ? pod.hostAddresses : pod.addresses,
            ports: pod.ports.compactMap(NamedPort.init), usesHostNetwork: pod.usesHostNetwork)
    }

    convenience init(_ template: PodTemplate, workload: WorkloadName) {
        self.init(
            name: NamespacedName(workload.namespace, workload.name), workload: workload, labels: template.labels,
            annotations: template.annotations, serviceAccount: template.serviceAccount,
            ports: template.ports.compactMap(NamedPort.init), usesHostNetwork: template.usesHostNetwork,
            isTemplate: true)
    }
}

extension NamedPort {
    /// A port of a container; nil when it has no name.
    init?(_ port: ContainerPort) {
        guard !port.name.isEmpty, let number = UInt16(exactly: port.number) else { return nil }
        self.init(name: port.name, proto: port.proto, port: number)
    }
}
