import ClusterSource
import Kubernetes
import ModelTraffic

/// `Lease` of coordination.k8s.io/v1: who leads, and until when.
struct Lease: Hashable, Sendable {
    /// Empty: nobody.
    var holder: String
    var durationSeconds: Int
    /// As the holder's clock had it; nobody else believes it.
    var renewTime: String
    var acquireTime: String
    /// How often it changed hands.
    var transitions: Int
    /// Of the object; nil: it is not there yet.
    var resourceVersion: String?

    static let resource = APIResource(group: "coordination.k8s.io", version: "v1", plural: "leases", kind: "Lease")

    init(
        holder: String, durationSeconds: Int, renewTime: String, acquireTime: String, transitions: Int,
        resourceVersion: String?
    ) {
        self.holder = holder
        self.durationSeconds = durationSeconds
        self.renewTime = renewTime
        self.acquireTime = acquireTime
        self.transitions = transitions
        self.resourceVersion = resourceVersion
    }

    /// Reads the object; what is missing is as if nobody held it.
    init(_ value: Value) {
        let spec = value["spec"]
        holder = spec?["holderIdentity"]?.text ?? ""
        durationSeconds = spec?["leaseDurationSeconds"]?.integer ?? 0
        renewTime = spec?["renewTime"]?.text ?? ""
        acquireTime = spec?["acquireTime"]?.text ?? ""
        transitions = spec?["leaseTransitions"]?.integer ?? 0
        resourceVersion = value.at("metadata", "resourceVersion")?.text
    }

    /// The object as it is sent.
    func body(namespace: String, name: String) -> JSONLiteral {
        .object([
            "apiVersion": .string(Self.resource.apiVersion), "kind": .string(Self.resource.kind),
            "metadata": .object([
                "name": .string(name), "namespace": .string(namespace),
                "resourceVersion": resourceVersion.map { .string($0) },
            ]),
            "spec": .object([
                "holderIdentity": .string(holder), "leaseDurationSeconds": .number(durationSeconds),
                "acquireTime": .string(acquireTime), "renewTime": .string(renewTime),
                "leaseTransitions": .number(transitions),
            ]),
        ])
    }
}
