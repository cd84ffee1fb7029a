import Hummingbird
import Records

extension ClusterView {
    /// What somebody who sees only some namespaces may see of it.
    func limited(to sight: Sight) -> ClusterView {
        guard sight != .everything else { return self }
        var view = self
        view.objects = objects.filter { sight.sees($0.namespace) }
        view.mistakes = mistakes.filter { sight.sees($0.namespace) }
        view.policies = policies.filter { sight.sees($0.namespace) }
        view.guarantees = guarantees.filter { sight.sees(anyOf: $0.namespaces) }
        view.workloads = workloads.filter { sight.sees($0.namespace) }
        view.exposures = exposures.filter { sight.sees($0.namespace) }
        return view
    }
}

extension HubAPI {
    /// The cluster, as far as the viewer may see it. Every answer about objects goes through here.
    func view(_ call: Call) async throws -> ClusterView {
        try await cluster.view().limited(to: try call.known().sight)
    }

    private struct ObjectsText: Encodable {
        let revision: UInt64
        let objects: [ObjectRow]
        let mistakes: [MistakeRow]
    }

    private struct GuaranteesText: Encodable {
        let revision: UInt64
        let guarantees: [GuaranteeRow]
    }

    func objects(_ call: Call) async throws -> Response {
        let view = try await view(call)
        return .json(ObjectsText(revision: view.revision, objects: view.objects, mistakes: view.mistakes))
    }

    func guarantees(_ call: Call) async throws -> Response {
        let view = try await view(call)
        return .json(GuaranteesText(revision: view.revision, guarantees: view.guarantees))
    }

    func policies(_ call: Call) async throws -> Response {
        let asked = try Asked(call, standardSpan: 7 * 86_400_000_000)
        let enforced = try await data.groups(
            asked.groups(
                [.policy, .rule, .verdict], filter: try RecordFilter.ours("policy"), order: .count, top: 5000))
        let staged = try await data.groups(
            asked.groups(
                [.stagedPolicy, .stagedRule, .stagedVerdict, .verdict], filter: try RecordFilter.ours("staged.policy"),
                order: .count, top: 5000))
        return .json(PolicyReport(try await view(call), enforced: enforced, staged: staged))
    }
}
