import Foundation
import Records
import Testing

@Suite("Text from outside")
struct OutsideTextTests {
    private var outside: [WritableKeyPath<Record.HTTP, [UInt8]>] { [\.method, \.host, \.path, \.userAgent] }

    @Test("characters that end lines or deceive are written as escapes")
    func escapes() {
        let cases: [(String, String)] = [
            ("a\"b\\c/d", "a\\\"b\\\\c/d"), ("\n\r\t\0\u{1b}[31m", "\\u000a\\u000d\\u0009\\u0000\\u001b[31m"),
            ("\u{7f}\u{80}\u{9f}", "\\u007f\\u0080\\u009f"), ("\u{2028}\u{2029}", "\\u2028\\u2029"),
            ("\u{202e}abc\u{2066}", "\\u202eabc\\u2066"), ("\u{200b}\u{feff}\u{ad}", "\\u200b\\ufeff\\u00ad"),
            ("\u{e0041}", "\\udb40\\udc41"), ("häß😀日本", "häß😀日本"), ("", ""),
        ]
        for (text, written) in cases {
            var record = fullRecord()
            record.http?.host = Array(text.utf8)
            record.rule = text + "!"
            let line = String(decoding: encode(record), as: UTF8.self)
            #expect(line.contains("\"host\":\"\(written)\","), "\(written)")
            #expect(line.contains("\"rule\":\"\(written)!\","), "\(written)")
        }
    }

    @Test("what is not UTF-8 becomes replacement characters, as the standard library has them")
    func invalid() throws {
        let cases: [[UInt8]] = [
            [0xff], [0x61, 0xc3], [0xc3, 0x28], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xed, 0xa0, 0x80], [0xc0, 0xaf],
            [0xf4, 0x90, 0x80, 0x80], [0x80, 0x80, 0x61], [0xe2, 0x80, 0xa8, 0xe2, 0x80],
        ]
        for bytes in cases {
            var record = fullRecord()
            record.http?.userAgent = bytes
            let http = try #require(try decode(encode(record))["http"] as? [String: Any])
            #expect(http["user_agent"] as? String == String(decoding: bytes, as: UTF8.self), "\(bytes)")
        }
    }

    @Test("random bytes in every text give one line of harmless JSON that says the same")
    func fuzz() throws {
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        for round in 0..<3_000 {
            var record = fullRecord()
            for field in outside { record.http?[keyPath: field] = randomText(&random) }
            record.tls?.serverName = randomText(&random)
            let name = String(decoding: randomText(&random), as: UTF8.self)
            (record.id, record.reason, record.policy, record.place.listener) = (name, name, name, name)
            (record.principal, record.trace[0].rule) = (
                .init(kind: name, name: name, namespace: name, owner: name), name
            )
            let line = encode(record)
            #expect(!line.contains { $0 < 0x20 || $0 == 0x7f }, "seed \(seed) round \(round)")
            #expect(String(validating: line, as: UTF8.self) != nil, "seed \(seed) round \(round)")
            let json = try decode(line)
            let http = try #require(json["http"] as? [String: Any])
            #expect(json["id"] as? String == name, "seed \(seed) round \(round)")
            let host = record.http.map { String(decoding: $0.host, as: UTF8.self) }
            #expect(http["host"] as? String == host, "seed \(seed) round \(round)")
        }
    }

    /// Bytes that like to be troublesome.
    private func randomText(_ random: inout SeededGenerator) -> [UInt8] {
        let pieces: [[UInt8]] = [
            [0], [0x0a], [0x22], [0x5c], [0x7f], [0x80], [0xc3], [0xe2, 0x80], [0xe2, 0x80, 0xa8], [0xf0, 0x9f],
            [0xf0, 0x9f, 0x98, 0x80], [0xff], Array("sp_".utf8), Array("\\u0041".utf8), Array("plain".utf8),
        ]
        return (0..<Int.random(in: 0...20, using: &random)).flatMap { _ in
            Bool.random(using: &random)
                ? pieces.randomElement(using: &random)! : [UInt8.random(in: 0...255, using: &random)]
        }
    }

    @Test("queries and fragments are cut off paths")
    func queries() throws {
        for path in ["/a?key=v", "/a?", "/a#f?x", "/a?x=sp_1"] {
            var record = fullRecord()
            record.http?.path = Array(path.utf8)
            let http = try #require(try decode(encode(record))["http"] as? [String: Any])
            #expect(http["path"] as? String == "/a")
        }
    }

    @Test("long text is cut between characters, and says so")
    func long() throws {
        for fill in ["a", "ä", "日", "😀"] {
            for shift in 0..<4 {
                var record = fullRecord()
                record.http?.userAgent = Array(
                    (String(repeating: "x", count: shift) + String(repeating: fill, count: 5_000)).utf8)
                let http = try #require(try decode(encode(record))["http"] as? [String: Any])
                let text = try #require(http["user_agent"] as? String)
                #expect(text.hasSuffix(fill + "…"))
                #expect((2_045...2_048).contains(text.utf8.count - "…".utf8.count))
            }
        }
        var record = fullRecord()
        record.http?.userAgent = Array(repeating: 0x80, count: 10_000)
        #expect(encode(record).count < 10_000)
    }

    @Test("what looks like an access key is redacted, wherever it is")
    func secrets() throws {
        let body = "0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2yZ3a4b5c6d7e"
        for text in [
            "sp_\(body)", "/x/sp_\(body)/y", "sp_sp_\(body)", "a_sp_\(body)sp_\(body)\"", "sp_\(body.prefix(24))",
        ] {
            var record = fullRecord()
            for field in outside { record.http?[keyPath: field] = Array(text.utf8) }
            record.tls?.serverName = Array(text.utf8)
            (record.id, record.explanation, record.rule, record.place.route) = (text, text, text, text)
            record.principal = .init(kind: text, name: text, namespace: text, owner: text)
            let line = String(decoding: encode(record), as: UTF8.self)
            #expect(!line.contains(body.prefix(20)), "\(line)")
            #expect(line.contains("sp_[redacted]"))
        }
        var record = fullRecord()
        record.rule = "sp_short and asp_netCoreModuleVersionTwo"
        #expect(String(decoding: encode(record), as: UTF8.self).contains(record.rule.prefix(12)))
    }
}
