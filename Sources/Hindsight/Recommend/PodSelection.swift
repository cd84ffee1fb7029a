import Kubernetes
import Policy
import Records

/// Finds selectors that select the pods of one workload and no others.
struct PodSelection {
    /// What is known of the pods of a workload.
    private struct Cast {
        /// Labels that all of its pods have.
        var labels: [String: String]
        /// All keys that some of its pods have.
        var keys: Set<String>
        /// The labels of each of its pods.
        var pods: [[String: String]]
    }

    /// How a workload is selected.
    struct Found {
        var selector: LabelSelector
        /// Workloads of the namespace whose pods it selects too.
        var others: [WorkloadName]
    }

    private var casts: [String: [WorkloadName: Cast]] = [:]

    /// - Parameters:
    ///   - objects: who there is; what they say of a workload counts more than what was recorded.
    ///   - seen: who there was.
    init(_ objects: Objects, _ seen: ConnectionsSeen) {
        for endpoint in Inventory(objects).endpoints where !endpoint.usesHostNetwork {
            add(endpoint.workload, endpoint.labels)
        }
        for (name, workload) in seen.workloads where casts[name.namespace]?[name] == nil {
            casts[name.namespace, default: [:]][name] = Cast(
                labels: workload.labels, keys: workload.keys, pods: [workload.labels])
        }
    }

    private mutating func add(_ name: WorkloadName, _ labels: [String: String]) {
        let telling = Record.Workload(
            kind: "", namespace: "", name: "", pod: "", labels: PodLabels.telling(labels)
        ).labelTable
        guard var cast = casts[name.namespace]?[name] else {
            casts[name.namespace, default: [:]][name] = Cast(
                labels: telling, keys: Set(labels.keys), pods: [labels])
            return
        }
        cast.labels = cast.labels.filter { telling[$0.key] == $0.value }
        cast.keys.formUnion(labels.keys)
        if cast.pods.count < 64, !cast.pods.contains(labels) { cast.pods.append(labels) }
        casts[name.namespace]?[name] = cast
    }

    /// The selector of a workload; nil: nothing is known of it.
    func find(_ name: WorkloadName) -> Found? {
        guard let all = casts[name.namespace], let own = all[name] else { return nil }
        var requirements = LabelSelector(matchLabels: own.labels).requirements
        var excluded: Set<String> = []
        var others: [WorkloadName] = []
        for (other, cast) in all.sorted(by: { $0.key < $1.key }) where other != name {
            for pod in cast.pods where LabelSelector(requirements).matches(pod) {
                // What it has and we never have tells it apart.
                let telling = Set(
                    Record.Workload(
                        kind: "", namespace: "", name: "", pod: "", labels: PodLabels.telling(pod)
                    ).labelTable.keys)
                guard let key = telling.subtracting(own.keys).min() else {
                    if others.last != other { others.append(other) }
                    continue
                }
                if excluded.insert(key).inserted { requirements.append(.doesNotExist(key)) }
            }
        }
        return Found(selector: LabelSelector(requirements), others: others)
    }
}

extension LabelSelector {
    /// As a manifest has it, in one line.
    var flow: String {
        let exact = requirements.compactMap { requirement -> String? in
            guard case .isIn(let key, let values) = requirement, values.count == 1, let value = values.first else {
                return nil
            }
            return "\(Manifest.quoted(key)): \(Manifest.quoted(value))"
        }
        let absent = requirements.compactMap(\.expression)
        var parts: [String] = []
        if !exact.isEmpty { parts.append("matchLabels: {\(exact.joined(separator: ", "))}") }
        if !absent.isEmpty { parts.append("matchExpressions: [\(absent.joined(separator: ", "))]") }
        return "{\(parts.joined(separator: ", "))}"
    }
}

extension LabelSelector.Requirement {
    /// As an entry of `matchExpressions`; nil: it is an entry of `matchLabels`.
    fileprivate var expression: String? {
        func entry(_ key: String, _ word: String, _ values: Set<String>? = nil) -> String {
            let list = values.map { ", values: \(Manifest.list($0.sorted()))" } ?? ""
            return "{key: \(Manifest.quoted(key)), operator: \(word)\(list)}"
        }
        switch self {
        case .isIn(let key, let values): return values.count == 1 ? nil : entry(key, "In", values)
        case .notIn(let key, let values): return entry(key, "NotIn", values)
        case .exists(let key): return entry(key, "Exists")
        case .doesNotExist(let key): return entry(key, "DoesNotExist")
        }
    }
}
