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
    }

    private func paths(_ record: Record) throws -> Set<String> { Set(leaves(try decode(encode(record))).map(\.path)) }

    private func alwaysThere(_ point: Record.Point) -> Set<String> {
        Set(Record.fields.filter { $0.alwaysAt.contains(point) }.map(\.name))
    }

    @Test("is what docs/records.md says; SALLYPORT_WRITE_DOCS=1 writes it there")
    func documented() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appending(path: "docs/records.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let parts = text.components(separatedBy: "<!-- fields -->\n")
        try #require(parts.count == 3)
        if ProcessInfo.processInfo.environment["SALLYPORT_WRITE_DOCS"] == "1" {
            try Data((parts[0] + "<!-- fields -->\n" + table() + "<!-- fields -->\n" + parts[2]).utf8).write(to: file)
        } else {
            #expect(parts[1] == table(), "run this test once with SALLYPORT_WRITE_DOCS=1")
        }
        for record in [fullRequest(), fullConnection()] {
            let example = String(decoding: encode(record), as: UTF8.self)
            #expect(text.contains(example), "an example in docs/records.md should be:\n\(example)")
        }
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
