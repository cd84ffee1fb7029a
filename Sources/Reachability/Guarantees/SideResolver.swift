import Addresses
import Kubernetes
import Policy

extension Guarantee {
    /// What must be told apart so that the guarantee can be decided.
    public var distinctions: Distinctions {
        var result = Distinctions()
        for side in rules.flatMap({ $0.from + $0.to + $0.via }) {
            switch side {
            case .outside(let blocks, let except): result.blocks.formUnion((blocks ?? []) + except)
            case .addresses(let blocks): result.blocks.formUnion(blocks)
            case .domainNames(let names): result.names.formUnion(names.map { DomainPattern($0) })
            case .workloads, .anything: break
            }
        }
        return result
    }
}

extension Inventory {
    /// The addresses that are the cluster's own, whoever has them: of nodes, of what is on their network, and where
    /// pods get theirs.
    var ownBlocks: [Prefix] {
        let known = podRanges == Self.privateRanges ? [] : podRanges
        return known + nodeAddresses.map { Prefix($0) }
    }

    /// The addresses of nodes, and of what is on their network.
    var nodeAddresses: [Address] {
        nodes.flatMap(\.addresses) + endpoints.filter(\.usesHostNetwork).flatMap(\.addresses)
    }
}

/// Finds who the sides of guarantees are.
struct SideResolver {
    private let reachability: Reachability
    private let assets: AssetTable
    private let ownBlocks: PrefixSet
    /// Endpoints on the network of their node, by address.
    private let onHosts: [Address: [Int]]
    /// Of these, those of which no address is known.
    private let onUnknownHosts: [Int]

    init(_ reachability: Reachability, _ assets: AssetTable) {
        self.reachability = reachability
        self.assets = assets
        let inventory = reachability.list.inventory
        ownBlocks = PrefixSet(inventory.ownBlocks)
        var onHosts: [Address: [Int]] = [:]
        var onUnknownHosts: [Int] = []
        for (index, endpoint) in inventory.endpoints.enumerated() where endpoint.usesHostNetwork {
            let addresses = inventory.hostAddresses(endpoint)
            for address in addresses { onHosts[address, default: []].append(index) }
            if addresses.isEmpty { onUnknownHosts.append(index) }
        }
        self.onHosts = onHosts
        self.onUnknownHosts = onUnknownHosts
    }

    private var list: GuestList { reachability.list }
    private var space: PeerSpace { reachability.space }

    /// One of the sides, and none of the others.
    func selection(_ sides: [Guarantee.Side], besides others: [Guarantee.Side] = []) -> PeerSelection {
        // Most sides name namespaces: groups of others are not looked into.
        let reach = namespaces(sides)
        var members: [Int32: [Int32]] = [:]
        for (number, group) in list.grouping.groups.enumerated() where reach[Int(group.key.namespace)] {
            let meant = group.members.filter { member in
                sides.contains { holds($0, interface: Int(member)) }
                    && !others.contains { holds($0, interface: Int(member)) }
            }
            if !meant.isEmpty { members[Int32(number)] = meant }
        }
        let runs = space.runs.filter { peer in
            sides.contains { holds($0, run: peer) } && !others.contains { holds($0, run: peer) }
        }
        let names = space.names.indices.filter { name in sides.contains { holds($0, name: space.names[name]) } }
        let named = sides.filter { $0 != .anything }
        let namedRuns = runs.filter { peer in named.contains { holds($0, run: peer) } }
        return PeerSelection(members, runs: runs, namedRuns: namedRuns, names: names, space)
    }

    /// What could not be taken into account for a rule.
    func remarks(_ rule: Guarantee.Rule) -> [String] {
        let sides = [("from", rule.from), ("to", rule.to)].compactMap { name, sides in onUnknownHost(name, sides) }
        guard reachability.lacksPlaces else { return sides }
        return sides + [
            "addresses of workloads are not known, and blocks of policies cut where they may be into too many parts to look "
                + "at each: say where pods are with --pod-cidr"
        ]
    }

    /// Workloads of a side that are on the network of nodes whose addresses are not known: they are left out.
    private func onUnknownHost(_ name: String, _ sides: [Guarantee.Side]) -> String? {
        let found = onUnknownHosts.filter { index in
            sides.contains { if case .workloads(let side) = $0 { holds(side, endpoint: index) } else { false } }
        }
        let names = Set(found.map { list.inventory.endpoints[$0].workload }).sorted()
        guard let first = names.first else { return nil }
        let subject = names.count == 1 ? "\(first) is" : "\(first) and \(names.count - 1) more are"
        return
            "`\(name)` leaves out whom no address tells: \(subject) on the network of nodes whose addresses are not known, "
            + "and always reaches pods on its own node"
    }

    // MARK: Workloads

    /// Of each namespace: whether a side may be in it.
    private func namespaces(_ sides: [Guarantee.Side]) -> [Bool] {
        list.grouping.namespaceNames.map { name in
            sides.contains { side in
                switch side {
                case .anything, .addresses: true
                case .outside, .domainNames: false
                case .workloads(let workloads): holds(workloads, namespace: name)
                }
            }
        }
    }

    private func holds(_ side: Guarantee.Workloads, namespace: String) -> Bool {
        if let names = side.namespaces, !names.contains(namespace) { return false }
        return side.namespaceSelector?.matches(list.inventory.namespaces[namespace] ?? [:]) ?? true
    }

    private func holds(_ side: Guarantee.Side, interface index: Int) -> Bool {
        let interface = list.grouping.interfaces[index]
        switch side {
        case .anything: return true
        case .outside, .domainNames: return false
        case .addresses(let blocks):
            guard let address = interface.address else { return false }
            return blocks.contains { $0.contains(address) }
        case .workloads(let workloads): return holds(workloads, endpoint: Int(interface.endpoint))
        }
    }

    private func holds(_ side: Guarantee.Workloads, endpoint index: Int) -> Bool {
        // What is cheap comes first.
        if let asset = side.asset, !assets.assets[index].contains(asset) { return false }
        let endpoint = list.inventory.endpoints[index]
        guard holds(side, namespace: endpoint.namespace) else { return false }
        if let selector = side.podSelector, !selector.matches(endpoint.labels) { return false }
        if let kind = side.kind, kind != endpoint.workload.kind { return false }
        return side.names?.contains(endpoint.workload.name) ?? true
    }

    // MARK: Addresses and names

    private func holds(_ side: Guarantee.Side, run peer: Int) -> Bool {
        let first = Address(bits: space.addresses(ofRun: peer).lowerBound)
        switch side {
        case .anything: return true
        case .domainNames: return false
        case .addresses(let blocks): return blocks.contains { $0.contains(first) }
        case .outside(let blocks, let except):
            return blocks?.contains { $0.contains(first) } ?? true && !except.contains { $0.contains(first) }
                && !ownBlocks.contains(first)
        case .workloads(let workloads): return isOnHost(first, workloads)
        }
    }

    /// True when a name is meant wherever it leads. Sides about addresses mean it too, where it leads to one of them: it
    /// may lead to any.
    private func holds(_ side: Guarantee.Side, name: PeerSpace.Name) -> Bool {
        switch side {
        case .anything: true
        case .domainNames(let names): names.contains { DomainPattern($0).covers(name.pattern) }
        case .outside, .addresses, .workloads: false
        }
    }

    /// Pods on the network of their node are reached by its address.
    private func isOnHost(_ address: Address, _ side: Guarantee.Workloads) -> Bool {
        onHosts[address]?.contains { holds(side, endpoint: $0) } ?? false
    }
}
