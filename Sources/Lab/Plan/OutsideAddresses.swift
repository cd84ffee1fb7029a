import Addresses
import Kubernetes
import Policy

/// Chooses addresses for the world outside, so that every part of every block that a policy names has somebody in it.
///
/// The borders of all blocks cut the address space into parts that no policy can tell apart; one address of each part
/// inside of a block is enough.
struct OutsideAddresses {
    /// What nodes send to that is not theirs: one address of each family.
    let gateways: [Address]
    private let blocks: [Prefix]
    private let families: [Bool]
    /// Addresses of the cluster.
    private let taken: Set<Address>
    /// Blocks that are left alone: nodes expect their pods there.
    private let avoided: [Prefix]

    init(_ policies: [WorkloadPolicy], _ cluster: LabCluster, _ nodes: [LabPlan.Node], _ pods: [LabPlan.Pod]) {
        let rules = policies.flatMap { ($0.ingress ?? []) + ($0.egress ?? []) }
        let peers = rules.flatMap { ($0.peers ?? []) + ($0.own ?? []) }
        blocks = Array(Set(peers.flatMap { ($0.blocks ?? []) + $0.exceptBlocks }))
        families = cluster.families
        let services = cluster.objects.services.values.flatMap { service in
            service.clusterIPs.compactMap { Address($0) } + service.externalIPs + service.loadBalancerAddresses
        }
        let used = Set(
            nodes.flatMap(\.addresses) + pods.flatMap(\.addresses) + services
                + cluster.objects.pods.values.flatMap(\.addresses))
        gateways = LabAddresses.gateways.filter { cluster.families.contains($0.address.isIPv4) }.compactMap { block in
            (1..<200).lazy.map { Address(bits: block.address.bits + $0) }.first { !used.contains($0) }
        }
        taken = used.union(gateways)
        avoided = LabAddresses.unusable + nodes.flatMap(\.podBlocks)
    }

    /// At most so many addresses, in order.
    func choose(at most: Int) -> [Address] {
        var found: [Address] = []
        for isIPv4 in families {
            let own = blocks.filter { $0.address.isIPv4 == isIPv4 }
            let covered = IntervalSet<UInt128>(own.map { $0.address.bits...$0.lastAddress.bits })
            let starts = own.flatMap { block -> [UInt128] in
                let last = block.lastAddress.bits
                return [block.address.bits] + (last == .max ? [] : [last + 1])
            }
            let borders = Set(starts).sorted()
            for (index, start) in borders.enumerated() where covered.contains(start) {
                let end = index + 1 < borders.count ? borders[index + 1] - 1 : covered.ranges.last?.upperBound ?? start
                if let address = free(start...end, isIPv4) { found.append(address) }
            }
        }
        guard found.count > most else { return found }
        // Spread over all of them, so that no block of the end is always left out.
        return (0..<most).map { found[$0 * found.count / most] }
    }

    /// The first address of a range that can be somebody's; nil when none of the first few is.
    private func free(_ range: ClosedRange<UInt128>, _ isIPv4: Bool) -> Address? {
        // The first of a block is commonly the network's own.
        var candidate = range.lowerBound + (range.upperBound - range.lowerBound >= 7 ? 1 : 0)
        for _ in 0..<1000 {
            guard candidate <= range.upperBound else { return nil }
            let address = Address(bits: candidate)
            if let block = avoided.first(where: { $0.contains(address) }) {
                guard block.lastAddress.bits < range.upperBound else { return nil }
                candidate = block.lastAddress.bits + 1
            } else if taken.contains(address) || address.isIPv4 != isIPv4 {
                guard candidate < range.upperBound else { return nil }
                candidate += 1
            } else {
                return address
            }
        }
        return nil
    }
}
