import Foundation
import Hub
import HubWorlds
import Testing

@Suite struct LoginTests {
    @Test func nobodyIsShownAnything() async throws {
        try await Fixture.run { fixture in
            for path in ["/", "/map", "/records", "/policies", "/ai", "/guarantees", "/objects"] {
                let answer = try await fixture.ask(.GET, path)
                #expect(answer.status == 303, "\(path)")
                #expect(answer.headers.first(name: "location")?.hasPrefix("/login") == true)
            }
            for path in [
                "/api/v1/records", "/api/v1/records/x", "/api/v1/records/live", "/api/v1/groups", "/api/v1/graph",
                "/api/v1/overview", "/api/v1/policies", "/api/v1/ai", "/api/v1/guarantees", "/api/v1/objects",
                "/api/v1/explain?record=x", "/api/v1/filter/check", "/api/v1/fields", "/api/v1/status",
                "/api/v1/session",
                "/metrics", "/openapi.json",
            ] {
                let answer = try await fixture.ask(.GET, path)
                #expect(answer.status == 401, "\(path)")
                #expect(answer.json["code"] as? String == "login_needed")
                #expect(answer.headers.first(name: "www-authenticate")?.hasPrefix("Bearer") == true)
            }
            #expect(try await fixture.ask(.GET, "/healthz").status == 200)
            #expect(try await fixture.ask(.GET, "/readyz").status == 200)
        }
    }

    @Test func aKeyWithARoleOpensTheAPI() async throws {
        try await Fixture.run { fixture in
            let viewer = try #require(fixture.keys.texts["viewer"])
            let other = try await fixture.ask(.GET, "/api/v1/session", headers: [("x-api-key", viewer)])
            #expect(other.status == 200)
            let twice = try await fixture.ask(.GET, "/api/v1/session", key: "viewer", headers: [("x-api-key", viewer)])
            #expect(twice.status == 400)
            #expect(twice.json["code"] as? String == "several_credentials")
            let answer = try await fixture.ask(.GET, "/api/v1/session", key: "viewer")
            #expect(answer.status == 200)
            #expect(answer.json["name"] as? String == "ops/viewer")
            #expect(answer.json["role"] as? String == "Viewer")
            #expect(answer.json["namespaces"] == nil)
            #expect(try await fixture.ask(.GET, "/api/v1/session", key: "ai").json["namespaces"] as? [String] == ["ai"])
            for wrong in ["none", "sp_wrong", ""] {
                let refused = try await fixture.ask(.GET, "/api/v1/session", key: wrong)
                #expect(refused.status == 401)
                #expect(refused.json["code"] as? String == "invalid_credentials")
            }
        }
    }

    @Test func theFormGivesASessionThatEndsWithTheKey() async throws {
        try await Fixture.run { fixture in
            let cookie = try await fixture.login("viewer")
            let page = try await fixture.ask(.GET, "/records", headers: [("cookie", cookie)])
            #expect(page.status == 200)
            #expect(page.text.contains("ops/viewer"))
            #expect(try await fixture.ask(.GET, "/api/v1/session", headers: [("cookie", cookie)]).status == 200)
            fixture.keys.revoke("viewer")
            #expect(try await fixture.ask(.GET, "/api/v1/session", headers: [("cookie", cookie)]).status == 401)
            #expect(try await fixture.ask(.GET, "/records", headers: [("cookie", cookie)]).status == 303)
        }
    }

    @Test func cookiesAreForThisSiteOnly() async throws {
        try await Fixture.run { fixture in
            let form = try await fixture.ask(.GET, "/login")
            for header in form.headers["set-cookie"] {
                #expect(header.contains("HttpOnly"))
                #expect(header.contains("SameSite=Strict"))
                #expect(header.contains("Path=/"))
                #expect(!header.contains("Domain"))
            }
            #expect(!form.text.contains("{{"))
        }
    }

    @Test func sessionsEndByTime() async throws {
        try await Fixture.run(change: {
            $0.sessionIdle = 100
            $0.sessionWhole = 250
        }) { fixture in
            let cookie = try await fixture.login("viewer")
            func status() async throws -> Int {
                try await fixture.ask(.GET, "/api/v1/session", headers: [("cookie", cookie)]).status
            }
            fixture.advance(seconds: 90)
            #expect(try await status() == 200)
            fixture.advance(seconds: 90)
            #expect(try await status() == 200)
            fixture.advance(seconds: 90)
            #expect(try await status() == 401, "270 seconds after the login")
        }
    }

    @Test func logoutNeedsTheSealOfTheSession() async throws {
        try await Fixture.run { fixture in
            let cookie = try await fixture.login("viewer")
            let page = try await fixture.ask(.GET, "/", headers: [("cookie", cookie)])
            let seal = try #require(page.text.firstMatch(of: /name="seal" value="([0-9a-f]{64})"/)).1
            let other = try await fixture.login("operator")
            let headers = [("cookie", cookie), ("origin", fixture.server.url)]
            #expect(try await fixture.ask(.POST, "/logout", headers: headers, body: "seal=").status == 403)
            #expect(
                try await fixture.ask(
                    .POST, "/logout", headers: [("cookie", other), ("origin", fixture.server.url)], body: "seal=\(seal)"
                )
                .status == 403)
            #expect(try await fixture.ask(.POST, "/logout", headers: headers, body: "seal=\(seal)").status == 303)
            #expect(try await fixture.ask(.GET, "/api/v1/session", headers: [("cookie", cookie)]).status == 401)
            #expect(try await fixture.ask(.GET, "/api/v1/session", headers: [("cookie", other)]).status == 200)
        }
    }

    @Test func formsOfOtherSitesAreRefused() async throws {
        try await Fixture.run { fixture in
            let form = try await fixture.ask(.GET, "/login")
            let cookie = try #require(form.cookie("sallyport-form"))
            let seal = try #require(form.text.firstMatch(of: /name="seal" value="([0-9a-f]{64})"/)).1
            let body = "seal=\(seal)&key=\(fixture.keys.texts["viewer"] ?? "")"
            for (origin, site) in [
                ("https://evil.example", nil), ("null", nil), (nil, nil), ("null", "cross-site"),
                (fixture.server.url, "cross-site"), (fixture.server.url, "same-site"),
            ] as [(String?, String?)] {
                var headers = [("cookie", cookie)]
                if let origin { headers.append(("origin", origin)) }
                if let site { headers.append(("sec-fetch-site", site)) }
                let answer = try await fixture.ask(.POST, "/login", headers: headers, body: body)
                #expect(answer.status == 403, "\(origin ?? "none") \(site ?? "none")")
                #expect(answer.cookie("sallyport") == nil)
            }
            // A form without its cookie, or with another's.
            for cookies in ["", try #require(try await fixture.ask(.GET, "/login").cookie("sallyport-form"))] {
                let headers = [("origin", fixture.server.url), ("cookie", cookies)]
                #expect(try await fixture.ask(.POST, "/login", headers: headers, body: body).status == 403)
            }
            let right = [("cookie", cookie), ("origin", "null"), ("sec-fetch-site", "same-origin")]
            #expect(try await fixture.ask(.POST, "/login", headers: right, body: body).status == 303)
        }
    }

    @Test func aCookieAloneChangesNothing() async throws {
        try await Fixture.run { fixture in
            let cookie = try await fixture.login("viewer")
            let headers = [("cookie", cookie), ("origin", "https://evil.example")]
            #expect(try await fixture.ask(.DELETE, "/api/v1/session", headers: headers).status == 403)
            #expect(try await fixture.ask(.DELETE, "/api/v1/session", headers: [("cookie", cookie)]).status == 403)
            #expect(try await fixture.ask(.GET, "/api/v1/session", headers: [("cookie", cookie)]).status == 200)
            let ours = [("cookie", cookie), ("origin", fixture.server.url)]
            #expect(try await fixture.ask(.DELETE, "/api/v1/session", headers: ours).status == 204)
            #expect(try await fixture.ask(.GET, "/api/v1/session", headers: [("cookie", cookie)]).status == 401)
        }
    }

    @Test func aProgramLogsInWithoutAnOrigin() async throws {
        try await Fixture.run { fixture in
            let body = "{\"key\":\"\(fixture.keys.texts["viewer"] ?? "")\"}"
            let answer = try await fixture.ask(.POST, "/api/v1/session", body: body)
            #expect(answer.status == 200)
            let cookie = try #require(answer.cookie("sallyport"))
            #expect(try await fixture.ask(.GET, "/api/v1/session", headers: [("cookie", cookie)]).status == 200)
            // Whoever shows anything that browsers show must be our own page.
            for headers in [
                [("cookie", "a=b")], [("origin", "https://evil.example")], [("sec-fetch-site", "same-origin")],
                [("sec-fetch-site", "cross-site")],
            ] {
                let refused = try await fixture.ask(.POST, "/api/v1/session", headers: headers, body: body)
                #expect(refused.status == 403, "\(headers)")
                #expect(refused.cookie("sallyport") == nil)
            }
        }
    }

    @Test func failedLoginsHaveToWait() async throws {
        try await Fixture.run(change: { $0.failedLogins = 3 }) { fixture in
            for _ in 0..<3 { #expect(try await fixture.ask(.GET, "/api/v1/session", key: "none").status == 401) }
            let answer = try await fixture.ask(.GET, "/api/v1/session", key: "viewer")
            #expect(answer.status == 429, "a right key has to wait too: whoever guesses must not be told")
            #expect(answer.json["code"] as? String == "too_many_failures")
            #expect(answer.headers.first(name: "retry-after") == "300")
            fixture.advance(seconds: 300)
            #expect(try await fixture.ask(.GET, "/api/v1/session", key: "viewer").status == 200)
        }
    }

    @Test func theLinkOfTheStartOpensOneSession() async throws {
        try await Fixture.run { fixture in
            let link = fixture.lastLink
            let answer = try await fixture.ask(.GET, link)
            #expect(answer.status == 303)
            let cookie = try #require(answer.cookie("sallyport"))
            let session = try await fixture.ask(.GET, "/api/v1/session", headers: [("cookie", cookie)])
            #expect(session.json["role"] as? String == "Operator")
            #expect(session.json["means"] as? String == "link")
            let again = try await fixture.ask(.GET, link)
            #expect(again.status == 401)
            #expect(again.text.contains("used already"))
            #expect(fixture.lastLink != link, "there is a new one")
            #expect(try await fixture.ask(.GET, fixture.lastLink).status == 303)
        }
    }

    @Test func withoutALinkThereIsNone() async throws {
        try await Fixture.run(change: { $0.onLoginLink = nil }) { fixture in
            let answer = try await fixture.ask(.GET, "/login/link?token=" + String(repeating: "0", count: 64))
            #expect(answer.status == 401)
        }
    }

    @Test func rolesAreKept() async throws {
        try await Fixture.run(change: { $0.metrics = { "up 1\n" } }) { fixture in
            for path in ["/metrics", "/api/v1/status"] {
                #expect(try await fixture.ask(.GET, path, key: "operator").status == 200)
                let refused = try await fixture.ask(.GET, path, key: "viewer")
                #expect(refused.status == 403)
                #expect(refused.json["code"] as? String == "role_needed")
            }
            #expect(try await fixture.ask(.GET, "/metrics", key: "operator").text == "up 1\n")
        }
    }
}
