#if os(Linux)
    import ArgumentParser
    import Lab

    /// `sallyport lab exec`
    struct LabExecCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "exec",
            abstract: "Run a command in the network of a pod, a node, or the world outside.",
            discussion: """
                Files and processes are those of this machine. The exit code is the command's.

                EXAMPLES
                  sallyport lab exec ai/notebook -- curl -m1 http://10.244.0.3
                  sallyport lab exec node/one -- nft list ruleset
                """)

        @Argument(help: ArgumentHelp("namespace/pod, node/name or outside.", valueName: "place"))
        var place: String
        @Argument(parsing: .postTerminator, help: "The command and its arguments.")
        var command: [String] = []
        @OptionGroup var selection: LabSelection

        func validate() throws {
            if command.isEmpty { throw ValidationError("a command is missing; it comes behind --") }
        }

        func run() throws {
            let record = try selection.record()
            try Failure.ofLab { () throws(LabError) in
                try LabBuilder.become(command, in: record.plan.find(LabPlace(place)).namespace)
            }
        }
    }
#endif
