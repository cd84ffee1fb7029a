import Foundation
import GRDB
import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Opens a history, whatever happened to it.
///
/// What a killed process left behind is cut off: it was never acknowledged. What is damaged is moved aside whole, said in
/// the status and never deleted, and the history begins anew beside it: it is not what enforces, and must not keep that
/// from starting.
struct Recovery {
    private let configuration: History.Configuration
    private let logger: Logger
    private(set) var damage: String?

    init(_ configuration: History.Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// What was stored.
    struct Found {
        var pool: DatabasePool
        var head: HeadRow
        var runs: Runs
        var series: [SeriesRows.Stored] = []
        var sources: [SourceStatus] = []
        var split: [BucketKey] = []
        var segments: [UInt64] = []
        var newest: Int64?
        var recent: RecentSums
        var segmentBegan: Int64?
    }

    private enum Attempt {
        case good(Found)
        case damaged(String)
    }

    private var history: String { configuration.directory }

    /// Opens the tables and holds them against the segments.
    mutating func open() throws(HistoryError) -> Found {
        for _ in 0..<2 {
            switch try attempt() {
            case .good(let found): return found
            case .damaged(let reason): try moveAside(reason)
            }
        }
        throw .cannotOpen(path: history, reason: damage ?? "it cannot be made")
    }

    private func attempt() throws(HistoryError) -> Attempt {
        let directory = SegmentNames.directory(history)
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else {
            throw .cannotOpen(path: directory, reason: String(cString: strerror(errno)))
        }
        guard let segments = SegmentNames.all(history) else {
            throw .cannotOpen(path: directory, reason: String(cString: strerror(errno)))
        }
        let path = HistorySchema.path(history)
        let isNew = access(path, F_OK) != 0
        if isNew, !segments.isEmpty { return .damaged("there are records and no tables") }
        guard try makePrivate(path) else { return .damaged("the tables are no file") }
        switch HistorySchema.open(path, mostPages: configuration.mostPages) {
        case .good(let pool): return try examine(pool, segments)
        case .damaged(let reason): return .damaged("the tables are damaged: \(reason)")
        case .tooNew(let version): throw .tooNew(path: path, version: version)
        case .failed(let reason): throw .cannotOpen(path: path, reason: reason)
        }
    }

    /// SQLite gives its other files the mode of this one.
    private func makePrivate(_ path: String) throws(HistoryError) -> Bool {
        var info = stat()
        if stat(path, &info) == 0, info.st_mode & S_IFMT != S_IFREG { return false }
        #if canImport(Glibc)
            let file = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        #else
            let file = Darwin.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        #endif
        guard file >= 0 else { throw .cannotOpen(path: path, reason: String(cString: strerror(errno))) }
        close(file)
        return true
    }

    private func examine(_ pool: DatabasePool, _ segments: [UInt64]) throws(HistoryError) -> Attempt {
        do {
            let found = try pool.read { try read($0, pool) }
            if let problem = tailProblem(found.head) ?? restProblem(found.head, segments) {
                try pool.close()
                return .damaged(problem)
            }
            for number in segments where number <= found.head.anchor.segment {
                // Its records were taken out of the tables, and the process ended before the file was.
                unlink(SegmentNames.path(history, number))
            }
            return .good(found)
        } catch {
            try? pool.close()
            if HistorySchema.isDamage(error) {
                return .damaged("the tables are damaged: \(HistorySchema.words(error))")
            }
            throw .failed(path: HistorySchema.path(history), reason: HistorySchema.words(error))
        }
    }

    private func read(_ database: Database, _ pool: DatabasePool) throws -> Found {
        var head = try HeadRow.read(database) ?? HeadRow(era: .random(in: 1 ... .max))
        head.run += 1
        let rows = try GRDB.Row.fetchAll(database, sql: "SELECT number, first FROM run ORDER BY number")
        let firsts = rows.map { (run: UInt32(truncatingIfNeeded: $0[0] as Int64), first: UInt64(bitPattern: $0[1])) }
        let runs = Runs(era: head.era, firsts: firsts.suffix(Runs.most) + [(head.run, head.sequence)])
        var found = Found(pool: pool, head: head, runs: runs, recent: try recent(database))
        found.series = try SeriesRows.all(database)
        found.sources = try SourceRows.all(database)
        found.split = try BucketRows.split(database)
        found.segments = try Int64.fetchAll(database, sql: "SELECT number FROM segment").map { UInt64(bitPattern: $0) }
        found.newest = try Int64.fetchOne(database, sql: "SELECT max(newest) FROM segment")
        found.segmentBegan = try Int64.fetchOne(
            database,
            sql: "SELECT oldest FROM block JOIN segment ON block.first = segment.first WHERE segment.number = ?",
            arguments: [Int64(bitPattern: head.end.segment)])
        return found
    }

    /// The sums of the last hour.
    private func recent(_ database: Database) throws -> RecentSums {
        let hour = minuteOf(configuration.clock()) - RecentSums.minutes
        let firsts = try BucketLevel.allCases.map { try BucketRows.first($0, from: 0, database) }
        // Where there are sums of hours, those of the minutes before may be gone.
        let hasCoarser = firsts.dropFirst().contains { $0 != nil }
        let first = hasCoarser ? max(hour, firsts[0] ?? .max) : hour
        var recent = RecentSums(
            first: first, hasOlder: firsts.contains { $0.map { $0 < first } ?? false },
            mostBytes: configuration.recentBytes)
        try BucketRows.each(.minute, first..<Int64.max, database) { key, bytes in
            recent.add([key.minute: Array(bytes)])
        }
        return recent
    }

    /// The last block that the tables know has to be in its file; nil: it is.
    private func tailProblem(_ head: HeadRow) -> String? {
        guard let last = head.last else { return nil }
        var reader = BlockReader(history: history)
        let path = SegmentNames.path(history, last.segment)
        do {
            let (header, hash, data) = try reader.raw(at: last)
            guard hash == head.hash, header.first + UInt64(header.count) == head.sequence else {
                return "\(path) does not end with the block that the tables name"
            }
            let end = last.offset + UInt64(BlockHeader.size + data.count)
            return end == head.end.offset ? nil : "\(path) does not end where the tables say"
        } catch {
            return "\(path), byte \(last.offset): \(error.words)"
        }
    }

    /// Bytes that a commit that was not finished may have left behind, and more.
    private static let mostUncommitted: UInt64 = 256 << 20

    /// What is more than one commit writes was committed: then the tables are older than the segments, and cutting off
    /// would take what was acknowledged. Nil: it is not.
    private func restProblem(_ head: HeadRow, _ segments: [UInt64]) -> String? {
        if let last = CheckpointFile.read(history).last, last.sequence > head.sequence {
            return "the tables are older than the records: record \(last.sequence - 1) was signed"
        }
        var reader = BlockReader(history: history)
        var bytes: UInt64 = 0
        for number in segments where number >= head.end.segment {
            let length = reader.length(of: number) ?? 0
            bytes += number == head.end.segment ? length - min(length, head.end.offset) : length
        }
        guard bytes > Self.mostUncommitted else { return nil }
        return "the tables are older than the records: \(bytes) bytes of them are unknown"
    }

    /// Everything but the lock goes into a directory of its own.
    private mutating func moveAside(_ reason: String) throws(HistoryError) {
        let seconds = configuration.clock() / 1_000_000
        var place = "\(history)/damaged-\(seconds)"
        var number = 1
        while mkdir(place, 0o700) != 0 {
            guard errno == EEXIST, number < 100 else {
                throw .cannotOpen(path: place, reason: String(cString: strerror(errno)))
            }
            number += 1
            place = "\(history)/damaged-\(seconds)-\(number)"
        }
        let tables = HistorySchema.path(history)
        let all = [
            tables, tables + "-wal", tables + "-shm", SegmentNames.directory(history), CheckpointFile.path(history),
        ]
        for path in all {
            let name = path.split(separator: "/").last.map(String.init) ?? ""
            guard rename(path, "\(place)/\(name)") == 0 || errno == ENOENT else {
                throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
            }
        }
        syncDirectory(history)
        let text = "\(reason). What was there is in \(place); the history began anew"
        damage = damage.map { "\($0). \(text)" } ?? text
        logger.critical("the history is damaged", metadata: ["reason": "\(text)"])
    }
}

extension Recorder {
    /// Opens the history of a directory for writing.
    static func open(_ configuration: History.Configuration, logger: Logger) throws(HistoryError) -> Recorder {
        let lock = try HistoryLock(configuration.directory)
        var recovery = Recovery(configuration, logger: logger)
        let found = try recovery.open()
        let files: SegmentFiles
        do throws(SystemFailure) {
            files = try SegmentFiles(
                history: configuration.directory, at: found.head.end, fullAt: configuration.segmentBytes,
                fault: configuration.fault)
        } catch {
            throw .cannotOpen(path: SegmentNames.directory(configuration.directory), reason: error.description)
        }
        guard let packer = Packer() else { throw .cannotOpen(path: configuration.directory, reason: "no memory") }
        let names = SeriesNames()
        let chain = HistoryState.Chain(
            runs: found.runs, sequence: found.head.sequence, fives: found.head.fives, hours: found.head.hours,
            days: found.head.days)
        let state = HistoryState(
            chain: chain, names: names, recent: found.recent, liveBytes: configuration.liveBytes)
        var recorder = Recorder(
            configuration: configuration, logger: logger, state: state, pool: found.pool, lock: lock, files: files,
            head: found.head, runs: found.runs, packer: packer, keeping: Keeping(share: configuration.detailShare),
            series: SeriesBook(found.series, limit: configuration.mostSeries, names: names),
            sources: SourceBook(found.sources), sequence: found.head.sequence, recent: found.recent,
            clock: SteadyClock(wall: configuration.clock(), uptime: configuration.uptime(), newest: found.newest),
            split: Set(found.split), segmentBegan: found.segmentBegan,
            checkpoints: try configuration.signingKey.map { key throws(HistoryError) in
                try CheckpointFile(history: configuration.directory, key: key)
            })
        recorder.head.isClean = false
        recorder.noteMissing(found.segments)
        let (damage, share) = (recovery.damage, configuration.detailShare)
        state.status.withLock { status in
            status.damage = damage
            status.detailShare = share
        }
        recorder.commit()
        return recorder
    }

    private mutating func noteMissing(_ known: [UInt64]) {
        let there = Set(SegmentNames.all(configuration.directory) ?? [])
        let missing = known.filter { !there.contains($0) }
        guard let first = missing.first else { return }
        let text =
            "\(missing.count) of \(known.count) segments are missing, the first is "
            + SegmentNames.path(configuration.directory, first)
        problems["segments"] = text
        logger.critical("records of the history are missing", metadata: ["reason": "\(text)"])
    }
}
