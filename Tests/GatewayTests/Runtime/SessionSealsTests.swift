import Foundation
import Testing

@testable import Gateway

/// Identifiers that are of use to one owner only.
struct SessionSealsTests {
    private let seals = SessionSeals(secret: [UInt8](repeating: 7, count: 32))

    @Test("what was sealed opens for its owner, whatever is in it", arguments: ["abc", "a.b.c", "", ".", "\u{e9}"])
    func opens(identifier: String) {
        let sealed = seals.seal(identifier, owner: 1)
        #expect(sealed != identifier)
        #expect(seals.open(sealed, owner: 1) == identifier)
        for owner in [0, 2, UInt128.max, 1 << 64, 1 << 120] { #expect(seals.open(sealed, owner: owner) == nil) }
    }

    @Test("the same identifier and owner give the same seal, under one secret only")
    func deterministic() {
        let other = SessionSeals(secret: [UInt8](repeating: 8, count: 32))
        let sealed = seals.seal("abc", owner: 1)
        #expect(SessionSeals(secret: [UInt8](repeating: 7, count: 32)).seal("abc", owner: 1) == sealed)
        #expect(other.seal("abc", owner: 1) != sealed)
        #expect(other.open(sealed, owner: 1) == nil)
    }

    @Test("no change of any character opens it")
    func changed() {
        let sealed = Array(seals.seal("session-1", owner: 42).utf8)
        for index in sealed.indices {
            for bit in 0..<8 {
                var changed = sealed
                changed[index] ^= 1 << bit
                #expect(seals.open(String(decoding: changed, as: UTF8.self), owner: 42) == nil, "\(index), \(bit)")
            }
            #expect(seals.open(String(decoding: sealed[..<index], as: UTF8.self), owner: 42) == nil)
        }
        #expect(seals.open("session-1", owner: 42) == nil)
        #expect(seals.open(String(decoding: sealed, as: UTF8.self).uppercased(), owner: 42) == nil)
        #expect(seals.open("", owner: 42) == nil)
    }

    @Test("the secret is made once, kept for its owner only, and known again")
    func kept() throws {
        let directory = try TemporaryDirectory()
        let sealed = try SessionSeals(stateDirectory: directory.path).seal("abc", owner: 1)
        #expect(try SessionSeals(stateDirectory: directory.path).open(sealed, owner: 1) == "abc")
        let elsewhere = try TemporaryDirectory()
        #expect(try SessionSeals(stateDirectory: elsewhere.path).open(sealed, owner: 1) == nil)
        let attributes = try FileManager.default.attributesOfItem(atPath: directory.path + "/session.key")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(attributes[.size] as? Int == 32)
    }

    @Test("a secret that others may read, or that is none, is not used", arguments: [0, 31, 33])
    func wrongSecret(size: Int) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("session.key", [UInt8](repeating: 1, count: size))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(throws: StateFileError.self) { try SessionSeals(stateDirectory: directory.path) }
        let open = try TemporaryDirectory()
        let readable = try open.write("session.key", [UInt8](repeating: 1, count: 32))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: readable)
        #expect(throws: StateFileError.self) { try SessionSeals(stateDirectory: open.path) }
    }
}
