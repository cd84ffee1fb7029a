#if os(Linux)

    import Foundation
    import Kubernetes
    import Lab

    /// A node of a lab: a network namespace, and objects in which every pod has a place.
    struct LabNode: Sendable {
        private let record: LabRecord

        /// Set once this process is in the node's namespace.
        private static let mark = "SALLYPORT_LAB_NODE"

        /// Moves into the namespace of the node: this program is started anew there.
        ///
        /// - Throws: `Failure` when there is no such lab or node.
        init(_ lab: String, node: String?) throws {
            record = try LabSelection.parse(["--name", lab]).record()
            guard let node, let known = record.plan.nodes.first(where: { $0.name == node }) else {
                let names = record.plan.nodes.map(\.name).joined(separator: ", ")
                throw Failure(.usage, "which node of the lab \(lab)?", advice: "--node takes one of: \(names)")
            }
            guard ProcessInfo.processInfo.environment[Self.mark] != known.namespace else { return }
            setenv(Self.mark, known.namespace, 1)
            let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let command = [program] + CommandLine.arguments.dropFirst()
            try Failure.ofLab { () throws(LabError) in try LabBuilder.become(command, in: known.namespace) }
        }

        /// Directory of the lab's objects.
        var directory: String { record.directory }

        /// The objects as the lab has them: pods have nodes and addresses. What cannot be settled is not known.
        func settled(_ snapshot: Snapshot) -> Snapshot {
            var result = snapshot
            do {
                result.objects = try LabCluster(snapshot.objects, record.options).objects
            } catch {
                result.unreadable.append("\(directory): \(error.message)")
            }
            return result
        }
    }

#else

    /// There are no labs without Linux.
    struct LabNode: Sendable {
        var directory: String { "" }
        init(_ lab: String, node: String?) throws {
            throw Failure(.unavailable, "labs are made of Linux's network namespaces")
        }
        func settled(_ snapshot: Snapshot) -> Snapshot { snapshot }
    }

#endif

extension AgentPlan.Target {
    /// The objects as they are meant.
    @Sendable func settled(_ snapshot: Snapshot) -> Snapshot { lab?.settled(snapshot) ?? snapshot }
}
