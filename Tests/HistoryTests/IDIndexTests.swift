import Foundation
import GRDB
import Testing

@testable import History

/// The blocks of an id are found, whatever is being merged, and what is read for it does not grow with the history.
@Suite("Where ids are", .timeLimit(.minutes(2)))
struct IDIndexTests {
    /// Tables of their own, and what is in them.
    private struct World {
        let database: DatabaseQueue
        var index: IDIndex
        var dice: SplitMix
        /// Blocks by hash.
        var truth: [UInt32: [Int64]] = [:]
        var next: Int64 = 1

        init(_ index: IDIndex, seed: UInt64) throws {
            database = try DatabaseQueue()
            self.index = index
            dice = SplitMix(state: seed)
            try database.write { database in
                try database.execute(sql: "CREATE TABLE block_id (first INTEGER PRIMARY KEY, hashes BLOB NOT NULL)")
                try database.execute(sql: IDIndex.tables)
            }
        }

        /// One more block. Some hashes come again and again, as those of connections that stay open.
        mutating func add(hashes count: Int) throws {
            let hashes = (0..<count).map { _ in
                dice.next() % 4 == 0
                    ? UInt32(dice.next() % 8) * 0x2000_0000 + 7 : UInt32.random(in: 0...(.max), using: &dice)
            }
            for hash in Set(hashes) { truth[hash, default: []].insert(next, at: 0) }
            try database.write { [next] database in
                try database.execute(
                    sql: "INSERT INTO block_id (first, hashes) VALUES (?, ?)",
                    arguments: [next, IDHashes.packed(hashes.sorted())])
            }
            next += Int64(count)
        }

        /// What is found: all that is there, and hashes that differ in their last bit.
        func isRight(_ hash: UInt32) throws -> Bool {
            let wanted = truth[hash] ?? []
            let found = try database.read { try IDIndex.find(hash, $0).blocks }
            let likely = Set(wanted).union(truth[hash ^ 1] ?? [])
            return wanted.allSatisfy(found.contains) && likely.isSuperset(of: found) && found == found.sorted(by: >)
        }

        func rows(_ hash: UInt32) throws -> Int { try database.read { try IDIndex.find(hash, $0).rows } }

        func work() throws -> Bool { try database.write { try index.work($0) } }
    }

    @Test("after every step of every merge all blocks of an id are found, and no others")
    func right() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var world = try World(IDIndex(width: 3, stepHashes: 40, pageHashes: 7), seed: seed)
        var steps = 0
        for _ in 0..<60 {
            try world.add(hashes: 12)
            // Sometimes work falls behind, as it may.
            for _ in 0..<Int.random(in: 0...6, using: &world.dice) where try world.work() {
                steps += 1
                for hash in world.truth.keys.shuffled(using: &world.dice).prefix(12) + [7, 0, .max] {
                    #expect(try world.isRight(hash), "seed \(seed), block \(world.next), step \(steps), hash \(hash)")
                }
            }
        }
        while try world.work() { steps += 1 }
        for hash in world.truth.keys { #expect(try world.isRight(hash), "seed \(seed), hash \(hash)") }
        #expect(steps > 40, "seed \(seed)")
        // Nothing is there twice.
        let stored = try world.database.read {
            try Int.fetchOne($0, sql: "SELECT sum(length(entries)) / 8 FROM id_page")
        }
        let waiting = try world.database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM block_id") }
        #expect(waiting.map { $0 < 3 } == true)
        #expect(stored.map { $0 <= world.truth.values.reduce(0) { $0 + $1.count } } == true, "seed \(seed)")
    }

    @Test("what is read for an id does not grow with the history, but with the number of sizes of runs")
    func cost() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var world = try World(IDIndex(width: 4, stepHashes: 256, pageHashes: 16), seed: seed)
        var worst: [Int] = []
        var blocks = 0
        for size in [16, 256, 4_096] {
            while blocks < size - 1 {
                try world.add(hashes: 4)
                blocks += 1
                while try world.work() {}
            }
            // The last block before everything would be merged: then there are most runs.
            worst.append(try (0..<64).map { try world.rows(UInt32($0) << 26) }.max() ?? 0)
        }
        // Of each size at most three runs, each with its row and a page or two, and three blocks.
        for (levels, rows) in zip([1, 3, 5], worst) {
            #expect(rows <= 3 + levels * 3 * 3, "seed \(seed): \(worst)")
        }
        #expect(worst[2] - worst[1] <= 2 * 3 * 3, "256 times, then 16 times as many blocks: \(worst), seed \(seed)")
        #expect(worst[2] < 4_096 / 50, "seed \(seed)")
    }

    @Test("a history of many blocks, made by version 1 and kept on, finds its ids, also after old segments went")
    func history() async throws {
        let folder = try Folder()
        let clock = TestClock()
        func open() throws -> History {
            var configuration = History.Configuration(folder, clock)
            configuration.idWidth = 3
            return try History(configuration, logger: quiet)
        }
        var history = try open()
        for block in 0..<20 { history.store(block * 5..<block * 5 + 5) }
        // As version 1 left it.
        try await history.pool.write { database in
            try database.execute(
                sql: """
                    DROP TABLE id_run; DROP TABLE id_page; ALTER TABLE head DROP COLUMN fives; PRAGMA user_version = 1
                    """)
        }
        history.close()
        history = try open()
        defer { history.close() }
        func check(_ numbers: [Int], _ isThere: Bool) async throws {
            for number in numbers {
                let found = try await history.find(id: "request-\(number)").compactMap(HistoryTests.number)
                #expect(found == (isThere ? [number] : []), "\(number)")
            }
        }
        try await check([0, 49, 99], true)
        for _ in 0..<8 { history.keepHouse() }
        let runs = try await history.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM id_run") }
        #expect(runs.map { $0 > 0 && $0 < 5 } == true)
        try await check(Array(0..<100), true)
        // Ten days later nothing of it is there, and its runs neither.
        for day in 0..<10 {
            history.store(1_000 + day * 10..<1_010 + day * 10, time: clock.now)
            for _ in 0..<24 {
                clock.pass(hour)
                history.flush()
                history.keepHouse()
            }
        }
        for _ in 0..<20 { history.keepHouse() }
        try await check([0, 49, 99], false)
        try await check([1_080, 1_095], true)
        let oldest = try await history.pool.read { try Int64.fetchOne($0, sql: "SELECT min(last) FROM id_run") }
        let first = try await history.pool.read { try Int64.fetchOne($0, sql: "SELECT min(first) FROM block") }
        if let oldest { #expect(try oldest >= #require(first)) }
    }
}
