#if os(Linux)

    import Addresses
    import Kubernetes
    import Policy
    import Records

    /// Names for records, each made and encoded once for a list: what a packet needs is found, not made.
    ///
    /// Of one thread.
    final class Labels {
        let list: ListInForce
        private var workloads: [Int32: RecordPart] = [:]
        private var nodes: [Int32: RecordPart] = [:]
        private var rulings: [RulingKey: RecordPart] = [:]
        private var stagings: [StagedKey: RecordPart] = [:]
        private var services: [NamespacedName: RecordPart] = [:]
        private var ranges: [NamedRanges.Key: RecordPart] = [:]

        private struct RulingKey: Hashable {
            let policy: Int32
            let rule: Int32
            let direction: Direction
        }

        private struct StagedKey: Hashable {
            let ruling: RulingKey
            let isAllowed: Bool
            let reason: Reason
        }

        init(_ list: ListInForce) { self.list = list }

        /// Who is at one end.
        func end(_ party: Party, _ address: Address) -> EndLabel {
            if party.endpoint >= 0 { return EndLabel(workload: workload(party.endpoint)) }
            if party.node >= 0 { return EndLabel(place: node(party.node)) }
            return EndLabel(place: range(list.names.ranges.key(of: address)))
        }

        /// The policy and the rule of a ruling; nil: no policy decided.
        func ruling(_ ruling: Ruling, _ direction: Direction) -> RecordPart? {
            guard ruling.policy >= 0 else { return nil }
            let key = RulingKey(policy: ruling.policy, rule: ruling.rule, direction: direction)
            if let known = rulings[key] { return known }
            let (policy, rule) = names(key)
            let part = RecordPart.policy(policy, rule: rule)
            rulings[key] = part
            return part
        }

        /// What staged policies would decide.
        func staged(_ ruling: Ruling, _ direction: Direction) -> RecordPart {
            let key = RulingKey(policy: ruling.policy, rule: ruling.rule, direction: direction)
            let stagedKey = StagedKey(ruling: key, isAllowed: ruling.isAllowed, reason: Reason(ruling.reason))
            if let known = stagings[stagedKey] { return known }
            let (policy, rule) = ruling.policy >= 0 ? names(key) : ("", "")
            let part = RecordPart.staged(
                Record.Staged(
                    policy: policy, rule: rule, verdict: ruling.isAllowed ? .allowed : .denied,
                    reason: Reason(ruling.reason).rawValue))
            stagings[stagedKey] = part
            return part
        }

        /// The Service at an address; nil: none.
        func service(_ address: Address, _ traffic: Traffic) -> RecordPart? {
            guard let name = list.names.services?.name(at: address, traffic) else { return nil }
            if let known = services[name] { return known }
            let part = RecordPart.serviceName("\(name.namespace)/\(name.name)")
            services[name] = part
            return part
        }

        private func workload(_ index: Int32) -> RecordPart {
            if let known = workloads[index] { return known }
            let endpoint = list.list.inventory.endpoints[Int(index)]
            let workload = endpoint.workload
            let part = RecordPart.workload(
                Record.Workload(
                    kind: workload.kind, namespace: workload.namespace, name: workload.name,
                    pod: endpoint.isTemplate ? "" : endpoint.name.name, labels: PodLabels.telling(endpoint.labels)))
            workloads[index] = part
            return part
        }

        private func node(_ index: Int32) -> RecordPart {
            if let known = nodes[index] { return known }
            let part = RecordPart.place(node: list.list.inventory.nodes[Int(index)].name, range: "")
            nodes[index] = part
            return part
        }

        private func names(_ key: RulingKey) -> (policy: String, rule: String) {
            let policy = list.list.policies[Int(key.policy)]
            let source = policy.source
            let name = source.namespace.isEmpty ? source.name : "\(source.namespace)/\(source.name)"
            guard key.rule >= 0, let rules = policy.rules(key.direction), rules.indices.contains(Int(key.rule)) else {
                return ("\(source.kind) \(name)", "")
            }
            let rule = rules[Int(key.rule)]
            return ("\(source.kind) \(name)", rule.name.isEmpty ? rule.path : rule.name)
        }

        private func range(_ key: NamedRanges.Key) -> RecordPart {
            if let known = ranges[key] { return known }
            let part = RecordPart.place(node: "", range: list.names.ranges.name(key))
            ranges[key] = part
            return part
        }
    }

    /// Who is at one end of a connection.
    struct EndLabel {
        /// The workload whose pod it is.
        var workload: RecordPart?
        /// The node, or the range of addresses.
        var place: RecordPart?
    }

    /// Why, by the name that records use.
    enum Reason: String, Hashable, CaseIterable {
        case rule = "rule_matched"
        case isolated
        case unrestricted
        case outside = "not_a_workload"
        case itself = "same_pod"
        case ownNode = "own_node"
        case families = "two_families"
        case unknownPod = "unknown_pod"
        case spoofedSource = "spoofed_source"
        case notJudged = "not_judged"
        case disagreement
        case notShown = "not_shown"

        init(_ reason: Ruling.Reason) {
            switch reason {
            case .rule: self = .rule
            case .isolated: self = .isolated
            case .unrestricted: self = .unrestricted
            case .outside: self = .outside
            case .itself: self = .itself
            case .ownNode: self = .ownNode
            case .families: self = .families
            }
        }
    }

#endif
