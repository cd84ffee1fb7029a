import Kubernetes
import Policy

/// Which workloads a group is of, and which groups a workload has.
struct WorkloadIndex: Sendable {
    /// Ascending. Those whose pods are all on the network of their node are not among them.
    let workloads: [WorkloadName]
    /// Of each group: indexes of workloads, ascending.
    let ofGroup: [[Int32]]
    /// Of each workload: groups, ascending.
    let groups: [[Int32]]

    init(_ list: GuestList) {
        var names: [WorkloadName] = []
        var numbers: [WorkloadName: Int32] = [:]
        // Endpoints are in the order of their workloads.
        let numberOfEndpoint = list.inventory.endpoints.map { endpoint -> Int32 in
            if endpoint.usesHostNetwork { return -1 }
            if let known = numbers[endpoint.workload] { return known }
            let number = Int32(names.count)
            names.append(endpoint.workload)
            numbers[endpoint.workload] = number
            return number
        }
        workloads = names
        ofGroup = list.grouping.groups.map { group in
            var found: [Int32] = []
            for member in group.members {
                let workload = numberOfEndpoint[Int(list.grouping.interfaces[Int(member)].endpoint)]
                if found.last != workload { found.append(workload) }
            }
            return found
        }
        var groups = Array(repeating: [Int32](), count: names.count)
        for (group, own) in ofGroup.enumerated() {
            for workload in own { groups[Int(workload)].append(Int32(group)) }
        }
        self.groups = groups
    }
}
