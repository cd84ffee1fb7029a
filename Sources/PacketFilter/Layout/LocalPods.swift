import Addresses
import Policy

/// The pods of a node whose addresses are known and theirs (of two with one address, one has it).
struct LocalPods: Equatable, Sendable {
    /// In the order of `Grouping.interfaces`: a pod is there for each of its addresses.
    let pods: [Pod]

    /// A pod, by one of its addresses.
    struct Pod: Equatable, Sendable {
        let endpoint: Endpoint
        let address: Address
        let group: UInt32
    }

    init(_ list: GuestList, _ node: String) {
        let grouping = list.grouping
        var pods: [Pod] = []
        for (index, endpoint) in list.inventory.endpoints.enumerated() where endpoint.node == node {
            for place in Int(grouping.firstInterface[index])..<Int(grouping.firstInterface[index + 1]) {
                let interface = grouping.interfaces[place]
                guard let address = interface.address, list.isFound(interface) else { continue }
                pods.append(Pod(endpoint: endpoint, address: address, group: grouping.groupOf[place]))
            }
        }
        self.pods = pods
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
