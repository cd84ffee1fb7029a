import Foundation
import Hub
import HubWorlds
import Logging
import NIOHTTP1
import Testing

@testable import Hub

@Suite struct ServerTests {
    @Test func plainTextStaysOnTheLoopback() async throws {
        let keys = ConsoleKeys()
        for host in ["0.0.0.0", "::", "192.0.2.1"] {
            let configuration = HubConfiguration(host: host, access: { keys.table }, now: { 0 })
            await #expect {
                try await HubServer.start(
                    configuration, data: MemoryData(), cluster: MadeCluster(), logger: Logger(label: "test"))
            } throws: { error in
                if case .plaintextNotLoopback = error as? HubServerError { true } else { false }
            }
        }
    }

    @Test func everyAnswerIsGuarded() async throws {
        try await Fixture.run { fixture in
            for path in ["/", "/login", "/healthz", "/nothing", "/api/v1/session", "/assets/console.css"] {
                let headers = try await fixture.ask(.GET, path).headers
                let policy = try #require(headers.first(name: "content-security-policy"))
                #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self';"))
                #expect(policy.contains("frame-ancestors 'none'"))
                #expect(policy.contains("base-uri 'none'"))
                #expect(policy.contains("form-action 'self'"))
                #expect(!policy.contains("unsafe"))
                #expect(headers.first(name: "x-content-type-options") == "nosniff")
                #expect(headers.first(name: "referrer-policy") == "no-referrer")
                #expect(headers.first(name: "cache-control") == (path.hasPrefix("/assets") ? "no-cache" : "no-store"))
                #expect(headers.first(name: "server") == nil)
            }
        }
    }

    @Test func otherNamesAreNotAnswered() async throws {
        try await Fixture.run { fixture in
            for host in ["evil.example", "evil.example:\(fixture.server.port)", "127.0.0.1.evil.example", "[::2]"] {
                for path in ["/", "/login", "/healthz", "/api/v1/session"] {
                    #expect(try await fixture.ask(.GET, path, headers: [("host", host)]).status == 421, "\(host)")
                }
                // What only a browser sends, a key or not.
                for header in [("sec-fetch-site", "cross-site"), ("origin", "http://\(host)"), ("cookie", "a=b")] {
                    let answer = try await fixture.ask(
                        .GET, "/api/v1/session", key: "viewer", headers: [("host", host), header])
                    #expect(answer.status == 421, "\(host) \(header)")
                }
                // A program that shows a key may come by way of a proxy with a name of its own.
                let program = try await fixture.ask(.GET, "/api/v1/session", key: "viewer", headers: [("host", host)])
                #expect(program.status == 200, "\(host)")
            }
            for host in ["localhost:\(fixture.server.port)", "LOCALHOST", "[::1]:1", "127.0.0.1"] {
                #expect(try await fixture.ask(.GET, "/healthz", headers: [("host", host)]).status == 200, "\(host)")
            }
        }
    }

    @Test func problemsSayWhatAndWhere() async throws {
        try await Fixture.run { fixture in
            let answer = try await fixture.ask(.GET, "/api/v1/records?limit=0", key: "viewer")
            #expect(answer.status == 400)
            #expect(answer.headers.first(name: "content-type") == "application/problem+json")
            #expect(answer.json["code"] as? String == "invalid_parameter")
            #expect(answer.json["parameter"] as? String == "limit")
            #expect(answer.json["status"] as? Int == 400)
            #expect(answer.json["title"] as? String == "Bad Request")
            #expect(try await fixture.ask(.GET, "/nothing", key: "viewer").json["code"] as? String == "not_found")
            let wrong = try await fixture.ask(.PUT, "/api/v1/records", key: "viewer")
            #expect(wrong.status == 405)
            #expect(wrong.headers.first(name: "allow") == "GET")
        }
    }

    @Test func bodiesAndHeadersAreBounded() async throws {
        try await Fixture.run { fixture in
            let long = String(repeating: "x", count: 17 << 10)
            let answer = try await fixture.ask(
                .POST, "/api/v1/session", headers: [("origin", fixture.server.url)], body: "{\"key\":\"\(long)\"}")
            #expect(answer.status == 413)
            let broken = try await fixture.ask(
                .POST, "/api/v1/session", headers: [("origin", fixture.server.url)], body: "{")
            #expect(broken.status == 400)
            #expect(broken.json["code"] as? String == "invalid_body")
            #expect(try await fixture.ask(.GET, "/healthz").status == 200)
        }
    }

    @Test func assetsAreKnownByTheirTag() async throws {
        try await Fixture.run { fixture in
            let first = try await fixture.ask(.GET, "/assets/console.css")
            #expect(first.status == 200)
            #expect(first.headers.first(name: "content-type") == "text/css; charset=utf-8")
            let tag = try #require(first.headers.first(name: "etag"))
            let again = try await fixture.ask(.GET, "/assets/console.css", headers: [("if-none-match", tag)])
            #expect(again.status == 304)
            #expect(again.text.isEmpty)
            for path in ["/assets/page.html", "/assets/nothing.js", "/assets/..%2Fpage.js", "/assets/"] {
                #expect(try await fixture.ask(.GET, path).status == 404, "\(path)")
            }
            let head = try await fixture.ask(.HEAD, "/assets/console.css")
            #expect(head.status == 200)
            #expect(head.text.isEmpty)
        }
    }

    @Test func notReadyIsSaid() async throws {
        try await Fixture.run(change: { $0.isReady = { false } }) { (fixture) async throws in
            #expect(try await fixture.ask(.GET, "/readyz").status == 503)
            #expect(try await fixture.ask(.GET, "/healthz").status == 200)
        }
    }

    @Test func pagesNameTheirViewerHarmlessly() async throws {
        try await Fixture.run { fixture in
            let cookie = try await fixture.login("ai")
            for path in ["/", "/map", "/records", "/policies", "/ai", "/guarantees", "/objects"] {
                let page = try await fixture.ask(.GET, path, headers: [("cookie", cookie)])
                #expect(page.status == 200)
                #expect(page.text.contains("ops/ai"))
                #expect(page.text.contains("Viewer, ai"))
                #expect(!page.text.contains("{{"))
                #expect(page.text.contains("<main id=\"main\""))
                #expect(page.text.contains("aria-current=\"page\""))
            }
            // Whatever a module reads from the address, the server does not refuse its page.
            #expect(
                try await fixture.ask(.GET, "/records?filter=x&cols=a&id=1", headers: [("cookie", cookie)]).status
                    == 200)
        }
    }
}
