import ArgumentParser
import Kubernetes
import Policy
import Reachability

/// `sallyport guarantee`
struct GuaranteeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guarantee",
        abstract: "Prove the Guarantees in a directory, or show a connection that breaks them.",
        discussion: """
            Every rule is proved for all pods and all addresses, or refuted with one connection and the rule that lets it. \
            A rule about nobody says nothing: it is called vacuous.

            EXIT CODES
              0    every rule is proved, or vacuous
              1    a rule is refuted; with --strict also: is vacuous
              65   there are mistakes in the objects

            EXAMPLES
              sallyport guarantee DIR
              sallyport guarantee DIR --output json
            """)

    @OptionGroup var objects: ObjectOptions
    @Flag(help: "End with 1 when a rule is vacuous, too.")
    var strict = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let cluster = try await Cluster.read(objects.place(), cluster)
        let progress = Progress(isQuiet: self.cluster.quiet)
        progress.step("proving")
        let proofs = cluster.proofs(staged: self.cluster.staged)
        progress.end()
        let view = ProofView(proofs, cluster)
        var stream = ResultStream()
        switch output.format {
        case .text: view.lines(.standardOutput).forEach { stream.line($0) }
        case .json: view.json(&stream)
        }
        stream.flush()
        let isBad = proofs.contains { $0.isRefuted || (strict && !$0.holds) }
        if isBad { throw ExitCode(Failure.Code.findings.rawValue) }
    }
}

extension Cluster {
    /// Every rule of every guarantee, decided; by name of the guarantee.
    func proofs(staged: Bool) -> [Proof] {
        let guarantees = objects.guarantees.values.sorted { $0.metadata.name < $1.metadata.name }
        guard !guarantees.isEmpty else { return [] }
        return Reachability.proving(list, staged: staged, guarantees)
            .check(guarantees, AssetTable(objects, list.inventory))
    }
}

extension Proof {
    /// True when something breaks it.
    var isRefuted: Bool { if case .refuted = result { true } else { false } }
}
