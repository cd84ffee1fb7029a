import ArgumentParser
import Foundation
import Kubernetes

/// `sallyport keys list`
struct KeysListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the access keys of a directory: whose they are and whether they still work.",
        discussion: """
            The keys themselves are kept nowhere and cannot be listed.

            EXAMPLES
              sallyport keys list DIR
              sallyport keys list DIR --output json
            """)

    @Argument(help: "Directory of the objects.")
    var dir: String
    @OptionGroup var output: OutputOptions

    /// One key, as JSON has it.
    struct Entry: Encodable, Equatable {
        var name: String
        var namespace: String
        /// `active`, `expired` or `revoked`.
        var state: String
        var owner: String?
        var expires: String?
        var labels: [String: String]
        var networks: [String]
        var file: String?

        init(_ key: AccessKey, now: Date) {
            name = key.metadata.name
            namespace = key.metadata.namespace
            let end = key.expires.map { Date(timeIntervalSince1970: Double($0)) }
            state = key.revoked ? "revoked" : end.map { $0 <= now } == true ? "expired" : "active"
            owner = key.owner
            expires = end.map(Expiry.text)
            labels = key.metadata.labels
            networks = key.networks.map(\.description)
            file = key.metadata.position?.file
        }
    }

    func run() throws {
        let found = try KeyStore(directory: dir).list()
        let entries = found.keys.map { Entry($0, now: Date()) }
        let terminal = Terminal.standardOutput
        switch output.format {
        case .json: terminal.result(try JSON.text(entries))
        case .text where entries.isEmpty: Terminal.standardError.line("there are no access keys in \(dir)")
        case .text: Self.table(entries).forEach { terminal.result($0) }
        }
        for mistake in found.mistakes {
            Terminal.standardError.line("cannot be used: \(MistakeText.Entry(mistake).text(in: dir))")
        }
        if !found.mistakes.isEmpty { throw ExitCode(Failure.Code.findings.rawValue) }
    }

    static func table(_ entries: [Entry]) -> [String] {
        let rows = entries.map { entry in
            let labels = entry.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return [
                entry.namespace, entry.name, entry.state, Printable.oneLine(entry.owner ?? "-"),
                entry.expires ?? "never",
                entry.networks.isEmpty ? "everywhere" : entry.networks.joined(separator: ","),
                labels.isEmpty ? "-" : labels.joined(separator: ","),
            ]
        }
        return Printable.table([["NAMESPACE", "NAME", "STATE", "OWNER", "EXPIRES", "FROM", "LABELS"]] + rows)
    }
}
