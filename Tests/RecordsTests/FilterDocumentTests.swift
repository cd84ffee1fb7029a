import Foundation
import Records
import Testing

@Suite("docs/filters.md")
struct FilterDocumentTests {
    private var document: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/filters.md")
    }

    @Test("has every field and every short name; SALLYPORT_WRITE_DOCS=1 writes them there")
    func documented() throws {
        let aliases = FilterAlias.all.map { "| `\($0.name)` | \($0.kind) | \($0.meaning) |\n" }
        try check(part: "aliases", "| name | kind | means |\n|---|---|---|\n" + aliases.joined())
        let fields = FilterField.all.map { "| `\($0.name)` | \($0.kind) | \($0.isDimension ? "yes" : "") |\n" }
        try check(part: "filter fields", "| field | kind | numbers |\n|---|---|---|\n" + fields.joined())
    }

    /// What stands between two marks of a name is this; or is written there.
    private func check(part name: String, _ expected: String) throws {
        let mark = "<!-- \(name) -->\n"
        let parts = try String(contentsOf: document, encoding: .utf8).components(separatedBy: mark)
        try #require(parts.count == 3)
        if ProcessInfo.processInfo.environment["SALLYPORT_WRITE_DOCS"] == "1" {
            try Data((parts[0] + mark + expected + mark + parts[2]).utf8).write(to: document)
        } else {
            #expect(parts[1] == expected, "run this test once with SALLYPORT_WRITE_DOCS=1")
        }
    }

    @Test("has examples that are filters")
    func examples() throws {
        let text = try String(contentsOf: document, encoding: .utf8)
        let blocks = text.components(separatedBy: "```\n")
        try #require(blocks.count > 3)
        for line in blocks[1].split(separator: "\n") {
            #expect(throws: Never.self) { try RecordFilter(String(line), now: 1_795_424_400_000_000) }
        }
        #expect(throws: FilterError.self) { try RecordFilter("verdic=denied") }
        let message = blocks[3].split(separator: "\n").first.map(String.init)
        do throws(FilterError) {
            _ = try RecordFilter("verdic=denied")
        } catch {
            #expect(error.description == message)
        }
    }

    @Test("every name is asked for as it is written there")
    func names() throws {
        for field in FilterField.all {
            let filter = try RecordFilter(field.name)
            #expect(filter.description == field.name)
            #expect(filter.matches(fullRecord()), "\(field.name)")
        }
        for alias in FilterAlias.all {
            #expect(try RecordFilter(alias.name).matches(fullRecord()), "\(alias.name)")
        }
    }
}
