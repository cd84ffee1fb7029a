import ArgumentParser
import Foundation

/// `sallyport console`
struct ConsoleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "Print a link that opens the console of this machine, once.",
        discussion: """
            The link is for who runs `sallyport up`, and needs no key. Others log in with an access key that has a console \
            role, or at an issuer.
            """)

    @Option(help: ArgumentHelp("State directory of the `sallyport up` that is asked.", valueName: "dir"))
    var state: String?

    func run() throws {
        let state = try UpPlan.state(state, ProcessInfo.processInfo.environment)
        guard let text = try? String(contentsOfFile: LoginLink.path(in: state), encoding: .utf8) else {
            throw Failure(
                .unavailable, "no console runs on this machine with the state directory \(state)",
                advice: "start `sallyport up`, or say --state DIR")
        }
        Terminal.standardOutput.result(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
}
