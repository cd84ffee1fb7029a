import Foundation
import Hub
import HubWorlds
import Testing

@Suite struct RecordsTests {
    @Test func pagesGoOnUntilTheEnd() async throws {
        try await Fixture.run(records: 250) { fixture in
            var seen: [String] = []
            var cursor: String?
            repeat {
                let path = "/api/v1/records?limit=100" + (cursor.map { "&cursor=\($0)" } ?? "")
                let page = try await fixture.ask(.GET, path, key: "viewer")
                #expect(page.status == 200)
                seen += try #require(page.json["records"] as? [[String: Any]]).compactMap { $0["id"] as? String }
                cursor = page.json["next"] as? String
                #expect((page.json["complete"] as? [String: Any])?["share"] as? Double == 1)
            } while cursor != nil
            #expect(seen.count == 250)
            #expect(Set(seen).count == 250)
            let oldest = try await fixture.ask(.GET, "/api/v1/records?limit=1&order=oldest", key: "viewer")
            #expect((oldest.json["records"] as? [[String: Any]])?.first?["id"] as? String == seen.last)
        }
    }

    @Test func cursorsOfOthersAreRefused() async throws {
        try await Fixture.run(records: 3) { fixture in
            for cursor in ["x", "c999", "c-1"] {
                let answer = try await fixture.ask(.GET, "/api/v1/records?cursor=\(cursor)", key: "viewer")
                #expect(answer.status == 400)
                #expect(answer.json["parameter"] as? String == "cursor")
            }
        }
    }

    @Test func filtersAndTimesHold() async throws {
        try await Fixture.run(records: 300) { fixture in
            let denied = try await fixture.ask(
                .GET, "/api/v1/records?limit=1000&filter=verdict%3Ddenied", key: "viewer")
            let records = try #require(denied.json["records"] as? [[String: Any]])
            #expect(!records.isEmpty)
            #expect(records.allSatisfy { $0["verdict"] as? String == "denied" })
            let lately = try await fixture.ask(.GET, "/api/v1/records?limit=1000&from=-100s", key: "viewer")
            #expect((lately.json["records"] as? [Any])?.count == 100)
            let turned = try await fixture.ask(.GET, "/api/v1/records?from=-1m&to=-2m", key: "viewer")
            #expect(turned.json["parameter"] as? String == "from")
        }
    }

    @Test func aWrongFilterSaysWhere() async throws {
        try await Fixture.run { fixture in
            for path in ["/api/v1/records", "/api/v1/groups", "/api/v1/graph", "/api/v1/ai", "/api/v1/filter/check"] {
                let answer = try await fixture.ask(
                    .GET, "\(path)?filter=verdict%3Ddenied%20and%20verdikt%3Dx", key: "viewer")
                #expect(answer.status == 400, "\(path)")
                #expect(answer.json["code"] as? String == "invalid_filter")
                #expect(answer.json["position"] as? Int == 19)
                #expect((answer.json["suggestion"] as? String)?.contains("verdict") == true)
            }
            let right = try await fixture.ask(.GET, "/api/v1/filter/check?filter=verdict%3D%22denied%22", key: "viewer")
            #expect(right.json["filter"] as? String == "verdict=denied")
        }
    }

    @Test func oneRecordIsFoundById() async throws {
        try await Fixture.run(records: 20) { fixture in
            let page = try await fixture.ask(.GET, "/api/v1/records?limit=1", key: "viewer")
            let id = try #require((page.json["records"] as? [[String: Any]])?.first?["id"] as? String)
            let found = try await fixture.ask(.GET, "/api/v1/records/\(id)", key: "viewer")
            #expect((found.json["records"] as? [Any])?.count == 1)
            let none = try await fixture.ask(.GET, "/api/v1/records/nothing", key: "viewer")
            #expect(none.status == 404)
            #expect(none.json["code"] as? String == "no_such_record")
        }
    }

    /// A record is seen when either side is in one of the viewer's namespaces, everywhere.
    @Test func namespacesLimitWhatIsSeen() async throws {
        try await Fixture.run(records: 600) { fixture in
            func isAI(_ record: [String: Any]) -> Bool {
                func text(_ path: String...) -> String {
                    var value: Any? = record
                    for name in path { value = (value as? [String: Any])?[name] }
                    return value as? String ?? ""
                }
                return text("workload", "namespace") == "ai" || text("principal", "namespace") == "ai"
                    || text("destination", "workload", "namespace") == "ai"
                    || text("destination", "service").hasPrefix("ai/")
                    || text("route").contains(" ai/") || text("gateway").hasPrefix("ai/")
            }
            func records(_ key: String) async throws -> [[String: Any]] {
                let page = try await fixture.ask(.GET, "/api/v1/records?limit=1000", key: key)
                return try #require(page.json["records"] as? [[String: Any]])
            }
            let (all, some) = (try await records("viewer"), try await records("ai"))
            #expect(some.count == all.count(where: isAI))
            #expect(some.allSatisfy(isAI))
            #expect(some.count < all.count)

            func total(_ key: String) async throws -> Int {
                let groups = try await fixture.ask(.GET, "/api/v1/groups?by=point", key: key)
                return try #require((groups.json["total"] as? [String: Any])?["count"] as? Int)
            }
            #expect(try await total("viewer") == all.count)
            #expect(try await total("ai") == some.count)

            let hidden = try #require(all.first { !isAI($0) }?["id"] as? String)
            #expect(try await fixture.ask(.GET, "/api/v1/records/\(hidden)", key: "viewer").status == 200)
            #expect(try await fixture.ask(.GET, "/api/v1/records/\(hidden)", key: "ai").status == 404)
            #expect(try await fixture.ask(.GET, "/api/v1/explain?record=\(hidden)", key: "ai").status == 404)
            // A filter of one's own cannot widen it.
            let wide = try await fixture.ask(
                .GET, "/api/v1/records?limit=1000&filter=verdict%20or%20not%20verdict", key: "ai")
            #expect((wide.json["records"] as? [Any])?.count == some.count)
        }
    }

    @Test func objectsArePartOfTheLimit() async throws {
        try await Fixture.run { fixture in
            func rows(_ path: String, _ name: String, _ key: String) async throws -> [[String: Any]] {
                try #require(try await fixture.ask(.GET, path, key: key).json[name] as? [[String: Any]])
            }
            let objects = try await rows("/api/v1/objects", "objects", "ai")
            #expect(!objects.isEmpty)
            #expect(objects.allSatisfy { $0["namespace"] as? String == "ai" })
            #expect(try await rows("/api/v1/objects", "mistakes", "ai").isEmpty)
            #expect(try await rows("/api/v1/objects", "mistakes", "viewer").count == 1)
            let policies = try await rows("/api/v1/policies", "policies", "ai")
            #expect(
                policies.compactMap { ($0["policy"] as? [String: Any])?["namespace"] as? String } == [
                    "ai", "ai", "ai", "ai",
                ])
            #expect(try await rows("/api/v1/guarantees", "guarantees", "ai").count == 1)
            #expect(try await rows("/api/v1/guarantees", "guarantees", "viewer").count == 4)
            let overview = try await fixture.ask(.GET, "/api/v1/overview", key: "ai")
            #expect((overview.json["protected"] as? [String: Any])?["workloads"] as? Int == 2)
            #expect((overview.json["exposures"] as? [Any])?.count == 1)
            for path in ["/metrics", "/api/v1/status"] {
                #expect(try await fixture.ask(.GET, path, key: "ai").status == 403)
            }
        }
    }
}
