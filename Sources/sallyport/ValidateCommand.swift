import ArgumentParser
import Kubernetes

/// `sallyport validate`
struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "List every mistake in a directory of objects.",
        discussion: """
            Reads what `sallyport up DIR` would read and starts nothing. Each mistake is one line, \
            file:line:column: object: field: what is wrong. Kinds that sallyport does not read are noted.

            EXIT CODES
              0    no mistakes
              65   there are mistakes

            EXAMPLES
              sallyport validate DIR
              sallyport validate DIR --output json
            """)

    @OptionGroup var objects: ObjectOptions
    @Flag(help: "Do not print what was skipped.")
    var quiet = false
    @OptionGroup var output: OutputOptions

    /// What is printed as JSON.
    struct Report: Encodable {
        var valid: Bool
        var objects: Int
        var mistakes: [MistakeText.Entry]
        var notes: [MistakeText.Entry]
    }

    func run() async throws {
        let place = objects.place()
        let contents = try await place.read()
        switch output.format {
        case .json:
            let report = Report(
                valid: contents.mistakes.isEmpty, objects: contents.objects.count,
                mistakes: contents.mistakes.map(MistakeText.Entry.init),
                notes: contents.notes.map(MistakeText.Entry.init))
            Terminal.standardOutput.result(try JSON.text(report))
        case .text: tell(contents, from: place.root)
        }
        if !contents.mistakes.isEmpty { throw ExitCode(Failure.Code.badInput.rawValue) }
    }

    private func tell(_ contents: Snapshot, from root: String) {
        let terminal = Terminal.standardOutput
        for mistake in contents.mistakes {
            terminal.result("\(terminal.styled("mistake:", .bad)) \(MistakeText.Entry(mistake).text(in: root))")
        }
        for note in contents.notes where !quiet {
            terminal.result("\(terminal.styled("note:", .faint)) \(MistakeText.Entry(note).text(in: root))")
        }
        let objects = Words.count(contents.objects.count, "object")
        if contents.mistakes.isEmpty {
            terminal.result("\(terminal.styled("valid:", .good)) \(objects), no mistakes")
        } else {
            terminal.result("\(Words.count(contents.mistakes.count, "mistake")); \(objects) without")
        }
    }
}

/// Numbers in sentences.
enum Words {
    /// `1 object`, `2 objects`.
    static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
}
