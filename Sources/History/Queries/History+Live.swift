import Records

extension History {
    /// Records as they are committed, or taken into memory.
    ///
    /// Whoever is slow gets `missed` instead of what he had no time for: nobody waits for him, and what is held is held once
    /// for all.
    ///
    /// - Parameter after: begin after this record instead of now; what was stored since comes first.
    public func follow(_ filter: RecordFilter, after: Cursor? = nil) throws(HistoryError) -> AsyncStream<LiveEvent> {
        let runs = state.chain.withLock { $0.runs }
        state.live.enter()
        let next: UInt64
        do throws(HistoryError) {
            next = min(
                try after.map { cursor throws(HistoryError) in try runs.sequence(cursor) + 1 } ?? .max, state.live.next)
        } catch {
            state.live.leave()
            throw error
        }
        let follower = Follower(self, filter, from: next, runs)
        return AsyncStream { await follower.next() }
    }
}

/// One who follows.
private actor Follower {
    /// Records that are looked at before they are handed on: what one who is slow holds on to.
    private static let most = 256

    private let history: History
    private let filter: RecordFilter
    private let runs: Runs
    /// Number of the record that is looked at next.
    private var place: UInt64
    /// Until the first block of the ring, gaps are filled from the disk.
    private var isLive = false
    private var scanner = RecordScanner()
    private var answers: [UInt32: Ternary] = [:]
    /// What was found and not handed on yet, the next at the end.
    private var found: [LiveEvent] = []

    init(_ history: History, _ filter: RecordFilter, from place: UInt64, _ runs: Runs) {
        self.history = history
        self.filter = filter
        self.runs = runs
        self.place = place
    }

    deinit { history.state.live.leave() }

    /// The next event; nil: the history was closed, or nobody waits any more.
    func next() async -> LiveEvent? {
        while found.isEmpty {
            if Task.isCancelled { return nil }
            switch history.state.live.block(from: place) {
            case .block(let block):
                isLive = true
                look(block)
            case .missed(let end) where isLive:
                found = [.missed(end - place)]
                place = end
            case .missed(let end): await catchUp(to: end)
            case .nothing: await history.state.live.wait(from: place)
            case .closed: return nil
            }
        }
        return found.popLast()
    }

    /// Looks at the next records of a block; it is asked for again where there are more.
    private func look(_ block: Block) {
        let start = Int(place - block.first)
        let end = min(block.entries.count, start + Self.most)
        for index in start..<end where matches(block.entries[index], block) {
            let entry = block.entries[index]
            found.append(
                .record(
                    StoredRecord(
                        line: block.line(entry), cursor: runs.cursor(block.first + UInt64(index)), time: entry.time,
                        isMisplaced: entry.isMisplaced)))
        }
        place = block.first + UInt64(end)
        found.reverse()
    }

    private func matches(_ entry: Block.Entry, _ block: Block) -> Bool {
        switch answer(entry.series) {
        case .yes: true
        case .no: false
        case .cannotTell: History.matches(entry, block, filter, &scanner)
        }
    }

    private func answer(_ id: UInt32) -> Ternary {
        if let answer = answers[id] { return answer }
        let answer = history.state.names[id].map { filter.matches($0) } ?? .cannotTell
        answers[id] = answer
        return answer
    }

    /// Reads from the disk what is not in the ring.
    private func catchUp(to end: UInt64) async {
        do throws(HistoryError) {
            let page = try await history.page(
                filter, after: runs.cursor(place - 1), limit: Self.most, newestFirst: false)
            // What is in the ring is read from there, so that nothing comes twice.
            let before = page.records.prefix { $0.cursor.sequence < end }
            found = before.reversed().map { .record($0) }
            if let next = page.next, before.count == page.records.count {
                place = min(next.sequence + 1, end)
            } else {
                place = end
            }
        } catch {
            found = [.missed(end - place)]
            place = end
        }
    }
}
