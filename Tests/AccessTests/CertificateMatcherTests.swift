import Kubernetes
import Testing

@testable import Access

@Suite("Which certificates a rule means")
struct CertificateMatcherTests {
    private func matches(
        _ selection: CertificateSelection, _ names: [CertificateContent.Alternative] = [],
        subject: [(String, String)] = []
    ) throws -> Bool {
        let identity = try ClientIdentity(.client(names, subject: subject))
        return try CertificateMatcher(selection).matches(identity)
    }

    private func mistake(_ selection: CertificateSelection) -> CertificateSelection.Mistake? {
        do throws(CertificateSelection.Mistake) {
            _ = try CertificateMatcher(selection)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "SPIFFE IDs: exact, or with a prefix of whole segments",
        arguments: [
            ("spiffe://a/b", "spiffe://a/b", true), ("spiffe://a/b", "spiffe://a/bc", false),
            ("spiffe://a/b", "spiffe://a/b/c", false), ("spiffe://a/b", "spiffe://a/B", false),
            ("spiffe://a/b", "spiffe://aa/b", false), ("spiffe://a/b/*", "spiffe://a/b/c", true),
            ("spiffe://a/b/*", "spiffe://a/b/c/d", true), ("spiffe://a/b/*", "spiffe://a/b", false),
            ("spiffe://a/b/*", "spiffe://a/bc", false), ("spiffe://a/b/*", "spiffe://a/bc/d", false),
            ("spiffe://a/b/*", "spiffe://x/a/b/c", false), ("spiffe://a/*", "spiffe://a/b", true),
            ("spiffe://a/*", "spiffe://a/b/c", true), ("spiffe://a/*", "spiffe://a.b/c", false),
            ("spiffe://a/*", "spiffe://ab/c", false), ("spiffe://a.b/*", "spiffe://a/b", false),
        ])
    func spiffe(pattern: String, id: String, isMeant: Bool) throws {
        #expect(try matches(CertificateSelection(spiffeIDs: [pattern]), [.uri(id)]) == isMeant)
        let others = ["spiffe://other/x", "spiffe://other/*", pattern]
        #expect(try matches(CertificateSelection(spiffeIDs: others), [.uri(id)]) == isMeant)
    }

    @Test(
        "SPIFFE patterns that would mean more than they say, or nobody",
        arguments: [
            "*", "spiffe://*", "spiffe://*/b", "spiffe://a", "spiffe://a*", "spiffe://a/b*", "spiffe://a/*/c",
            "spiffe://a/b/**", "spiffe://a/b/*/", "spiffe://a//*", "spiffe://a/../*", "spiffe://A/b", "a/b", "/*",
            "spiffe://a/b\u{0}", "spiffe://a/b/", "", "https://a/b",
        ])
    func badPatterns(pattern: String) {
        let found = mistake(CertificateSelection(spiffeIDs: ["spiffe://a/b", pattern]))
        #expect(found?.field == "spiffeIDs[1]", "\(pattern)")
    }

    @Test("DNS names: whole, in any case, never by a wildcard of either side")
    func dns() throws {
        let selection = CertificateSelection(dnsNames: ["Chat.Example.org"])
        #expect(try matches(selection, [.dns("chat.example.org")]))
        #expect(try matches(selection, [.dns("other.test"), .dns("CHAT.EXAMPLE.ORG")]))
        for name in [
            "*.example.org", "example.org", "a.chat.example.org", "chat.example.org.evil", "chat.example.orgx",
            "chat.example.org.", "xchat.example.org", "xn--chat.example.org",
        ] {
            #expect(try !matches(selection, [.dns(name)]), "\(name)")
        }
        #expect(try !matches(selection, [], subject: [("2.5.4.3", "chat.example.org")]), "not by common name")
        #expect(try !matches(selection, [.uri("chat.example.org")]))
        for name in ["*.example.org", "", "a..b", "a b", "bücher.test", "a\u{0}b", "a.", "10.0.0.1"] {
            #expect(mistake(CertificateSelection(dnsNames: [name]))?.field == "dnsNames[0]", "\(name)")
        }
    }

    @Test("subjects: byte for byte, not by what Unicode calls equivalent")
    func subjects() throws {
        let selection = CertificateSelection(subjects: ["CN=Zo\u{eb},O=Example"])
        #expect(try matches(selection, subject: [("2.5.4.10", "Example"), ("2.5.4.3", "Zo\u{eb}")]))
        for (unit, name) in [
            ("Example", "Zoe\u{308}"), ("example", "Zo\u{eb}"), ("Example", "zo\u{eb}"), ("Example", "Zo\u{eb} "),
            ("Example", "Zo\u{eb},O=Example"), ("Example2", "Zo\u{eb}"),
        ] {
            #expect(try !matches(selection, subject: [("2.5.4.10", unit), ("2.5.4.3", name)]), "\(unit) \(name)")
        }
        #expect(
            try !matches(selection, subject: [("2.5.4.3", "Zo\u{eb}"), ("2.5.4.10", "Example")]), "the order counts")
        #expect(try !matches(selection, subject: [("2.5.4.3", "Zo\u{eb}")]), "all of it counts")
    }

    @Test("a value cannot write further elements into the subject")
    func subjectInjection() throws {
        let selection = CertificateSelection(subjects: ["CN=admin,O=Example"])
        #expect(try !matches(selection, subject: [("2.5.4.3", "admin,O=Example")]))
        #expect(try !matches(selection, subject: [("2.5.4.10", "Example\\"), ("2.5.4.3", "admin")]))
    }

    @Test(
        "subjects that no certificate can have are mistakes",
        arguments: [
            "", "alice", "/CN=alice/O=Example", "CN=alice, O=Example", "CN = alice", "cn=alice", "CN=alice,",
            "CN=alice,O", "E=a@b", "CN=a\u{0}", "CN=alice+ OU=x", "1.2.3=x",
        ])
    func badSubjects(text: String) {
        #expect(mistake(CertificateSelection(subjects: [text]))?.field == "subjects[0]", "\(text)")
    }

    @Test("subjects as they are shown can be used as they are")
    func subjectsRoundTrip() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let types = ["2.5.4.3", "2.5.4.10", "2.5.4.11", "2.5.4.6", "0.9.2342.19200300.100.1.25"]
        let pieces = ["a", "B", " ", ",", "+", "\"", "\\", "<", ">", ";", "#", "=", "é", "名", "CN=x", "\\,"]
        for _ in 0..<500 {
            let subject = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                let text = (0..<Int.random(in: 0...5, using: &random)).map { _ in
                    pieces[Int.random(in: 0..<pieces.count, using: &random)]
                }
                return (types[Int.random(in: 0..<types.count, using: &random)], text.joined())
            }
            let shown = try #require(try ClientIdentity(.client(subject: subject)).subject?.description)
            #expect(try matches(CertificateSelection(subjects: [shown]), subject: subject), "seed \(seed): \(shown)")
            var other = subject
            other[0].1 += "x"
            #expect(try !matches(CertificateSelection(subjects: [shown]), subject: other), "seed \(seed): \(shown)")
        }
    }

    @Test("fingerprints: 64 digits in either case")
    func fingerprints() throws {
        let own = CertificateFingerprint(hashing: [1]).description
        #expect(try matches(CertificateSelection(fingerprints: [own])))
        #expect(try matches(CertificateSelection(fingerprints: [own.uppercased()])))
        #expect(try !matches(CertificateSelection(fingerprints: [CertificateFingerprint(hashing: [2]).description])))
        for text in ["", String(own.dropLast()), own + "0", "g" + own.dropFirst(), "sha256:\(own)", " \(own)"] {
            #expect(mistake(CertificateSelection(fingerprints: [text]))?.field == "fingerprints[0]", "\(text)")
        }
    }

    @Test("any entry of any list is enough; no entry means nobody")
    func lists() throws {
        let names: [CertificateContent.Alternative] = [.uri("spiffe://a/b"), .dns("x.test")]
        let no = CertificateSelection(spiffeIDs: ["spiffe://a/c"], dnsNames: ["y.test"], subjects: ["CN=y"])
        #expect(try !matches(no, names, subject: [("2.5.4.3", "x")]))
        var one = no
        one.dnsNames.append("x.test")
        #expect(try matches(one, names, subject: [("2.5.4.3", "x")]))
        #expect(CertificateSelection().isEmpty && !no.isEmpty)
        #expect(try !matches(CertificateSelection(), names, subject: [("2.5.4.3", "x")]))
    }

    @Test("random IDs and patterns: the matcher agrees with the plain reading of the rule")
    func oracle() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        func path() -> [String] {
            (0..<Int.random(in: 1...3, using: &random)).map { _ in
                ["a", "b", "ab"][Int.random(in: 0..<3, using: &random)]
            }
        }
        for _ in 0..<2_000 {
            let id = ["d"] + path()
            let pattern = ["d"] + path()
            let isPrefix = Bool.random(using: &random)
            let text = "spiffe://" + pattern.joined(separator: "/") + (isPrefix ? "/*" : "")
            let expected = isPrefix ? id.count > pattern.count && id.starts(with: pattern) : id == pattern
            let found = try matches(
                CertificateSelection(spiffeIDs: [text]), [.uri("spiffe://" + id.joined(separator: "/"))])
            #expect(found == expected, "seed \(seed): \(text) \(id)")
        }
    }
}
