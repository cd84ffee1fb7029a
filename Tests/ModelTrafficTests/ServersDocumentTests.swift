import Foundation
import Testing

@testable import ModelTraffic

@Suite("docs/servers.md")
struct ServersDocumentTests {
    @Test("says what the tables say; SALLYPORT_WRITE_DOCS=1 writes it there")
    func documented() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appending(path: "docs/servers.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let mark = "<!-- servers -->\n"
        let parts = text.components(separatedBy: mark)
        try #require(parts.count == 3)
        let generated = ServersDocument.text(ServerCatalogue.builtIn.servers.map(\.table))
        if ProcessInfo.processInfo.environment["SALLYPORT_WRITE_DOCS"] == "1" {
            try Data([parts[0], generated, parts[2]].joined(separator: mark).utf8).write(to: file)
        } else {
            #expect(parts[1] == generated, "run this test once with SALLYPORT_WRITE_DOCS=1")
        }
    }
}

/// The generated half of the page.
private enum ServersDocument {
    static func text(_ tables: [ServerTable]) -> String {
        let dialects = Dialect.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        return "\nDialects: \(dialects).\n\n## What is known\n\n" + overview(tables) + tables.map(section).joined()
            + "\n"
    }

    private static func overview(_ tables: [ServerTable]) -> String {
        let rows = tables.map { table in
            let images = table.images.map { "`\($0)`" }.joined(separator: ", ")
            let ports = table.tellingPorts.map(String.init).joined(separator: ", ")
            let inference = table.rows.count { $0.classes.isAllowed(by: .inference) }
            return "| [`\(table.name)`](#\(anchor(table))) | \(table.title) | \(images) | \(ports) | "
                + "\(inference) of \(table.rows.count) |\n"
        }
        return "| server | is | images | ports that tell | rows that are `Inference` alone |\n|---|---|---|---|---|\n"
            + rows.joined()
    }

    private static func section(_ table: ServerTable) -> String {
        let allowed = table.rows.filter { $0.classes.isAllowed(by: .inference) }
        var text = "\n### \(table.name)\n\n"
        if allowed.isEmpty {
            text += "`classes: [Inference]` alone allows nothing.\n"
        } else {
            text += "`classes: [Inference]` alone allows:\n\n| methods | path | read as | |\n|---|---|---|---|\n"
            text += allowed.map { row in
                let dialect = row.dialect.map { "`\($0.rawValue)`" } ?? ""
                return "| \(methods(row)) | `\(escaped(row.path.text))` | \(dialect) | \(row.note) |\n"
            }.joined()
        }
        return text + "\n" + others(table.rows.filter { !$0.classes.isAllowed(by: .inference) })
    }

    /// What other classes hold, in the order in which they first appear.
    private static func others(_ rows: [EndpointRow]) -> String {
        var order: [OperationClasses] = []
        for row in rows where !order.contains(row.classes) { order.append(row.classes) }
        return order.map { classes in
            let own = rows.filter { $0.classes == classes }
            let names = classes.names.map { "`\($0)`" }.joined(separator: " + ")
            let list = own.map { row in
                let note = row.note.isEmpty ? "" : " (\(row.note))"
                return "  - \(methods(row)) `\(row.path.text)`\(note)\n"
            }
            return "- \(names), \(own.count) \(own.count == 1 ? "row" : "rows"):\n\(list.joined())"
        }.joined()
    }

    private static func methods(_ row: EndpointRow) -> String { row.methods.map(\.rawValue).joined(separator: ", ") }

    /// A bar would end the cell of a table.
    private static func escaped(_ text: String) -> String { text.replacingOccurrences(of: "|", with: "\\|") }

    /// What a page of Markdown calls the section.
    private static func anchor(_ table: ServerTable) -> String { table.name.replacingOccurrences(of: ".", with: "") }
}
