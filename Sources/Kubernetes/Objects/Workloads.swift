import Addresses

// What runs, as far as it says who an address belongs to.

/// `Pod` v1.
///
/// A cluster has tens of thousands of them: a pod is one word, copies share what it says, and two that share it are known
/// to be the same without looking at it.
public struct Pod: SharedObject {
    public static let group = ""
    public static let versions = ["v1"]
    public static let kind = "Pod"

    private var shared: Shared

    /// What a pod says.
    private struct Content: Hashable {
        var metadata: ObjectMeta
        var controller: OwnerRef?
        var serviceAccount: String
        var usesHostNetwork: Bool
        var phase: String
        var addresses: [Address]
        var images: [String]
        var nodeName: String?
        var hostAddresses: [Address]
        var isTerminating: Bool
        var ports: [ContainerPort]
        var commands: [[String]]
    }

    /// Never changes.
    private final class Shared: Sendable {
        let content: Content

        init(_ content: Content) { self.content = content }
    }

    init(
        metadata: ObjectMeta, controller: OwnerRef?, serviceAccount: String, usesHostNetwork: Bool, phase: String,
        addresses: [Address], images: [String], nodeName: String?, hostAddresses: [Address], isTerminating: Bool,
        ports: [ContainerPort], commands: [[String]]
    ) {
        shared = Shared(
            Content(
                metadata: metadata, controller: controller, serviceAccount: serviceAccount,
                usesHostNetwork: usesHostNetwork, phase: phase, addresses: addresses, images: images,
                nodeName: nodeName, hostAddresses: hostAddresses, isTerminating: isTerminating, ports: ports,
                commands: commands))
    }

    private var content: Content {
        get { shared.content }
        set { shared = Shared(newValue) }
    }

    public var metadata: ObjectMeta {
        get { shared.content.metadata }
        set { content.metadata = newValue }
    }
    /// The owner that controls it; nil: a bare pod.
    public var controller: OwnerRef? {
        get { shared.content.controller }
        set { content.controller = newValue }
    }
    /// `spec.serviceAccountName`; absent in the object: `default`.
    public var serviceAccount: String {
        get { shared.content.serviceAccount }
        set { content.serviceAccount = newValue }
    }
    /// True: it has the addresses of its node, which say nothing about it.
    public var usesHostNetwork: Bool {
        get { shared.content.usesHostNetwork }
        set { content.usesHostNetwork = newValue }
    }
    /// `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`; empty where there is no status.
    public var phase: String {
        get { shared.content.phase }
        set { content.phase = newValue }
    }
    /// `status.podIPs`, or `status.podIP` where those are absent.
    public var addresses: [Address] {
        get { shared.content.addresses }
        set { content.addresses = newValue }
    }
    /// Images of its containers, in order.
    public var images: [String] {
        get { shared.content.images }
        set { content.images = newValue }
    }
    /// `spec.nodeName`; nil: not yet on a node.
    public var nodeName: String? {
        get { shared.content.nodeName }
        set { content.nodeName = newValue }
    }
    /// `status.hostIPs`, or `status.hostIP` where those are absent: addresses of its node.
    public var hostAddresses: [Address] {
        get { shared.content.hostAddresses }
        set { content.hostAddresses = newValue }
    }
    /// `metadata.deletionTimestamp` is there. It still runs, and has its addresses.
    public var isTerminating: Bool {
        get { shared.content.isTerminating }
        set { content.isTerminating = newValue }
    }
    /// Of its containers and of init containers that stay (`restartPolicy: Always`).
    public var ports: [ContainerPort] {
        get { shared.content.ports }
        set { content.ports = newValue }
    }
    /// `command` and `args` of each of its containers that has a command.
    public var commands: [[String]] {
        get { shared.content.commands }
        set { content.commands = newValue }
    }

    /// Namespace and name.
    public var key: NamespacedName {
        NamespacedName(shared.content.metadata.namespace, shared.content.metadata.name)
    }

    /// False once it has ended: its addresses may be another's.
    public var isLive: Bool { phase != "Succeeded" && phase != "Failed" }

    /// True when both share what they say. Costs nothing.
    public func isCopy(of other: Pod) -> Bool { shared === other.shared }

    /// True when both say the same.
    public static func == (a: Pod, b: Pod) -> Bool { a.isCopy(of: b) || a.content == b.content }

    /// By what it says.
    public func hash(into hasher: inout Hasher) { content.hash(into: &hasher) }
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
