import Foundation
import Hub
import HubWorlds
import Records
import Testing

@Suite struct ContentTests {
    /// A record that is there, and what is stored of it.
    private func stored(_ fixture: Fixture, in namespace: String? = nil) async throws -> String {
        let filter = namespace.map { "&filter=namespace%3D\($0)" } ?? ""
        let page = try await fixture.ask(.GET, "/api/v1/records?limit=1\(filter)", key: "viewer")
        let id = try #require((page.json["records"] as? [[String: Any]])?.first?["id"] as? String)
        fixture.data.store(
            RecordContent(
                id: id, time: 5, prompt: .init(text: Array("the question".utf8), isCut: true, redactions: 3),
                answer: .init(text: Array("the answer".utf8))))
        return id
    }

    @Test func onlyWhoHasTheRightReadsIt() async throws {
        try await Fixture.run(records: 20) { fixture in
            let id = try await stored(fixture)
            for key in ["viewer", "operator", "ai"] {
                let answer = try await fixture.ask(.GET, "/api/v1/records/\(id)/content", key: key)
                #expect(answer.status == 403)
                #expect(answer.json["code"] as? String == "content_not_allowed")
                #expect(!answer.text.contains("the question"))
            }
            let answer = try await fixture.ask(.GET, "/api/v1/records/\(id)/content", key: "reader")
            #expect(answer.status == 200)
            let prompt = try #require(answer.json["prompt"] as? [String: Any])
            #expect(prompt["text"] as? String == "the question" && prompt["isCut"] as? Bool == true)
            #expect(prompt["redactions"] as? Int == 3)
            #expect((answer.json["answer"] as? [String: Any])?["text"] as? String == "the answer")
        }
    }

    @Test func whoSeesSomeNamespacesReadsOnlyThere() async throws {
        try await Fixture.run(records: 300) { fixture in
            let there = try await stored(fixture, in: "ai")
            #expect(try await fixture.ask(.GET, "/api/v1/records/\(there)/content", key: "aireader").status == 200)
            let all = try await fixture.ask(.GET, "/api/v1/records?limit=1000", key: "viewer")
            let seen = try await fixture.ask(.GET, "/api/v1/records?limit=1000", key: "aireader")
            func ids(_ answer: Fixture.Answer) throws -> Set<String> {
                Set(try #require(answer.json["records"] as? [[String: Any]]).compactMap { $0["id"] as? String })
            }
            let hidden = try #require(try ids(all).subtracting(ids(seen)).first)
            fixture.data.store(RecordContent(id: hidden, time: 5, prompt: .init(text: Array("secret".utf8))))
            let refused = try await fixture.ask(.GET, "/api/v1/records/\(hidden)/content", key: "aireader")
            #expect(refused.status == 404)
            #expect(refused.json["code"] as? String == "no_such_record")
        }
    }

    @Test func eachLookIsARecord() async throws {
        try await Fixture.run(records: 20) { fixture in
            let id = try await stored(fixture)
            for _ in 0..<2 { _ = try await fixture.ask(.GET, "/api/v1/records/\(id)/content", key: "reader") }
            let looks = try await fixture.ask(
                .GET, "/api/v1/records?filter=alarm.name%3Dcontent_read", key: "viewer")
            let records = try #require(looks.json["records"] as? [[String: Any]])
            #expect(records.count == 2)
            for record in records {
                let alarm = try #require(record["alarm"] as? [String: Any])
                #expect(alarm["subject"] as? String == "ops/reader")
                #expect(alarm["evidence"] as? String == id)
                #expect(alarm["severity"] as? String == "info")
            }
            #expect(Set(records.compactMap { $0["id"] as? String }).count == 2)
            #expect(!looks.text.contains("the question"))
        }
    }

    @Test func nothingIsShownThatCannotBeKept() async throws {
        try await Fixture.run(records: 20) { fixture in
            let id = try await stored(fixture)
            fixture.data.refuseNotes()
            let answer = try await fixture.ask(.GET, "/api/v1/records/\(id)/content", key: "reader")
            #expect(answer.status == 503)
            #expect(!answer.text.contains("the question"))
        }
    }

    @Test func whatIsNotStoredIsSaid() async throws {
        try await Fixture.run(records: 2) { fixture in
            let page = try await fixture.ask(.GET, "/api/v1/records?limit=1", key: "viewer")
            let id = try #require((page.json["records"] as? [[String: Any]])?.first?["id"] as? String)
            let answer = try await fixture.ask(.GET, "/api/v1/records/\(id)/content", key: "reader")
            #expect(answer.status == 404 && answer.json["code"] as? String == "no_content")
            let none = try await fixture.ask(.GET, "/api/v1/records/nothing/content", key: "reader")
            #expect(none.status == 404 && none.json["code"] as? String == "no_such_record")
            let session = try await fixture.ask(.GET, "/api/v1/session", key: "reader")
            #expect(session.json["content"] as? Bool == true)
        }
    }
}
