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
            let record = try selection.record()
            let server = try Failure.ofLab { () throws(LabError) in try ListenerServer(record.plan) }
            Terminal.standardOutput.line(ServerProcess.ready)
            // Whoever waits for the word waits for the end of it.
            close(1)
            for await _ in signals.stream { break }
            server.stop()
        }
    }
#endif
