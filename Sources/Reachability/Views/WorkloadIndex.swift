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
    /// Of each workload, of each of its groups: true when more than one of its pods is in it. A template is several.
    let hasSeveral: [[Bool]]

    /// The index of a workload; nil: it is not among them.
    func number(of name: WorkloadName) -> Int? {
        var low = 0
        var high = workloads.count
        while low < high {
            let middle = (low + high) / 2
            if workloads[middle] < name { low = middle + 1 } else { high = middle }
        }
        return low < workloads.count && workloads[low] == name ? low : nil
    }

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
        var groups = Array(repeating: [Int32](), count: names.count)
        var several = Array(repeating: [Bool](), count: names.count)
        ofGroup = list.grouping.groups.enumerated().map { number, group in
            var found: [Int32] = []
            var first: Int32 = -1
            for member in group.members {
                let endpoint = list.grouping.interfaces[Int(member)].endpoint
                let workload = numberOfEndpoint[Int(endpoint)]
                if found.last != workload {
                    found.append(workload)
                    groups[Int(workload)].append(Int32(number))
                    several[Int(workload)].append(list.inventory.endpoints[Int(endpoint)].isTemplate)
                    first = endpoint
                } else if endpoint != first {
                    several[Int(workload)][several[Int(workload)].count - 1] = true
                }
            }
            return found
        }
        self.groups = groups
        hasSeveral = several
    }
}
