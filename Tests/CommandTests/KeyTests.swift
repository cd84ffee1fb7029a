import Access
import Addresses
import Foundation
import Kubernetes
import Testing

@testable import sallyport

@Suite("Access keys of a directory")
struct KeyTests {
    let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func request(_ raw: KeyRequest.Raw) throws -> KeyRequest { try KeyRequest(raw, now: now) }

    @Test("a key that is made reads back as what was asked for, and only its hash is in the file")
    func create() throws {
        let directory = try TemporaryDirectory()
        let wanted = try request(
            KeyRequest.Raw(
                name: "ci", namespace: "ai", owner: #"ci "bot" \ co"#, expires: "90d", labels: ["team=a,tier=true"],
                networks: ["10.0.0.0/8", "::1"]))
        let made = try KeyStore(directory: directory.path).create(wanted)
        #expect(directory.files == ["keys/ai/ci.yaml"])
        let text = try directory.read("keys/ai/ci.yaml")
        made.key.reveal { key in
            #expect(!text.contains(key))
            #expect(key.hasPrefix("sp_"))
        }
        let found = try KeyStore(directory: directory.path).list()
        #expect(found.mistakes.isEmpty)
        let key = try #require(found.keys.first)
        #expect(key.key == NamespacedName("ai", "ci"))
        #expect(key.sha256 == made.key.digest.bytes)
        #expect(key.owner == #"ci "bot" \ co"#)
        #expect(key.expires == Int64(1_807_776_000))
        #expect(key.metadata.labels == ["team": "a", "tier": "true"])
        #expect(key.networks.map(\.description) == ["10.0.0.0/8", "::1/128"])
        #expect(!key.revoked)
    }

    @Test("names that look like other things in YAML stay names", arguments: ["true", "null", "1e3", "0x10", "123"])
    func names(name: String) throws {
        let directory = try TemporaryDirectory()
        _ = try KeyStore(directory: directory.path).create(request(KeyRequest.Raw(name: name, owner: name)))
        let found = try KeyStore(directory: directory.path).list()
        #expect(found.keys.map(\.metadata.name) == [name])
        #expect(found.keys.map(\.owner) == [name])
    }

    @Test("a name is taken once, wherever it is written")
    func taken() throws {
        let directory = try TemporaryDirectory()
        let store = KeyStore(directory: directory.path)
        _ = try store.create(request(KeyRequest.Raw(name: "alice")))
        #expect(failure { _ = try store.create(request(KeyRequest.Raw(name: "alice"))) }?.code == .cannotCreate)
        let broken = "apiVersion: sallyport.dev/v1alpha1\nkind: AccessKey\nmetadata: {name: bob}\nspec: {sha256: zz}\n"
        try directory.write(broken, to: "elsewhere.yaml")
        let refused = failure { _ = try store.create(request(KeyRequest.Raw(name: "bob"))) }
        #expect(refused?.code == .cannotCreate)
        #expect(refused?.message.contains("elsewhere.yaml:1") == true)
        _ = try store.create(request(KeyRequest.Raw(name: "alice", namespace: "ai")))
        #expect(directory.files == ["elsewhere.yaml", "keys/ai/alice.yaml", "keys/alice.yaml"])
    }

    @Test(
        "what cannot be is refused before anything is written",
        arguments: [
            KeyRequest.Raw(name: "Alice"), KeyRequest.Raw(name: "../alice"), KeyRequest.Raw(name: ""),
            KeyRequest.Raw(name: "a", namespace: "a.b"), KeyRequest.Raw(name: "a", owner: "two\nlines"),
            KeyRequest.Raw(name: "a", owner: ""), KeyRequest.Raw(name: "a", expires: "soon"),
            KeyRequest.Raw(name: "a", expires: "-1d"), KeyRequest.Raw(name: "a", expires: "0d"),
            KeyRequest.Raw(name: "a", expires: "2001-01-01T00:00:00Z"), KeyRequest.Raw(name: "a", labels: ["team"]),
            KeyRequest.Raw(name: "a", labels: ["team=a", "team=b"]), KeyRequest.Raw(name: "a", labels: ["a b=c"]),
            KeyRequest.Raw(name: "a", networks: ["10.0.0.1/8"]), KeyRequest.Raw(name: "a", networks: ["ten"]),
        ])
    func refused(raw: KeyRequest.Raw) {
        #expect(failure { _ = try request(raw) }?.code == .usage)
    }

    @Test("times of expiry are read in every form that the help names")
    func expiry() throws {
        #expect(try Expiry.date("12h", now: now) == now.addingTimeInterval(43200))
        #expect(try Expiry.date("2w", now: now) == now.addingTimeInterval(14 * 86400))
        #expect(try Expiry.text(Expiry.date("2030-01-31T00:00:00Z", now: now)) == "2030-01-31T00:00:00Z")
    }

    @Test("a key's state follows from its object")
    func states() throws {
        let directory = try TemporaryDirectory()
        let store = KeyStore(directory: directory.path)
        _ = try store.create(request(KeyRequest.Raw(name: "a-active")))
        _ = try store.create(request(KeyRequest.Raw(name: "b-short", expires: "1m")))
        _ = try store.create(request(KeyRequest.Raw(name: "c-gone")))
        #expect(try store.revoke(NamespacedName("default", "c-gone")) != .wasRevoked)
        let entries = try store.list().keys.map { KeysListCommand.Entry($0, now: now.addingTimeInterval(60)) }
        #expect(entries.map(\.state) == ["active", "expired", "revoked"])
        let table = KeysListCommand.table(entries)
        #expect(table.count == 4)
        #expect(table[1].hasPrefix("default    a-active  active   -      never"))
    }
}
