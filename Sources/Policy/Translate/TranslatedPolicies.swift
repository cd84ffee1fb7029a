import Kubernetes

/// All policies of some objects in the engine's form. The value never changes; `updated` makes the next one from it, and
/// translates only NetworkPolicies that are new or differ.
public struct TranslatedPolicies: Sendable {
    /// In the order in which they are asked. Where nothing changed it is the same array, which costs nothing to compare.
    public let policies: [WorkloadPolicy]

    /// What they were made from.
    private let objects: Objects
    private let translated: ByName
    /// Of all other kinds.
    private let others: [WorkloadPolicy]

    /// The policies of the objects.
    public init(_ objects: Objects) { self.init(objects, previous: nil) }

    /// The policies after a change of the objects.
    public func updated(_ objects: Objects) -> TranslatedPolicies { TranslatedPolicies(objects, previous: self) }

    private init(_ objects: Objects, previous: TranslatedPolicies?) {
        self.objects = objects
        let hasSameOthers = previous?.objects.hasSameOtherPolicies(as: objects) ?? false
        // Maps that share everything are equal without a look at what is in them.
        if let previous, hasSameOthers, previous.objects.networkPolicies == objects.networkPolicies {
            (policies, translated, others) = (previous.policies, previous.translated, previous.others)
            return
        }
        let changes = previous.flatMap { objects.changedNetworkPolicies(since: $0.objects, most: Self.mostEdits) }
        var translated = changes == nil ? ByName() : previous?.translated ?? ByName()
        var hasLost = false
        for policy in changes?.gone ?? [] where objects.networkPolicies[policy.key] == nil {
            hasLost = translated.replace(policy.key, with: nil) != nil || hasLost
        }
        var edits: [(old: WorkloadPolicy?, new: WorkloadPolicy)] = []
        for policy in changes?.come ?? Array(objects.networkPolicies.values) {
            let new = WorkloadPolicy(policy)
            edits.append((translated.replace(policy.key, with: new), new))
        }
        self.translated = translated
        others = (hasSameOthers ? previous?.others : nil) ?? WorkloadPolicy.besidesNetworkPolicies(in: objects)
        let isEdited = changes != nil && !hasLost && previous?.others == others
        let kept = isEdited ? previous.flatMap { Self.edited($0.policies, edits) } : nil
        policies = kept ?? WorkloadPolicy.inOrder(translated.all + others)
    }

    /// The policies with some in the place of others that have their names; nil: some are new.
    private static func edited(
        _ policies: [WorkloadPolicy], _ edits: [(old: WorkloadPolicy?, new: WorkloadPolicy)]
    ) -> [WorkloadPolicy]? {
        var result = policies
        for edit in edits {
            guard let old = edit.old, let place = result.firstIndex(where: { $0.isCopy(of: old) }) else { return nil }
            result[place] = edit.new
        }
        return result
    }

    /// Policies by namespace and name: an edited one costs a copy of those of its namespace, not of all.
    private struct ByName: Sendable {
        private var namespaces: [String: [String: WorkloadPolicy]] = [:]

        var all: [WorkloadPolicy] { namespaces.values.flatMap(\.values) }

        /// - Returns: the one that was there.
        mutating func replace(_ name: NamespacedName, with policy: WorkloadPolicy?) -> WorkloadPolicy? {
            let old = namespaces[name.namespace]?[name.name]
            namespaces[name.namespace, default: [:]][name.name] = policy
            if policy == nil, namespaces[name.namespace]?.isEmpty == true { namespaces[name.namespace] = nil }
            return old
        }
    }

    /// After more changes than this all are translated again.
    private static let mostEdits = 16
}

extension Objects {
    /// True when policies of other kinds than NetworkPolicy are made of the same.
    fileprivate func hasSameOtherPolicies(as other: Objects) -> Bool {
        invalid == other.invalid && clusterNetworkPolicies == other.clusterNetworkPolicies
            && adminNetworkPolicies == other.adminNetworkPolicies
            && baselineAdminNetworkPolicies == other.baselineAdminNetworkPolicies
            && hasSameCalico(as: other)
            // What is staged in Calico may stand for a NetworkPolicy, and sets have labels of their namespaces.
            && (!hasCalico || (networkPolicies == other.networkPolicies && namespaces == other.namespaces))
    }

    private func hasSameCalico(as other: Objects) -> Bool {
        calicoNetworkPolicies == other.calicoNetworkPolicies
            && calicoGlobalNetworkPolicies == other.calicoGlobalNetworkPolicies
            && calicoStagedNetworkPolicies == other.calicoStagedNetworkPolicies
            && calicoStagedGlobalNetworkPolicies == other.calicoStagedGlobalNetworkPolicies
            && calicoStagedKubernetesNetworkPolicies == other.calicoStagedKubernetesNetworkPolicies
            && calicoTiers == other.calicoTiers && calicoNetworkSets == other.calicoNetworkSets
            && calicoGlobalNetworkSets == other.calicoGlobalNetworkSets
    }

    private var hasCalico: Bool {
        !(invalid.isEmpty && calicoNetworkPolicies.isEmpty && calicoGlobalNetworkPolicies.isEmpty
            && calicoStagedNetworkPolicies.isEmpty && calicoStagedGlobalNetworkPolicies.isEmpty
            && calicoStagedKubernetesNetworkPolicies.isEmpty)
    }
}
