import ArgumentParser
import Foundation
import Hub

/// `sallyport top`
struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Show who does most, live.",
        discussion: """
            In a terminal the table is drawn anew every few seconds, until Ctrl-C; elsewhere it is printed once.

            EXAMPLES
              Who costs most today:
                sallyport top --by key --order cost --since 24h
              Who is denied:
                sallyport top --by workload verdict=denied
              By any fields that are counted apart:
                sallyport top --by ai.model,ai.tool
            """)

    /// What rows are, by a short name.
    enum Subject: String, CaseIterable {
        case workload, key, model, tool, policy, destination, gateway, reason

        /// The fields that make a row.
        var fields: [String] {
            switch self {
            case .workload: ["workload.namespace", "workload.name"]
            case .key: ["principal.namespace", "principal.name"]
            case .model: ["ai.model"]
            case .tool: ["ai.tool"]
            case .policy: ["policy", "rule"]
            case .destination: ["destination.service", "destination.workload.name", "destination.range"]
            case .gateway: ["gateway", "route"]
            case .reason: ["verdict", "reason"]
            }
        }
    }

    @Argument(help: ArgumentHelp("Which records; several words mean all of them.", valueName: "filter"))
    var filter: [String] = []
    @Option(
        help: ArgumentHelp(
            "What rows are: \(Subject.allCases.map(\.rawValue).joined(separator: ", ")), or fields with commas between them.",
            valueName: "what"))
    var by = Subject.workload.rawValue
    @Option(help: "What rows are ordered by: count, bytes, tokens, cost, duration, first_byte or last.")
    var order = "count"
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("From when: how far back, such as 15m or 7d, or RFC 3339.", valueName: "time"))
    var since = TimeOption("-1h")
    @Option(name: [.customShort("n"), .long], help: "The most rows.")
    var limit = 20
    @Option(help: "Seconds between two tables.")
    var every = 2.0
    @Flag(help: "Print one table, in a terminal too.")
    var once = false
    @OptionGroup var access: HubAccess
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...1_000).contains(limit) else { throw ValidationError("--limit is a number from 1 to 1000") }
        guard (0.2...3_600).contains(every) else { throw ValidationError("--every is a number of seconds from 0.2") }
    }

    func run() async throws {
        let fields = Subject(rawValue: by)?.fields ?? by.split(separator: ",").map(String.init)
        let query = [
            ("filter", filter.joined(separator: " ")), ("from", since.text), ("by", fields.joined(separator: ",")),
            ("order", order), ("top", String(limit)),
        ]
        let isLive = !once && output.format == .text && isatty(1) == 1
        let (format, every) = (output.format, every)
        try await access.open { hub in
            repeat {
                let body = try await hub.get("/api/v1/groups", query)
                switch format {
                case .json: Terminal.standardOutput.result(String(decoding: body, as: UTF8.self))
                case .text:
                    guard let table = try? JSONDecoder().decode(TopTable.self, from: Data(body)) else {
                        throw ConsoleClient.Trouble.notAHub("its numbers are none")
                    }
                    // Home, and nothing below: what was there before is written over, without a flicker.
                    if isLive { Terminal.standardOutput.raw("\u{1b}[H\u{1b}[J") }
                    table.lines(fields, .standardOutput).forEach { Terminal.standardOutput.result($0) }
                }
                if isLive { try await Task.sleep(for: .seconds(every)) }
            } while isLive
        }
    }
}

/// Numbers as a hub answers them.
struct TopTable: Decodable {
    struct Numbers: Decodable {
        var count: UInt64
        var bytesIn: UInt64
        var bytesOut: UInt64
        var tokensIn: UInt64
        var tokensOut: UInt64
        var costUSD: String
        var durationP95: Double?
    }

    struct Row: Decodable {
        var key: [String: String]
        var total: Numbers
    }

    var rows: [Row]

    /// The table, as text.
    func lines(_ fields: [String], _ terminal: Terminal) -> [String] {
        guard !rows.isEmpty else { return ["nothing was seen"] }
        let cells = rows.map { row in
            [
                fields.compactMap { row.key[$0] }.filter { !$0.isEmpty }.joined(separator: " "),
                String(row.total.count), Self.size(row.total.bytesIn &+ row.total.bytesOut),
                "\(row.total.tokensIn)+\(row.total.tokensOut)", "$\(row.total.costUSD)",
                row.total.durationP95.map { "\(Int(($0 * 1_000).rounded())) ms" } ?? "-",
            ].map { $0.isEmpty ? "-" : Printable.oneLine($0) }
        }
        let all = [["WHO", "COUNT", "BYTES", "TOKENS", "COST", "P95"]] + cells
        let widths = all[0].indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.enumerated().map { index, row in
            let text = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
                .joined(separator: "  ")
            return index == 0 ? terminal.styled(text, .faint) : text
        }
    }

    private static func size(_ bytes: UInt64) -> String {
        var (value, unit) = (Double(bytes), 0)
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        while value >= 1_024, unit < units.count - 1 { (value, unit) = (value / 1_024, unit + 1) }
        return unit == 0 ? "\(bytes) B" : "\(Int(value * 10) / 10).\(Int(value * 10) % 10) \(units[unit])"
    }
}
