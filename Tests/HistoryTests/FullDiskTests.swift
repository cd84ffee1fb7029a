import Foundation
import Synchronization
import Testing

@testable import History

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A disk that refuses makes records stay in memory, says so, and is forgiven.
@Suite(.timeLimit(.minutes(2)))
struct FullDiskTests {
    private let folder: Folder
    private let clock = TestClock()
    /// What writing a segment fails with; 0: nothing.
    private final class Fault: Sendable {
        let code = Mutex(Int32(0))
        var now: Int32? { code.withLock { $0 == 0 ? nil : $0 } }
        func set(_ value: Int32) { code.withLock { $0 = value } }
    }
    private let fault = Fault()

    init() throws { folder = try Folder() }

    private func open(_ change: (inout History.Configuration) -> Void = { _ in }) throws -> History {
        var configuration = History.Configuration(folder, clock)
        let fault = fault
        configuration.fault = { fault.now }
        change(&configuration)
        return try History(configuration, logger: quiet)
    }

    @Test("records stay in memory and can be asked for; when the disk is well they are on it")
    func degraded() async throws {
        let history = try open()
        history.store(0..<10)
        fault.set(ENOSPC)
        for start in stride(from: 10, to: 60, by: 10) { history.store(start..<(start + 10)) }
        guard case .memory(let reason) = history.status.mode else {
            Issue.record("the status does not say that the disk refuses")
            return
        }
        #expect(reason.contains(SegmentNames.path(history.configuration.directory, 1)))
        #expect(try await history.numbers() == Array(0..<60))
        #expect(try await history.numbers(newestFirst: true, limit: 7) == Array((0..<60).reversed()))
        #expect(try await history.find(id: "request-33").compactMap(number) == [33])
        #expect(try await history.groups(.init(from: noon - hour, to: noon + hour)).total.count == 60)
        #expect(try History.verify(directory: history.configuration.directory).records == 10)
        fault.set(0)
        history.store(60..<70)
        #expect(history.status.mode == .disk && history.status.dropped.all == 0)
        history.close()
        let again = try open()
        defer { again.close() }
        #expect(try await again.numbers() == Array(0..<70))
        #expect(try await again.groups(.init(from: noon - hour, to: noon + hour)).total.count == 70)
        #expect(try History.verify(directory: history.configuration.directory).isGood)
    }

    @Test("a source is told that what it sent is in memory, and it is taken once")
    func sources() async throws {
        let history = try open()
        defer { history.close() }
        let source = SourceName("a", incarnation: "1")
        let batch = { (number: UInt64) in
            SourceBatch(source: source, number: number, lines: lines(Int(number)..<Int(number + 1)), count: 1)
        }
        fault.set(EIO)
        #expect(try await history.store(batch(1)) == .inMemory)
        #expect(try await history.store(batch(1)) == .inMemory)
        fault.set(0)
        #expect(try await history.store(batch(2)) == .stored)
        #expect(try await history.numbers() == [1, 2])
    }

    @Test("memory is bounded: the oldest go, and are counted; the chain says how many")
    func bounded() async throws {
        let history = try open { $0.memoryBytes = 40_000 }
        defer { history.close() }
        history.store(0..<10)
        fault.set(ENOSPC)
        for start in stride(from: 10, to: 20_010, by: 100) {
            history.store(start..<(start + 100))
            let held = history.state.memory.withLock { $0.blocks.reduce(0) { $0 + $1.block.weight } }
            #expect(held <= 40_000)
        }
        let page = try await history.page(.all, limit: 1)
        #expect(page.records.first.flatMap { number($0.line) } == 20_009)
        fault.set(0)
        history.store(20_010..<20_011)
        let lost = history.status.dropped.memory
        #expect(lost > 10_000 && lost < 20_000)
        #expect(try await history.numbers() == Array(0..<10) + Array((10 + Int(lost))..<20_011))
        let report = try History.verify(directory: history.configuration.directory)
        #expect(report.isGood && report.skipped == lost)
        let all = try await history.page(.all, limit: History.mostRecords, newestFirst: false)
        #expect(all.complete.lost == lost)
        #expect(
            try await history.groups(.init(from: noon - hour, to: noon + hour)).total.count == 20_011, "sums have all")
    }

    @Test("tables that are full are a full disk")
    func tables() async throws {
        // As many pages as there are at first, and a few.
        let history = try open { $0.mostPages = 16 }
        var stored = 0
        while history.status.mode == .disk, stored < 40_000 {
            history.store(stored..<(stored + 200))
            stored += 200
        }
        guard case .memory = history.status.mode else {
            Issue.record("the tables never became full")
            return
        }
        for _ in 0..<3 {
            history.store(stored..<(stored + 200))
            stored += 200
        }
        #expect(try await history.numbers(limit: 5_000) == Array(0..<stored))
        #expect(try History.verify(directory: history.configuration.directory).problem == nil)
        history.close()
        // More room, and what was in memory is gone: a full disk and a restart lose it, and nothing else.
        let again = try open()
        defer { again.close() }
        let left = try await again.numbers(limit: 5_000)
        #expect(left == Array(0..<left.count) && left.count < stored)
        again.store(left.count..<stored)
        #expect(try await again.numbers(limit: 5_000) == Array(0..<stored))
        #expect(try History.verify(directory: history.configuration.directory).isGood)
    }

    @Test("whoever hands lines over never waits, also when nothing is written at all")
    func neverWaits() throws {
        let history = try open { $0.queueBytes = 100_000 }
        defer { history.close() }
        let batch = lines(0..<100)
        // Nobody takes anything out: the thread sleeps, or is stuck in a commit.
        for _ in 0..<1_000 { history.take(batch, count: 100) }
        history.flush()
        let status = history.status
        #expect(status.taken + status.dropped.queue == 100_000 && status.dropped.queue > 0)
    }

    #if os(Linux)
        @Test("a real disk that is full", .enabled(if: geteuid() == 0, "mounting needs root"))
        func mounted() async throws {
            let place = folder.path + "/disk"
            mkdir(place, 0o700)
            guard mount("history", place, "tmpfs", 0, "size=3m") == 0 else { return }
            defer { umount2(place, Int32(MNT_DETACH)) }
            var configuration = History.Configuration(folder, clock)
            configuration.directory = place + "/history"
            let history = try History(configuration, logger: quiet)
            history.store(0..<100)
            #expect(history.status.mode == .disk)
            fill(place + "/filler")
            var stored = 100
            for _ in 0..<20 {
                history.store(stored..<(stored + 100))
                stored += 100
            }
            #expect(history.status.mode != .disk)
            #expect(try await history.numbers() == Array(0..<stored))
            unlink(place + "/filler")
            history.store(stored..<(stored + 100))
            #expect(history.status.mode == .disk)
            history.close()
            let again = try History(configuration, logger: quiet)
            #expect(again.status.damage == nil)
            #expect(try await again.numbers() == Array(0..<(stored + 100)))
            #expect(try History.verify(directory: configuration.directory).isGood)
            again.close()
        }

        /// Takes all the room there is.
        private func fill(_ path: String) {
            let file = Glibc.open(path, O_WRONLY | O_CREAT, 0o600)
            defer { close(file) }
            for size in [65_536, 4_096, 1] {
                let bytes = [UInt8](repeating: 1, count: size)
                while write(file, bytes, size) == size {}
            }
        }
    #endif
}
