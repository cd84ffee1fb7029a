import Foundation
import Testing

@testable import Gateway

@Suite("LocalAuthority")
struct LocalAuthorityTests {
    private let directory: TemporaryDirectory
    private let state: String
    private let now = Int(Date().timeIntervalSince1970)

    init() throws {
        directory = try TemporaryDirectory()
        state = directory.path + "/authority"
    }

    private func load() throws -> LocalAuthority {
        try LocalAuthority.load(orCreateIn: state, hostname: "box", now: now)
    }

    private func mode(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test("the first start makes it, the second finds it, and only the owner can read the key")
    func createThenLoad() throws {
        let first = try load()
        #expect(try load().certificate == first.certificate)
        #expect(try mode(state) == 0o700)
        #expect(try mode(state + "/ca-key.pem") == 0o600)
        #expect(first.certificatePath == state + "/ca.pem")
        #expect(try FileManager.default.contentsOfDirectory(atPath: state).sorted() == ["ca-key.pem", "ca.pem"])
    }

    @Test("a stop between the two files loses nothing")
    func interrupted() throws {
        let first = try load()
        try FileManager.default.removeItem(atPath: state + "/ca.pem")
        // What a killed writer leaves has another name and is never read.
        try Data("half".utf8).write(to: URL(fileURLWithPath: state + "/ca-key.pem.new-1-2"))
        #expect(try load().certificate == first.certificate)
        #expect(FileManager.default.fileExists(atPath: state + "/ca.pem"))
    }

    @Test("a damaged or half state is reported and left as it is")
    func damaged() throws {
        _ = try load()
        let keyFile = URL(fileURLWithPath: state + "/ca-key.pem")
        let good = try Data(contentsOf: keyFile)
        for bad in [Data(), Data("rubbish".utf8), good.prefix(good.count / 2), good.prefix(good.count - 40)] {
            // In place: the mode stays.
            let handle = try FileHandle(forWritingTo: keyFile)
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: bad)
            try handle.close()
            #expect(throws: LocalAuthority.Problem.unreadable(path: state + "/ca-key.pem")) { try load() }
            #expect(try Data(contentsOf: keyFile) == bad)
        }
        try FileManager.default.removeItem(at: keyFile)
        let missing = LocalAuthority.Problem.keyIsMissing(keyPath: state + "/ca-key.pem", path: state + "/ca.pem")
        #expect(throws: missing) { try load() }
        #expect(!FileManager.default.fileExists(atPath: keyFile.path))
    }

    @Test("a certificate of another key is reported")
    func foreignCertificate() throws {
        _ = try load()
        let other = directory.path + "/other"
        _ = try LocalAuthority.load(orCreateIn: other, hostname: "box", now: now)
        try Data(contentsOf: URL(fileURLWithPath: other + "/ca.pem"))
            .write(to: URL(fileURLWithPath: state + "/ca.pem"))
        let differs = LocalAuthority.Problem.differs(path: state + "/ca.pem", keyPath: state + "/ca-key.pem")
        #expect(throws: differs) { try load() }
    }

    @Test("a key that others can read is refused")
    func openKey() throws {
        _ = try load()
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: state + "/ca-key.pem")
        #expect(throws: LocalAuthority.Problem.self) { try load() }
    }

    @Test("an authority whose time is over is reported")
    func expired() throws {
        _ = try load()
        let later = now + 11 * 365 * 86_400
        #expect(throws: LocalAuthority.Problem.expired(path: state + "/ca-key.pem")) {
            try LocalAuthority.load(orCreateIn: state, hostname: "box", now: later)
        }
    }

    @Test("no directory to be in: an error with the path")
    func noParent() {
        let path = directory.path + "/no/such"
        #expect(throws: LocalAuthority.Problem.self) {
            try LocalAuthority.load(orCreateIn: path, hostname: "box", now: now)
        }
    }

    @Test("many at once agree on one authority")
    func concurrent() async throws {
        let (state, now) = (state, now)
        let all = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<8 {
                group.addTask { try LocalAuthority.load(orCreateIn: state, hostname: "box", now: now).certificate }
            }
            return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
        }
        #expect(all.count == 1)
    }

    @Test("leaves: names, dates, and when to renew")
    func leaves() async throws {
        let authority = try load()
        let issued = try authority.issue(names: ["localhost", "*.box.test", "127.0.0.1", "::1"], now: now)
        #expect(issued.expiresAt == now + 90 * 86_400)
        #expect(issued.renewAt == now + 60 * 86_400)
        let names = try LoadedCertificate(issued.source).names
        #expect(names.covers(try #require(DomainName("localhost"))))
        #expect(names.covers(try #require(DomainName("a.box.test"))))
        #expect(names.addresses == [[127, 0, 0, 1], [UInt8](repeating: 0, count: 15) + [1]])
        let leaf = try directory.write("leaf.pem", issued.source.chain.reveal { $0 })
        let verified = try await run(
            "openssl",
            ["verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "localhost"]
                + ["-CAfile", authority.certificatePath, leaf])
        #expect(verified.status == 0, "\(verified.output)")
        let text = try await run("openssl", ["x509", "-in", authority.certificatePath, "-noout", "-text"])
        #expect(text.output.contains("CA:TRUE, pathlen:0"))
        #expect(text.output.contains("Sallyport local authority box"))
    }

    @Test("a leaf never outlives its authority")
    func clipped() throws {
        let authority = try load()
        let late = now + 3652 * 86_400 - 9 * 86_400
        let issued = try authority.issue(names: ["localhost"], now: late)
        #expect(issued.expiresAt == now + 3652 * 86_400)
        #expect(issued.renewAt == late + 6 * 86_400)
    }

    @Test("names that no certificate can have are refused", arguments: ["", "a b", "a\0b", "*.com", "*", "a.*.b"])
    func badNames(name: String) throws {
        let authority = try load()
        #expect(throws: LocalAuthority.Problem.badName(name)) { try authority.issue(names: [name], now: now) }
    }
}
