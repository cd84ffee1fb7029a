#if os(Linux)
    import ArgumentParser
    import Kubernetes
    import Lab
    import Policy

    /// The objects of a lab's directory, read without mistakes.
    enum LabObjects {
        /// - Throws: exit code 65 when there are mistakes, which are then printed: a lab of other objects than those that
        ///   were meant would show nothing.
        static func read(_ directory: String) throws -> Objects {
            let snapshot = try ObjectDirectory(directory).read()
            let terminal = Terminal.standardError
            for mistake in snapshot.mistakes {
                terminal.line("\(terminal.styled("mistake:", .bad)) \(MistakeText.Entry(mistake).text(in: directory))")
            }
            guard snapshot.mistakes.isEmpty else { throw ExitCode(Failure.Code.badInput.rawValue) }
            return snapshot.objects
        }

        /// The cluster of a lab that is up, with the policies that its directory has now.
        ///
        /// - Throws: `Failure` when the pods or nodes of the directory are no longer those of the lab.
        static func current(_ record: LabRecord) throws -> LabCluster {
            let objects = try read(record.directory)
            let (cluster, plan) = try Failure.ofLab { () throws(LabError) in
                try LabPlan.make(objects, name: LabName(record.plan.name), record.options, canRun: Lab.canRun)
            }
            guard plan.pods == record.plan.pods, plan.nodes == record.plan.nodes else {
                throw Failure(
                    .badInput, "the pods or nodes of \(record.directory) are no longer those of the lab",
                    advice: "policies may change while a lab is up; for other pods, take it down and make it anew")
            }
            return cluster
        }
    }
#endif
