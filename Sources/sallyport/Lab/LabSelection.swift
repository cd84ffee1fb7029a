#if os(Linux)
    import ArgumentParser
    import Foundation
    import Lab

    /// Which lab is meant.
    struct LabSelection: ParsableArguments {
        @Option(help: "Name of the lab: 1 to 12 lower-case letters and digits.")
        var name = LabName.standard.text
        @Option(
            help: ArgumentHelp(
                "Directory for what is kept of labs (default: $XDG_STATE_HOME/sallyport or ~/.local/state/sallyport).",
                valueName: "dir"))
        var state: String?

        /// The name, checked.
        func labName() throws -> LabName { try Failure.ofLab { () throws(LabError) in try LabName(name) } }

        /// Where labs are kept.
        func store() throws -> LabStore { LabStore(try stateDirectory()) }

        /// The state directory, as an absolute path: the process that listens is told it.
        func stateDirectory() throws -> String {
            let path = try UpPlan.state(state, ProcessInfo.processInfo.environment)
            return URL(filePath: path).standardizedFileURL.path
        }

        /// The lab, which must be up.
        func record() throws -> LabRecord {
            let (store, name) = (try store(), try labName())
            return try Failure.ofLab { () throws(LabError) in
                try LabBuilder.checkRoot()
                return try store.require(name)
            }
        }
    }

    extension Failure {
        /// Does something with a lab; what goes wrong becomes a failure of the command.
        static func ofLab<R>(_ body: () throws(LabError) -> R) throws -> R {
            do throws(LabError) {
                return try body()
            } catch {
                let code: Code =
                    switch error.kind {
                    case .usage: .usage
                    case .badInput: .badInput
                    case .unavailable: .unavailable
                    case .notPermitted: .notPermitted
                    case .system: .inputOutput
                    }
                throw Failure(code, error.message, advice: error.advice)
            }
        }
    }
#endif
