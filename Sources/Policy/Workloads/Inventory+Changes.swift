import Addresses
import Kubernetes

extension Inventory {
    /// With more pods that come or go than this, who there is is found out anew.
    private static let mostChanges = 256

    /// The inventory after some pods came, went or changed, or what makes them; nil: more than that has changed, and who
    /// there is must be found out anew.
    ///
    /// - Parameter old: the objects that this inventory was made from.
    public func updated(from old: Objects, to new: Objects) -> Inventory? {
        guard old.hasSamePlaces(as: new),
            let pods = new.changedPods(since: old, most: Self.mostChanges)
        else { return nil }
        var patch = InventoryPatch(self, old, new)
        let isDone = patch.take(pods, movedBetween: old.controllers(changedTo: new), most: Self.mostChanges)
        return isDone ? patch.result : nil
    }
}

/// Takes changes into an inventory, one by one.
private struct InventoryPatch {
    private(set) var result: Inventory
    private let old: Objects
    private let new: Objects
    /// Workloads of which pods came or went.
    private var workloads: Set<WorkloadName> = []
    /// Addresses that pods came with.
    private var claimed: Set<Address> = []

    init(_ inventory: Inventory, _ old: Objects, _ new: Objects) {
        (result, self.old, self.new) = (inventory, old, new)
    }

    /// - Returns: false when more depends on a change than the endpoint that it is about.
    mutating func take(_ pods: SharedChanges<Pod>, movedBetween change: ControllerChange?, most: Int) -> Bool {
        var (gone, come) = (pods.gone, pods.come)
        if let owners = change?.owners, !owners.isEmpty {
            // A pod that is the same is another workload's when its controller's controller is.
            let changed = Set(come.map(\.key))
            for pod in new.pods.values {
                guard let owner = pod.controller, owners.contains(pod.metadata.namespace, owner),
                    !changed.contains(pod.key)
                else { continue }
                gone.append(pod)
                come.append(pod)
                guard come.count <= most else { return false }
            }
        }
        for pod in gone where pod.isLive { guard remove(pod) else { return false } }
        for pod in come where pod.isLive { guard insert(pod) else { return false } }
        for address in claimed { settle(address) }
        if let change, change.isOfTemplates { takeTemplates() }
        for workload in workloads { guard represent(workload) else { return false } }
        if old.serviceAccounts != new.serviceAccounts {
            result.serviceAccounts = new.serviceAccounts.mapValues(\.metadata.labels)
        }
        return true
    }

    // MARK: Pods

    /// True when nothing but its own endpoint depends on a pod: what it says of its node and its namespace, they say
    /// themselves.
    private func isAlone(_ pod: Pod, _ addresses: [Address]) -> Bool {
        guard new.namespaces[NamespacedName("", pod.metadata.namespace)] != nil else { return false }
        let node = pod.nodeName.map { new.nodes[NamespacedName("", $0)] }
        if let node {
            guard let node, pod.hostAddresses.allSatisfy(node.addresses.contains) else { return false }
        }
        if pod.usesHostNetwork { return addresses.allSatisfy { (node ?? nil)?.addresses.contains($0) ?? false } }
        return addresses.allSatisfy { !result.addressesOfHosts.contains($0) }
    }

    private mutating func remove(_ pod: Pod) -> Bool {
        let endpoint = Endpoint(pod, workload: old.workload(of: pod))
        guard isAlone(pod, endpoint.addresses), let index = result.index(of: endpoint) else { return false }
        workloads.insert(endpoint.workload)
        result.remove(at: index)
        return true
    }

    private mutating func insert(_ pod: Pod) -> Bool {
        let endpoint = Endpoint(pod, workload: new.workload(of: pod))
        guard isAlone(pod, endpoint.addresses) else { return false }
        workloads.insert(endpoint.workload)
        claimed.formUnion(endpoint.ownAddresses)
        result.insert(endpoint)
        return true
    }

    /// Of pods with one address, decides anew which is found by it.
    private mutating func settle(_ address: Address) {
        let owners = result.addresses.owners(of: address)
        guard owners.count > 1 else { return }
        let places = Dictionary(
            owners.map { (result.endpoints[Int($0)].name, $0) }, uniquingKeysWith: { first, _ in first })
        let pods = Inventory.byClaim(places.keys.compactMap { new.pods[$0] })
        result.addresses.set(address, pods.compactMap { places[$0.key] })
    }

    // MARK: What stands for pods

    private mutating func takeTemplates() {
        var templates = Inventory.templates(new)
        for (workload, endpoint) in templates {
            if let same = result.templates[workload], same == endpoint {
                templates[workload] = same
            } else {
                workloads.insert(workload)
            }
        }
        for workload in result.templates.keys where templates[workload] == nil { workloads.insert(workload) }
        result.templates = templates
    }

    /// Puts a template where a workload has no pod, and takes it away where it has.
    private mutating func represent(_ workload: WorkloadName) -> Bool {
        let wanted = result.hasPods(workload) ? nil : result.templates[workload]
        let found = result.templateIndex(workload)
        if found.map({ result.endpoints[$0] }) == wanted { return true }
        guard new.namespaces[NamespacedName("", workload.namespace)] != nil else { return false }
        if let found { result.remove(at: found) }
        if let wanted { result.insert(wanted) }
        return true
    }
}

extension Inventory {
    /// Where the pod of an endpoint is; nil: there is none of its name and workload.
    fileprivate func index(of endpoint: Endpoint) -> Int? {
        let first = place { Self.stands($0, before: endpoint) }
        return endpoints[first...].prefix { $0.name == endpoint.name && $0.workload == endpoint.workload }
            .firstIndex { !$0.isTemplate }
    }

    fileprivate func templateIndex(_ workload: WorkloadName) -> Int? {
        ofWorkload(workload).first { endpoints[$0].isTemplate }
    }

    /// True when a workload has a pod. There is at most one template of it.
    fileprivate func hasPods(_ workload: WorkloadName) -> Bool {
        ofWorkload(workload).prefix(2).contains { !endpoints[$0].isTemplate }
    }

    private func ofWorkload(_ workload: WorkloadName) -> Range<Int> {
        let key = (workload.namespace, workload.kind, workload.name)
        let first = place { ($0.namespace, $0.workload.kind, $0.workload.name) < key }
        return first..<place { ($0.namespace, $0.workload.kind, $0.workload.name) <= key }
    }

    fileprivate mutating func remove(at index: Int) {
        for address in endpoints[index].ownAddresses {
            addresses.set(address, addresses.owners(of: address).filter { $0 != Int32(index) })
        }
        endpoints.remove(at: index)
        addresses.shift(from: index + 1, by: -1)
    }

    fileprivate mutating func insert(_ endpoint: Endpoint) {
        let index = place { Self.stands($0, before: endpoint) }
        endpoints.insert(endpoint, at: index)
        addresses.shift(from: index, by: 1)
        for address in Set(endpoint.ownAddresses) {
            addresses.set(address, Array(addresses.owners(of: address)) + [Int32(index)])
        }
    }

    /// How many endpoints stand before something. O(log n).
    private func place(_ isBefore: (Endpoint) -> Bool) -> Int {
        var low = 0
        var high = endpoints.count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(endpoints[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// What is different about who makes pods.
private struct ControllerChange {
    /// Controllers that are others' in turn, and are so no longer, or are now, or are another's.
    var owners = Owners()
    /// True: other templates may stand for pods.
    var isOfTemplates = false

    /// Controllers, by kind and name.
    struct Owners {
        private var names: [String: Set<NamespacedName>] = [:]

        var isEmpty: Bool { names.isEmpty }

        mutating func insert(_ kind: String, _ name: NamespacedName) { names[kind, default: []].insert(name) }

        func contains(_ namespace: String, _ owner: OwnerRef) -> Bool {
            names[owner.kind]?.contains(NamespacedName(namespace, owner.name)) ?? false
        }
    }

    /// Takes what is different about one kind.
    mutating func take<T: PodController>(_ old: [NamespacedName: T], _ new: [NamespacedName: T]) {
        for (key, object) in new {
            guard let before = old[key] else {
                noteOwner(T.kind, key)
                isOfTemplates = true
                continue
            }
            if before.controller != object.controller { noteOwner(T.kind, key) }
            // How many pods there are to be does not matter, as long as it is some.
            if before.controller != object.controller || (before.replicas == 0) != (object.replicas == 0)
                || before.template != object.template
            {
                isOfTemplates = true
            }
        }
        for key in old.keys where new[key] == nil {
            noteOwner(T.kind, key)
            isOfTemplates = true
        }
    }

    /// Only these are asked whose they are (`Objects.workload`).
    private mutating func noteOwner(_ kind: String, _ name: NamespacedName) {
        if kind == ReplicaSet.kind || kind == Job.kind { owners.insert(kind, name) }
    }
}

extension Objects {
    /// What is different about who makes pods; nil: nothing.
    fileprivate func controllers(changedTo new: Objects) -> ControllerChange? {
        var change = ControllerChange()
        if deployments != new.deployments { change.take(deployments, new.deployments) }
        if statefulSets != new.statefulSets { change.take(statefulSets, new.statefulSets) }
        if daemonSets != new.daemonSets { change.take(daemonSets, new.daemonSets) }
        if cronJobs != new.cronJobs { change.take(cronJobs, new.cronJobs) }
        if replicaSets != new.replicaSets { change.take(replicaSets, new.replicaSets) }
        if replicationControllers != new.replicationControllers {
            change.take(replicationControllers, new.replicationControllers)
        }
        if jobs != new.jobs { change.take(jobs, new.jobs) }
        return change.isOfTemplates || !change.owners.isEmpty ? change : nil
    }

    /// True when namespaces and nodes are the same to an inventory.
    fileprivate func hasSamePlaces(as other: Objects) -> Bool {
        Self.areAlike(namespaces, other.namespaces) { $0.metadata.labels == $1.metadata.labels }
            && Self.areAlike(nodes, other.nodes) {
                $0.metadata.labels == $1.metadata.labels && $0.addresses == $1.addresses && $0.podBlocks == $1.podBlocks
            }
    }

    private static func areAlike<T: KubernetesObject & Equatable>(
        _ old: [NamespacedName: T], _ new: [NamespacedName: T], _ isAlike: (T, T) -> Bool
    ) -> Bool {
        if old == new { return true }
        return old.count == new.count
            && new.allSatisfy { key, object in old[key].map { isAlike($0, object) } ?? false }
    }
}
