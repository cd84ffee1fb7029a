import Addresses
import Kubernetes

/// Compiles the policies of a snapshot and finds out where each is in force.
struct PolicyCompiler {
    /// Why a target reference has no effect.
    enum TargetProblem {
        case notSupported
        case notFound
        case taken(by: String)
    }

    let objects: Objects
    let keys: KeyTable
    private(set) var policies: [CompiledPolicy] = []
    private(set) var attachments = Attachments()
    private(set) var statuses: [ObjectStatus] = []
    // Many rules select the same keys: each selection is computed, and kept, once.
    private var selections: [String: [AccessPolicy.KeySelection: KeySet]] = [:]

    init(_ objects: Objects, keys: KeyTable) {
        self.objects = objects
        self.keys = keys
        let invalid = objects.invalid.filter {
            $0.reference.group == AccessPolicy.group && $0.reference.kind == AccessPolicy.kind
        }
        for object in invalid.sorted(by: { $0.reference.name < $1.reference.name }) { add(object) }
        let broken = Set(invalid.map { NamespacedName($0.reference.namespace, $0.reference.name) })
        let judged = objects.accessPolicies.values.sorted(by: Self.winsOver).map { policy in
            (policy, broken.contains(policy.key) ? "another object with this name has mistakes" : Self.problem(policy))
        }
        for (policy, problem) in judged where problem != nil { add(policy, problem: problem) }
        // One with mistakes may have been meant to be enforced, whatever it says.
        for (policy, problem) in judged where problem != nil || !policy.isStaged {
            denyMissedParts(policy.targetRefs, of: policy.key)
        }
        for object in invalid {
            let name = NamespacedName(object.reference.namespace, object.reference.name)
            denyMissedParts(object.targetRefs ?? [], of: name)
        }
        for (policy, problem) in judged where problem == nil { add(policy, problem: nil) }
    }

    /// Oldest first, then by name; a policy of unknown age is younger than every other.
    private static func winsOver(_ a: AccessPolicy, _ b: AccessPolicy) -> Bool {
        let ages = (a.metadata.creationTimestamp ?? .max, b.metadata.creationTimestamp ?? .max)
        return ages.0 == ages.1 ? a.key < b.key : ages.0 < ages.1
    }

    /// A policy with mistakes denies what it is attached to, or all of its namespace when that is not known.
    private mutating func add(_ object: InvalidObject) {
        let namespace = object.reference.namespace
        let index = append(
            CompiledPolicy(name: NamespacedName(namespace, object.reference.name), rules: [], isInvalid: true))
        let points = object.targetRefs?.map { AttachmentPoint($0, namespace: namespace) } ?? []
        if points.isEmpty || points.contains(where: { $0 == nil }) {
            attachments.denyAll(in: namespace, because: index)
        }
        if object.isLost { attachments.denyEverything(because: index) }
        for case let point? in points { _ = attachments.attach(index, at: point, staged: false) }
        statuses.append(
            ObjectStatus(
                reference: object.reference,
                conditions: [Condition(type: "Accepted", status: .false, reason: "Invalid", message: object.reason)],
                position: object.position))
    }

    private mutating func add(_ policy: AccessPolicy, problem: String?) {
        var missing: [String] = []
        let rules = problem == nil ? policy.rules.map { compile($0, of: policy, missing: &missing) } : []
        let index = append(CompiledPolicy(name: policy.key, rules: rules, isInvalid: problem != nil))
        // What is not known to be staged is enforced.
        let staged = problem == nil && policy.isStaged
        let problems = policy.targetRefs.compactMap { target in
            attach(index, to: target, of: policy, staged: staged).map { (target, $0) }
        }
        statuses.append(policy.status(problem: problem, targets: problems, missingKeys: missing))
    }

    /// Denies the targets of which a policy names a part that is not there: any part without a policy of its own may have
    /// been meant.
    private mutating func denyMissedParts(_ targets: [TargetRef], of policy: NamespacedName) {
        for target in targets {
            guard let whole = objects.whole(ofMissing: target, namespace: policy.namespace) else { continue }
            let index = append(CompiledPolicy(name: policy, rules: [], isInvalid: true))
            _ = attachments.attach(index, at: whole, staged: false)
        }
    }

    private mutating func append(_ policy: CompiledPolicy) -> Int32 {
        policies.append(policy)
        return Int32(policies.count - 1)
    }

    private mutating func attach(
        _ index: Int32, to target: TargetRef, of policy: AccessPolicy, staged: Bool
    ) -> TargetProblem? {
        guard let point = AttachmentPoint(target, namespace: policy.metadata.namespace) else { return .notSupported }
        guard attachments.attach(index, at: point, staged: staged) else {
            let holders = attachments.holders[point]
            let holder = (staged ? holders?.staged : holders?.enforced) ?? -1
            return .taken(by: policies[Int(holder)].name)
        }
        // Attached all the same: the target may come later, and must not be open until then.
        return objects.has(point) ? nil : .notFound
    }

    /// What is wrong with a policy that could be decoded.
    private static func problem(_ policy: AccessPolicy) -> String? {
        if let value = policy.metadata.annotations[AccessPolicy.enforcementAnnotation],
            value != "staged", value != "enforced"
        {
            return "annotation \(AccessPolicy.enforcementAnnotation) must be 'staged' or 'enforced'"
        }
        let known = [AccessPolicy.enforcementAnnotation]
        if let slip = unknownAnnotations(policy.metadata.annotations, besides: known).first {
            return "annotation \(slip) is not known; \(AccessPolicy.enforcementAnnotation) is"
        }
        for rule in policy.rules {
            if rule.from.contains(where: { !$0.asksForCredentials && $0.workloads == nil && $0.networks.isEmpty }) {
                return "rule \(rule.name): an entry of 'from' has no condition"
            }
            if let mistake = rule.from.lazy.compactMap({ CertificateMatcher.problem($0.certificates) }).first {
                return "rule \(rule.name): certificates.\(mistake)"
            }
            if rule.to.contains(where: { $0.paths.contains { CompiledPath($0) == nil } }) {
                return "rule \(rule.name): paths are matched by Exact or PathPrefix only"
            }
        }
        return nil
    }

    private mutating func compile(
        _ rule: AccessPolicy.Rule, of policy: AccessPolicy, missing: inout [String]
    ) -> CompiledRule {
        let namespace = policy.metadata.namespace
        let from = rule.from.map { entry in
            CallerCondition(
                keys: entry.accessKeys.map { select($0, in: namespace, missing: &missing) },
                tokens: entry.tokens.map { TokenMatcher($0, namespace: namespace) }
                    ?? entry.serviceAccounts.map { TokenMatcher($0, namespace: namespace) },
                // One that cannot be followed is a problem of the policy, which has no rules then.
                certificates: entry.certificates.flatMap { try? CertificateMatcher($0) },
                workloads: entry.workloads.map(WorkloadMatcher.init),
                networks: entry.networks.isEmpty ? nil : PrefixSet(entry.networks))
        }
        let to = rule.to.isEmpty ? [.everything] : rule.to.map(RequestCondition.init)
        return CompiledRule(
            name: rule.name, from: from, to: to, limits: CompiledLimits(rule.limits), tokens: rule.limits.tokens,
            capture: rule.capture.map(ContentCapture.init),
            limiterID: identity(namespace, policy.metadata.name, rule.name))
    }

    private mutating func select(
        _ selection: AccessPolicy.KeySelection, in namespace: String, missing: inout [String]
    ) -> KeySet {
        let range = keys.namespaces[namespace] ?? 0..<0
        for name in selection.names where keys.position(of: name, in: range) == nil { missing.append(name) }
        if let known = selections[namespace]?[selection] { return known }
        var set = KeySet(range)
        for name in selection.names {
            if let index = keys.position(of: name, in: range) { set.insert(index) }
        }
        if let selector = selection.selector {
            for index in range where selector.matches(keys.entries[index].details.labels) { set.insert(index) }
        }
        selections[namespace, default: [:]][selection] = set
        return set
    }
}

extension KeyTable {
    /// Where the key of that name stands among the keys of its namespace, which are sorted by name.
    func position(of name: String, in range: Range<Int>) -> Int? {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].details.name < name { low = middle + 1 } else { high = middle }
        }
        return low < range.upperBound && entries[low].details.name == name ? low : nil
    }
}

extension Objects {
    /// The object of which a target names a part that it does not have; nil where there is no such object, or such a part.
    func whole(ofMissing target: TargetRef, namespace: String) -> AttachmentPoint? {
        guard target.sectionName != nil, let part = AttachmentPoint(target, namespace: namespace), !has(part) else {
            return nil
        }
        let whole = AttachmentPoint(kind: part.kind, object: part.object, section: nil)
        return has(whole) ? whole : nil
    }

    /// True when the place exists.
    func has(_ point: AttachmentPoint) -> Bool {
        switch point.kind {
        case "Gateway":
            guard let gateway = gateways[point.object] else { return false }
            return point.section.map { name in gateway.listeners.contains { $0.name == name } } ?? true
        case "HTTPRoute":
            guard let route = httpRoutes[point.object] else { return false }
            return point.section.map { name in route.rules.contains { $0.name == name } } ?? true
        default:
            guard let route = grpcRoutes[point.object] else { return false }
            return point.section.map { name in route.rules.contains { $0.name == name } } ?? true
        }
    }
}
