import Addresses
import Kubernetes
import Policy

/// Finds the connections between single pods that a query is about.
struct QueryConnections {
    private let list: GuestList
    private let services: ServiceTable
    private var names: PartyNames
    /// What stands behind a Service, where that was asked already.
    private var behind: [ServiceKey: [Backend]] = [:]

    /// The connections that a query is about.
    struct Found {
        /// One of them.
        let first: Connection
        /// All of them.
        let all: [Connection]
        /// The Service that was called; nil: none.
        let service: NamespacedName?
    }

    private struct ServiceKey: Hashable {
        let name: NamespacedName?
        let address: Address?
        let traffic: Traffic
    }

    private struct Backend: Hashable {
        let party: Party
        let traffic: Traffic
    }

    init(_ list: GuestList, _ services: ServiceTable) {
        self.list = list
        self.services = services
        names = PartyNames(list)
    }

    mutating func connections(_ query: Query) throws(Query.Problem) -> Found {
        let traffic = Traffic(query.proto, port: query.port ?? 0)
        let from = try names.meaning(query.from)
        let all: [Connection]
        var service: NamespacedName?
        if let (name, backends) = try serviceBackends(query.to, traffic) {
            service = name
            // A name of a headless Service is one of its pods: what is called is the pod.
            let isThroughService = services[name]?.isHeadless != true
            all = backends.flatMap { backend in
                sources(from, of: backend.party).map {
                    Connection(
                        source: $0, destination: other(backend.party, than: $0), traffic: backend.traffic,
                        name: query.name, isThroughService: isThroughService)
                }
            }
        } else {
            all = try pairs(from, names.meaning(query.to), query).map {
                Connection(source: $0.0, destination: $0.1, traffic: traffic, name: query.name)
            }
        }
        guard let first = all.first else { throw Query.Problem("the address of one of them is not known") }
        return Found(first: first, all: all, service: service)
    }

    // MARK: Services

    private mutating func serviceBackends(
        _ text: String, _ traffic: Traffic
    ) throws(Query.Problem) -> (NamespacedName, [Backend])? {
        if let address = Address(text) {
            guard let backends = services.backends(at: address, traffic) else { return nil }
            let name = services.services(at: address).first?.name ?? NamespacedName("", text)
            return (name, try known(ServiceKey(name: nil, address: address, traffic: traffic), text, backends))
        }
        guard let service = services.service(named: text) else { return nil }
        let backends = service.backends(for: traffic)
        return (
            service.name, try known(ServiceKey(name: service.name, address: nil, traffic: traffic), text, backends)
        )
    }

    /// Parties behind a Service, two of each kind that policies tell apart.
    private mutating func known(
        _ key: ServiceKey, _ text: String, _ backends: [ClusterService.Backend]
    ) throws(Query.Problem) -> [Backend] {
        if let found = behind[key] { return found }
        var counts: [[UInt32]: Int] = [:]
        let found = backends.flatMap { backend in
            list.parties(backend.member).map { Backend(party: $0, traffic: backend.traffic) }
        }.filter { backend in
            guard backend.party.group >= 0 else { return true }
            let kind = [UInt32(bitPattern: backend.party.group), backend.traffic.key]
            counts[kind, default: 0] += 1
            return counts[kind, default: 0] <= 2
        }
        guard !found.isEmpty else {
            throw Query.Problem("nothing answers at \(Printable.oneLine(text)) on this port")
        }
        behind[key] = found
        return found
    }

    private func sources(_ from: PartyNames.Meaning, of destination: Party) -> [Party] {
        switch from {
        case .address(let address): [list.party(address)]
        case .endpoints(let own):
            own.compactMap { list.party(endpoint: $0, isIPv4: destination.isIPv4) }
        }
    }

    // MARK: Pods and addresses

    private func pairs(
        _ from: PartyNames.Meaning, _ to: PartyNames.Meaning, _ query: Query
    ) -> [(Party, Party)] {
        switch (from, to) {
        case (.address(let a), .address(let b)): return [(list.party(a), list.party(b))]
        case (.endpoints(let own), .address(let address)):
            let destination = list.party(address)
            return own.compactMap { party($0, like: address) }.map { ($0, destination) }
        case (.address(let address), .endpoints(let theirs)):
            let source = list.party(address)
            // A node reaches its own pods, whatever policies say: each pod counts.
            let all = source.node >= 0 ? names.everybody(query.to) : theirs
            return all.compactMap { party($0, like: address) }.map { (source, $0) }
        case (.endpoints(let own), .endpoints(let theirs)): return pairs(own, theirs)
        }
    }

    private func pairs(_ own: [Int], _ theirs: [Int]) -> [(Party, Party)] {
        var pairs: [(Party, Party)] = []
        let isOneAndTheSame = own.count == 1 && own == theirs
        for source in own {
            for destination in theirs where source != destination || isOneAndTheSame {
                for isIPv4 in [true, false] {
                    guard let a = list.party(endpoint: source, isIPv4: isIPv4),
                        let b = list.party(endpoint: destination, isIPv4: isIPv4)
                    else { continue }
                    pairs.append((a, other(b, than: a)))
                }
            }
        }
        guard pairs.isEmpty, let source = own.first.flatMap(anyParty), let other = theirs.first.flatMap(anyParty) else {
            return pairs
        }
        // They have no family in common; that is an answer too.
        return [(source, other)]
    }

    /// The party; another pod of its template, if both are one: a template stands for several pods.
    private func other(_ party: Party, than one: Party) -> Party {
        guard party.endpoint >= 0, party.endpoint == one.endpoint,
            list.inventory.endpoints[Int(party.endpoint)].isTemplate
        else { return party }
        return party.another
    }

    private func party(_ endpoint: Int, like address: Address) -> Party? {
        list.party(endpoint: endpoint, isIPv4: address.isIPv4) ?? anyParty(endpoint)
    }

    private func anyParty(_ endpoint: Int) -> Party? {
        list.party(endpoint: endpoint, isIPv4: true) ?? list.party(endpoint: endpoint, isIPv4: false)
    }
}
