import ArgumentParser
import Kubernetes
import ModelTraffic
import Policy
import Reachability

/// `sallyport blast-radius`
struct BlastRadiusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blast-radius",
        abstract: "Say what somebody can get to who has taken over a workload.",
        discussion: """
            Follows every connection that is allowed, from pod to pod, and lists what workloads can be reached in how many \
            steps, through whom, which models, data and credentials are among it (label sallyport.dev/asset), and every \
            way out of the cluster. A workload on the network of its node reaches what the node does.

            EXAMPLES
              sallyport blast-radius DIR --from ai/agent
              sallyport blast-radius DIR --from ai/notebook --steps 1 --output json
            """)

    @OptionGroup var objects: ObjectOptions
    @Option(help: ArgumentHelp("What was taken over; may be repeated.", valueName: "workload"))
    var from: [WorkloadPattern]
    @Option(help: "Follow at most so many connections (default: all).")
    var steps: Int?
    @OptionGroup var output: OutputOptions
    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        if let steps, steps < 1 { throw ValidationError("--steps is a number from 1") }
        if from.isEmpty { throw ValidationError("--from says where it begins") }
        if from.contains(where: \.isOutside) {
            throw ValidationError("outside is no workload; `sallyport exposure` says what can be reached from there")
        }
    }

    func run() async throws {
        let cluster = try await Cluster.read(objects.place(), cluster)
        let start = try WorkloadSelection(from, hosts: true, in: cluster.list).workloads
        let progress = Progress(isQuiet: self.cluster.quiet)
        progress.step("following connections")
        let workloads = Set(cluster.list.inventory.endpoints.map(\.workload)).count
        let radius = Reachability(cluster.list, staged: self.cluster.staged).blastRadius(
            from: start, steps: min(steps ?? workloads, workloads),
            AssetTable(cluster.objects, cluster.list.inventory))
        progress.end()
        let view = BlastRadiusView(radius, from: start.sorted(), EntityNames(cluster.list))
        var stream = ResultStream()
        switch output.format {
        case .text: view.lines.forEach { stream.line($0) }
        case .json: view.json(&stream)
        }
        stream.flush()
    }
}

/// What can be got to, in the forms in which it is printed.
struct BlastRadiusView {
    private let radius: BlastRadius
    private let start: [WorkloadName]
    private let names: EntityNames

    init(_ radius: BlastRadius, from start: [WorkloadName], _ names: EntityNames) {
        self.names = names
        self.radius = radius
        self.start = start
    }

    var lines: [String] {
        var lines = ["from \(start.map(\.description).joined(separator: ", ")):"]
        if radius.reached.isEmpty {
            lines.append("no workload can be reached")
        } else {
            lines += Printable.table([["STEPS", "WORKLOAD", "FROM", "TRAFFIC", "ASSETS"]] + radius.reached.map(row))
        }
        lines.append("")
        if radius.waysOut.isEmpty {
            lines.append("there is no way out of the cluster")
        } else {
            let rows = radius.waysOut.map {
                ["\($0.steps)", names.text($0.to), $0.from.description, $0.traffic.description]
            }
            lines += Printable.table([["STEPS", "WAY OUT", "FROM", "TRAFFIC"]] + rows)
        }
        if !radius.unknown.isEmpty {
            let names = radius.unknown.map(\.description).joined(separator: ", ")
            lines += ["", "careful: not followed, on the network of nodes whose addresses are not known: \(names)"]
        }
        return (lines + ["", count]).map(Printable.oneLine)
    }

    private func row(_ reached: BlastRadius.Reached) -> [String] {
        [
            "\(reached.steps)", "\(reached.workload)\(reached.isPartial ? " (some pods)" : "")",
            reached.via.description, reached.traffic.description,
            Self.assets(reached).joined(separator: ","),
        ]
    }

    private static func assets(_ reached: BlastRadius.Reached) -> [String] {
        reached.assets.sorted().map(\.rawValue)
    }

    private var count: String {
        let counts = Asset.allCases.map { asset in (asset, radius.reached.count { $0.assets.contains(asset) }) }
        let assets = counts.filter { $0.1 > 0 }.map { "\($0.1) with asset \($0.0.rawValue)" }
        return ([Words.count(radius.reached.count, "workload") + " within reach"] + assets).joined(separator: ", ")
    }

    func json(_ stream: inout ResultStream) {
        stream.write("{")
        stream.member("from", start.map(PartyJSON.value))
        stream.member("reached", radius.reached.lazy.map(Self.value))
        stream.member("waysOut", radius.waysOut.lazy.map(value), isLast: radius.unknown.isEmpty)
        if !radius.unknown.isEmpty {
            stream.member("notFollowed", radius.unknown.lazy.map(PartyJSON.value), isLast: true)
        }
        stream.line("}")
    }

    private static func value(_ reached: BlastRadius.Reached) -> JSONLiteral {
        .object([
            ("workload", PartyJSON.value(reached.workload)), ("steps", .integer(Int64(reached.steps))),
            ("via", PartyJSON.value(reached.via)), ("traffic", PartyJSON.text(reached.traffic)),
            ("ports", PartyJSON.ports(reached.traffic)), ("isAll", .bool(reached.traffic.isAll)),
            ("isPartial", .bool(reached.isPartial)), ("assets", .array(assets(reached).map { .string($0) })),
        ])
    }

    private func value(_ way: BlastRadius.WayOut) -> JSONLiteral {
        .object([
            ("from", PartyJSON.value(way.from)), ("steps", .integer(Int64(way.steps))),
            ("to", names.json(way.to)), ("traffic", PartyJSON.text(way.traffic)),
            ("ports", PartyJSON.ports(way.traffic)), ("isAll", .bool(way.traffic.isAll)),
        ])
    }
}
