import ArgumentParser
import Foundation
import Hub
import Records

/// `sallyport record`
struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Show one decision whole, with what each rule said, and what would allow what was denied.",
        discussion: """
            The id is what a caller was told as x-request-id, and what `sallyport flows --columns id` shows. A connection \
            has several records with one id. With --content the prompt and the answer are shown, too, where an AccessPolicy \
            has them stored and the key may read them ('content: true' in its console grant); that somebody looked is kept \
            as a record.

            EXAMPLES
              sallyport record 5f0c2a9e4b7d4d0c8a6f1d2e3c4b5a69
              SALLYPORT_KEY=sp_... sallyport record 5f0c2a9e4b7d4d0c8a6f1d2e3c4b5a69 --content
            """)

    @Argument(help: "Id of the request or connection.")
    var id: String
    @Flag(help: "Show prompt and answer, where they are stored.")
    var content = false
    @OptionGroup var access: HubAccess
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (id, format, content) = (id, output.format, content)
        let allowed = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-_.:"))
        guard !id.isEmpty, id.unicodeScalars.allSatisfy(allowed.contains) else {
            throw Failure(.usage, "'\(id)' is no id of a record", advice: "sallyport flows --columns time,id,what")
        }
        try await access.open { hub in
            guard let list = RecordList(try await hub.get("/api/v1/records/\(id)")) else {
                throw ConsoleClient.Trouble.notAHub("its records are none")
            }
            for line in list.lines {
                switch format {
                case .json: Terminal.standardOutput.result(String(decoding: line, as: UTF8.self))
                case .text:
                    let record = try Record(line: line)
                    RecordStory(record).lines(.standardOutput).forEach { Terminal.standardOutput.result($0) }
                }
            }
            if format == .text, let advice = try await RecordAdvice.ask(hub, id: id) {
                advice.lines(.standardOutput).forEach { Terminal.standardOutput.result($0) }
            }
            if content { try await Self.show(contentOf: id, hub, format) }
        }
    }

    /// What was asked and answered, as it is stored.
    private static func show(contentOf id: String, _ hub: ConsoleClient, _ format: OutputFormat) async throws {
        let answer = try await hub.get("/api/v1/records/\(id)/content")
        let terminal = Terminal.standardOutput
        guard format == .text else { return terminal.result(String(decoding: answer, as: UTF8.self)) }
        guard let content = try? JSONDecoder().decode(StoredContent.self, from: Data(answer)) else {
            throw ConsoleClient.Trouble.notAHub("its content is none")
        }
        content.lines(terminal).forEach { terminal.result($0) }
    }
}

/// A prompt and an answer as a hub gives them.
struct StoredContent: Decodable {
    struct Part: Decodable {
        var text: String
        var isCut: Bool
        var redactions: Int
    }

    var prompt: Part?
    var answer: Part?

    /// What a terminal shows.
    func lines(_ terminal: Terminal) -> [String] {
        [("prompt", prompt), ("answer", answer)].flatMap { name, part -> [String] in
            guard let part else { return [terminal.styled("\(name): not stored", .strong)] }
            let cut = part.isCut ? ", cut off" : ""
            let gone = part.redactions == 0 ? "" : ", \(part.redactions) taken out"
            return [terminal.styled("\(name)\(gone)\(cut):", .strong)]
                + part.text.split(separator: "\n", omittingEmptySubsequences: false).map {
                    "  " + Printable.oneLine(String($0))
                }
        }
    }
}
