import Foundation
import GRDB
import Records

// A commit: blocks to the segment, that to the disk, then one transaction of SQLite. What is acknowledged is in both. What
// a killed process wrote and did not get into SQLite is cut off at the next start.

extension Recorder {
    /// What a commit wrote, and how the tables will look.
    private struct Attempt {
        var head: HeadRow
        var rows: [(row: BlockRow, block: PackedBlock, bytes: Int, hash: [UInt8])] = []
    }

    /// Commits what came. When the disk refuses, it stays in memory and goes with the next commit.
    mutating func commit() {
        guard isOpen else { return }
        closeBlock()
        foldDeltas()
        let began = configuration.uptime()
        if hasChanges {
            do {
                try resolveUnsure()
                let attempt = try write()
                succeeded(attempt.head, try store(attempt))
                sources.wereSaved()
                series.wereSaved()
            } catch {
                failed(error)
            }
        }
        longestCommit = max(longestCommit, configuration.uptime() - began)
        showAndAnswer()
    }

    private var hasChanges: Bool {
        mustSave || !waiting.isEmpty || !sums.isEmpty || !answers.isEmpty || !sources.changed.isEmpty || unsure != nil
    }

    /// Encodes the sums since the last commit, by the numbers that series are stored with.
    private mutating func foldDeltas() {
        var sums: [UInt32: Measures] = [:]
        for delta in deltas {
            var entries = delta.bucket.entries
            for index in entries.indices {
                entries[index].series = series.ids[Int(entries[index].series)]
                sums[entries[index].series, default: Measures()] += entries[index].measures
            }
            addSums(entries, delta.minute)
        }
        deltas.removeAll(keepingCapacity: true)
        guard !sums.isEmpty else { return }
        state.totals.withLock { totals in
            for (id, measures) in sums { totals[id, default: Measures()] += measures }
        }
    }

    private mutating func addSums(_ entries: [BucketEntry], _ minute: Int64) {
        guard let old = sums[minute] else {
            sums[minute] = BucketCoder.encode(entries)
            return
        }
        // Only while the disk refuses: one row of each minute, however long that takes.
        var sum = Bucket(start: 0)
        guard (try? old.withUnsafeBytes { try BucketRows.add($0, to: &sum) }) != nil else { return }
        for entry in entries { sum.add(entry.measures, series: entry.series) }
        sums[minute] = BucketCoder.encode(sum.entries)
    }

    // MARK: to the disk

    private mutating func write() throws -> Attempt {
        var attempt = Attempt(head: head)
        attempt.head.sequence = sequence
        attempt.head.commit += 1
        guard !waiting.isEmpty else { return attempt }
        do {
            for one in waiting {
                let (header, hash) = one.block.header(after: attempt.head.hash, skipped: one.skipped)
                    .encoded(with: one.block.data)
                let place = try files.append(header: header, data: one.block.data)
                let row = BlockRow(one.block, at: place, taken: one.taken, lost: one.lost + one.skipped)
                attempt.rows.append((row, one.block, header.count + one.block.data.count, hash))
                attempt.head.hash = hash
                attempt.head.last = place
                attempt.head.end = files.end
                attempt.head.skipped += one.skipped
            }
            try files.sync()
        } catch {
            try files.takeBack()
            throw error
        }
        return attempt
    }

    /// Returns the sums that were stored.
    private mutating func store(_ attempt: Attempt) throws -> [Int64: [UInt8]] {
        let (sums, sources, removed) = (sums, sources.changed.compactMap { self.sources.all[$0] }, sources.removed)
        let series = series.changes
        let firstOfRun = mustSave ? runs.firsts.last : nil
        unsure = (attempt.head, sums)
        self.sums = [:]
        try pool.write { database in
            for (row, block, bytes, hash) in attempt.rows {
                try row.save(block, bytes: bytes, hash: hash, database)
            }
            for (minute, entries) in sums {
                try BucketRows.add(entries, minute: minute, head: attempt.head, database)
            }
            for one in series { try SeriesRows.save(one, database) }
            for source in sources { try SourceRows.save(source, database) }
            for source in removed { try SourceRows.delete(source, database) }
            if let firstOfRun {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO run (number, first) VALUES (?, ?)",
                    arguments: [Int64(firstOfRun.run), Int64(bitPattern: firstOfRun.first)])
            }
            try attempt.head.save(database)
        }
        unsure = nil
        mustSave = false
        return sums
    }

    /// A commit that failed may have happened all the same: SQLite says so when it can be asked again.
    mutating func resolveUnsure() throws {
        guard let (attempt, old) = unsure else { return }
        if try pool.write({ try HeadRow.read($0) })?.commit == attempt.commit {
            succeeded(attempt, old)
        } else {
            try files.takeBack()
            for (minute, bytes) in old { addSums(try bytes.withUnsafeBytes { try BucketCoder.decode($0) }, minute) }
        }
        unsure = nil
    }

    private mutating func succeeded(_ next: HeadRow, _ sums: [Int64: [UInt8]]) {
        // Only what was committed: while it was not known whether it was, more may have come.
        for one in waiting where one.block.end <= next.sequence { publish(one) }
        waiting.removeAll { $0.block.end <= next.sequence }
        files.keep()
        head = next
        recent.add(sums)
        for minute in sums.keys {
            split.insert(BucketKey(.minute, minute))
            if minute < head.fives { split.insert(BucketKey(.five, BucketLevel.five.start(of: minute))) }
            if minute < head.hours { split.insert(BucketKey(.hour, BucketLevel.hour.start(of: minute))) }
            if minute < head.days { split.insert(BucketKey(.day, BucketLevel.day.start(of: minute))) }
        }
        commits += 1
        if mode != .disk { logger.notice("the history is on the disk again") }
        mode = .disk
        segmentBegan = segmentBegan ?? configuration.clock()
    }

    private mutating func failed(_ error: any Error) {
        let reason = (error as? SystemFailure)?.description ?? HistorySchema.words(error)
        if mode == .disk {
            logger.error("the history is not written; records stay in memory", metadata: ["reason": "\(reason)"])
        }
        mode = .memory(reason: reason)
        forgetOldest()
    }

    /// While the disk refuses: what is oldest goes, and is counted.
    mutating func forgetOldest() {
        guard mode != .disk else { return }
        var weight = waiting.reduce(0) { $0 + $1.block.weight }
        while weight > configuration.memoryBytes, waiting.count > 1 {
            let gone = waiting.removeFirst()
            weight -= gone.block.weight
            dropped.memory += UInt64(gone.block.count)
            waiting[0].skipped += UInt64(gone.block.count) + gone.skipped
            waiting[0].taken += gone.taken
            waiting[0].lost += gone.lost
        }
        var bytes = sums.values.reduce(0) { $0 + $1.count }
        while bytes > configuration.memoryBytes / 4, sums.count > 1, let oldest = sums.keys.min() {
            bytes -= sums.removeValue(forKey: oldest)?.count ?? 0
            problems["sums"] = "sums of whole minutes were lost while the disk refused"
        }
    }

    // MARK: to everybody else

    private func publish(_ one: Waiting) { state.live.publish(one.unpacked, through: one.block.end) }

    /// Shows what is in memory and how things are, and answers the sources.
    private mutating func showAndAnswer() {
        for index in waiting.indices where waiting[index].unpacked != nil {
            publish(waiting[index])
            waiting[index].unpacked = nil
        }
        let (waiting, head, runs) = (waiting, head, runs)
        let sums = self.sums.map { ($0.key, $0.value) } + (unsure?.sums.map { ($0.key, $0.value) } ?? [])
        recent.forget(now: minuteOf(configuration.clock()))
        let recent = recent
        // Together: a sum is in one of both.
        state.memory.withLock { memory in
            memory.blocks = waiting
            memory.buckets = sums
            memory.recent = recent
        }
        let next = sequence
        state.chain.withLock { chain in
            chain.runs = runs
            chain.sequence = next
            chain.fives = head.fives
            chain.hours = head.hours
            chain.days = head.days
        }
        let all = sources.all
        state.sources.withLock { $0 = all }
        showStatus()
        let answer: Acknowledgement = mode == .disk ? .stored : .inMemory
        for one in answers { one(.success(answer)) }
        answers.removeAll(keepingCapacity: true)
    }
}
