import Addresses
import Kubernetes
import Policy

/// Who is meant by names and addresses; each is looked up once.
struct PartyNames {
    /// Who is meant.
    enum Meaning {
        /// One of these, by index into `Inventory.endpoints`; never empty.
        case endpoints([Int])
        case address(Address)
    }

    private let list: GuestList
    private let pods: [NamespacedName: [Int]]
    private let workloads: [NamespacedName: [Int]]
    private var known: [String: Meaning] = [:]

    init(_ list: GuestList) {
        self.list = list
        let endpoints = list.inventory.endpoints
        pods = Dictionary(grouping: endpoints.indices) { endpoints[$0].name }
        workloads = Dictionary(grouping: endpoints.indices) {
            NamespacedName(endpoints[$0].workload.namespace, endpoints[$0].workload.name)
        }
    }

    /// Finds `namespace/pod`, `namespace/workload` or an address.
    mutating func meaning(_ text: String) throws(Query.Problem) -> Meaning {
        if let meaning = known[text] { return meaning }
        let meaning = try find(text)
        // Addresses are found faster than they are remembered, and there are many.
        if case .endpoints = meaning { known[text] = meaning }
        return meaning
    }

    private func find(_ text: String) throws(Query.Problem) -> Meaning {
        if let address = Address(text) { return .address(address) }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            throw Query.Problem("\(Printable.oneLine(text)) is neither namespace/name nor an address")
        }
        let name = NamespacedName(parts[0], parts[1])
        guard let found = pods[name] ?? workloads[name] else {
            throw Query.Problem("there is no pod and no workload \(Printable.oneLine(text))")
        }
        return .endpoints(found.count > 2 ? representatives(found) : found)
    }

    /// Two of each kind that policies tell apart, which is enough to see every answer that any two can give.
    private func representatives(_ endpoints: [Int]) -> [Int] {
        var counts: [[Int32]: Int] = [:]
        return endpoints.filter { index in
            if list.inventory.endpoints[index].usesHostNetwork { return true }
            let groups = [true, false].map { list.party(endpoint: index, isIPv4: $0)?.group ?? -1 }
            counts[groups, default: 0] += 1
            return counts[groups, default: 0] <= 2
        }
    }

    /// All pods that are meant: where single pods are treated apart from what policies say.
    func everybody(_ text: String) -> [Int] {
        let parts = text.split(separator: "/").map(String.init)
        guard parts.count == 2 else { return [] }
        let name = NamespacedName(parts[0], parts[1])
        return pods[name] ?? workloads[name] ?? []
    }
}
