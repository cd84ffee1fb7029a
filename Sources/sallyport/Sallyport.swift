import ArgumentParser

/// The command line: what it is called with decides which command runs; each has a file of its own.
@main
struct Sallyport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sallyport",
        abstract: "A guarded front door for AI servers.",
        discussion: """
            Nobody passes without a key and a policy that allows it, and every decision leaves a record.

            EXAMPLES
              Stand in front of a server, no files needed:
                sallyport up --protect http://127.0.0.1:11434
              Run the objects in a directory of YAML, and list mistakes in them:
                sallyport up DIR
                sallyport validate DIR
              Make an access key; it is shown once:
                sallyport keys create alice --dir DIR
              What the running gateway says of each object, and what is spent of each budget:
                sallyport status
                sallyport budgets
              Who can reach whom by the policies in a directory; what is wrong with them, and what is proved:
                sallyport connectivity DIR
                sallyport explain DIR --from ai/notebook --to ai/ollama --port 11434
                sallyport check DIR
              What passes and what does not, as it happens; who costs most; a link that opens the console:
                sallyport flows --follow
                sallyport top --by key --order cost
                sallyport console
              The pods of a directory as network namespaces of this machine, to try its policies with real packets:
                sallyport lab up DIR
                sallyport lab probe --matrix

            EXIT CODES
              0   done
              1   done, and what was found is not good
              64  the command line is wrong
              65  the objects are wrong
              69  something that is needed does not answer
              70  a fault in sallyport itself
              73  a file cannot be created
              74  a file cannot be read or written
              77  the system does not permit it
            """,
        version: Version.text,
        subcommands: [
            UpCommand.self, GatewayCommand.self, ValidateCommand.self, StatusCommand.self, KeysCommand.self,
            BudgetsCommand.self,
            CheckCommand.self, ConnectivityCommand.self, ExplainCommand.self, ExposureCommand.self,
            BlastRadiusCommand.self, GuaranteeCommand.self, DiffCommand.self, EvaluateCommand.self, AgentCommand.self,
            LabCommand.self, FlowsCommand.self, TopCommand.self, RecordCommand.self, RecordsCommand.self,
            ReplayCommand.self, RecommendCommand.self, PromoteCommand.self, ConsoleCommand.self, HubCommand.self,
            ControllerCommand.self, InstallCommand.self, UninstallCommand.self, CRDsCommand.self, VersionCommand.self,
        ]
    )

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            Terminal.standardError.tell(failure)
            exit(withError: ArgumentParser.ExitCode(failure.code.rawValue))
        } catch {
            exit(withError: error)
        }
    }
}
