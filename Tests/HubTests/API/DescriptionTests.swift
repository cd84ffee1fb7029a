import Foundation
import Hub
import HubWorlds
import Testing

@testable import Hub

@Suite struct DescriptionTests {
    /// Every answer is as `/openapi.json` says.
    @Test func answersAreAsDescribed() async throws {
        try await Fixture.run(records: 400) { fixture in
            let document = try await fixture.ask(.GET, "/openapi.json", key: "viewer").json
            let schemas = try #require((document["components"] as? [String: Any])?["schemas"] as? [String: Any])
            let checker = SchemaChecker(schemas: schemas)
            let page = try await fixture.ask(.GET, "/api/v1/records?limit=1&filter=point%3Dnode", key: "viewer")
            let id = try #require((page.json["records"] as? [[String: Any]])?.first?["id"] as? String)
            for (path, name) in [
                ("/api/v1/records?limit=300", "RecordPage"), ("/api/v1/records/\(id)", "RecordList"),
                ("/api/v1/groups?by=verdict,policy&step=5m&top=2", "Groups"), ("/api/v1/groups", "Groups"),
                ("/api/v1/graph?step=5m", "Graph"), ("/api/v1/overview", "Overview"), ("/api/v1/policies", "Policies"),
                ("/api/v1/ai?step=10m", "AI"), ("/api/v1/guarantees", "Guarantees"), ("/api/v1/objects", "Objects"),
                ("/api/v1/explain?record=\(id)", "Explained"),
                ("/api/v1/filter/check?filter=verdict%3Ddenied", "FilterCheck"),
                ("/api/v1/fields", "Fields"), ("/api/v1/status", "Status"), ("/api/v1/session", "Session"),
                ("/api/v1/records?limit=0", "Problem"),
            ] {
                let answer = try await fixture.ask(.GET, path, key: "operator")
                let value = try JSONSerialization.jsonObject(with: Data(answer.text.utf8))
                let problems = checker.problems(value, ["$ref": "#/components/schemas/\(name)"], name)
                #expect(problems.isEmpty, "\(path): \(problems.prefix(5))")
            }
        }
    }

    @Test func everyRouteIsDescribed() async throws {
        try await Fixture.run { fixture in
            let document = try await fixture.ask(.GET, "/openapi.json", key: "viewer").json
            #expect(document["openapi"] as? String == "3.1.0")
            let paths = try #require(document["paths"] as? [String: [String: Any]])
            let keys = ConsoleKeys()
            let configuration = HubConfiguration(access: { keys.table }, now: { 0 })
            let api = HubAPI(
                configuration, data: MemoryData(), cluster: MadeCluster(), doorkeeper: Doorkeeper(configuration))
            for route in api.routes {
                let entry = paths[route.path]?[route.method.rawValue.lowercased()] as? [String: Any]
                #expect(entry?["summary"] as? String == route.summary, "\(route.path)")
                let described = (entry?["parameters"] as? [[String: Any]] ?? []).filter {
                    $0["in"] as? String == "query"
                }
                #expect(described.compactMap { $0["name"] as? String } == route.parameters.map(\.name))
            }
            #expect(paths["/records"] == nil, "pages are no part of it")
        }
    }

    @Test func theGraphHasBothSides() async throws {
        try await Fixture.run(records: 500) { fixture in
            let graph = try await fixture.ask(.GET, "/api/v1/graph?step=1m", key: "viewer").json
            let nodes = Set(try #require(graph["nodes"] as? [[String: Any]]).compactMap { $0["id"] as? String })
            let edges = try #require(graph["edges"] as? [[String: Any]])
            #expect(nodes.contains("Deployment agents/crawler"))
            #expect(nodes.contains("range cloud_metadata"))
            #expect(nodes.contains("Service ai/openai"))
            var count = 0
            for edge in edges {
                #expect(nodes.contains(edge["from"] as? String ?? ""))
                #expect(nodes.contains(edge["to"] as? String ?? ""))
                let (allowed, denied) = (edge["allowed"] as? Int ?? 0, edge["denied"] as? Int ?? 0)
                let steps = edge["steps"] as? [[Int]] ?? []
                #expect(steps.reduce(0) { $0 + $1[0] } == allowed)
                #expect(steps.reduce(0) { $0 + $1[1] } == denied)
                count += allowed + denied
            }
            #expect(count >= 500)
            let long = try await fixture.ask(.GET, "/api/v1/graph?step=1m&from=-7d", key: "viewer")
            #expect(long.json["parameter"] as? String == "step")
        }
    }

    @Test func policiesSayWhatTheyDid() async throws {
        try await Fixture.run(records: 800) { fixture in
            let answer = try await fixture.ask(.GET, "/api/v1/policies", key: "viewer").json
            let policies = try #require(answer["policies"] as? [[String: Any]])
            func policy(_ name: String) throws -> [String: Any] {
                try #require(policies.first { $0["recordName"] as? String == name })
            }
            let access = try policy("ai/team-access")
            #expect(access["isUnused"] as? Bool == false)
            let rules = try #require(access["rules"] as? [[String: Any]])
            let uses = rules.map { ($0["name"] as? String ?? "", ($0["use"] as? [String: Any])?["last"] as? String) }
            #expect(uses.first { $0.0 == "pull" }?.1 == nil, "a rule that nobody used")
            #expect(uses.first { $0.0 == "chat" }?.1 != nil)
            #expect(try policy("ClusterNetworkPolicy no-metadata")["isUnused"] as? Bool == true)
            let staged = try #require(try policy("ai/tight")["effect"] as? [String: Any])
            #expect((staged["newlyDenied"] as? Int ?? 0) > 0)
            #expect(access["effect"] == nil)
        }
    }
}

/// Holds a value against a schema, as far as ours use JSON Schema.
struct SchemaChecker {
    let schemas: [String: Any]

    func problems(_ value: Any, _ schema: [String: Any], _ place: String) -> [String] {
        if let reference = schema["$ref"] as? String {
            let name = String(reference.split(separator: "/").last ?? "")
            guard let found = schemas[name] as? [String: Any] else { return ["\(place): no schema \(name)"] }
            return problems(value, found, place)
        }
        switch schema["type"] as? String {
        case "object":
            guard let object = value as? [String: Any] else { return ["\(place) is no object"] }
            return members(object, schema, place)
        case "array":
            guard let list = value as? [Any] else { return ["\(place) is no array"] }
            let items = schema["items"] as? [String: Any] ?? [:]
            return list.enumerated().flatMap { problems($1, items, "\(place)[\($0)]") }
        case "string": return value is String ? [] : ["\(place) is no text"]
        case "integer": return value is Int ? [] : ["\(place) is no whole number"]
        case "number": return value is Double || value is Int ? [] : ["\(place) is no number"]
        case "boolean": return value is Bool ? [] : ["\(place) is no flag"]
        default: return ["\(place): the schema says nothing"]
        }
    }

    private func members(_ object: [String: Any], _ schema: [String: Any], _ place: String) -> [String] {
        let missing = (schema["required"] as? [String] ?? []).filter { object[$0] == nil }.map {
            "\(place).\($0) is missing"
        }
        let known = schema["properties"] as? [String: [String: Any]] ?? [:]
        let more = schema["additionalProperties"] as? [String: Any]
        return missing
            + object.flatMap { name, value -> [String] in
                guard let member = known[name] ?? more else { return ["\(place).\(name) is not described"] }
                if value is NSNull { return name == "next" ? [] : ["\(place).\(name) is null"] }
                return problems(value, member, "\(place).\(name)")
            }
    }
}
