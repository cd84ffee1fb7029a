import Addresses
import Policy

/// The pods of a node whose addresses are known and theirs (of two with one address, one has it).
struct LocalPods: Sendable {
    /// In the order of `Grouping.interfaces`: a pod is there for each of its addresses.
    let pods: [Pod]
    /// Indexes of the node's endpoints.
    private let endpoints: [Int]

    /// A pod, by one of its addresses.
    struct Pod: Equatable, Sendable {
        let endpoint: Endpoint
        let address: Address
        let group: UInt32
    }

    /// - Parameter previous: the same of the list before.
    init(_ list: GuestList, _ node: String, previous: (pods: LocalPods, list: GuestList)?) {
        let grouping = list.grouping
        var pods: [Pod] = []
        endpoints = Self.endpoints(list, node, previous)
        for index in endpoints {
            let endpoint = list.inventory.endpoints[index]
            for place in Int(grouping.firstInterface[index])..<Int(grouping.firstInterface[index + 1]) {
                let interface = grouping.interfaces[place]
                guard let address = interface.address, list.isFound(interface) else { continue }
                pods.append(Pod(endpoint: endpoint, address: address, group: grouping.groupOf[place]))
            }
        }
        self.pods = pods
    }

    /// Where both lists share their endpoints, those of the node are known.
    private static func endpoints(
        _ list: GuestList, _ node: String, _ previous: (pods: LocalPods, list: GuestList)?
    ) -> [Int] {
        let all = list.inventory.endpoints
        guard let previous else { return all.indices.filter { all[$0].node == node } }
        let before = previous.list.inventory.endpoints
        let ends = SharedEnds(before, all)
        let (end, more) = (before.count - ends.suffix, all.count - before.count)
        var found = previous.pods.endpoints.filter { $0 < ends.prefix }
        for index in ends.prefix..<(all.count - ends.suffix) where all[index].node == node { found.append(index) }
        for index in previous.pods.endpoints where index >= end { found.append(index + more) }
        return found
    }

    /// Numbers of the programs about them.
    func programs(_ list: GuestList) -> Set<Int32> {
        Set(pods.flatMap { pod in [.egress, .ingress].map { list.program(of: pod, $0) } })
    }
}

extension GuestList {
    /// The number of the program about a pod.
    func program(of pod: LocalPods.Pod, _ direction: Direction) -> Int32 {
        programsOfGroup[Int(pod.group)][GuestList.index(direction, staged: false)]
    }
}
