import ArgumentParser

/// `sallyport version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Say which sallyport this is.",
        discussion: """
            EXAMPLES
              sallyport version
              sallyport version --output json
            """)

    @OptionGroup var output: OutputOptions

    /// What is printed as JSON.
    struct Report: Encodable {
        var version = Version.text
        var platform = Version.platform
        var compiler = Version.compiler
        var build = Version.build
    }

    func run() throws {
        let report = Report()
        switch output.format {
        case .json: Terminal.standardOutput.result(try JSON.text(report))
        case .text:
            Terminal.standardOutput.result(
                "sallyport \(report.version) (\(report.platform), \(report.compiler), \(report.build))")
        }
    }
}
