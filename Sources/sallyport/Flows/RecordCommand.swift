import ArgumentParser
import Foundation
import Hub
import Records

/// `sallyport record`
struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Show one decision whole, with what each rule said.",
        discussion: """
            The id is what a caller was told as x-request-id, and what `sallyport flows --columns id` shows. A connection \
            has several records with one id.

            EXAMPLES
              sallyport record 5f0c2a9e4b7d4d0c8a6f1d2e3c4b5a69
            """)

    @Argument(help: "Id of the request or connection.")
    var id: String
    @OptionGroup var access: HubAccess
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (id, format) = (id, output.format)
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
        }
    }
}
