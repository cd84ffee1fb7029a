#if os(Linux)
    import ArgumentParser
    import Foundation
    import Lab

    /// `sallyport lab serve`: listens for the pods of a lab. `lab up` starts it, and `lab down` ends it.
    struct LabServeCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "serve", abstract: "Listen for the pods of a lab.", shouldDisplay: false)

        @OptionGroup var selection: LabSelection

        func run() async throws {
            // The terminal of `lab up` may go.
            setsid()
            signal(SIGHUP, SIG_IGN)
            let signals = try Signals([SIGTERM, SIGINT])
            let (record, store) = (try selection.record(), try selection.store())
            let server = try Failure.ofLab { () throws(LabError) in
                let hasCommands = record.plan.pods.contains { !$0.commands.isEmpty }
                return try PodServer(
                    record.plan, logs: hasCommands ? store.makeLogs(LabName(record.plan.name)) : nil)
            }
            Terminal.standardOutput.line(ServerProcess.ready)
            // Whoever waits for the word waits for the end of it.
            close(1)
            for await _ in signals.stream { break }
            server.stop()
        }
    }
#endif
