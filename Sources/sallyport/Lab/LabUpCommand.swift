#if os(Linux)
    import ArgumentParser
    import Foundation
    import Lab

    /// `sallyport lab up`
    struct LabUpCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "up",
            abstract: "Make the pods, nodes and Services of a directory as network namespaces.",
            discussion: """
                Pods, nodes and Services that have no address get one; controllers without pods get some. The lab stays \
                until `sallyport lab down`.
                """)

        @Argument(help: "Directory of the objects.")
        var dir: String
        @Option(help: "How pods are linked to their node: routed or bridge.")
        var wiring = LabWiring.routed
        @Option(help: "How Services lead to pods, as kube-proxy does: nftables or iptables.")
        var services = LabServices.nftables
        @Option(help: "The most pods that a controller gets whose pods are not among the objects.")
        var replicas = LabOptions().maximumReplicas
        @Flag(
            name: .customLong("run"),
            help: ArgumentHelp(
                "Run the commands of containers, where this machine has the program: as root, with its files.",
                discussion: "Only for objects that you trust. What they print is in the state directory."))
        var runsCommands = false
        @Flag(help: "Make more than 250 pods, if there are.")
        var yesMany = false
        @OptionGroup var selection: LabSelection
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard replicas > 0 else { throw ValidationError("--replicas is a number from 1") }
        }

        func run() throws {
            try Failure.ofLab { () throws(LabError) in try LabBuilder.checkRoot() }
            let (name, store) = (try selection.labName(), try selection.store())
            var options = LabOptions(
                wiring: wiring, services: services, maximumReplicas: replicas, runsCommands: runsCommands)
            if yesMany { options.maximumPods = nil }
            let objects = try LabObjects.read(dir)
            let (cluster, plan) = try Failure.ofLab { () throws(LabError) in
                try LabPlan.make(objects, name: name, options, canRun: Lab.canRun)
            }
            for note in cluster.notes + (runsCommands ? Self.notRun(cluster, plan) : []) {
                Terminal.standardError.line("\(Terminal.standardError.styled("careful:", .careful)) \(note)")
            }
            let server = StoredLab.Server(
                executable: try Self.ownPath(),
                arguments: ["lab", "serve", "--name", name.text, "--state", try selection.stateDirectory()])
            let directory = URL(filePath: dir).standardizedFileURL.path
            let record = try Failure.ofLab { () throws(LabError) in
                try StoredLab.up(plan, cluster, directory: directory, options, server: server, in: store)
            }
            let report = LabReport(record, cluster)
            switch output.format {
            case .text: report.lines.forEach { Terminal.standardOutput.line($0) }
            case .json: Terminal.standardOutput.line(try JSON.text(report.json))
            }
        }

        /// Commands that do not run, because this machine does not have their program.
        private static func notRun(_ cluster: LabCluster, _ plan: LabPlan) -> [String] {
            plan.pods.flatMap { pod in
                (cluster.objects.pods[pod.name]?.commands ?? []).filter { !pod.commands.contains($0) }.map {
                    "\(pod.name): this machine has no program \(Printable.oneLine($0.first ?? ""))"
                }
            }
        }

        /// This program; its file may have been replaced meanwhile, and the link says so.
        private static func ownPath() throws -> String {
            guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
                FileManager.default.isExecutableFile(atPath: path)
            else { throw Failure(.internal, "cannot find this program's own file") }
            return path
        }
    }

    extension LabWiring: ExpressibleByArgument {}
    extension LabServices: ExpressibleByArgument {}
#endif
