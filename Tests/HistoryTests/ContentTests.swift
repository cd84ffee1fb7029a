import Foundation
import Records
import Testing

@testable import History

@Suite("Prompts and answers on the disk")
struct ContentTests {
    private let folder: Folder
    private let clock = TestClock()

    init() throws { folder = try Folder() }

    private func store(
        _ change: (inout ContentStore.Configuration) -> Void = { _ in }
    ) throws -> ContentStore {
        let clock = clock
        var configuration = ContentStore.Configuration(directory: folder.path, clock: { clock.now })
        change(&configuration)
        return try ContentStore(configuration, logger: quiet)
    }

    private func content(_ id: String, _ prompt: String, time: Int64 = noon) -> RecordContent {
        RecordContent(
            id: id, time: time, prompt: .init(text: Array(prompt.utf8), isCut: true, redactions: 2),
            answer: .init(text: Array("answer to \(prompt)".utf8)))
    }

    private var files: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()) ?? []
    }

    /// All bytes of all files.
    private func bytes() throws -> [UInt8] {
        try files.flatMap { Array(try Data(contentsOf: URL(filePath: "\(folder.path)/\($0)"))) }
    }

    private func changeKey(_ change: (inout Data) -> Void) throws {
        let url = URL(filePath: "\(folder.path)/content.key")
        var key = try Data(contentsOf: url)
        change(&key)
        try key.write(to: url)
        chmod(url.path, 0o600)
    }

    @Test("what was stored is found again, also after a restart")
    func found() throws {
        let first = try store()
        first.take(content("a", "hello"))
        first.flush()
        #expect(try first.find("a") == .content(content("a", "hello")))
        #expect(try first.find("b") == .nothing)
        #expect(first.counts == (0, 1))
        first.close()
        let second = try store()
        #expect(try second.find("a") == .content(content("a", "hello")))
        second.close()
    }

    @Test("nothing is made before the first comes, and looking makes nothing")
    func nothing() throws {
        let store = try store()
        #expect(try store.find("a") == .nothing)
        store.flush()
        store.close()
        #expect(files == [])
    }

    @Test("no word of it is on the disk, and nobody else may read the files")
    func sealed() throws {
        let store = try store()
        // Long and various, so that packing alone leaves it readable.
        let words = (0..<200).map { "word\($0 &* 7919)" }.joined(separator: " ")
        store.take(content("a", words))
        store.flush()
        let all = try bytes()
        for word in ["word0", "word7919", "answer to"] {
            #expect(!contains(all, Array(word.utf8)), "\(word)")
        }
        #expect(contains(all, Array("a".utf8)))
        for file in files where !file.hasSuffix("-shm") && !file.hasSuffix("-wal") {
            var information = stat()
            #expect(stat("\(folder.path)/\(file)", &information) == 0)
            #expect(information.st_mode & 0o077 == 0, "\(file)")
        }
        store.close()
    }

    private func contains(_ all: [UInt8], _ word: [UInt8]) -> Bool {
        all.indices.dropLast(word.count - 1).contains {
            all[$0] == word[0] && all[$0..<($0 + word.count)].elementsEqual(word)
        }
    }

    @Test("each is sealed under a nonce of its own, and as what it is")
    func nonces() throws {
        let key = try ContentKey.load(orCreate: folder.path + "/content.key")
        let packer = try #require(Packer())
        let one = try #require(SealedContent(content("a", "x"), key, packer))
        let two = try #require(SealedContent(content("a", "x"), key, packer))
        #expect(one.bytes.prefix(12) != two.bytes.prefix(12) && one.bytes != two.bytes)
        #expect(one.open(key) == content("a", "x"))
        #expect(SealedContent(id: "b", time: one.time, key: one.key, bytes: one.bytes).open(key) == nil)
        #expect(SealedContent(id: "a", time: one.time + 1, key: one.key, bytes: one.bytes).open(key) == nil)
        for place in one.bytes.indices {
            var changed = one.bytes
            changed[place] ^= 1
            #expect(SealedContent(id: "a", time: one.time, key: one.key, bytes: changed).open(key) == nil, "\(place)")
        }
    }

    @Test("another key opens nothing and says so; a key that others may read is refused")
    func keys() throws {
        let first = try store()
        first.take(content("a", "x"))
        first.close()
        try changeKey { $0[0] ^= 1 }
        let second = try store()
        guard case .otherKey(let id) = try second.find("a") else { throw Unexpected() }
        #expect(id.count == 16)
        second.close()
        chmod(folder.path + "/content.key", 0o644)
        let third = try store()
        #expect(throws: HistoryError.self) { try third.find("a") }
        third.take(content("b", "x"))
        third.flush()
        #expect(third.counts == (1, 0))
        third.close()
    }

    private struct Unexpected: Error {}

    @Test("a key is given as bytes, hexadecimal digits or base64, and nothing else is one", arguments: [0, 1, 2])
    func keyFiles(form: Int) throws {
        let bytes = (0..<32).map { UInt8($0 * 7) }
        let texts = [
            Data(bytes), Data((hexadecimal(bytes) + "\n").utf8), Data((Data(bytes).base64EncodedString() + "\n").utf8),
        ]
        let path = folder.path + "/given"
        try texts[form].write(to: URL(filePath: path))
        let store = try store { $0.keyFile = path }
        store.take(content("a", "x"))
        store.flush()
        #expect(try store.find("a") == .content(content("a", "x")))
        #expect(!files.contains("content.key"))
        store.close()
        try Data("short".utf8).write(to: URL(filePath: path))
        #expect(throws: HistoryError.self) { try self.store { $0.keyFile = path } }
        #expect(throws: HistoryError.self) { try self.store { $0.keyFile = path + "-none" } }
    }

    @Test("what is too old goes, and is not shown before it has gone")
    func retention() throws {
        let store = try store { $0.retention = 3_600 }
        store.take(content("a", "x"))
        store.flush()
        clock.pass(hour + second)
        #expect(try store.find("a") == .nothing)
        store.take(content("b", "y", time: clock.now))
        store.flush()
        clock.pass(-hour)
        #expect(try store.find("a") == .nothing, "it is gone from the disk")
        #expect(try store.find("b") != .nothing)
        store.close()
    }

    @Test("what is said to be of the future does not stay for longer")
    func future() throws {
        let store = try store { $0.retention = 3_600 }
        store.take(content("a", "x", time: noon + 100 * day))
        store.flush()
        clock.pass(hour + second)
        #expect(try store.find("a") == .nothing)
        store.close()
    }

    @Test("there is never more than may be; the oldest go first")
    func size() throws {
        let store = try store { $0.maximumBytes = 300 << 10 }
        var random = SystemRandomNumberGenerator()
        for number in 0..<200 {
            // Numbers by chance cannot be packed.
            let text = (0..<400).map { _ in String(random.next() as UInt64, radix: 36) }.joined(separator: " ")
            store.take(content("c\(number)", text, time: noon + Int64(number)))
            clock.pass(1)
            if number % 20 == 19 { store.flush() }
        }
        #expect(try store.find("c0") == .nothing)
        #expect(try store.find("c199") != .nothing)
        let size = try FileManager.default.attributesOfItem(atPath: ContentTable.path(folder.path))[.size] as? Int
        #expect(try #require(size) < 1 << 20)
        store.close()
    }

    @Test("the first that comes under an id is the one that stays")
    func first() throws {
        let store = try store()
        store.take(content("a", "x"))
        store.take(content("a", "y"))
        store.flush()
        #expect(try store.find("a") == .content(content("a", "x")))
        store.close()
    }

    @Test("what finds no room is dropped and counted")
    func full() throws {
        let store = try store { $0.queueBytes = 100 }
        store.take(content("a", String(repeating: "x", count: 200)))
        #expect(store.counts == (1, 0))
        store.close()
        store.take(content("b", ""))
        #expect(store.counts == (2, 0))
    }
}
