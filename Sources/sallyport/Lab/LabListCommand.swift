#if os(Linux)
    import ArgumentParser
    import Lab

    /// `sallyport lab list`
    struct LabListCommand: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List the labs that there are.")

        @OptionGroup var selection: LabSelection
        @OptionGroup var output: OutputOptions

        struct Entry: Encodable {
            let name: String
            let directory: String
            let pods: Int
            let nodes: Int
            let state: String
        }

        func run() throws {
            let store = try selection.store()
            let entries = try store.names.map { name in
                try Failure.ofLab { () throws(LabError) in try entry(name, store) }
            }
            switch output.format {
            case .json: Terminal.standardOutput.line(try JSON.text(entries))
            case .text:
                if entries.isEmpty { Terminal.standardError.line("There is no lab") }
                let rows = entries.map {
                    [$0.name, "\($0.pods) pods", "\($0.nodes) nodes", $0.state, Printable.oneLine($0.directory)]
                }
                for line in Printable.table(rows) { Terminal.standardOutput.line(line) }
            }
        }

        private func entry(_ name: LabName, _ store: LabStore) throws(LabError) -> Entry {
            guard let record = try store.read(name) else {
                return Entry(name: name.text, directory: "", pods: 0, nodes: 0, state: "gone")
            }
            let isServed = record.server.map(ServerProcess.isRunning) ?? false
            return Entry(
                name: name.text, directory: record.directory, pods: record.plan.pods.count,
                nodes: record.plan.nodes.count,
                state: !record.isComplete ? "incomplete" : isServed ? "up" : "nobody listens")
        }
    }
#endif
