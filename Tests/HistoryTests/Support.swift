import Foundation
import Logging
import Records
import Synchronization
import Testing

@testable import History

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// 2026-11-25T16:00:00Z, in microseconds.
let noon: Int64 = 1_795_622_400_000_000
let second: Int64 = 1_000_000
let minute: Int64 = 60 * second
let hour: Int64 = 60 * minute
let day: Int64 = 24 * hour

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A directory that goes when the test ends.
final class Folder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "history-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Clocks that go when the test says so.
final class TestClock: Sendable {
    private let times = Mutex((wall: noon, uptime: Int64(0)))

    var now: Int64 { times.withLock { $0.wall } }
    var uptime: Int64 { times.withLock { $0.uptime } }

    /// Time passes.
    func pass(_ microseconds: Int64) {
        times.withLock { times in
            times.wall += microseconds
            times.uptime += microseconds
        }
    }

    /// Somebody sets the clock.
    func set(_ wall: Int64) { times.withLock { $0.wall = wall } }
}

extension History.Configuration {
    /// Nothing happens by itself: the thread would commit once in a thousand hours.
    init(_ folder: Folder, _ clock: TestClock) {
        self.init(directory: folder.path + "/history")
        interval = 3_600_000_000
        self.clock = { clock.now }
        uptime = { clock.uptime }
    }
}

/// The line of a request.
func line(_ number: Int, time: Int64 = noon, _ change: (inout Record) -> Void = { _ in }) -> [UInt8] {
    var record = Record(
        time: time, id: "request-\(number)", verdict: .allowed, reason: "rule_matched",
        source: .init(address: "192.0.2.1", port: 4_000))
    record.place.gateway = "ai/front"
    change(&record)
    var line: [UInt8] = []
    RecordEncoder.append(record, to: &line)
    return line
}

/// Lines of requests with these numbers.
func lines(_ numbers: Range<Int>, time: Int64 = noon) -> [UInt8] { numbers.flatMap { line($0, time: time) } }

/// The number that `line` made a line of.
func number(_ line: [UInt8]) -> Int? {
    line.withUnsafeBytes { line in
        var scanner = RecordScanner()
        guard (try? scanner.scan(line)) != nil else { return nil }
        return scanner.text(.id, in: line).flatMap { Int($0.dropFirst("request-".count)) }
    }
}

extension History {
    /// Takes and commits.
    func store(_ numbers: Range<Int>, time: Int64 = noon) {
        take(lines(numbers, time: time), count: numbers.count)
        flush()
    }

    /// Takes a batch, which is committed at once.
    func store(_ batch: SourceBatch) async throws -> Acknowledgement {
        let isAnswered = Atomic<Bool>(false)
        async let answer = {
            defer { isAnswered.store(true, ordering: .releasing) }
            return try await take(batch)
        }()
        // The batch may come into the queue after any flush but the last.
        while !isAnswered.load(ordering: .acquiring) {
            flush()
            await Task.yield()
        }
        return try await answer
    }

    /// All numbers, page by page.
    func numbers(newestFirst: Bool = false, limit: Int = 1_000, _ filter: RecordFilter = .all) async throws -> [Int] {
        var numbers: [Int] = []
        var cursor: Cursor?
        repeat {
            let page = try await page(filter, after: cursor, limit: limit, newestFirst: newestFirst)
            numbers += page.records.compactMap { number($0.line) }
            cursor = page.next
        } while cursor != nil
        return numbers
    }
}

/// A generator that a printed seed reproduces.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Changes bytes of a file.
func change(_ path: String, at offset: Int, _ bytes: [UInt8]) throws {
    let file = open(path, O_WRONLY)
    try #require(file >= 0)
    defer { close(file) }
    try #require(pwrite(file, bytes, bytes.count, off_t(offset)) == bytes.count)
}
