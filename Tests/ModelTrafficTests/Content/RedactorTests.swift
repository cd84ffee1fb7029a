import Testing

@testable import ModelTraffic

@Suite("Redaction")
struct RedactorTests {
    private func redacted(_ text: String, _ redactor: Redactor = Redactor()) -> String {
        String(decoding: redactor.redact(Array(text.utf8)).text, as: UTF8.self)
    }

    @Test(
        "credentials go, by what they begin with, by their name, by their frame",
        arguments: [
            ("use sk-proj-abcdefghijklmnop1234 now", "use [redacted secret] now"),
            ("key=AKIAIOSFODNN7EXAMPLE;", "key=[redacted secret];"),
            ("ghp_abcdefghijklmnopqrstuvwxyz0123456789.", "[redacted secret]."),
            ("a eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl b", "a [redacted secret] b"),
            ("sp_0123456789012345678901234567890123456789012345678", "[redacted secret]"),
            ("DB_PASSWORD=hunter2 and more", "DB_PASSWORD=[redacted secret] and more"),
            ("password: hunter2", "password: [redacted secret]"),
            ("{\"api_key\": \"hunter2\"}", "{\"api_key\": \"[redacted secret]\"}"),
            (#"{\"apiKey\":\"hunter2\"}"#, #"{\"apiKey\":\"[redacted secret]\"}"#),
            ("Authorization: Bearer abcdef", "Authorization: Bearer [redacted secret]"),
            ("curl -H 'X: Bearer abcdefghij'", "curl -H 'X: Bearer [redacted secret]'"),
            ("postgres://user:pass@host/db", "postgres://[redacted secret]@host/db"),
            (
                "a -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- b", "a [redacted secret] b"
            ),
            ("-----BEGIN PRIVATE KEY-----\nMIIE cut off", "[redacted secret]"),
        ])
    func credentials(text: String, expected: String) {
        #expect(redacted(text) == expected)
        #expect(redacted(text, Redactor([])) == expected)
    }

    @Test(
        "people and numbers that check go",
        arguments: [
            ("write to ann.b+c@mail.example.com.", "write to [redacted email]."),
            ("<jürgen@exämple.de>", "<[redacted email]>"),
            ("call +49 (30) 123-456 78, now", "call [redacted phone], now"),
            ("card 4111 1111 1111 1111 12/28", "card [redacted card] 12/28"),
            ("5555555555554444", "[redacted card]"), ("3782-822463-10005", "[redacted card]"),
            ("to DE89 3704 0044 0532 0130 00 today", "to [redacted iban] today"),
            ("gb82west12345698765432", "[redacted iban]"),
        ])
    func people(text: String, expected: String) {
        #expect(redacted(text) == expected)
        #expect(redacted(text, Redactor([])) == text)
    }

    @Test(
        "what is none of these stays",
        arguments: [
            "4111 1111 1111 1112", "1700000000000000", "a@b", "@someone said", "1+1=2", "+12 34",
            "DE00 3704 0044 0532 0130 00",
            "the secret of it", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "https://host:443/a@b",
            "task-force",
            "skating", "bearer of news", "password", "{\"secret\":{}}", "",
        ])
    func innocent(text: String) {
        #expect(redacted(text) == text)
    }

    @Test("words of a policy go, with the sign behind them left")
    func words() {
        let redactor = Redactor([], words: ["EMP-*", "*.corp.example"])
        #expect(redacted("ask EMP-0042, or (EMP-1)!", redactor) == "ask [redacted word], or ([redacted word])!")
        #expect(redacted("on db1.corp.example. Then", redactor) == "on [redacted word]. Then")
        #expect(redacted("TEMP-1 corp.example", redactor) == "TEMP-1 corp.example")
    }

    @Test("what begins before the end is replaced whole, and nothing after it is given back")
    func end() {
        let text = Array("mail ann@example.com and bob@example.com".utf8)
        let result = Redactor().redact(text, upTo: 8)
        #expect(String(decoding: result.text, as: UTF8.self) == "mail [redacted email]")
        #expect(result.count == 1)
        #expect(Redactor().redact(text, upTo: 5).text == Array("mail ".utf8))
    }

    @Test("places that overlap are one")
    func overlap() {
        let result = Redactor().redact(Array("password=ann@example.com".utf8))
        #expect(String(decoding: result.text, as: UTF8.self) == "password=[redacted secret]")
        #expect(result.count == 1)
    }

    @Test("long texts of what nearly fits cost no more than their length")
    func linear() {
        // What is quadratic would take hours, which the limit of time of the whole run notices.
        for seed in ["@", "a@", "4111 ", "password=", "://a:", "-----BEGIN ", "+1 ", "DE89 ", "eyJ", ".", "\\\""] {
            let text = Array(String(repeating: seed, count: 100_000 / seed.utf8.count).utf8)
            #expect(!Redactor().redact(text).text.isEmpty)
        }
    }
}
