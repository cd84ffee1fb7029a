import Addresses

// What makes pods, as far as it says what its pods are like.

/// A kind that makes pods of one template.
public protocol PodController: KubernetesObject {
    /// The owner that controls it in turn; nil: it has none.
    var controller: OwnerRef? { get }
    /// How many pods there are to be; nil where the object does not say; 0: none.
    var replicas: Int? { get }
    /// The pods that it takes for its own; nil where the object does not say.
    var selector: LabelSelector? { get }
    /// What its pods are like.
    var template: PodTemplate { get }
}

/// `spec.template` of a kind that makes pods; empty where the object has none.
public struct PodTemplate: Hashable, Sendable {
    public var labels: [String: String]
    public var annotations: [String: String]
    /// Absent in the object: `default`.
    public var serviceAccount: String
    public var usesHostNetwork: Bool
    /// Of its containers and of init containers that stay (`restartPolicy: Always`).
    public var ports: [ContainerPort]
    /// Images of its containers, in order.
    public var images: [String]
    /// `command` and `args` of each of its containers that has a command.
    public var commands: [[String]]
}

/// `containers[].ports[]`.
public struct ContainerPort: Hashable, Sendable {
    /// Empty: none.
    public var name: String
    public var number: Int
    /// TCP, UDP or SCTP; absent in the object: TCP.
    public var proto: IPProtocol
    /// The port of the node that leads here; nil: none.
    public var hostPort: Int?
    /// The address of the node at which it does; nil: all of them.
    public var hostAddress: Address?
}

/// `Deployment` apps/v1.
public struct Deployment: PodController, Hashable {
    public static let group = "apps"
    public static let versions = ["v1"]
    public static let kind = "Deployment"
    public var metadata: ObjectMeta
    public var controller: OwnerRef?
    public var replicas: Int?
    public var selector: LabelSelector?
    public var template: PodTemplate
}

/// `StatefulSet` apps/v1.
public struct StatefulSet: PodController, Hashable {
    public static let group = "apps"
    public static let versions = ["v1"]
    public static let kind = "StatefulSet"
    public var metadata: ObjectMeta
    public var controller: OwnerRef?
    public var replicas: Int?
    public var selector: LabelSelector?
    public var template: PodTemplate
}

/// `DaemonSet` apps/v1: a pod on every node, so `replicas` is nil.
public struct DaemonSet: PodController, Hashable {
    public static let group = "apps"
    public static let versions = ["v1"]
    public static let kind = "DaemonSet"
    public var metadata: ObjectMeta
    public var controller: OwnerRef?
    public var replicas: Int?
    public var selector: LabelSelector?
    public var template: PodTemplate
}

/// `ReplicaSet` apps/v1: between a Deployment and its pods.
public struct ReplicaSet: PodController, Hashable {
    public static let group = "apps"
    public static let versions = ["v1"]
    public static let kind = "ReplicaSet"
    public var metadata: ObjectMeta
    /// The Deployment, commonly.
    public var controller: OwnerRef?
    public var replicas: Int?
    public var selector: LabelSelector?
    public var template: PodTemplate
}

/// `ReplicationController` v1, with its selector as a label selector.
public struct ReplicationController: PodController, Hashable {
    public static let group = ""
    public static let versions = ["v1"]
    public static let kind = "ReplicationController"
    public var metadata: ObjectMeta
    public var controller: OwnerRef?
    public var replicas: Int?
    public var selector: LabelSelector?
    public var template: PodTemplate
}

/// `Job` batch/v1: between a CronJob and its pods.
public struct Job: PodController, Hashable {
    public static let group = "batch"
    public static let versions = ["v1"]
    public static let kind = "Job"
    public var metadata: ObjectMeta
    /// The CronJob, where it has one.
    public var controller: OwnerRef?
    /// `spec.parallelism`; 0 once it has completed or failed.
    public var replicas: Int?
    public var selector: LabelSelector?
    public var template: PodTemplate
}

/// `CronJob` batch/v1 (v1beta1 is read too): the template of its Jobs.
public struct CronJob: PodController, Hashable {
    public static let group = "batch"
    public static let versions = ["v1", "v1beta1"]
    public static let kind = "CronJob"
    public var metadata: ObjectMeta
    public var controller: OwnerRef?
    /// `spec.jobTemplate.spec.parallelism`. A suspended one may be let go on at any time.
    public var replicas: Int?
    public var selector: LabelSelector?
    public var template: PodTemplate
}
