import Foundation
import Kubernetes
import Testing

@testable import sallyport

@Suite("Revoking a key")
struct RevocationTests {
    private let alice = NamespacedName("default", "alice")

    /// Writes one file, revokes alice, and gives the file back.
    private func revoke(_ text: String, file: String = "objects.yaml") throws -> String {
        let directory = try TemporaryDirectory()
        try directory.write(text, to: file)
        _ = try KeyStore(directory: directory.path).revoke(alice)
        return try directory.read(file)
    }

    private func key(_ name: String, _ rest: String = "") -> String {
        """
        apiVersion: sallyport.dev/v1alpha1
        kind: AccessKey
        metadata: {name: \(name)}
        spec:
          sha256: \(name == "alice" ? someHash : String(repeating: "cd", count: 32))
        \(rest)
        """
    }

    @Test("a line that says false says true afterwards, and its comment stays")
    func replaces() throws {
        let changed = try revoke(key("alice", "  revoked: false   # until she leaves\n  owner: alice\n"))
        #expect(changed == key("alice", "  revoked: true # until she leaves\n  owner: alice\n"))
    }

    @Test("where there is no line, one is added; the rest of a bigger file stays as it is")
    func inserts() throws {
        let before = "# ours\n" + key("bob", "  revoked: false\n") + "\n---\n# hers\n"
        let after = "\n---\n" + key("carol").replacing("cd", with: "ef")
        let changed = try revoke(before + key("alice") + after)
        let inserted = key("alice").replacing("spec:\n", with: "spec:\n  revoked: true\n")
        #expect(changed == before + inserted + after)
    }

    @Test("revoking twice changes nothing")
    func twice() throws {
        let directory = try TemporaryDirectory()
        try directory.write(key("alice", "  revoked: true\n"), to: "a.yaml")
        #expect(try KeyStore(directory: directory.path).revoke(alice) == .wasRevoked)
    }

    @Test("what cannot be edited line by line is refused, and left as it was")
    func refuses() throws {
        let flow = """
            apiVersion: sallyport.dev/v1alpha1
            kind: AccessKey
            metadata: {name: alice}
            spec: {sha256: \(someHash)}
            """
        let json = """
            {"apiVersion": "sallyport.dev/v1alpha1", "kind": "AccessKey", "metadata": {"name": "alice"},
             "spec": {"sha256": "\(someHash)"}}
            """
        let list = """
            apiVersion: v1
            kind: List
            items:
            - apiVersion: sallyport.dev/v1alpha1
              kind: AccessKey
              metadata: {name: alice}
              spec:
                sha256: \(someHash)
            """
        for (text, file) in [(flow, "a.yaml"), (json, "a.json"), (list, "a.yaml")] {
            let directory = try TemporaryDirectory()
            try directory.write(text, to: file)
            let refused = failure { _ = try KeyStore(directory: directory.path).revoke(alice) }
            #expect(refused?.code == .badInput)
            #expect(refused?.message.contains(file) == true)
            #expect(try directory.read(file) == text)
            #expect(directory.files == [file])
        }
    }

    @Test("a key that is not there is an error with advice")
    func missing() throws {
        let directory = try TemporaryDirectory()
        let refused = failure { _ = try KeyStore(directory: directory.path).revoke(alice) }
        #expect(refused?.code == .badInput)
        #expect(refused?.advice.contains("keys list") == true)
    }

    @Test("a directory that is not there is an error, for every command that reads one")
    func noDirectory() {
        #expect(failure { _ = try ObjectDirectory("/nowhere/at/all").read() }?.code == .badInput)
        #expect(failure { _ = try KeyStore(directory: "/nowhere/at/all").list() }?.code == .badInput)
    }
}
