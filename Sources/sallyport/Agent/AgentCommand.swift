import Addresses
import Agent
import ArgumentParser
import ClusterSource
import Foundation
import Kubernetes
import Logging
import PacketFilter

/// `sallyport agent`
struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Enforce the policies on this node, in its kernel.",
        discussion: """
            Policies of a directory of Kubernetes objects become nftables rules for the pods of one node, in tables named \
            sallyport that nobody else's rules are in. Every change is one transaction, and every change of the directory is \
            followed. When it ends, however that is, the rules stay in force; --release takes them away. Needs root.

            EXIT CODES
              0    done
              1    with --verify: the kernel's rules are not those of the policies
              65   there are mistakes in the objects (with --dry-run and --verify)
              69   the kernel does not do what is needed
              77   not root

            EXAMPLES
              Run on a node:
                sallyport agent --manifests DIR --node worker-1
              Show the rules without touching the kernel:
                sallyport agent --manifests DIR --node worker-1 --dry-run
              Prove that the kernel has exactly these rules:
                sallyport agent --manifests DIR --node worker-1 --verify
              With the policies of the cluster that the node belongs to:
                sallyport agent --cluster --node worker-1
              On a node of a lab:
                sallyport agent --lab lab --node lab
              In an emergency, enforce nothing any more:
                sallyport agent --release
            """)

    @Option(help: ArgumentHelp("Directory of the objects.", valueName: "dir"))
    var manifests: String?
    @Option(help: ArgumentHelp("Name of this node, as pods have it in spec.nodeName.", valueName: "name"))
    var node: String?
    @OptionGroup(title: "A cluster, instead of a directory") var choice: ClusterChoice
    @OptionGroup var filter: FilterOptions
    @Option(
        help: ArgumentHelp(
            "Be the agent of a node of this lab (see `sallyport lab`), with the lab's objects.", valueName: "name"))
    var lab: String?
    @Flag(help: "Print the rules that would be installed, and end.")
    var dryRun = false
    @Flag(help: "Read the kernel's rules back, compare them with the policies element by element, and end.")
    var verify = false
    @Flag(help: "Take all rules of ours out of the kernel, and end: policies are enforced no more.")
    var release = false
    @Option(
        help: ArgumentHelp(
            "Directory for records.jsonl (default: $XDG_STATE_HOME/sallyport/agent or ~/.local/state/sallyport/agent).",
            valueName: "dir"))
    var state: String?
    @Option(
        help: ArgumentHelp("'-' prints every record to standard output too; 'none' keeps none.", valueName: "-|none"))
    var records: String?
    @Option(help: ArgumentHelp("Group of the kernel's log that the rules write to.", valueName: "number"))
    var logGroup = NodeSettings.usualLogGroup
    @Option(
        help: ArgumentHelp(
            "Address of /livez, /readyz, /metrics and /status (default: there are no such pages).",
            valueName: "address:port"))
    var admin: String?
    @Option(
        help: ArgumentHelp(
            "Where the node's /proc/sys/net is, in a container that has it mounted, to have bytes of connections counted.",
            valueName: "dir"))
    var kernelSettings = NodeSettings.usualKernelSettings
    @OptionGroup(title: "A hub elsewhere") var send: SendOptions
    @Option(help: "Least level that is logged: debug, info, notice, warning or error.")
    var logLevel = "info"

    func run() async throws {
        #if os(Linux)
            let plan = try AgentPlan(self)
            switch plan.job {
            case .release: try AgentRunner.release()
            case .dryRun(let target): try await AgentRunner.dryRun(target)
            case .verify(let target): try await AgentRunner.verify(target)
            case .run(let target, let records):
                try await AgentRunner.run(target, records, send: send.plan(), admin: plan.admin, plan.logLevel)
            }
        #else
            throw Failure(.unavailable, "rules of a kernel are those of Linux", advice: "run the agent on a node")
        #endif
    }
}

/// How a node is filtered: the same words for all commands that do it.
struct FilterOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Where pods of this node get addresses from, besides what its Node object says.", valueName: "cidr"))
    var podCidr: [String] = []
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "How names of interfaces begin that lead to pods (default: \(FilteredNode.usualInterfaces.joined(separator: " "))).",
            valueName: "prefix"))
    var podInterface: [String] = []
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Ports of the node itself that never close (default: \(FilteredNode.usualFailsafe.map(\.option).joined(separator: " "))).",
            valueName: "protocol:port"))
    var failsafe: [String] = []
}

extension Traffic {
    /// `tcp:22`.
    fileprivate var option: String { "\(proto.description.lowercased()):\(port)" }
}
