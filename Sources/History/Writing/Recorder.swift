import GRDB
import Logging
import Records

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Takes records in and commits them; whoever holds the lock around it writes.
///
/// Bounded by design: a block that is being filled (1 MiB and a little), blocks that wait for a commit (64, or
/// `memoryBytes` of packed ones while the disk refuses), sums of the minutes that a commit may touch (those of a day, and no
/// more entries than records came), and the table of series.
struct Recorder: ~Copyable {
    let configuration: History.Configuration
    let logger: Logger
    let state: HistoryState
    let pool: DatabasePool
    let lock: HistoryLock
    var files: SegmentFiles
    var head: HeadRow
    var runs: Runs

    // Taking in.
    let packer: Packer
    let keeping: Keeping
    var scanner = RecordScanner()
    var series: SeriesBook
    var sources: SourceBook
    var builder = BlockBuilder()
    /// Number of the next record that is kept.
    var sequence: UInt64
    /// Sums since the last commit, by minute. Entries are by place in the table of series.
    var deltas: [Delta] = []
    var takenSince: UInt64 = 0
    var lostSince: UInt64 = 0
    /// Numbers that no record has, because it could not be packed.
    var skippedSince: UInt64 = 0
    var taken: UInt64 = 0
    var kept: UInt64 = 0
    var dropped = HistoryStatus.Dropped()
    var lastComplaint: Int64?

    // Committing.
    var waiting: [Waiting] = []
    /// Encoded sums by minute, entries by stored number.
    var sums: [Int64: [UInt8]] = [:]
    var answers: [IntakeQueue.Answer] = []
    /// What was committed of the last hour.
    var recent: RecentSums
    /// A commit of which SQLite could not say whether it happened.
    var unsure: (head: HeadRow, sums: [Int64: [UInt8]])?
    var mode = HistoryStatus.Mode.disk
    var commits: UInt64 = 0
    var longestCommit: Int64 = 0
    /// The head is written though nothing came: a run begins or ends.
    var mustSave = true
    var isOpen = true

    // Keeping house.
    var clock: SteadyClock
    /// Rows that have more than one part.
    var split: Set<BucketKey>
    var lastHousekeeping: Int64 = 0
    /// What is being done.
    var round: Round?
    /// Commits whose ids are in the index as far as they will be.
    var indexedCommits: UInt64 = 0
    var lastSeriesCheck: Int64 = 0
    var segmentBegan: Int64?
    var problems: [String: String] = [:]
    var checkpoints: CheckpointFile?

    struct Delta {
        var minute: Int64
        var bucket: Bucket
    }

    /// Blocks that are committed together at most: while the disk refuses, there may be more.
    static let mostWaiting = 64

    /// Takes in what came, and commits when it is time.
    mutating func take(_ items: [IntakeQueue.Item], dropped count: UInt64) {
        let arrival = configuration.clock()
        clock.look(wall: arrival, uptime: configuration.uptime())
        dropped.queue += count
        lostSince += count
        for item in items {
            switch item {
            case .own(let lines, _): take(lines, from: .own, arrival)
            case .batch(let batch, let answer): take(batch, answer, arrival)
            case .clock(let source, let skew): note(skew, of: source, arrival)
            }
            // Between batches only: a part of one that is committed would come again after a crash.
            if mode == .disk, waiting.count >= Self.mostWaiting { commit() }
        }
    }

    private mutating func take(_ batch: SourceBatch, _ answer: @escaping IntakeQueue.Answer, _ arrival: Int64) {
        defer { answers.append(answer) }
        guard batch.number > sources.position(batch.source) else { return }
        dropped.source += batch.dropped
        lostSince += batch.dropped
        if let skew = batch.skew { note(skew, of: batch.source, arrival) }
        take(batch.lines, from: batch.source, arrival)
        sources.update(batch.source) { source in
            source.position = batch.number
            source.lastSeen = arrival
        }
    }

    private mutating func note(_ skew: Int64, of source: SourceName, _ arrival: Int64) {
        sources.update(source) { source in
            source.skew = skew
            source.lastSeen = arrival
        }
    }

    private mutating func take(_ lines: [UInt8], from source: SourceName, _ arrival: Int64) {
        var counts = LineCounts()
        let isClockRight = sources.isClockRight(source)
        lines.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
                let length = lengthOfLine(rest)
                let line = UnsafeRawBufferPointer(rebasing: rest[..<length])
                if length > 0 { takeLine(line, of: bytes, arrival, isClockRight, &counts) }
                start += length + 1
            }
        }
        sources.update(source) { source in
            source.lastSeen = arrival
            source.records += counts.records
            source.refused += counts.refused
            source.misplaced += counts.misplaced
        }
        if counts.refused > 0 { complain(of: counts, source) }
    }

    /// What was found in the lines of one batch.
    struct LineCounts {
        var records: UInt64 = 0
        var refused: UInt64 = 0
        var misplaced: UInt64 = 0
        var reason = ""
    }

    private mutating func takeLine(
        _ line: UnsafeRawBufferPointer, of lines: UnsafeRawBufferPointer, _ arrival: Int64, _ isClockRight: Bool,
        _ counts: inout LineCounts
    ) {
        do throws(RecordLineError) {
            try scanner.scan(line, of: lines)
        } catch {
            counts.refused += 1
            counts.reason = error.description
            dropped.refused += 1
            return
        }
        counts.records += 1
        taken += 1
        takenSince += 1
        let placed = TimePlacement.place(
            time: scanner.time, duration: scanner.microseconds(.timingDuration) ?? 0, arrival: arrival,
            isClockRight: isClockRight)
        let place = series.place(scanner, in: line)
        count(line, placed, place)
        if placed.isMisplaced { counts.misplaced += 1 }
        let hash = idHash(line)
        guard keeping.keeps(idHash: hash, scanner, in: line) else { return }
        kept += 1
        builder.append(
            line, time: placed.time, isMisplaced: placed.isMisplaced, series: series.ids[Int(place)], idHash: hash)
        if builder.isFull { closeBlock() }
    }

    private mutating func count(_ line: UnsafeRawBufferPointer, _ placed: TimePlacement.Placed, _ place: UInt32) {
        let minute = minuteOf(placed.time)
        series.note(place, seenIn: minute)
        let index = delta(of: minute)
        guard placed.isMisplaced else { return deltas[index].bucket.add(scanner, in: line, series: place) }
        // The time that the line says is not to be believed in sums either.
        var measures = Measures()
        measures.add(scanner, in: line)
        measures.first = placed.time
        measures.last = placed.time
        deltas[index].bucket.add(measures, series: place)
    }

    private mutating func delta(of minute: Int64) -> Int {
        if let last = deltas.last, last.minute == minute { return deltas.count - 1 }
        if let index = deltas.firstIndex(where: { $0.minute == minute }) { return index }
        deltas.append(Delta(minute: minute, bucket: Bucket(start: minute * microsecondsOfMinute)))
        return deltas.count - 1
    }

    private func idHash(_ line: UnsafeRawBufferPointer) -> UInt32 {
        guard let raw = scanner.raw(.id, in: line) else { return IDHashes.hash([]) }
        guard raw.contains(UInt8(ascii: "\\")) else { return IDHashes.hash(raw) }
        return IDHashes.hash((scanner.text(.id, in: line) ?? "").utf8)
    }

    /// Packs the records that were collected.
    mutating func closeBlock() {
        guard !builder.isEmpty else { return }
        let count = UInt64(builder.count)
        if let (block, unpacked) = builder.finish(first: sequence, isFollowed: state.live.isFollowed, packer) {
            waiting.append(
                Waiting(
                    block: block, unpacked: unpacked, taken: takenSince, lost: lostSince, skipped: skippedSince))
            takenSince = 0
            lostSince = 0
            skippedSince = 0
        } else {
            dropped.memory += count
            lostSince += count
            skippedSince += count
        }
        sequence += count
        forgetOldest()
    }

    /// Once a minute: a broken source would say it with every batch.
    private mutating func complain(of counts: LineCounts, _ source: SourceName) {
        let now = configuration.uptime()
        guard lastComplaint.map({ now - $0 >= microsecondsOfMinute }) ?? true else { return }
        lastComplaint = now
        logger.warning(
            "lines that are no records are left out",
            metadata: ["source": "\(source.name)", "lines": "\(counts.refused)", "reason": "\(counts.reason)"])
    }
}

let microsecondsOfMinute: Int64 = 60_000_000

/// The minute since 1970 that a time is in.
func minuteOf(_ time: Int64) -> Int64 { max(0, time) / microsecondsOfMinute }

/// Bytes before the line feed, or all.
private func lengthOfLine(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard let start = bytes.baseAddress, let end = memchr(start, 0x0a, bytes.count) else { return bytes.count }
    return UnsafeRawPointer(end) - start
}
