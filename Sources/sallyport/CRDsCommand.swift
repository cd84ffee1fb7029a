import ArgumentParser
import Kubernetes

/// `sallyport crds`
struct CRDsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crds",
        abstract: "Print the definitions of our kinds for a cluster.",
        discussion: """
            They are CustomResourceDefinitions of the group sallyport.dev. Kubernetes before 1.25 does not know rules in \
            CEL; --without-rules says what can be said in another way and leaves out the rest, which is then found by \
            sallyport validate and in the status of objects.

            EXAMPLES
              sallyport crds | kubectl apply --server-side -f -
              sallyport crds --without-rules | kubectl apply -f -
              kubectl explain accesspolicy.spec.rules
            """)

    @Flag(name: .customLong("without-rules"), help: "For Kubernetes before 1.25: no rules in CEL.")
    var withoutRules = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let definitions = KindSchema.all.map { $0.definition(withRules: !withoutRules) }
        switch output.format {
        case .text:
            let documents = definitions.map(\.yaml).joined(separator: "---\n")
            Terminal.standardOutput.result(String(documents.dropLast()))
        case .json:
            let list: YAMLTree = ["apiVersion": "v1", "kind": "List", "items": .list(definitions)]
            Terminal.standardOutput.result(list.json)
        }
    }
}
