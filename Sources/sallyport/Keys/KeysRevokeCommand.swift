import ArgumentParser
import Kubernetes

/// `sallyport keys revoke`
struct KeysRevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "End an access key for good.",
        discussion: """
            Sets spec.revoked in the object's own file and changes nothing else there. A running gateway refuses \
            the key within a second.

            EXAMPLES
              sallyport keys revoke DIR alice
              sallyport keys revoke DIR ci --namespace ai
            """)

    @Argument(help: "Directory of the objects.")
    var dir: String
    @Argument(help: "Name of the key.")
    var name: String
    @Option(help: "Namespace of the key.")
    var namespace = "default"
    @OptionGroup var output: OutputOptions

    /// What is printed as JSON.
    struct Report: Encodable {
        var name: String
        var namespace: String
        /// The file that was changed; absent when the key had been revoked before.
        var changed: String?
    }

    func run() throws {
        let key = NamespacedName(namespace, name)
        let done = try KeyStore(directory: dir).revoke(key)
        var report = Report(name: name, namespace: namespace)
        if case .revoked(let file) = done { report.changed = file }
        switch output.format {
        case .json: Terminal.standardOutput.result(try JSON.text(report))
        case .text:
            let message = report.changed.map { "revoked; changed \($0)" } ?? "had been revoked before"
            Terminal.standardOutput.result("AccessKey \(key): \(message)")
        }
    }
}
