import Kubernetes
import Policy

/// What objects say of the cluster, and what the next state is made from: only what changed is worked out again.
struct ClusterState: Sendable {
    /// Who may open a connection to whom.
    let list: GuestList

    private let objects: Objects
    private let policies: TranslatedPolicies

    /// The state of a snapshot. What objects say that could never be read is not known: then nobody is.
    init(_ snapshot: Snapshot, previous: ClusterState?) {
        let objects = snapshot.unreadable.isEmpty ? snapshot.objects : Objects()
        let policies = previous?.policies.updated(objects) ?? TranslatedPolicies(objects)
        let inventory =
            previous.flatMap { $0.list.inventory.updated(from: $0.objects, to: objects) } ?? Inventory(objects)
        list =
            previous?.list.updated(inventory: inventory, policies: policies.policies)
            ?? GuestList(inventory: inventory, policies: policies.policies)
        self.objects = objects
        self.policies = policies
    }
}
