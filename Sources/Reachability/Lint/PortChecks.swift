import Addresses
import Kubernetes
import Policy

/// Ports that nobody has.
enum PortChecks {
    static func namedPortUnknown(_ context: LintContext, _ found: inout FindingList) {
        for policy in context.policies {
            for (direction, rule) in context.rules(policy) {
                let groups = destinations(context, policy, direction, rule)
                guard !groups.isEmpty else { continue }
                for term in rule.traffic ?? [] {
                    guard case .named(let name)? = term.port else { continue }
                    let named = groups.lazy.flatMap { context.list.grouping.groups[$0].ports }.filter {
                        $0.name == name
                    }
                    if named.contains(where: { term.proto == nil || $0.proto == term.proto }) { continue }
                    let other = named.first.map { ", only one of \($0.proto)" } ?? ""
                    let whose = direction == .ingress ? "that the policy selects" : "on the other side"
                    let proto = term.proto.map { "\($0) " } ?? ""
                    found.add(
                        context, policy, "\(rule.path).ports",
                        "names \(proto)port \(name), and no pod \(whose) has a container port of that name\(other)",
                        "name the port in the pods, or write its number")
                }
            }
        }
    }

    static func servicePort(_ context: LintContext, _ found: inout FindingList) {
        for policy in context.policies {
            for (direction, rule) in context.rules(policy) {
                // Whoever is on the other side may have any port.
                if direction == .egress, rule.peers == nil { continue }
                let ports = (rule.traffic ?? []).compactMap(\.single)
                guard !ports.isEmpty else { continue }
                let groups = destinations(context, policy, direction, rule)
                for port in ports {
                    guard !groups.contains(where: { context.ports.has(port, group: $0) }),
                        let hit = groups.lazy.compactMap({ context.ports.translations[$0][port] }).first
                    else { continue }
                    found.add(
                        context, policy, "\(rule.path).ports",
                        "names \(port.proto) \(port.port), which is a port of Service \(hit.service); its pods listen on "
                            + "\(hit.target.port), and policies are about ports of pods",
                        "write \(hit.target.port)")
                }
            }
        }
    }

    /// The groups that traffic of a rule goes to, as far as selectors say.
    private static func destinations(
        _ context: LintContext, _ policy: WorkloadPolicy, _ direction: Direction, _ rule: WorkloadRule
    ) -> [Int] {
        if direction == .ingress { return context.resolver.groups(policy.subject).indexes }
        guard let peers = rule.peers else { return context.resolver.groups(.everything).indexes }
        let selected = peers.compactMap(\.workloads).map { context.resolver.groups($0) }
        return selected.reduce(IntervalSet<UInt32>.empty) { $0.union($1) }.indexes
    }
}

extension TrafficTerm {
    /// The one port that it means; nil: it means more, or others.
    fileprivate var single: Traffic? {
        guard case .range(let range)? = port, range.first == range.last, let proto else { return nil }
        return Traffic(proto, port: range.first)
    }
}

extension IntervalSet where Bound == UInt32 {
    /// The numbers, of a set that has not too many.
    fileprivate var indexes: [Int] { ranges.joined().map { Int($0) } }
}

/// The ports that pods are known to have, by group.
struct PodPorts {
    /// Container ports, and target ports of Services.
    private var known: [Set<Traffic>]
    /// Ports of Services that lead to other ports.
    private(set) var translations: [[Traffic: (service: NamespacedName, target: Traffic)]]

    init(_ context: LintContext) {
        let grouping = context.list.grouping
        known = Array(repeating: [], count: grouping.groups.count)
        translations = Array(repeating: [:], count: grouping.groups.count)
        let declared = DeclaredPorts(context.objects)
        var groups = Array(repeating: [Int](), count: context.list.inventory.endpoints.count)
        for (index, interface) in grouping.interfaces.enumerated() {
            let group = Int(grouping.groupOf[index])
            groups[Int(interface.endpoint)].append(group)
            known[group].formUnion(declared.ports(of: context.list.inventory.endpoints[Int(interface.endpoint)]))
        }
        for service in context.services.services where !service.isHeadless {
            for port in service.ports {
                for backend in port.backends where backend.member.endpoint >= 0 {
                    for group in groups[Int(backend.member.endpoint)] {
                        known[group].insert(backend.traffic)
                        if backend.traffic != port.traffic, translations[group][port.traffic] == nil {
                            translations[group][port.traffic] = (service.name, backend.traffic)
                        }
                    }
                }
            }
        }
    }

    func has(_ port: Traffic, group: Int) -> Bool { known[group].contains(port) }
}
