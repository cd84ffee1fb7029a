import Foundation
import GRDB
import Testing

@testable import History

/// What is wrong is named, and nothing is ever deleted for it.
@Suite(.timeLimit(.minutes(2)))
struct DamageTests {
    private let folder: Folder
    private let clock = TestClock()
    private var directory: String { folder.path + "/history" }

    init() throws { folder = try Folder() }

    private func open(_ change: (inout History.Configuration) -> Void = { _ in }) throws -> History {
        var configuration = History.Configuration(folder, clock)
        configuration.segmentBytes = 1_000
        change(&configuration)
        return try History(configuration, logger: quiet)
    }

    /// Ten blocks in some segments.
    private func fill(_ change: (inout History.Configuration) -> Void = { _ in }) throws {
        let history = try open(change)
        for index in 0..<10 { history.store(index * 10..<(index * 10 + 10)) }
        history.close()
    }

    private func path(_ number: UInt64) -> String { SegmentNames.path(directory, number) }

    private func size(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    }

    @Test("a history that nobody touched verifies")
    func good() throws {
        try fill()
        let report = try History.verify(directory: directory)
        #expect(report.isGood && report.blocks == 10 && report.records == 100 && report.uncommitted == 0)
        #expect(report.first == 1 && report.last == 100 && report.retired == 0 && report.skipped == 0)
        #expect(try History.verify(directory: directory, head: report.head).isGood)
        #expect(throws: HistoryError.self) { try History.verify(directory: folder.path) }
    }

    @Test("every byte that is changed is noticed, and the block is named")
    func changed() throws {
        try fill()
        let seed = UInt64.random(in: 0 ... .max)
        var dice = SplitMix(state: seed)
        let blocks = try places()
        for _ in 0..<150 {
            let index = Int.random(in: 0..<blocks.count, using: &dice)
            let offset = Int.random(in: blocks[index].range, using: &dice)
            let file = path(blocks[index].segment)
            let old = [UInt8](try #require(FileManager.default.contents(atPath: file)))[offset]
            try change(file, at: offset, [old ^ UInt8.random(in: 1...255, using: &dice)])
            let problem = try #require(try History.verify(directory: directory).problem, "seed \(seed)")
            #expect(problem.path == file && problem.offset == UInt64(blocks[index].range.lowerBound), "seed \(seed)")
            #expect(problem.sequence == UInt64(index * 10 + 1), "seed \(seed)")
            try change(file, at: offset, [old])
        }
        #expect(try History.verify(directory: directory).isGood)
    }

    /// Where the blocks are, from what the files say.
    private func places() throws -> [(segment: UInt64, range: Range<Int>)] {
        var places: [(UInt64, Range<Int>)] = []
        for number in SegmentNames.all(directory) ?? [] {
            var reader = BlockReader(history: directory)
            var offset: UInt64 = 0
            while offset < reader.length(of: number) ?? 0 {
                let (_, _, data) = try reader.raw(at: SegmentPlace(segment: number, offset: offset))
                let end = offset + UInt64(BlockHeader.size + data.count)
                places.append((number, Int(offset)..<Int(end)))
                offset = end
            }
        }
        return places
    }

    @Test("a segment that is missing is named; the rest can still be read")
    func missing() async throws {
        try fill()
        try FileManager.default.moveItem(atPath: path(2), toPath: folder.path + "/elsewhere")
        let problem = try #require(try History.verify(directory: directory).problem)
        #expect(problem.path == path(2) && problem.offset == 0 && problem.reason.contains("missing"))
        let history = try open()
        defer { history.close() }
        #expect(history.status.damage == nil)
        #expect(history.status.problems.contains { $0.contains("missing") && $0.contains(path(2)) })
        history.store(100..<110)
        let page = try await history.page(.all, limit: 1_000)
        #expect(page.complete.unreadable > 0 && page.records.count < 110)
        #expect(number(page.records[0].line) == 109)
    }

    @Test("the order of blocks is part of the chain")
    func swapped() throws {
        let history = try open { $0.segmentBytes = 1 << 20 }
        for _ in 0..<3 { history.store(0..<10) }
        history.close()
        let file = path(1)
        let all = [UInt8](try #require(FileManager.default.contents(atPath: file)))
        let blocks = try places().map { Array(all[$0.range]) }
        #expect(blocks.count == 3)
        // The second block again in the place of the third: each is whole by itself.
        try Data(blocks[0] + blocks[1] + blocks[1]).write(to: URL(fileURLWithPath: file))
        let problem = try #require(try History.verify(directory: directory).problem)
        #expect(problem.offset == UInt64(blocks[0].count + blocks[1].count))
        #expect(problem.reason.contains("follow"))
        // A block taken out of the middle.
        try Data(blocks[0] + blocks[2]).write(to: URL(fileURLWithPath: file))
        #expect(try History.verify(directory: directory).problem?.offset == UInt64(blocks[0].count))
    }

    @Test("a tail that was cut off is noticed by verifying, and at start", arguments: [1, 150])
    func cut(bytes: Int) async throws {
        try fill()
        let last = try #require(SegmentNames.all(directory)?.last)
        let all = try size(path(last))
        truncate(path(last), off_t(max(0, all - bytes)))
        #expect(try History.verify(directory: directory).problem?.path == path(last))
        let history = try open()
        defer { history.close() }
        let damage = try #require(history.status.damage)
        #expect(damage.contains(path(last)))
        history.store(0..<10)
        #expect(try await history.numbers() == Array(0..<10))
        #expect(try History.verify(directory: directory).isGood)
        let aside = directory + "/damaged-\(noon / 1_000_000)"
        #expect(damage.contains(aside))
        #expect(try size(aside + "/records/000000000001.seg") > 0, "nothing is deleted")
        #expect(try History.verify(directory: aside).problem != nil, "what is aside can be looked at")
    }

    @Test("what a killed process wrote and did not commit is cut off")
    func torn() async throws {
        try fill()
        let last = try #require(SegmentNames.all(directory)?.last)
        let before = try size(path(last))
        let file = try #require(FileHandle(forWritingAtPath: path(last)))
        try file.seekToEnd()
        try file.write(contentsOf: Data(repeating: 7, count: 1_000))
        try file.close()
        try Data(repeating: 8, count: 100).write(to: URL(fileURLWithPath: path(last + 1)))
        let report = try History.verify(directory: directory)
        #expect(report.isGood && report.uncommitted == 1_100)
        let history = try open()
        defer { history.close() }
        #expect(history.status.damage == nil)
        #expect(try size(path(last)) == before)
        history.store(100..<110)
        #expect(try await history.numbers() == Array(0..<110))
        #expect(try History.verify(directory: directory).isGood)
    }

    @Test(
        "tables that are damaged, gone or another's: all is moved aside and said",
        arguments: ["noise", "gone", "other"])
    func tables(kind: String) async throws {
        try fill()
        let path = HistorySchema.path(directory)
        switch kind {
        case "noise":
            // In every page but the first; the head is read, and the check finds it.
            let size = try size(path)
            for offset in stride(from: 16_384, to: size, by: 16_384) {
                try change(path, at: offset, [UInt8](repeating: 0xa5, count: 512))
            }
        case "gone":
            for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
        default:
            for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
            try await DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE mine (x)") }
        }
        let history = try open()
        defer { history.close() }
        #expect(history.status.damage != nil)
        history.store(0..<10)
        #expect(try await history.numbers() == Array(0..<10))
        #expect(SegmentNames.all(directory + "/damaged-\(noon / 1_000_000)")?.count ?? 0 > 1)
        #expect(try History.verify(directory: directory).isGood)
    }

    @Test("tables of a later version are left alone")
    func later() throws {
        try fill()
        try DatabaseQueue(path: HistorySchema.path(directory)).write { try $0.execute(sql: "PRAGMA user_version = 99") }
        #expect(throws: HistoryError.tooNew(path: HistorySchema.path(directory), version: 99)) { try open() }
    }

    @Test("a cursor of the history before is refused by the one that began anew")
    func cursor() async throws {
        var history = try open()
        history.store(0..<10)
        let cursor = try #require(try await history.page(.all, limit: 5).next)
        history.close()
        unlink(HistorySchema.path(directory))
        history = try open()
        defer { history.close() }
        await #expect(throws: HistoryError.wrongCursor(cursor.description)) {
            try await history.page(.all, after: cursor)
        }
    }

    // MARK: signed

    @Test("a chain that was made anew does not go through signed places")
    func signed() throws {
        let key = folder.path + "/key"
        let sign: (inout History.Configuration) -> Void = { $0.signingKey = key }
        try fill(sign)
        let good = try History.verify(directory: directory)
        #expect(good.signature == .good(checkpoints: 1, upTo: 100))
        let publicKey = String(
            decoding: try #require(FileManager.default.contents(atPath: directory + "/checkpoints.pub")).dropLast(),
            as: UTF8.self)
        // Somebody writes another history in the place of this one, tables and all; the key he does not have.
        let checkpoints = FileManager.default.contents(atPath: directory + "/checkpoints")
        for name in ["records", "history.sqlite", "history.sqlite-wal", "history.sqlite-shm", "checkpoints"] {
            try? FileManager.default.removeItem(atPath: directory + "/" + name)
        }
        let forged = try open()
        for index in 0..<10 { forged.store(index * 10 + 500..<(index * 10 + 510)) }
        forged.close()
        try checkpoints?.write(to: URL(fileURLWithPath: directory + "/checkpoints"))
        let report = try History.verify(directory: directory, publicKey: publicKey)
        #expect(report.problem == nil && !report.isGood)
        #expect(report.signature == .wrong("the chain does not go through the checkpoint of record 100"))
        #expect(try !History.verify(directory: directory, head: good.head).isGood, "a noted hash tells, too")
        // Without checkpoints, or with another's, neither.
        unlink(directory + "/checkpoints")
        #expect(
            try History.verify(directory: directory, publicKey: publicKey).signature
                == .wrong("there are no checkpoints"))
        unlink(key)
        try fill(sign)
        #expect(try !History.verify(directory: directory, publicKey: publicKey).isGood)
        #expect(throws: HistoryError.self) { try History.verify(directory: directory, publicKey: "12") }
    }

    @Test("tables that are older than the records are not believed: nothing of the records is cut off")
    func older() throws {
        let key = folder.path + "/key"
        try fill { $0.signingKey = key }
        let old = try #require(FileManager.default.contents(atPath: HistorySchema.path(directory)))
        try fill { $0.signingKey = key }
        let last = try #require(SegmentNames.all(directory)?.last)
        let size = try size(path(last))
        try old.write(to: URL(fileURLWithPath: HistorySchema.path(directory)))
        let history = try open { $0.signingKey = key }
        defer { history.close() }
        #expect(history.status.damage?.contains("older") ?? false)
        let aside = SegmentNames.path(directory + "/damaged-\(noon / 1_000_000)", last)
        #expect(try self.size(aside) == size)
    }

    @Test("the key is its owner's alone, and stays the same")
    func key() throws {
        let key = folder.path + "/key"
        try fill { $0.signingKey = key }
        let mode = try FileManager.default.attributesOfItem(atPath: key)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let before = FileManager.default.contents(atPath: key)
        try fill { $0.signingKey = key }
        #expect(FileManager.default.contents(atPath: key) == before)
        #expect(try History.verify(directory: directory).signature == .good(checkpoints: 2, upTo: 200))
        try Data("short".utf8).write(to: URL(fileURLWithPath: key))
        #expect(throws: HistoryError.self) { try fill { $0.signingKey = key } }
    }
}
