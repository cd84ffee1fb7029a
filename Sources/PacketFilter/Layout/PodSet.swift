import Policy

/// Where packets of pods are led.
struct PodLeads: Sendable {
    /// By direction (`GuestList.index`) and program.
    var programs: [[Int32: Verdict]] = [[:], [:]]
    /// By group: what a pod of it says to itself.
    var itself: [UInt32: Verdict] = [:]
}

/// The sets that hold an element for each pod of the node.
enum PodSet: CaseIterable {
    case here, from, to, themselves

    static func map(_ direction: Direction) -> PodSet { direction == .egress ? .from : .to }

    var name: String {
        switch self {
        case .here: "pods-here"
        case .from: "from-pods"
        case .to: "to-pods"
        case .themselves: "themselves"
        }
    }

    var comment: String {
        switch self {
        case .here: "addresses of pods on this node"
        case .from: "what pods on this node may reach"
        case .to: "what may reach pods on this node"
        case .themselves: "pods that a Service leads back to themselves"
        }
    }

    var isMap: Bool { self != .here }
    var key: KeyType { self == .themselves ? .itself : .address }

    /// What the set says of a pod; nil: nothing.
    func element(_ pod: LocalPods.Pod, _ leads: PodLeads, _ list: GuestList, _ family: Family) -> KernelSet.Element? {
        let key = family.key(pod.address.bits)
        switch self {
        case .here: return KernelSet.Element(key)
        case .themselves: return leads.itself[pod.group].map { KernelSet.Element(key, $0) }
        case .from: return element(pod, key, .egress, leads, list)
        case .to: return element(pod, key, .ingress, leads, list)
        }
    }

    private func element(
        _ pod: LocalPods.Pod, _ key: UInt128, _ direction: Direction, _ leads: PodLeads, _ list: GuestList
    ) -> KernelSet.Element? {
        let lead = leads.programs[GuestList.index(direction, staged: false)][list.program(of: pod, direction)]
        let name = pod.endpoint.name
        return lead.map { KernelSet.Element(key, $0, comment: Text.short("\(name.namespace)/\(name.name)")) }
    }
}
