import Addresses
import Kubernetes
import Policy

/// What rules of lint ask.
final class LintContext {
    let list: GuestList
    let objects: Objects
    let notes: [Mistake]
    let services: ServiceTable
    /// Who the selectors are, among those that are there.
    let resolver: Resolver
    /// Namespaces in which something runs that policies may be about.
    let inhabited: Set<String>
    /// True: the objects seem to be all of a cluster, so that what is not there is nowhere.
    let isWholeCluster: Bool
    /// Which rules add something; asked of pods that might be there too.
    private(set) lazy var contributions = Contributions(list)
    private(set) lazy var ports = PodPorts(self)

    /// Pods on the network of their node.
    let hostNetworkPods: [Endpoint]

    private var namespaces: [LabelExpression: [String]] = [:]

    init(_ whole: GuestList, _ objects: Objects, _ notes: [Mistake]) {
        // What policies with mistakes deny says nothing of the others.
        let sound = whole.policies.filter { !$0.isLeftOver }
        list =
            sound.count == whole.policies.count
            ? whole : whole.updated(inventory: whole.inventory, policies: sound)
        let list = list
        self.objects = objects
        self.notes = notes
        services = ServiceTable(objects, list.inventory)
        resolver = Resolver(list.grouping, list.inventory)
        hostNetworkPods = list.inventory.endpoints.filter(\.usesHostNetwork)
        inhabited = Set(list.inventory.endpoints.lazy.filter { !$0.usesHostNetwork }.map(\.namespace))
        // What every cluster has is there, or pods that run on nodes.
        isWholeCluster = list.inventory.endpoints.contains {
            $0.namespace == "kube-system" || ($0.node != nil && !objects.nodes.isEmpty)
        }
    }

    /// Policies, in the order in which they are asked.
    var policies: [WorkloadPolicy] { list.policies }

    /// True when a selector is nobody, and it is known that it could not be somebody who is not among the objects.
    func isNobody(_ selector: WorkloadSelector) -> Bool {
        guard resolver.groups(selector).isEmpty else { return false }
        switch selector.namespaces {
        // Pods of every namespace are meant where some are not among the objects: DNS servers, commonly.
        case .every: return isWholeCluster && !inhabited.isEmpty
        case .named(let name): return inhabited.contains(name)
        case .matching(let expression):
            let found = namespaces(expression)
            return found.isEmpty ? isWholeCluster && !inhabited.isEmpty : found.contains(where: inhabited.contains)
        }
    }

    /// Namespaces whose labels an expression holds for.
    func namespaces(_ expression: LabelExpression) -> [String] {
        if let known = namespaces[expression] { return known }
        let found = list.inventory.namespaces.filter { _, labels in
            expression.holds { owner, key in owner == .namespace ? labels[key] : nil }
        }
        namespaces[expression] = found.keys.sorted()
        return namespaces[expression] ?? []
    }

    /// Rules of a policy, with their direction.
    func rules(_ policy: WorkloadPolicy) -> [(direction: Direction, rule: WorkloadRule)] {
        (policy.ingress ?? []).map { (.ingress, $0) } + (policy.egress ?? []).map { (.egress, $0) }
    }

    /// Where a field was written: the rule, where that is known, else the policy.
    func position(_ policy: WorkloadPolicy, _ path: String) -> Position? {
        guard let place = RulePath(path) else { return policy.position }
        return policy.position(ofRule: place.index, place.direction)
    }
}

/// `spec.ingress[3]`, and what follows.
struct RulePath {
    let direction: Direction
    let index: Int

    init?(_ path: String) {
        let parts = path.split(separator: "[", maxSplits: 1)
        guard parts.count == 2, let end = parts[1].firstIndex(of: "]"), let index = Int(parts[1][..<end]) else {
            return nil
        }
        switch parts[0] {
        case "spec.ingress": direction = .ingress
        case "spec.egress": direction = .egress
        default: return nil
        }
        self.index = index
    }
}
