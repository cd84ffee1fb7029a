import Access
import Addresses
import Kubernetes
import ModelTraffic
import Policy
import Records

/// Something that a rule grants and that nobody used.
public struct UnusedPrivilege: Hashable, Sendable {
    /// What is granted.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A caller: a key, a pattern of subjects, a service account, a name of a certificate, a workload.
        case principal
        /// An operation class.
        case operationClass = "operation_class"
        /// A pattern of models.
        case model
        /// A pattern of tools.
        case tool
        /// A pattern of prompts.
        case prompt
        /// A pattern of resources.
        case resource
        /// An entry of `from` or `to` of a NetworkPolicy.
        case peer
    }

    /// Policy and rule, as records name them.
    public var rule: RuleUsage.Key
    /// What kind of thing it is.
    public var kind: Kind
    /// The thing, as the policy writes it.
    public var value: String
}

/// Finds out which parts of rules nobody needed: of `AccessPolicy` objects principals, classes, models and tools, of
/// `NetworkPolicy` objects peers. Other kinds of policies are looked at by rule (`RuleUsage.unusedRules`).
///
/// Every record is judged by the objects as `Replay` does; then the rule that allows is held against what was used. A
/// peer counts as used where no peer before it would have done.
public struct PrivilegeAudit: Sendable {
    private let objects: Objects
    private var peers: Replay
    private var used: [RuleUsage.Key: UsedByRule] = [:]
    private var requests: RequestJudge
    private static let mostRules = 16_384
    private static let mostValues = 4_096

    /// What requests that a rule allowed had.
    fileprivate struct UsedByRule: Sendable {
        var callers: Set<RequestsSeen.Caller> = []
        var classes: OperationClasses = []
        var models: Set<String> = []
        var tools: Set<String> = []
        var prompts: Set<String> = []
        var resources: Set<String> = []
        /// True: there was more than is kept, and nothing can be said.
        var isCut = false
    }

    /// An audit of those policies.
    public init(objects: Objects) {
        self.objects = objects
        requests = RequestJudge(objects, staged: false)
        peers = Replay(objects: objects.withSinglePeers, groups: 1)
    }

    /// Takes in one record; those of what was denied use nothing.
    public mutating func take(_ record: Record) {
        guard record.verdict == .allowed else { return }
        guard record.point == .gateway else { return peers.take(record) }
        guard case .verdict(let verdict) = requests.judge(record), verdict.answer == .allowed else { return }
        let key = RuleUsage.Key(policy: verdict.policy, rule: verdict.rule)
        guard used[key] != nil || used.count < Self.mostRules else { return }
        var seen = used.removeValue(forKey: key) ?? UsedByRule()
        seen.add(record, most: Self.mostValues)
        used[key] = seen
    }

    /// What was granted and not used, by policy.
    public mutating func unused() -> [UnusedPrivilege] {
        unusedPeers() + unusedParts()
    }

    // MARK: Peers

    private mutating func unusedPeers() -> [UnusedPrivilege] {
        let usage = peers.usage()
        var found: [UnusedPrivilege] = []
        for policy in objects.networkPolicies.values.sorted(by: { $0.key < $1.key }) where !policy.isStaged {
            let name = WorkloadPolicy(policy).nameInRecords
            for (field, way, rules) in [("ingress", "from", policy.ingress), ("egress", "to", policy.egress)] {
                var place = 0
                for (index, rule) in rules.enumerated() {
                    for peer in rule.peers.indices {
                        if usage[name, "spec.\(field)[\(place + peer)]"] == nil {
                            found.append(
                                UnusedPrivilege(
                                    rule: RuleUsage.Key(policy: name, rule: "spec.\(field)[\(index)]"), kind: .peer,
                                    value: "\(way)[\(peer)]: \(rule.peers[peer].words)"))
                        }
                    }
                    place += max(1, rule.peers.count)
                }
            }
        }
        return found
    }

    // MARK: Parts of access rules

    private func unusedParts() -> [UnusedPrivilege] {
        objects.accessPolicies.values.filter { !$0.isMarkedStaged }.sorted { $0.key < $1.key }.flatMap { policy in
            policy.rules.flatMap { rule in
                unused(rule, RuleUsage.Key(policy: policy.key.description, rule: rule.name))
            }
        }
    }

    private func unused(_ rule: AccessPolicy.Rule, _ key: RuleUsage.Key) -> [UnusedPrivilege] {
        let seen = used[key] ?? UsedByRule()
        guard !seen.isCut else { return [] }
        var found: [UnusedPrivilege] = []
        func note(_ kind: UnusedPrivilege.Kind, _ value: String, isUsed: Bool) {
            let privilege = UnusedPrivilege(rule: key, kind: kind, value: value)
            if !isUsed, !found.contains(privilege) { found.append(privilege) }
        }
        for entry in rule.from {
            for granted in entry.granted {
                note(.principal, granted.words, isUsed: seen.callers.contains(where: granted.isUsed))
            }
        }
        for entry in rule.to {
            for word in entry.classes {
                note(.operationClass, word, isUsed: OperationClasses(name: word).map(seen.classes.isSuperset) ?? false)
            }
            for (kind, patterns, names) in [
                (UnusedPrivilege.Kind.model, entry.models, seen.models), (.tool, entry.mcp?.tools ?? [], seen.tools),
                (.prompt, entry.mcp?.prompts ?? [], seen.prompts),
                (.resource, entry.mcp?.resources ?? [], seen.resources),
            ] {
                for text in patterns {
                    let pattern = Pattern(text)
                    note(kind, text, isUsed: names.contains { pattern.matches($0) })
                }
            }
        }
        return found
    }
}

extension PrivilegeAudit.UsedByRule {
    fileprivate mutating func add(_ record: Record, most: Int) {
        if let caller = RequestsSeen.Caller(used: record) { callers.insert(caller) }
        // A caller with a credential may have been let in for its place.
        if record.principal != nil, let workload = record.workload { callers.insert(.workload(workload.workloadName)) }
        if let ai = record.ai {
            classes.formUnion(ai.classes.reduce(into: []) { $0.formUnion(OperationClasses(name: $1) ?? []) })
            if !ai.model.isEmpty { models.insert(String(decoding: ai.model, as: UTF8.self)) }
            let name = String(decoding: ai.tool, as: UTF8.self)
            switch String(decoding: ai.mcpMethod, as: UTF8.self) {
            case "tools/call": tools.insert(name)
            case "prompts/get": prompts.insert(name)
            case "completion/complete":
                prompts.insert(name)
                resources.insert(name)
            default: resources.insert(name)
            }
        }
        isCut = isCut || max(callers.count, models.count, tools.count, prompts.count, resources.count) > most
        guard isCut else { return }
        (callers, models, tools, prompts, resources) = ([], [], [], [], [])
    }
}

extension AccessPolicy.From {
    /// Callers that are named one by one, and whether a caller that was seen is the one. Selectors and networks grant
    /// something to whoever fits, and are not looked at.
    fileprivate var granted: [(words: String, isUsed: (RequestsSeen.Caller) -> Bool)] {
        var all: [(String, (RequestsSeen.Caller) -> Bool)] = []
        for name in accessKeys?.names ?? [] { all.append(("access key \(name)", { $0 == .key(name) })) }
        for subject in tokens?.subjects ?? [] {
            let pattern = Pattern(subject)
            let issuers = tokens?.issuers ?? []
            all.append(
                (
                    "token \(subject)",
                    {
                        guard case .token(let issuer, let name) = $0 else { return false }
                        return (issuers.isEmpty || issuers.contains(issuer)) && pattern.matches(name)
                    }
                ))
        }
        for account in serviceAccounts ?? [] {
            let pattern = Pattern(account.name)
            all.append(
                (
                    "service account \(account.namespace)/\(account.name)",
                    {
                        guard case .serviceAccount(let namespace, let name) = $0 else { return false }
                        return namespace == account.namespace && pattern.matches(name)
                    }
                ))
        }
        for workload in workloads?.names ?? [] { all.append(("\(workload)", { $0 == .workload(workload) })) }
        return all
    }
}

extension NetworkPolicy.Peer {
    /// In a few words.
    fileprivate var words: String {
        switch self {
        case .ipBlock(let cidr, _): "ipBlock \(cidr)"
        case .selectors(let namespaces, let pods):
            [
                namespaces.map { "namespaceSelector \($0.flow)" }, pods.map { "podSelector \($0.flow)" },
            ].compactMap { $0 }.joined(separator: ", ")
        }
    }
}

extension Objects {
    /// The same, with one peer in each rule of NetworkPolicies: they allow the same, and say more exactly what allowed.
    fileprivate var withSinglePeers: Objects {
        var changed = self
        changed.networkPolicies = networkPolicies.mapValues { policy in
            var policy = policy
            policy.ingress = policy.ingress.flatMap(\.singlePeers)
            policy.egress = policy.egress.flatMap(\.singlePeers)
            return policy
        }
        return changed
    }
}

extension NetworkPolicy.Rule {
    fileprivate var singlePeers: [NetworkPolicy.Rule] {
        guard !peers.isEmpty else { return [self] }
        return peers.map { peer in
            var rule = self
            rule.peers = [peer]
            return rule
        }
    }
}
