import Addresses

// What runs, as far as it says who an address belongs to.

/// `Pod` v1.
public struct Pod: KubernetesObject, Hashable {
    public static let group = ""
    public static let versions = ["v1"]
    public static let kind = "Pod"
    public var metadata: ObjectMeta
    /// The owner that controls it; nil: a bare pod.
    public var controller: OwnerRef?
    /// `spec.serviceAccountName`; absent in the object: `default`.
    public var serviceAccount: String
    /// True: it has the addresses of its node, which say nothing about it.
    public var usesHostNetwork: Bool
    /// `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`; empty where there is no status.
    public var phase: String
    /// `status.podIPs`, or `status.podIP` where those are absent.
    public var addresses: [Address]
    /// Images of its containers, in order.
    public var images: [String]
    /// `spec.nodeName`; nil: not yet on a node.
    public var nodeName: String?
    /// `status.hostIPs`, or `status.hostIP` where those are absent: addresses of its node.
    public var hostAddresses: [Address]
    /// `metadata.deletionTimestamp` is there. It still runs, and has its addresses.
    public var isTerminating: Bool
    /// Of its containers and of init containers that stay (`restartPolicy: Always`).
    public var ports: [ContainerPort]
    /// `command` and `args` of each of its containers that has a command.
    public var commands: [[String]]

    /// False once it has ended: its addresses may be another's.
    public var isLive: Bool { phase != "Succeeded" && phase != "Failed" }
}

/// The owner that controls an object (`metadata.ownerReferences[]` with `controller: true`).
public struct OwnerRef: Hashable, Sendable {
    public var kind: String
    public var name: String

    /// That owner.
    public init(kind: String, name: String) {
        self.kind = kind
        self.name = name
    }
}

extension Objects {
    /// The workload that a pod is of: its controller's controller, its controller, or itself.
    public func workload(of pod: Pod) -> WorkloadName {
        let namespace = pod.metadata.namespace
        // A node owns the mirrors of its static pods, and makes them no workload.
        guard let owner = pod.controller, owner.kind != Node.kind else {
            return WorkloadName(kind: Pod.kind, namespace: namespace, name: pod.metadata.name)
        }
        let top: OwnerRef
        switch owner.kind {
        case ReplicaSet.kind:
            top = replicaSets[NamespacedName(namespace, owner.name)]?.controller ?? deployment(owner, pod) ?? owner
        case Job.kind: top = jobs[NamespacedName(namespace, owner.name)]?.controller ?? owner
        default: top = owner
        }
        return WorkloadName(kind: top.kind, namespace: namespace, name: top.name)
    }

    /// The Deployment of a ReplicaSet that is not there to be asked: it is named after it, with the pods' hash.
    private func deployment(_ owner: OwnerRef, _ pod: Pod) -> OwnerRef? {
        guard let hash = pod.metadata.labels["pod-template-hash"], owner.name.hasSuffix("-" + hash),
            replicaSets[NamespacedName(pod.metadata.namespace, owner.name)] == nil
        else { return nil }
        return OwnerRef(kind: "Deployment", name: String(owner.name.dropLast(hash.utf8.count + 1)))
    }
}
