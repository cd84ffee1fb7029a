import Addresses
import Kubernetes
import Policy

/// Workloads whose policies let them call others, and not ask for the addresses of those.
enum DNSCheck {
    private static let questions = [Traffic(.udp, port: 53), Traffic(.tcp, port: 53)]

    static func forgotten(_ context: LintContext, _ found: inout FindingList) {
        let servers = servers(context)
        var seenPrograms: Set<Int32> = []
        var reported: Set<Int32> = []
        for group in context.list.grouping.groups.indices {
            let number = context.list.programsOfGroup[group][GuestList.index(.egress, staged: false)]
            guard seenPrograms.insert(number).inserted, !servers.contains(UInt32(group)) else { continue }
            let program = context.list.programs[Int(number)]
            guard let tier = program.tiers.first(where: { $0.tier.isolates }) else { continue }
            let policies = tier.turns.joined().filter { !$0.rules.isEmpty }
            guard let first = policies.first, !mayAsk(context, program, servers), needsNames(context, policies),
                reported.insert(first.policy).inserted
            else { continue }
            let policy = context.policies[Int(first.policy)]
            let example = context.list.inventory.endpoints[Int(context.list.grouping.groups[group].example)]
            found.add(
                context, policy, "spec.egress",
                "lets \(example.workload) call others, and no policy lets it ask for names (UDP and TCP 53)",
                "allow egress to the DNS servers of the cluster on UDP and TCP 53")
        }
    }

    /// Groups of DNS servers of the cluster, as far as they are among the objects.
    private static func servers(_ context: LintContext) -> IntervalSet<UInt32> {
        let grouping = context.list.grouping
        var groups: Set<UInt32> = []
        for (index, interface) in grouping.interfaces.enumerated() {
            let endpoint = context.list.inventory.endpoints[Int(interface.endpoint)]
            let isServer =
                endpoint.labels["k8s-app"] == "kube-dns"
                || endpoint.ports.contains { $0.proto == .udp && $0.port == 53 }
            if isServer { groups.insert(grouping.groupOf[index]) }
        }
        return IntervalSet(ascending: groups.sorted())
    }

    /// True when some rule lets names be asked for: of a known server or of somebody outside; where no server is
    /// known, of anybody.
    private static func mayAsk(
        _ context: LintContext, _ program: Program, _ servers: IntervalSet<UInt32>
    ) -> Bool {
        for policy in program.tiers.lazy.flatMap({ $0.turns.joined() }) {
            let rules = context.policies[Int(policy.policy)].egress ?? []
            for rule in policy.rules where rule.action == .accept || rule.action == .pass {
                let isAsked = rule.cells.contains { cell in
                    let isThere = servers.isEmpty || cell.groups.overlaps(servers) || !cell.outside.isEmpty
                    return isThere && questions.contains { cell.traffic.contains($0) }
                }
                if isAsked { return true }
                // Who is not among the objects may be meant, whatever the ports of those that are.
                let index = Int(rule.index)
                if rules.indices.contains(index), servers.isEmpty || rule.cells.isEmpty,
                    rules[index].mayBeQuestions
                {
                    return true
                }
            }
        }
        return false
    }

    /// True unless all that is allowed are single hosts by their addresses.
    private static func needsNames(_ context: LintContext, _ policies: [PolicyProgram]) -> Bool {
        policies.contains { policy in
            let rules = context.policies[Int(policy.policy)].egress ?? []
            return rules.contains { rule in
                guard rule.action == .accept else { return false }
                guard let peers = rule.peers else { return true }
                return peers.contains { ($0.blocks ?? []).allSatisfy { $0.length <= 16 } }
            }
        }
    }
}

extension WorkloadRule {
    /// True when port 53 is named, or ports by a name, which may be that.
    fileprivate var mayBeQuestions: Bool {
        guard let traffic else { return true }
        return traffic.contains { term in
            switch term.port {
            case .range(let range)?: range.contains(53)
            case .named?: true
            case .icmp?: false
            case nil: term.proto != .sctp
            }
        }
    }
}
