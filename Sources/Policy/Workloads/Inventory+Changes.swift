import Addresses
import Kubernetes

extension Inventory {
    /// The inventory after a few pods came, went or changed; nil: more than that has changed, and who there is must be
    /// found out anew.
    ///
    /// - Parameter old: the objects that this inventory was made from.
    public func updated(from old: Objects, to new: Objects) -> Inventory? {
        guard old.saysTheSameBesidesPods(as: new), let change = PodChange(from: old.pods, to: new.pods) else {
            return nil
        }
        if change.isEmpty { return self }
        guard change.pods.allSatisfy({ isAlone($0, new) }) else { return nil }
        var result = self
        for pod in change.gone where pod.isLive {
            guard result.remove(Endpoint(pod, workload: old.workload(of: pod))) else { return nil }
        }
        for pod in change.come where pod.isLive {
            guard result.insert(Endpoint(pod, workload: new.workload(of: pod))) else { return nil }
        }
        let keepsWorkloads = !new.hasControllers || change.gone.allSatisfy { result.has(new.workload(of: $0)) }
        let hadWorkloads = !new.hasControllers || change.come.allSatisfy { has(new.workload(of: $0)) }
        return keepsWorkloads && hadWorkloads ? result : nil
    }

    /// True when nothing but its own endpoint depends on a pod.
    private func isAlone(_ pod: Pod, _ objects: Objects) -> Bool {
        guard !pod.usesHostNetwork, objects.namespaces[NamespacedName("", pod.metadata.namespace)] != nil,
            pod.addresses.allSatisfy({ nodeByAddress[$0] == nil })
        else { return false }
        guard let name = pod.nodeName else { return true }
        guard let node = objects.nodes[NamespacedName("", name)] else { return false }
        return pod.hostAddresses.allSatisfy(node.addresses.contains)
    }

    /// True when it has a pod of a workload. A template stands for pods where there is none.
    private func has(_ workload: WorkloadName) -> Bool {
        let first = place {
            ($0.namespace, $0.workload.kind, $0.workload.name) < (workload.namespace, workload.kind, workload.name)
        }
        return first < endpoints.count && endpoints[first].workload == workload && !endpoints[first].isTemplate
    }

    /// Takes an endpoint away; false: it is not there, or others have an address of it.
    private mutating func remove(_ endpoint: Endpoint) -> Bool {
        let index = place { Self.stands($0, before: endpoint) }
        guard index < endpoints.count, endpoints[index] == endpoint,
            endpoint.addresses.allSatisfy({ endpointByAddress[$0] == Int32(index) }),
            !hasHeirs(of: endpoint.addresses, besides: index)
        else { return false }
        for address in endpoint.addresses { endpointByAddress[address] = nil }
        endpoints.remove(at: index)
        endpointByAddress = endpointByAddress.mapValues { $0 > Int32(index) ? $0 - 1 : $0 }
        return true
    }

    /// True when somebody else has one of these addresses too, and will be found by it from now on.
    private func hasHeirs(of addresses: [Address], besides index: Int) -> Bool {
        endpoints.indices.contains { other in
            other != index && !endpoints[other].usesHostNetwork
                && endpoints[other].addresses.contains { addresses.contains($0) }
        }
    }

    /// Adds an endpoint; false: others have an address of it.
    private mutating func insert(_ endpoint: Endpoint) -> Bool {
        guard endpoint.addresses.allSatisfy({ endpointByAddress[$0] == nil }) else { return false }
        let index = place { Self.stands($0, before: endpoint) }
        endpoints.insert(endpoint, at: index)
        endpointByAddress = endpointByAddress.mapValues { $0 >= Int32(index) ? $0 + 1 : $0 }
        for address in endpoint.addresses { endpointByAddress[address] = Int32(index) }
        return true
    }

    /// How many endpoints stand before something. O(log n).
    private func place(_ isBefore: (borrowing Endpoint) -> Bool) -> Int {
        var low = 0
        var high = endpoints.count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(endpoints[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Pods that differ between two states of the objects.
private struct PodChange {
    private(set) var gone: [Pod] = []
    private(set) var come: [Pod] = []

    /// With more than this, everything is found out anew.
    private static let most = 64

    /// nil: too many.
    init?(from old: [NamespacedName: Pod], to new: [NamespacedName: Pod]) {
        var same = 0
        for (key, pod) in new {
            if let before = old[key] {
                same += 1
                if before == pod { continue }
                gone.append(before)
            }
            come.append(pod)
            if come.count > Self.most { return nil }
        }
        guard same < old.count else { return }
        guard old.count - same <= Self.most else { return nil }
        gone += old.filter { new[$0.key] == nil }.values
    }

    var isEmpty: Bool { gone.isEmpty && come.isEmpty }
    var pods: [Pod] { gone + come }
}

extension Objects {
    /// True when an inventory of the other differs in pods at most.
    fileprivate func saysTheSameBesidesPods(as other: Objects) -> Bool {
        namespaces == other.namespaces && serviceAccounts == other.serviceAccounts && nodes == other.nodes
            && deployments == other.deployments && statefulSets == other.statefulSets && daemonSets == other.daemonSets
            && cronJobs == other.cronJobs && replicaSets == other.replicaSets && jobs == other.jobs
            && replicationControllers == other.replicationControllers
    }

    /// True when something may be there that is to have pods.
    fileprivate var hasControllers: Bool {
        !(deployments.isEmpty && statefulSets.isEmpty && daemonSets.isEmpty && cronJobs.isEmpty && replicaSets.isEmpty
            && jobs.isEmpty && replicationControllers.isEmpty)
    }
}
