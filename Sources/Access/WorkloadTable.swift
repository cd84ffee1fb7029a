import Addresses
import Kubernetes

/// Whose pod an address belongs to.
public struct PodIdentity: Hashable, Sendable {
    /// What runs in it.
    public let workload: WorkloadName
    /// Name of the pod, in the workload's namespace.
    public let pod: String
    /// Its service account, in the same namespace.
    public let serviceAccount: String
    /// Labels of the pod that say what it is, each `key=value`, in the order of their keys.
    public let labels: [String]
}

/// The pods of a snapshot by address.
///
/// An address that says nothing about a pod gives none: that of a node, of a pod that has ended, and one that two pods
/// claim.
struct WorkloadTable: Sendable {
    private var pods: [Address: PodIdentity?] = [:]

    init(_ objects: Objects) {
        for pod in objects.pods.values where pod.isLive && !pod.usesHostNetwork {
            let identity = PodIdentity(
                workload: objects.workload(of: pod), pod: pod.metadata.name, serviceAccount: pod.serviceAccount,
                labels: PodLabels.telling(pod.metadata.labels))
            for address in Set(pod.addresses) {
                pods[address] = .some(pods[address] == nil ? identity : nil)
            }
        }
    }

    /// The pod with that address.
    func pod(_ address: Address) -> PodIdentity? {
        pods.isEmpty ? nil : pods[address] ?? nil
    }
}

/// A `WorkloadSelection`, ready for asking.
struct WorkloadMatcher: Sendable, Hashable {
    private let namespaces: Set<String>
    private let names: Set<WorkloadName>

    init(_ selection: WorkloadSelection) {
        namespaces = Set(selection.namespaces)
        names = Set(selection.names)
    }

    /// An address that belongs to no pod is none of them.
    func matches(_ pod: PodIdentity?) -> Bool {
        guard let pod else { return false }
        return namespaces.contains(pod.workload.namespace) || names.contains(pod.workload)
    }
}
