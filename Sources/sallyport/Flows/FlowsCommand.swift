import ArgumentParser
import Foundation
import Hub

/// `sallyport flows`
struct FlowsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flows",
        abstract: "Show decisions: requests and connections, allowed and denied.",
        discussion: """
            Asks the hub that `sallyport up` runs on this machine, or the one of --hub. What a filter is made of is in \
            docs/filters.md.

            EXAMPLES
              What was denied in the last hour:
                sallyport flows verdict=denied
              Everything that one namespace does, as it happens:
                sallyport flows namespace=dev --follow
              Costly calls of today, with columns of one's own:
                sallyport flows 'cost>0.1' --since 24h --columns time,from,ai.model,ai.tokens.output,cost
            """)

    @Argument(help: ArgumentHelp("Which records; several words mean all of them.", valueName: "filter"))
    var filter: [String] = []
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("From when: how far back, such as 15m or 7d, or RFC 3339.", valueName: "time"))
    var since = TimeOption("-1h")
    @Option(parsing: .unconditional, help: ArgumentHelp("To when.", valueName: "time"))
    var until: TimeOption?
    @Flag(name: .shortAndLong, help: "Go on with what comes, until Ctrl-C.")
    var follow = false
    @Option(name: [.customShort("n"), .long], help: "The most records of the past.")
    var limit = 100
    @Option(help: ArgumentHelp("Columns, with commas between them, or all fields by name.", valueName: "names"))
    var columns: String?
    @OptionGroup var access: HubAccess
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0...1_000_000).contains(limit) else { throw ValidationError("--limit is a number up to 1000000") }
    }

    func run() async throws {
        let printer = RecordPrinter(
            columns: try columns.map { text throws(Failure) in try RecordColumns(text) } ?? .standard,
            format: output.format)
        let question = [("filter", filter.joined(separator: " "))]
        let (since, until, limit, follow) = (since.text, until?.text, limit, follow)
        try await access.open { hub in
            let past = try await Self.past(hub, question, since, until, limit)
            printer.head()
            past.forEach(printer.print)
            guard follow else { return }
            try await Self.live(hub, question, printer)
        }
    }

    /// The newest, oldest first.
    private static func past(
        _ hub: ConsoleClient, _ question: [(String, String)], _ since: String, _ until: String?, _ limit: Int
    ) async throws -> [[UInt8]] {
        var found: [[UInt8]] = []
        var cursor: String?
        while found.count < limit {
            var query = question + [("from", since), ("limit", String(min(1_000, limit - found.count)))]
            if let until { query.append(("to", until)) }
            if let cursor { query.append(("cursor", cursor)) }
            guard let page = RecordList(try await hub.get("/api/v1/records", query)) else {
                throw ConsoleClient.Trouble.notAHub("its records are none")
            }
            found += page.lines
            guard let next = page.next, !page.lines.isEmpty else { break }
            cursor = next
        }
        // They come in the order in which they were written down, which is when they ended.
        return found.reversed()
    }

    /// Goes on where the stream broke off.
    private static func live(
        _ hub: ConsoleClient, _ question: [(String, String)], _ printer: RecordPrinter
    ) async throws {
        var last: String?
        var pause = Duration.milliseconds(200)
        while true {
            do {
                try await hub.events("/api/v1/records/live", question, after: last) { event in
                    pause = .milliseconds(200)
                    if !event.id.isEmpty { last = event.id }
                    switch event.name {
                    case "record": printer.print(event.data)
                    case "missed": printer.note("\(String(decoding: event.data, as: UTF8.self)) were missed")
                    default: break
                    }
                }
            } catch let trouble as ConsoleClient.Trouble {
                guard case .unreachable = trouble else { throw trouble }
                printer.note("\(trouble); trying again")
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(10))
        }
    }
}

/// Prints records as they come.
struct RecordPrinter: Sendable {
    private let columns: RecordColumns
    private let format: OutputFormat

    init(columns: RecordColumns, format: OutputFormat) {
        self.columns = columns
        self.format = format
    }

    /// The line above all.
    func head() {
        guard format == .text else { return }
        Terminal.standardOutput.result(Terminal.standardOutput.styled(columns.head, .faint))
    }

    /// One record.
    func print(_ line: [UInt8]) {
        switch format {
        case .json: Terminal.standardOutput.result(String(decoding: line, as: UTF8.self))
        case .text:
            guard let text = columns.line(line, .standardOutput) else { return note("a record cannot be read") }
            Terminal.standardOutput.result(text)
        }
    }

    /// Something about the records.
    func note(_ text: String) { Terminal.standardError.line(Printable.oneLine(text)) }
}
