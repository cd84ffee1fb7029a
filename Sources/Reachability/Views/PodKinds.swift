import Kubernetes
import Policy

/// Pods of one workload that no policy can tell apart, by all of their addresses together: a pod with an address of
/// each family is in two groups, and is one pod.
struct PodKinds: Sendable {
    /// One kind.
    struct Kind: Sendable {
        /// Index into `WorkloadIndex.workloads`.
        let workload: Int32
        /// One for each address, in the order of the pod's addresses.
        let groups: [Int32]
    }

    /// By workload.
    let kinds: [Kind]
    /// Of each workload: its kinds.
    let ofWorkload: [Range<Int>]
    /// Of each group: the kinds that have an address in it.
    let ofGroup: [[Int32]]
    /// Of endpoints that have one: their kind.
    let ofEndpoint: [Int: Int32]
    /// Of each workload: true where every pod has one address, all of one family.
    let isPlain: [Bool]

    init(_ list: GuestList, _ index: WorkloadIndex) {
        var kinds: [Kind] = []
        var ranges: [Range<Int>] = []
        var ofEndpoint: [Int: Int32] = [:]
        var names = index.workloads.makeIterator()
        var current: WorkloadName?
        let grouping = list.grouping
        // Endpoints are in the order of their workloads.
        for (number, endpoint) in list.inventory.endpoints.enumerated() where !endpoint.usesHostNetwork {
            if endpoint.workload != current {
                current = names.next()
                ranges.append(kinds.count..<kinds.count)
            }
            let interfaces = Int(grouping.firstInterface[number])..<Int(grouping.firstInterface[number + 1])
            let groups = interfaces.map { Int32(bitPattern: grouping.groupOf[$0]) }
            let own = ranges[ranges.count - 1]
            if groups.isEmpty { continue }
            if let known = own.first(where: { kinds[$0].groups == groups }) {
                ofEndpoint[number] = Int32(known)
                continue
            }
            ofEndpoint[number] = Int32(kinds.count)
            kinds.append(Kind(workload: Int32(ranges.count - 1), groups: groups))
            ranges[ranges.count - 1] = own.lowerBound..<kinds.count
        }
        var ofGroup = Array(repeating: [Int32](), count: grouping.groups.count)
        for (number, kind) in kinds.enumerated() {
            for group in kind.groups where ofGroup[Int(group)].last != Int32(number) {
                ofGroup[Int(group)].append(Int32(number))
            }
        }
        self.kinds = kinds
        self.ofEndpoint = ofEndpoint
        ofWorkload = ranges
        self.ofGroup = ofGroup
        isPlain = ranges.map { range in
            let families = Set(kinds[range].lazy.flatMap(\.groups).map { grouping.groups[Int($0)].key.isIPv4 })
            return families.count <= 1 && kinds[range].allSatisfy { $0.groups.count == 1 }
        }
    }
}
