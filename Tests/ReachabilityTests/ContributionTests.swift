import Addresses
import Kubernetes
import PolicyWorlds
import Testing

@testable import Policy
@testable import Reachability

/// What is called useless may be removed, all of it at once, and nobody notices.
@Suite struct ContributionTests {
    @Test("no verdict changes when everything useless is removed, in random worlds")
    func removal() {
        let first = UInt64.random(in: 0..<1_000_000)
        print("useless rules removed: seeds from \(first)")
        var removed = 0
        for seed in first..<(first + 150) {
            var world = RandomWorld(seed: seed)
            let list = GuestList(inventory: world.inventory(), policies: world.policies())
            let contributions = Contributions(list)
            removed +=
                contributions.redundant.count + contributions.shadowed.count + contributions.redundantPolicies.count
            let rest = list.updated(inventory: list.inventory, policies: Self.without(contributions, list.policies))
            if let difference = Self.difference(list, rest, &world.dice) {
                Issue.record("seed \(seed): \(difference)")
                return
            }
        }
        #expect(removed > 0)
    }

    private static func without(_ contributions: Contributions, _ policies: [WorkloadPolicy]) -> [WorkloadPolicy] {
        let useless = contributions.redundant.union(contributions.shadowed)
        return policies.enumerated().compactMap { index, policy in
            if contributions.redundantPolicies.contains(Int32(index)) { return nil }
            let kept = { (direction: Direction) -> [WorkloadRule]? in
                policy.rules(direction)?.enumerated().filter {
                    !useless.contains(
                        RuleKey(policy: Int32(index), direction: direction, rule: Int32($0.offset)))
                }.map(\.element)
            }
            var policy = policy
            (policy.ingress, policy.egress) = (kept(.ingress), kept(.egress))
            return policy
        }
    }

    private static func difference(_ before: GuestList, _ after: GuestList, _ dice: inout WorldDice) -> String? {
        let endpoints = before.inventory.endpoints.indices
        let addresses = ["192.0.2.9", "203.0.113.1", "10.0.0.6", "10.0.0.77"].compactMap { Address($0) }
        for own in endpoints {
            for isIPv4 in [true, false] {
                guard let x = before.party(endpoint: own, isIPv4: isIPv4),
                    let y = after.party(endpoint: own, isIPv4: isIPv4)
                else { continue }
                var others = endpoints.compactMap { index -> (Party, Party)? in
                    guard let a = before.party(endpoint: index, isIPv4: isIPv4),
                        let b = after.party(endpoint: index, isIPv4: isIPv4)
                    else { return nil }
                    return (a, b)
                }
                others += addresses.map { (before.party($0), after.party($0)) }
                for (a, b) in others {
                    let sent = Traffic(
                        dice.pick([.tcp, .udp, .sctp, .icmp]), port: dice.pick([79, 80, 81, 200, 443, 8080]))
                    for isOut in [true, false] {
                        let old = before.evaluate(
                            Connection(source: isOut ? x : a, destination: isOut ? a : x, traffic: sent))
                        let new = after.evaluate(
                            Connection(source: isOut ? y : b, destination: isOut ? b : y, traffic: sent))
                        if old.isAllowed != new.isAllowed {
                            return
                                "\(before.inventory.endpoints[own].name) \(isOut ? "to" : "from") \(a), \(sent.proto) "
                                + "\(sent.port): was \(old.isAllowed)"
                        }
                    }
                }
            }
        }
        return nil
    }
}
