import Access
import ArgumentParser
import Foundation
import Kubernetes

/// `sallyport keys create`
struct KeysCreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make an access key; it is shown once.",
        discussion: """
            The key goes to standard output and nothing else does, so that it can be piped into a secret store. \
            What is written is an AccessKey object with the key's hash.

            EXAMPLES
              sallyport keys create alice --dir DIR
              sallyport keys create ci --dir DIR --namespace ai --owner ci@example.com --expires 90d \\
                --labels team=a,tier=batch --network 10.0.0.0/8
              sallyport keys create carol --dir DIR --console viewer --console-namespace ai
            """)

    @Argument(help: "Name of the key, unique in its namespace.")
    var name: String
    @Option(help: ArgumentHelp("Directory of the objects; the file is DIR/keys/NAME.yaml.", valueName: "dir"))
    var dir: String
    @Option(help: "Namespace of the key: that of the policies that name it.")
    var namespace = "default"
    @Option(help: "Who is answerable for it: a person or a team.")
    var owner: String?
    @Option(help: "When it ends: 90d, 12h, or a time such as 2030-01-31T00:00:00Z. Without it: never.")
    var expires: String?
    @Option(help: "Labels that policies select by, such as team=a,tier=batch; may be repeated.")
    var labels: [String] = []
    @Option(help: "A network it may be used from, such as 10.0.0.0/8; may be repeated. Without it: all.")
    var network: [String] = []
    @Option(help: "It opens the console: viewer, or operator. Without it: it does not.")
    var console: String?
    @Option(help: "A namespace that it shows there; may be repeated. Without it: all.")
    var consoleNamespace: [String] = []
    @Flag(help: "It may read prompts and answers there that an AccessPolicy has stored.")
    var consoleContent = false
    @OptionGroup var output: OutputOptions

    /// What is printed as JSON. The key stands in it: this is the one time it is shown.
    struct Report: Encodable {
        var name: String
        var namespace: String
        var key: String
        var sha256: String
        var expires: String?
        var file: String
    }

    func run() throws {
        let raw = KeyRequest.Raw(
            name: name, namespace: namespace, owner: owner, expires: expires, labels: labels, networks: network,
            console: console, consoleNamespaces: consoleNamespace, consoleContent: consoleContent)
        let request = try KeyRequest(raw, now: Date())
        let made = try KeyStore(directory: dir).create(request)
        switch output.format {
        case .json:
            let report = made.key.reveal { text in
                Report(
                    name: name, namespace: namespace, key: text, sha256: made.key.digest.hexadecimal,
                    expires: request.expires.map(Expiry.text), file: made.file)
            }
            Terminal.standardOutput.result(try JSON.text(report))
        case .text:
            let messages = Terminal.standardError
            messages.line("AccessKey \(request.name) written to \(made.file); only its hash is in it.")
            messages.line(messages.styled("The key, shown this once:", .strong))
            made.key.reveal { Terminal.standardOutput.result($0) }
        }
    }
}
