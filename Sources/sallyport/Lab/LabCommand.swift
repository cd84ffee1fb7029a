import ArgumentParser

/// `sallyport lab`
struct LabCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract: "Try policies without a cluster: pods as network namespaces of this machine.",
        discussion: """
            Nodes, pods and the world outside become network namespaces with their addresses, wired as in a cluster. \
            Each pod listens on the ports that its object declares. Nothing of the machine's own network is touched. \
            Root is needed.

            EXAMPLES
              sallyport lab up DIR
              sallyport lab probe --matrix
              sallyport lab exec ai/notebook -- ping -c1 10.244.0.3
              sallyport lab down
            """,
        subcommands: subcommands)

    #if os(Linux)
        private static let subcommands: [any ParsableCommand.Type] = [
            LabUpCommand.self, LabExecCommand.self, LabProbeCommand.self, LabListCommand.self, LabDownCommand.self,
            LabServeCommand.self,
        ]
    #else
        private static let subcommands: [any ParsableCommand.Type] = []

        func run() throws {
            throw Failure(.unavailable, "a lab is made of network namespaces, which only Linux has")
        }
    #endif
}
