#if os(Linux)
    import Addresses
    import ArgumentParser
    import Lab
    import Policy

    /// `sallyport lab probe`
    struct LabProbeCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "probe",
            abstract: "Try connections in a lab, and hold them against what the policies say.",
            discussion: """
                Without --from and --to: from every pod to every pod and port. Policies are read anew from the directory \
                of the lab. As long as nothing enforces them there, what they deny comes through, and differs. Exit \
                code 1: something differs.

                EXAMPLES
                  sallyport lab probe --matrix
                  sallyport lab probe --from ai/notebook --to ai/ollama --port 11434
                  sallyport lab probe --from outside --to 'ai/*'
                  sallyport lab probe --from ai/agent --to web.shop.svc
                """)

        @Option(help: ArgumentHelp("Where connections are opened; may be repeated.", valueName: "place"))
        var from: [String] = []
        @Option(
            help: ArgumentHelp(
                "Whom to: a place, an address, or a Service such as web.shop.svc; may be repeated.", valueName: "place"
            ))
        var to: [String] = []
        @Option(
            help: ArgumentHelp(
                "80, 53/UDP or icmp; may be repeated (default: the ports that are declared).", valueName: "port"))
        var port: [String] = []
        @Flag(help: "Also from and to the world outside.")
        var outside = false
        @Flag(help: "Print a table of who reached whom.")
        var matrix = false
        @Option(help: ArgumentHelp("How long an answer is waited for, in milliseconds.", valueName: "ms"))
        var timeout = 300
        @Option(help: "The most probes at once.")
        var concurrency = 512
        @OptionGroup var selection: LabSelection
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard (1...60_000).contains(timeout) else { throw ValidationError("--timeout is 1 to 60000") }
            guard (1...10_000).contains(concurrency) else { throw ValidationError("--concurrency is 1 to 10000") }
        }

        func run() throws {
            let record = try selection.record()
            let cluster = try LabObjects.current(record)
            let choice = try ProbeChoice(record.plan, cluster, ports: port)
            let matrix = ProbeMatrix(record.plan)
            let sources = from.isEmpty ? matrix.pods + (outside ? [.outside] : []) : try from.flatMap(choice.places)
            let targets =
                to.isEmpty
                ? try choice.targets(matrix.pods + (outside ? [.outside] : [])) : try to.flatMap(choice.targets)
            let expectations = LabExpectations(record.plan, cluster, cluster.guestList())
            let comparisons = try Failure.ofLab { () throws(LabError) in
                let probes = try matrix.probes(from: sources, to: targets)
                let results = try Prober(record.plan).compare(
                    probes.map(\.0), expectations, ProbeOptions(timeout: timeout, concurrency: concurrency))
                return zip(probes, results).map { ProbeReport.Line(target: $0.1.name, comparison: $1) }
            }
            guard !comparisons.isEmpty else {
                throw Failure(.usage, "there is nothing to try: no family or port is common to both sides")
            }
            let report = ProbeReport(comparisons)
            switch output.format {
            case .text: report.text(asMatrix: self.matrix).forEach { Terminal.standardOutput.line($0) }
            case .json: Terminal.standardOutput.line(try JSON.text(report.json))
            }
            if report.differences > 0 { throw ExitCode(Failure.Code.findings.rawValue) }
        }
    }
#endif
