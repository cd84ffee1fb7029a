import Addresses
import Kubernetes

@testable import Policy

/// Calico's own model, without the form of the engine: every selector is asked of one flat map of labels, and a set of
/// addresses is made of the endpoints and network sets that it holds for.
struct CalicoOracle {
    let objects: Objects

    struct Member {
        let labels: [String: String]
        let nets: [Prefix]
        var ports: [String: UInt16] = [:]
    }

    private let pods: [Member]
    private let podByAddress: [Address: Member]
    private let sets: [Member]

    init(_ objects: Objects) {
        self.objects = objects
        pods = objects.pods.values.map { pod in
            let namespace = pod.metadata.namespace
            var labels = pod.metadata.labels
            labels["projectcalico.org/namespace"] = namespace
            labels["projectcalico.org/serviceaccount"] = pod.serviceAccount
            labels["projectcalico.org/orchestrator"] = "k8s"
            Self.inherit("pcns.", objects.namespaces[NamespacedName("", namespace)]?.metadata, &labels)
            Self.inherit(
                "pcsa.", objects.serviceAccounts[NamespacedName(namespace, pod.serviceAccount)]?.metadata, &labels)
            // Every namespace has the account, whether its object is here or not.
            labels["pcsa.projectcalico.org/name"] = pod.serviceAccount
            let ports = pod.ports.map { ($0.name, UInt16($0.number)) }
            return Member(
                labels: labels, nets: pod.addresses.map { Prefix($0) },
                ports: Dictionary(ports, uniquingKeysWith: { first, _ in first }))
        }
        podByAddress = Dictionary(
            pods.flatMap { pod in pod.nets.map { ($0.address, pod) } }, uniquingKeysWith: { first, _ in first })
        entries = Self.entries(objects)
        sets =
            objects.calicoGlobalNetworkSets.values.map { Member(labels: $0.metadata.labels, nets: $0.nets) }
            + objects.calicoNetworkSets.values.map { set in
                var labels = set.metadata.labels
                labels["projectcalico.org/namespace"] = set.metadata.namespace
                Self.inherit("pcns.", objects.namespaces[NamespacedName("", set.metadata.namespace)]?.metadata, &labels)
                return Member(labels: labels, nets: set.nets)
            }
    }

    private static func inherit(_ prefix: String, _ owner: ObjectMeta?, _ labels: inout [String: String]) {
        guard let owner else { return }
        for (key, value) in owner.labels { labels[prefix + key] = value }
        labels[prefix + "projectcalico.org/name"] = owner.name
    }

    private func pod(_ address: Address) -> Member? { podByAddress[address] }

    // MARK: Selectors

    /// The same selector about labels with a prefix, where `all()` and `global()` are about being in a namespace.
    private static func prefixed(_ selector: CalicoSelector, _ prefix: String, isNamespace: Bool) -> CalicoSelector {
        let inNamespace = CalicoSelector.label("projectcalico.org/namespace", .exists)
        switch selector {
        case .all: return isNamespace ? inNamespace : .all
        case .global: return isNamespace ? .not(inNamespace) : .global
        case .label(let key, let test): return .label(prefix + key, test)
        case .not(let part): return .not(prefixed(part, prefix, isNamespace: isNamespace))
        case .and(let parts): return .and(parts.map { prefixed($0, prefix, isNamespace: isNamespace) })
        case .or(let parts): return .or(parts.map { prefixed($0, prefix, isNamespace: isNamespace) })
        }
    }

    private static func holds(_ selector: CalicoSelector, _ labels: [String: String]) -> Bool {
        switch selector {
        case .all, .global: return true
        case .not(let part): return !holds(part, labels)
        case .and(let parts): return !parts.contains { !holds($0, labels) }
        case .or(let parts): return parts.contains { holds($0, labels) }
        case .label(let key, let test):
            guard let value = labels[key] else { return false }
            switch test {
            case .exists: return true
            case .isIn(let values): return values.contains(value)
            case .contains(let text): return text.isEmpty || value.contains(text)
            case .startsWith(let text): return value.hasPrefix(text)
            case .endsWith(let text): return value.hasSuffix(text)
            }
        }
    }

    /// Whether the set of addresses of a selector has the address.
    private func isMember(_ address: Address, _ selector: CalicoSelector) -> Bool {
        (pods + sets).contains { member in
            member.nets.contains { $0.contains(address) } && Self.holds(selector, member.labels)
        }
    }

    private func selector(_ entity: CalicoEntity, _ namespace: String) -> CalicoSelector? {
        var parts: [CalicoSelector] = []
        if let selector = entity.selector { parts.append(selector) }
        if let selector = entity.serviceAccountSelector {
            parts.append(Self.prefixed(selector, "pcsa.", isNamespace: false))
        }
        let names = Set(entity.serviceAccountNames)
        if !names.isEmpty { parts.append(.label("projectcalico.org/serviceaccount", .isIn(names))) }
        let isLimited = !parts.isEmpty || entity.notSelector != nil || entity.namespaceSelector != nil
        if let selector = entity.namespaceSelector {
            parts.append(Self.prefixed(selector, "pcns.", isNamespace: true))
        } else if !namespace.isEmpty, isLimited {
            parts.append(.label("projectcalico.org/namespace", .isIn([namespace])))
        }
        return parts.isEmpty ? nil : .and(parts)
    }

    // MARK: Rules

    private func matches(_ entity: CalicoEntity, _ address: Address, _ namespace: String) -> Bool {
        if !entity.nets.isEmpty, !entity.nets.contains(where: { $0.contains(address) }) { return false }
        if entity.notNets.contains(where: { $0.contains(address) }) { return false }
        if let selector = selector(entity, namespace), !isMember(address, selector) { return false }
        if let selector = entity.notSelector, isMember(address, selector) { return false }
        return true
    }

    private func matches(_ ports: [CalicoPort], _ traffic: Traffic, at address: Address) -> Bool {
        ports.contains { port in
            switch port {
            case .range(let range): range.contains(traffic.port)
            case .named(let name): pod(address)?.ports[name] == traffic.port
            }
        }
    }

    private func matches(
        _ rule: CalicoRule, _ source: Address, _ destination: Address, _ traffic: Traffic, _ namespace: String
    ) -> Bool {
        if let version = rule.ipVersion, (version == .four) != source.isIPv4 { return false }
        if let proto = rule.proto, proto != traffic.proto { return false }
        if rule.notProto == traffic.proto { return false }
        let (ports, notPorts) = (rule.destination.ports, rule.destination.notPorts)
        if !ports.isEmpty, !matches(ports, traffic, at: destination) { return false }
        if matches(notPorts, traffic, at: destination) { return false }
        return matches(rule.source, source, namespace) && matches(rule.destination, destination, namespace)
    }

    // MARK: Policies

    private struct Entry {
        let name: String
        let namespace: String
        let spec: CalicoPolicySpec

        /// What decides among those of one order.
        let tieBreak: String
    }

    private let entries: [Entry]

    private static func entries(_ objects: Objects) -> [Entry] {
        objects.calicoNetworkPolicies.values.map {
            let (name, namespace) = ($0.metadata.name, $0.metadata.namespace)
            return Entry(
                name: name, namespace: namespace, spec: $0.spec, tieBreak: "\(name)/\(namespace)/NetworkPolicy")
        }
            + objects.calicoGlobalNetworkPolicies.values.map {
                let name = $0.metadata.name
                return Entry(name: name, namespace: "", spec: $0.spec, tieBreak: "\(name)//GlobalNetworkPolicy")
            }
    }

    private func selects(_ entry: Entry, _ labels: [String: String]) -> Bool {
        if !entry.namespace.isEmpty, labels["projectcalico.org/namespace"] != entry.namespace { return false }
        let subject = entry.spec.subject
        if let selector = subject.selector, !Self.holds(selector, labels) { return false }
        if let selector = subject.namespaceSelector,
            !Self.holds(Self.prefixed(selector, "pcns.", isNamespace: true), labels)
        {
            return false
        }
        guard let selector = subject.serviceAccountSelector else { return true }
        return Self.holds(Self.prefixed(selector, "pcsa.", isNamespace: false), labels)
    }

    /// What the policies about one side say; everything is allowed to who is no pod.
    private func allows(
        _ own: Address, _ direction: Direction, _ source: Address, _ destination: Address, _ traffic: Traffic
    ) -> Bool {
        guard let labels = pod(own)?.labels else { return true }
        var tiers = objects.calicoTiers.values.map { ($0.metadata.name, $0.order ?? .infinity, $0.passesByDefault) }
        tiers.append(("default", 1_000_000, false))
        tiers.sort { ($0.1, $0.0) < ($1.1, $1.0) }
        for (name, _, passes) in tiers {
            let policies = entries.filter { entry in
                let rules = direction == .ingress ? entry.spec.ingress : entry.spec.egress
                return entry.spec.tier == name && rules != nil && selects(entry, labels)
            }
            .sorted { ($0.spec.order ?? .infinity, $0.tieBreak) < ($1.spec.order ?? .infinity, $1.tieBreak) }
            if policies.isEmpty { continue }
            let action = policies.lazy.compactMap { entry -> CalicoRule.Action? in
                let rules = (direction == .ingress ? entry.spec.ingress : entry.spec.egress) ?? []
                return rules.first { rule in
                    rule.action != .log && self.matches(rule, source, destination, traffic, entry.namespace)
                }?.action
            }.first
            switch action {
            case .allow: return true
            case .deny: return false
            case .pass: continue
            default: if !passes { return false }
            }
        }
        return true
    }

    func allows(_ source: Address, _ destination: Address, _ traffic: Traffic) -> Bool {
        allows(source, .egress, source, destination, traffic)
            && allows(destination, .ingress, source, destination, traffic)
    }
}
