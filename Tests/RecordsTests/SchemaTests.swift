import Addresses
import Foundation
import Records
import Testing

@Suite("The schema")
struct SchemaTests {
    @Test("names every field that a full record has, in order, with its kind")
    func complete() throws {
        let line = encode(fullRecord())
        let found = leaves(try decode(line))
        #expect(Set(found.map(\.path)) == Set(Record.fields.map(\.name)))
        #expect(Set(Record.fields.map(\.name)).count == Record.fields.count)
        for field in Record.fields {
            for leaf in found where leaf.path == field.name { check(field, leaf.value) }
        }
        let text = String(decoding: line, as: UTF8.self)
        #expect(text.hasPrefix("{\"time\":"))
    }

    private func check(_ field: RecordField, _ value: Any) {
        switch field.kind {
        case .string: #expect(value is String, "\(field.name)")
        case .integer: #expect(value is Int, "\(field.name)")
        case .boolean: #expect(value is Bool, "\(field.name)")
        case .seconds: #expect(value is Double, "\(field.name)")
        }
    }

    @Test("says which fields are always there")
    func always() throws {
        var least = Record(time: 0, id: "", verdict: .denied, reason: "", source: .init(address: "::", port: 0))
        #expect(try paths(least) == alwaysThere(.gateway))
        (least.point, least.node, least.verdict, least.source) = (.node, "n1", nil, nil)
        (least.bytes, least.timing) = (nil, nil)
        #expect(try paths(least) == alwaysThere(.node))
        var alarm = fullAlarm()
        alarm.alarm?.subject = ""
        alarm.alarm?.evidence = ""
        #expect(try paths(alarm) == alwaysThere(.hub))
    }

    private func paths(_ record: Record) throws -> Set<String> { Set(leaves(try decode(encode(record))).map(\.path)) }

    private func alwaysThere(_ point: Record.Point) -> Set<String> {
        Set(Record.fields.filter { $0.alwaysAt.contains(point) }.map(\.name))
    }

    @Test("is what docs/records.md says; SALLYPORT_WRITE_DOCS=1 writes it there")
    func documented() throws {
        try check(part: "fields", table())
        try check(part: "ranges", ranges())
        let text = try String(contentsOf: document, encoding: .utf8)
        for record in [fullRequest(), fullConnection(), fullAlarm()] {
            let example = String(decoding: encode(record), as: UTF8.self)
            #expect(text.contains(example), "an example in docs/records.md should be:\n\(example)")
        }
    }

    private var document: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/records.md")
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

    private func ranges() -> String {
        let rows = NamedRange.allCases.map { range in
            let blocks = range.blocks.map { "`\($0)`" }.joined(separator: ", ")
            return "| `\(range.rawValue)` | \(blocks.isEmpty ? "all else" : blocks) |\n"
        }
        return "| range | addresses |\n|---|---|\n" + rows.joined()
    }

    private func table() -> String {
        let rows = Record.fields.map { field in
            let points = field.alwaysAt.map(\.rawValue).sorted()
            let always = points.count == Record.Point.allCases.count ? "yes" : points.joined(separator: ", ")
            let otel = field.openTelemetry.isEmpty ? "" : "`\(field.openTelemetry)`"
            return "| `\(field.name)` | \(field.kind.rawValue) | \(always) | \(field.meaning) | \(otel) |\n"
        }
        return "| field | kind | always | meaning | OpenTelemetry |\n|---|---|---|---|---|\n" + rows.joined()
    }
}
