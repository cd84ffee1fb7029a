import Foundation
import HTTPTypes
import Hummingbird
import Records

extension HubAPI {
    func records(_ call: Call) async throws -> Response {
        let asked = try Asked(call)
        let question = PageQuestion(
            filter: asked.filter, from: asked.from, to: asked.to, cursor: call.arguments["cursor"],
            limit: call.arguments.number("limit") ?? 100, newestFirst: call.arguments["order"] != "oldest")
        let page: HubPage
        do {
            page = try await data.page(question)
        } catch is CursorError {
            throw Problem.parameter("cursor", "the cursor is not one of this history", suggestion: "begin without one")
        }
        let next = try page.next.map { try JSONText.encode($0) } ?? Array("null".utf8)
        return .bytes(
            Self.list(page.lines) + Array(",\"next\":".utf8) + next + Array(",\"complete\":".utf8)
                + (try JSONText.encode(page.complete)) + [UInt8(ascii: "}")], "application/json")
    }

    func record(_ call: Call) async throws -> Response {
        let lines = try await seen(call.segment, by: try call.known())
        return .bytes(Self.list(lines) + [UInt8(ascii: "}")], "application/json")
    }

    /// Records of the id that the viewer may see.
    func seen(_ id: String, by viewer: Viewer) async throws -> [[UInt8]] {
        let limit = try viewer.limited(.all)
        let lines = try await data.find(id: id).filter { line in
            limit.isAll || limit.matches(line: line)
        }
        guard !lines.isEmpty else { throw Problem(404, "no_such_record", "there is no record with that id") }
        return lines
    }

    func explain(_ call: Call) async throws -> Response {
        let lines = try await seen(call.arguments["record"] ?? "", by: try call.known())
        for line in lines {
            if let explanation = try await cluster.explain(line) { return .json(Explained(explanation: explanation)) }
        }
        return .json(Explained(explanation: nil))
    }

    func checkFilter(_ call: Call) async throws -> Response {
        let filter = try RecordFilter(asked: call.arguments["filter"] ?? "", now: call.now)
        return .json(FilterCheck(filter: filter.description, isCounted: filter.isDecidedBySeries))
    }

    /// `{"records":[` and the lines, which are JSON already.
    private static func list(_ lines: [[UInt8]]) -> [UInt8] {
        var bytes = Array("{\"records\":[".utf8)
        bytes.reserveCapacity(lines.reduce(64) { $0 + $1.count + 1 })
        for (index, line) in lines.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += line.last == UInt8(ascii: "\n") ? line.dropLast() : line[...]
        }
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }
}

/// The answer of `/api/v1/explain`.
struct Explained: Encodable {
    /// Absent: the objects of now say nothing of the record.
    let explanation: HubExplanation?
}

/// What a filter is.
struct FilterCheck: Encodable {
    /// The filter as it is written shortest.
    let filter: String
    /// Numbers can be given for it; where not, only records.
    let isCounted: Bool
}

/// The fields of a record, for people who write filters.
struct FieldList: Encodable {
    struct Field: Encodable {
        let name: String
        let kind: String
        let meaning: String
        let openTelemetry: String?
        /// It is counted apart, so that numbers can be asked for by it.
        let isDimension: Bool
    }

    let fields = Record.fields.map { field in
        Field(
            name: field.name, kind: field.kind.rawValue, meaning: field.meaning,
            openTelemetry: field.openTelemetry.isEmpty ? nil : field.openTelemetry,
            isDimension: Dimension(name: field.name) != nil)
    }
}
