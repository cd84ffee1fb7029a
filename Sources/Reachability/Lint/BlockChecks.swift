import Addresses
import Kubernetes
import Policy

/// Blocks of addresses that say something else than they seem to.
enum BlockChecks {
    static func holdsPods(_ context: LintContext, _ found: inout FindingList) {
        forEachHit(context) { policy, path, hit in
            guard hit.isNarrow else { return }
            found.add(
                context, policy, path, "\(hit.text), whose addresses change when they are made again",
                "select the pods by their labels")
        }
    }

    static func wideHoldsPods(_ context: LintContext, _ found: inout FindingList) {
        forEachHit(context) { policy, path, hit in
            guard !hit.isNarrow else { return }
            found.add(
                context, policy, path, "\(hit.text), and so is about those too",
                "put the addresses of pods into except if only hosts outside the cluster are meant")
        }
    }

    /// Blocks that hold some of the addresses that a workload may have whose address is not known.
    static func mayHoldPods(_ context: LintContext, _ found: inout FindingList) {
        let inventory = context.list.inventory
        let unknown = inventory.endpoints.filter { !$0.usesHostNetwork && $0.addresses.isEmpty }
        guard let example = unknown.first?.workload else { return }
        let possible = IntervalSet<UInt128>(prefixes: inventory.podRanges)
        let others = unknown.count > 1 ? " and \(unknown.count - 1) more" : ""
        for policy in context.policies {
            for (direction, rule) in context.rules(policy) {
                for (index, peer) in (rule.peers ?? []).enumerated() {
                    guard let blocks = peer.blocks, peer.names == nil else { continue }
                    let addresses = IntervalSet<UInt128>(prefixes: blocks)
                        .subtracting(IntervalSet(prefixes: peer.exceptBlocks))
                    guard addresses.overlaps(possible), !possible.isSubset(of: addresses) else { continue }
                    found.add(
                        context, policy, policy.path(rule, direction, peer: index),
                        "\(text(blocks)) holds some of the addresses that \(example)\(others) may have: answers take them "
                            + "not to be in it, guarantees are proved for both",
                        "select pods by their labels, put the addresses of pods into except, or say where pods are with "
                            + "--pod-cidr")
                }
            }
        }
    }

    private static func text(_ blocks: [Prefix]) -> String {
        blocks.count == 1 ? blocks[0].description : "a set of \(blocks.count) blocks"
    }

    /// A block in which pods are.
    private struct Hit {
        let text: String
        /// True: hardly anything else is in it.
        let isNarrow: Bool
    }

    private static func forEachHit(_ context: LintContext, _ visit: (WorkloadPolicy, String, Hit) -> Void) {
        let pods = context.list.inventory.endpoints.filter { !$0.usesHostNetwork }.flatMap(\.addresses).sorted()
        let ranges = context.objects.nodes.values.flatMap(\.podBlocks)
        guard !pods.isEmpty || !ranges.isEmpty else { return }
        let podRanges = IntervalSet<UInt128>(prefixes: ranges)
        for policy in context.policies {
            for (direction, rule) in context.rules(policy) {
                for (index, peer) in (rule.peers ?? []).enumerated() {
                    guard let blocks = peer.blocks, let hit = hit(blocks, peer.exceptBlocks, pods, podRanges) else {
                        continue
                    }
                    visit(policy, policy.path(rule, direction, peer: index), hit)
                }
            }
        }
    }

    private static func hit(
        _ blocks: [Prefix], _ except: [Prefix], _ pods: [Address], _ podRanges: IntervalSet<UInt128>
    ) -> Hit? {
        // All of a family is everyone, and meant so.
        guard !blocks.contains(where: { $0.length == 0 }) else { return nil }
        let addresses = IntervalSet<UInt128>(prefixes: blocks).subtracting(IntervalSet(prefixes: except))
        let count = addresses.ranges.reduce(0) { $0 + pods.count(in: $1) }
        let isOfPods = addresses.overlaps(podRanges)
        guard count > 0 || isOfPods else { return nil }
        let isSmall = blocks.allSatisfy { $0.length >= ($0.address.isIPv4 ? 24 : 120) }
        let what = count == 0 ? "addresses that nodes give to pods" : count == 1 ? "a pod" : "\(count) pods"
        return Hit(
            text: "\(text(blocks)) holds \(what)",
            isNarrow: (isOfPods && addresses.isSubset(of: podRanges)) || (count > 0 && isSmall))
    }

    static func nothingLeft(_ context: LintContext, _ found: inout FindingList) {
        for policy in context.policies {
            for (direction, rule) in context.rules(policy) {
                for (index, peer) in (rule.peers ?? []).enumerated() where !peer.exceptBlocks.isEmpty {
                    guard let blocks = peer.blocks,
                        IntervalSet<UInt128>(prefixes: blocks).isSubset(of: IntervalSet(prefixes: peer.exceptBlocks))
                    else { continue }
                    found.add(
                        context, policy, policy.path(rule, direction, peer: index),
                        "is no address: the exceptions hold all of the block",
                        "remove the item, or some of its exceptions")
                }
            }
        }
    }

    static func hostBits(_ context: LintContext, _ found: inout FindingList) {
        for note in context.notes where note.message.contains("host bits") {
            guard let object = note.object else { continue }
            found.add(
                object, note.path, note.position, note.message,
                "write the block without host bits; API servers refuse it in new objects")
        }
    }
}

extension [Address] {
    /// How many are in a range; they are ascending.
    fileprivate func count(in range: ClosedRange<UInt128>) -> Int {
        firstIndex(above: range.upperBound, including: false) - firstIndex(above: range.lowerBound, including: true)
    }

    /// The index of the first that is above a number, or is it.
    private func firstIndex(above number: UInt128, including: Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            let isBefore = including ? self[middle].bits < number : self[middle].bits <= number
            if isBefore { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
