import Addresses
import ArgumentParser
import Kubernetes
import Policy

/// What every command about connections between workloads is asked with.
struct ClusterOptions: ParsableArguments {
    @Option(
        name: .customLong("pod-cidr"),
        help: ArgumentHelp(
            "Where pods are that have no address; may be repeated (default: the podCIDRs of Nodes, else private address space).",
            valueName: "block"))
    var podBlocks: [PodBlock] = []
    @Flag(help: "Answer as if staged policies were in force.")
    var staged = false
    @Flag(help: "Print results only: no notes, no progress.")
    var quiet = false

    /// A block of addresses on the command line.
    struct PodBlock: ExpressibleByArgument {
        let prefix: Prefix

        init?(argument: String) {
            guard let prefix = Prefix(argument) else { return nil }
            self.prefix = prefix
        }
    }
}

/// A cluster that is asked about: its objects, and the guest list that they make. Where objects come from is decided
/// here, for all commands.
struct Cluster {
    /// What names of files are looked up from, as it was typed.
    let directory: String
    /// What was read.
    let snapshot: Snapshot
    /// Who may reach whom.
    let list: GuestList

    var objects: Objects { snapshot.objects }

    /// What was read, compiled elsewhere.
    init(directory: String, snapshot: Snapshot, list: GuestList) {
        self.directory = directory
        self.snapshot = snapshot
        self.list = list
    }

    /// Reads the objects of a place and compiles their policies.
    ///
    /// - Throws: `Failure` when it cannot be read; exit code 65 when there are mistakes, which are then printed: what is
    ///   said of policies that are not the ones that were meant would be wrong.
    static func read(_ place: ObjectPlace, _ options: ClusterOptions) async throws -> Cluster {
        let cluster = try await readWhateverItIs(place, options)
        if !options.quiet { cluster.notes.forEach(Terminal.standardError.line) }
        guard cluster.snapshot.mistakes.isEmpty else {
            cluster.tellMistakes()
            throw ExitCode(Failure.Code.badInput.rawValue)
        }
        return cluster
    }

    /// The same, also when there are mistakes.
    static func readWhateverItIs(_ place: ObjectPlace, _ options: ClusterOptions) async throws -> Cluster {
        let progress = Progress(isQuiet: options.quiet)
        defer { progress.end() }
        progress.step("reading \(place.title)")
        let snapshot = try await place.read()
        progress.step("compiling policies")
        return Cluster(snapshot, directory: place.root, options)
    }

    /// Compiles the policies of what was read.
    init(_ snapshot: Snapshot, directory: String, _ options: ClusterOptions) {
        let inventory = Inventory(snapshot.objects, podRanges: options.podBlocks.map(\.prefix))
        self.init(
            directory: directory, snapshot: snapshot,
            list: GuestList(inventory: inventory, policies: WorkloadPolicy.all(in: snapshot.objects)))
    }

    private func tellMistakes() {
        let terminal = Terminal.standardError
        for mistake in snapshot.mistakes {
            terminal.line("\(terminal.styled("mistake:", .bad)) \(MistakeText.Entry(mistake).text(in: directory))")
        }
    }

    /// What the answer does not take into account, or not as it was written.
    private var notes: [String] {
        let terminal = Terminal.standardError
        var lines = list.policies.flatMap { policy in
            policy.remarks.map { remark in
                let mistake = Mistake(
                    position: policy.position, object: policy.source, path: remark.path, message: remark.message)
                return "\(terminal.styled("careful:", .careful)) \(MistakeText.Entry(mistake).text(in: directory))"
            }
        }
        let skipped = Set(unreadPolicies.map(\.kind)).sorted()
        if !skipped.isEmpty {
            let kinds = skipped.map(Printable.oneLine).joined(separator: ", ")
            lines.append("\(terminal.styled("careful:", .careful)) policies of these kinds are not read: \(kinds)")
        }
        return lines
    }

    /// Policies of kinds that are not read: answers do not take them into account.
    var unreadPolicies: [(kind: String, note: Mistake)] {
        snapshot.notes.compactMap { note in
            // Such a note belongs to no object, and names the kind first, between quotation marks.
            guard note.object == nil, note.message.hasPrefix("\""), note.message.contains(" is not read") else {
                return nil
            }
            let kind = note.message.dropFirst().prefix { $0 != "\"" }
            return kind.hasSuffix("Policy") ? (String(kind), note) : nil
        }
    }
}
