import ArgumentParser
import Kubernetes
import Policy

/// Workloads as they are named on the command line: `ns/name`, `name` in any namespace, `ns/*`, `Kind/ns/name`,
/// `outside`. A pod's name stands for its workload.
struct WorkloadPattern: ExpressibleByArgument, Hashable {
    /// As it was typed.
    let text: String
    /// nil: any.
    let kind: String?
    /// nil: any.
    let namespace: String?
    /// nil: any.
    let name: String?
    /// Addresses and names that are no workload's.
    let isOutside: Bool

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), !parts.contains("") else { return nil }
        let known = parts.map { $0 == "*" ? nil : $0 }
        text = argument
        isOutside = argument == "outside"
        kind = parts.count == 3 ? known[0] : nil
        namespace = parts.count > 1 ? known[parts.count - 2] : nil
        name = known[parts.count - 1]
    }

    func matches(_ endpoint: Endpoint) -> Bool {
        let workload = endpoint.workload
        return !isOutside && kind.map { $0 == workload.kind } ?? true
            && namespace.map { $0 == workload.namespace } ?? true
            && name.map { $0 == workload.name || $0 == endpoint.name.name } ?? true
    }
}

/// Who is meant by patterns, in one cluster.
struct WorkloadSelection {
    /// The workloads.
    private(set) var workloads: Set<WorkloadName> = []
    /// True: addresses and names outside too.
    private(set) var hasOutside = false

    /// - Parameter hosts: true: workloads on the network of their nodes may be meant, too.
    /// - Throws: `Failure` for a pattern that means nobody: an empty answer would look like good news.
    init(_ patterns: [WorkloadPattern], hosts: Bool = false, in list: GuestList...) throws {
        for pattern in patterns {
            if pattern.isOutside {
                hasOutside = true
                continue
            }
            let found = list.flatMap {
                $0.inventory.endpoints.lazy.filter { (hosts || !$0.usesHostNetwork) && pattern.matches($0) }
            }
            guard !found.isEmpty else { throw Self.nobody(pattern, list) }
            workloads.formUnion(found.map(\.workload))
        }
    }

    /// - Parameter name: nil: somebody outside.
    func contains(_ name: WorkloadName?) -> Bool { name.map(workloads.contains) ?? hasOutside }

    private static func nobody(_ pattern: WorkloadPattern, _ lists: [GuestList]) -> Failure {
        let endpoints = lists.flatMap(\.inventory.endpoints)
        if endpoints.contains(where: { $0.usesHostNetwork && pattern.matches($0) }) {
            return Failure(
                .usage, "\(pattern.text) is on the network of its node",
                advice: "policies between workloads are not about it; ask about addresses of the node")
        }
        let wanted = pattern.name ?? pattern.namespace ?? ""
        let near = Set(endpoints.map(\.workload)).filter { $0.name.contains(wanted) || wanted.contains($0.name) }
        let known = near.sorted().prefix(5).map { "\($0.namespace)/\($0.name)" }.joined(separator: ", ")
        return Failure(
            .usage, "no workload is called \(pattern.text)",
            advice: known.isEmpty ? "`sallyport connectivity DIR` lists them" : "near it are: \(known)")
    }
}
