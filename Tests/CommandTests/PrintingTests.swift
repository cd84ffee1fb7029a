import Access
import Foundation
import Kubernetes
import Logging
import Routing
import Testing

@testable import sallyport

@Suite("What is printed")
struct PrintingTests {
    private let plain = Terminal(descriptor: 1, environment: ["NO_COLOR": "1"])

    @Test("colours are for terminals of people who want them")
    func colours() {
        #expect(Terminal.colours(isTerminal: true, environment: [:]))
        #expect(Terminal.colours(isTerminal: true, environment: ["NO_COLOR": ""]))
        #expect(!Terminal.colours(isTerminal: true, environment: ["NO_COLOR": "1"]))
        #expect(!Terminal.colours(isTerminal: true, environment: ["TERM": "dumb"]))
        #expect(!Terminal.colours(isTerminal: false, environment: [:]))
    }

    @Test("nothing from outside can move the cursor or turn the line around")
    func control() {
        #expect(Printable.oneLine("plain äöü 鍵") == "plain äöü 鍵")
        #expect(Printable.oneLine("a\u{1b}[2Jb\nc\u{7f}") == #"a\u{1b}[2Jb\u{a}c\u{7f}"#)
        #expect(Printable.oneLine("a\u{202e}b") == #"a\u{202e}b"#)
        let line = PlainLog.line(time: "T", .info, "said\n", ["b": "two words", "a": "\u{1b}"])
        #expect(line == #"T info: said\u{a} a=\u{1b} b="two words""#)
    }

    @Test("mistakes are lines that an editor can follow")
    func mistakes() {
        let object = ObjectReference(group: "", kind: "Service", namespace: "ai", name: "x")
        let mistake = Mistake(
            position: Position(file: "a.yaml", line: 3, column: 5), object: object, path: "spec.ports",
            message: "must be a list")
        let entry = MistakeText.Entry(mistake)
        #expect(entry.text(in: "d") == "d/a.yaml:3:5: Service ai/x: spec.ports: must be a list")
        #expect(entry.text(in: ".") == "a.yaml:3:5: Service ai/x: spec.ports: must be a list")
        let bare = MistakeText.Entry(Mistake(position: nil, object: nil, path: "", message: "no"))
        #expect(bare.text(in: "d") == "no")
    }

    @Test("words of a shell and of Python stay one word")
    func quoting() {
        #expect(Shell.quoted("/a/b-c_1.pem") == "/a/b-c_1.pem")
        #expect(Shell.quoted("/a b/it's") == #"'/a b/it'\''s'"#)
        #expect(Shell.quoted("") == "''")
        #expect(Python.quoted(#"a"b\"#) == #""a\"b\\""#)
    }

    private func greeting(key: AccessKeyText?, authority: String?, _ server: ServerKind = .ollama) throws -> Greeting {
        var greeting = Greeting(
            addresses: ["https://127.0.0.1:8443"], directory: "/s/protect", objectCount: 6, mistakeCount: 0,
            admin: "127.0.0.1:9470", state: "/s", authority: authority)
        greeting.protected = Greeting.Protected(
            upstream: try Upstream("http://127.0.0.1:11434"), server: server, newKey: key, directory: "/s/protect")
        return greeting
    }

    @Test("the greeting shows the key when it is made, and lines that can be pasted")
    func greets() throws {
        var generator = SystemRandomNumberGenerator()
        let key = AccessKeyText.generate(using: &generator)
        let text = try greeting(key: key, authority: "/s/ca.pem").lines(plain).joined(separator: "\n")
        key.reveal { secret in
            #expect(text.contains("export SALLYPORT_KEY=\(secret)\n"))
            #expect(text.components(separatedBy: secret).count == 2)
        }
        #expect(text.contains("curl --cacert /s/ca.pem -H \"Authorization: Bearer $SALLYPORT_KEY\""))
        #expect(text.contains("https://127.0.0.1:8443/api/chat"))
        #expect(text.contains(#"openai.OpenAI(base_url="https://127.0.0.1:8443/v1""#))
        let later = try greeting(key: nil, authority: nil).lines(plain).joined(separator: "\n")
        #expect(!later.contains("sp_"))
        #expect(later.contains("Bearer $SALLYPORT_KEY"))
        #expect(!later.contains("cacert"))
        #expect(later.contains("sallyport keys create NAME --dir /s/protect"))
        let other = try greeting(key: nil, authority: "/s/ca.pem", .anthropic).lines(plain).joined(separator: "\n")
        #expect(other.contains("anthropic.Anthropic(base_url=\"https://127.0.0.1:8443\""))
    }

    @Test("a status for people names what fails, and a status for programs reads back as it was")
    func status() throws {
        let good = StatusReport.Condition(
            type: "Accepted", status: "True", reason: "Accepted", message: "", observedGeneration: 1)
        let bad = StatusReport.Condition(
            type: "ResolvedRefs", status: "False", reason: "BackendNotFound", message: "no Service \u{1b}x",
            observedGeneration: 1)
        let route = StatusReport.Entry(
            group: "g", kind: "HTTPRoute", namespace: "ai", name: "r", file: "a.yaml", line: 1, conditions: [],
            parts: [StatusReport.Part(name: "parent Gateway front", conditions: [good, bad])])
        let report = StatusReport(
            directory: "d", admin: "127.0.0.1:9470", revision: 3, ready: true, listening: ["8443": "127.0.0.1:8443"],
            objects: [route], mistakes: [], unreadable: ["x.yaml"])
        #expect(!report.isGood)
        let lines = StatusText(report, plain).lines
        #expect(
            lines == [
                "127.0.0.1:9470: ready, revision 3", "  listening on 127.0.0.1:8443", "bad HTTPRoute ai/r",
                "      parent Gateway front: Accepted",
                #"        ResolvedRefs is False: BackendNotFound: no Service \u{1b}x"#,
                "unreadable: x.yaml: cannot be read; everything is denied until it can",
            ])
        let text = try JSON.text(report)
        #expect(try JSONDecoder().decode(StatusReport.self, from: Data(text.utf8)) == report)
    }

    @Test("a key that was ended is as its object asks")
    func endedKeys() {
        let revoked = StatusReport.Condition(
            type: "Accepted", status: "False", reason: "Revoked", message: "", observedGeneration: 1)
        let key = StatusReport.Entry(
            group: "g", kind: "AccessKey", namespace: "ai", name: "k", conditions: [revoked], parts: [])
        let report = StatusReport(directory: "d", objects: [key], mistakes: [], unreadable: [])
        #expect(report.isGood)
        #expect(StatusText(report, plain).lines == ["ok  AccessKey ai/k: Revoked"])
    }

    @Test("what routing and access say of one object stands together")
    func merged() {
        func entry(_ reasons: [String]) -> StatusReport.Entry {
            let conditions = reasons.map {
                StatusReport.Condition(
                    type: "Accepted", status: "False", reason: $0, message: "", observedGeneration: 1)
            }
            return StatusReport.Entry(
                group: "g", kind: "AccessPolicy", namespace: "ai", name: "p", conditions: conditions, parts: [])
        }
        let merged = StatusReport.merged([entry(["A"]), entry(["A", "B"])])
        #expect(merged == [entry(["A", "B"])])
    }

    @Test("a directory's status is computed by what a gateway uses")
    func computed() throws {
        let directory = try TemporaryDirectory()
        let made = ProtectObjects(
            upstream: try Upstream("http://127.0.0.1:9"), server: .vllm, listen: 8080, isPlaintext: true)
        for file in made.files { try directory.write(file.text, to: file.name) }
        func report() throws -> StatusReport {
            StatusReport(
                directory: directory.path, snapshot: try ObjectDirectory(directory.path).read(), routing: .embedded,
                now: Date())
        }
        let good = try report()
        let text = try JSON.text(good)
        #expect(good.isGood, "\(text)")
        #expect(good.objects.contains { $0.kind == "Gateway" })
        #expect(good.objects.contains { $0.kind == "HTTPRoute" && !$0.parts.isEmpty })
        #expect(good.objects.contains { $0.kind == "AccessPolicy" })
        try FileManager.default.removeItem(atPath: directory.path + "/backend.yaml")
        #expect(try !report().isGood)
    }
}

@Suite("Files are whole or not there")
struct AtomicFileTests {
    @Test("creating refuses what is there; replacing does not")
    func createAndReplace() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/a.yaml"
        try AtomicFile.create(path, "one")
        #expect(failure { try AtomicFile.create(path, "two") }?.code == .cannotCreate)
        #expect(try directory.read("a.yaml") == "one")
        try AtomicFile.replace(path, "three")
        #expect(try directory.read("a.yaml") == "three")
        #expect(directory.files == ["a.yaml"])
    }

    @Test("a place that is not there is an error, and leaves nothing behind")
    func nowhere() throws {
        let directory = try TemporaryDirectory()
        #expect(failure { try AtomicFile.create(directory.path + "/no/a.yaml", "") }?.code == .cannotCreate)
        #expect(failure { _ = try AtomicFile.read(directory.path + "/no.yaml") }?.code == .inputOutput)
        try directory.write("", to: "file")
        #expect(failure { try AtomicFile.makeDirectory(directory.path + "/file") }?.code == .cannotCreate)
        #expect(directory.files == ["file"])
    }
}
