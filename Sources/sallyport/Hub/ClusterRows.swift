import Access
import Hub
import Kubernetes
import Policy
import Reachability

/// A cluster as rows of the console.
struct ClusterRows {
    private let cluster: Cluster
    private let words: WitnessWords

    init(_ cluster: Cluster) {
        self.cluster = cluster
        words = WitnessWords(cluster.list)
    }

    /// All but the conditions of objects.
    var view: ClusterView {
        let exposure = Exposure(cluster.list, cluster.objects)
        var view = ClusterView()
        view.revision = cluster.snapshot.revision
        view.mistakes = cluster.snapshot.mistakes.map(MistakeText.Entry.init).map { mistake in
            MistakeRow(
                file: mistake.file ?? "", line: mistake.line ?? 0, message: mistake.text(in: cluster.directory),
                namespace: "")
        }
        view.policies = access + network
        view.guarantees = cluster.proofs(staged: false).map(row)
        view.workloads = exposure.workloads.map { workload in
            WorkloadRow(
                kind: workload.workload.kind, namespace: workload.workload.namespace, name: workload.workload.name,
                isGuardedIn: workload.ingress.isSelected, isGuardedOut: workload.egress.isSelected)
        }
        view.exposures = exposures(exposure)
        return view
    }

    // MARK: Policies

    private var access: [PolicyRow] {
        cluster.objects.accessPolicies.values.map { policy in
            PolicyRow(
                kind: "AccessPolicy", namespace: policy.metadata.namespace, name: policy.metadata.name,
                isStaged: policy.isStaged, rules: policy.rules.map(\.name),
                subject: policy.targetRefs.map { "\($0.kind) \($0.name)" }.joined(separator: ", "),
                file: policy.metadata.position?.file, line: policy.metadata.position?.line)
        }
        .sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
    }

    private var network: [PolicyRow] {
        cluster.list.policies.map { policy in
            PolicyRow(
                kind: policy.source.kind, namespace: policy.source.namespace, name: policy.source.name,
                isStaged: policy.isStaged, tier: policy.tier.name,
                rules: [Direction.ingress, .egress].flatMap { policy.rules($0) ?? [] }
                    .map { $0.name.isEmpty ? $0.path : $0.name },
                subject: Self.text(policy.subject), file: policy.position?.file, line: policy.position?.line)
        }
    }

    private static func text(_ subject: WorkloadSelector) -> String {
        let place =
            switch subject.namespaces {
            case .every: "every namespace"
            case .named(let name): "namespace \(name)"
            case .matching: "namespaces with some labels"
            }
        let isEverything = subject.labels == .everything && subject.serviceAccounts == nil
        return isEverything ? "all pods of \(place)" : "some pods of \(place)"
    }

    // MARK: Guarantees

    private func row(_ proof: Proof) -> GuaranteeRow {
        let name = "\(proof.guarantee.name)/\(proof.rule)"
        var row = GuaranteeRow(
            guarantee: proof.guarantee.name, rule: proof.rule, promise: proof.promise.rawValue,
            text: "\(name): \(proof.promise)", result: .proved, remarks: proof.remarks, file: proof.position?.file,
            line: proof.position?.line)
        switch proof.result {
        case .proved(let pairs): row.pairs = pairs
        case .vacuous(let side):
            row.result = .vacuous
            row.reason = "nobody is meant by `\(side)`"
        case .refuted(let witness):
            row.result = .refuted
            row.witness = words.finding(proof.promise, witness)
            row.reason = words.reason(witness)
        }
        return row
    }

    // MARK: Ways in

    private func exposures(_ exposure: Exposure) -> [ExposureRow] {
        let servers = aiWorkloads
        let ways = exposure.waysIn.flatMap { way in
            way.targets.filter { !$0.allowed.isEmpty }.map { target in
                ExposureRow(
                    namespace: target.workload?.namespace ?? target.service?.namespace ?? "",
                    target: target.workload?.description ?? target.address?.description ?? "nobody",
                    source: "outside", traffic: target.allowed.description, way: "\(way.kind.rawValue) \(way.source)",
                    isAI: target.workload.map(servers.contains) ?? false)
            }
        }
        let open = exposure.workloads.flatMap { workload in
            workload.ingress.outside.map { outside in
                ExposureRow(
                    namespace: workload.workload.namespace, target: workload.workload.description,
                    source: outside.isAnywhere ? "anywhere" : "some addresses outside",
                    traffic: outside.traffic.description, way: ExposureText.text(outside.reason),
                    isAI: servers.contains(workload.workload))
            }
        }
        return ways + open
    }

    /// Workloads that hold what is worth protecting.
    private var aiWorkloads: Set<WorkloadName> {
        let table = AssetTable(cluster.objects, cluster.list.inventory)
        return Set(
            zip(cluster.list.inventory.endpoints, table.assets).filter { !$1.isEmpty }.map { $0.0.workload })
    }
}
