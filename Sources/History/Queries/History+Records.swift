import GRDB
import Records

extension History {
    /// Bytes of records that are unpacked for one page at most, and for one question about records that no sum answers.
    static let mostBytesOfPage = 64 << 20
    static let mostBytesOfQuestion = 512 << 20
    /// Records of one page at most.
    public static let mostRecords = 10_000
    /// Records with the same id that are found at most.
    public static let mostFound = 1_000

    /// Records that a filter asks for, in the order in which they came.
    ///
    /// - Parameters:
    ///   - from: times of records, in microseconds since 1970.
    ///   - to: not itself.
    ///   - after: where the page before ended (`RecordPage.next`); nil: begin.
    public func page(
        _ filter: RecordFilter, from: Int64 = .min, to: Int64 = .max, after: Cursor? = nil, limit: Int = 100,
        newestFirst: Bool = true
    ) async throws(HistoryError) -> RecordPage {
        let runs = state.chain.withLock { $0.runs }
        let place = try after.map { cursor throws(HistoryError) in try runs.sequence(cursor) }
        let question = BlockWalk.Question(
            filter: filter, times: from..<max(from, to),
            numbers: newestFirst ? 0..<(place ?? .max) : (place.map { $0 &+ 1 } ?? 0)..<UInt64.max,
            newestFirst: newestFirst, mostBytes: Self.mostBytesOfPage)
        let limit = min(max(1, limit), Self.mostRecords)
        return try await questions.ask { () throws(HistoryError) in
            try Self.page(self, question, limit: limit, runs)
        }
    }

    private static func page(
        _ history: History, _ question: BlockWalk.Question, limit: Int, _ runs: Runs
    ) throws(HistoryError) -> RecordPage {
        var walk = BlockWalk(history, question)
        var scanner = RecordScanner()
        var page = RecordPage()
        var edge: UInt64?
        while let block = try walk.next() {
            let order = question.newestFirst ? Array(block.entries.indices.reversed()) : Array(block.entries.indices)
            for index in order {
                let entry = block.entries[index]
                let number = block.first + UInt64(index)
                guard question.covers(entry, number), matches(entry, block, question.filter, &walk, &scanner) else {
                    continue
                }
                guard page.records.count < limit else {
                    // One more than there is room for: so there is a next page.
                    page.next = page.records.last?.cursor
                    page.complete = walk.complete
                    return page
                }
                page.records.append(
                    StoredRecord(
                        line: block.line(entry), cursor: runs.cursor(number), time: entry.time,
                        isMisplaced: entry.isMisplaced))
            }
            edge = question.newestFirst ? block.first : block.end - 1
        }
        page.complete = walk.complete
        if !walk.complete.isWhole { page.next = edge.map(runs.cursor) }
        return page
    }

    /// Whether a filter asks for a record; its line is read only where its series does not say.
    static func matches(
        _ entry: Block.Entry, _ block: Block, _ filter: RecordFilter, _ walk: inout BlockWalk,
        _ scanner: inout RecordScanner
    ) -> Bool {
        switch walk.answer(entry.series) {
        case .yes: return true
        case .no: return false
        case .cannotTell: return matches(entry, block, filter, &scanner)
        }
    }

    static func matches(
        _ entry: Block.Entry, _ block: Block, _ filter: RecordFilter, _ scanner: inout RecordScanner
    ) -> Bool {
        block.withLine(entry) { line in
            do throws(RecordLineError) {
                try scanner.scan(line)
                return filter.matches(scanner, in: line)
            } catch {
                return false
            }
        }
    }

    // MARK: by id

    /// The lines of a request, or of all that happened to a connection, in the order in which they came.
    public func find(id: String) async throws(HistoryError) -> [[UInt8]] {
        try await questions.ask { () throws(HistoryError) in try Self.find(self, id) }
    }

    private static func find(_ history: History, _ id: String) throws(HistoryError) -> [[UInt8]] {
        let hash = IDHashes.hash(id.utf8)
        var search = IDSearch(id)
        let memory = history.state.memory.withLock { $0.blocks }
        for one in memory.reversed() where one.block.ids.contains(hash) {
            let header = one.block.header(after: BlockHeader.noHash, skipped: 0)
            if let block = try? BlockReader.unpacked(header, one.block.data) { search.look(block) }
        }
        let places: [SegmentPlace]
        do {
            places = try history.pool.read { try Self.places(hash, before: memory.first?.block.first ?? .max, $0) }
        } catch {
            throw .failed(path: HistorySchema.path(history.configuration.directory), reason: HistorySchema.words(error))
        }
        var reader = BlockReader(history: history.configuration.directory)
        for place in places {
            guard search.lines.count < mostFound else { break }
            // A block that cannot be read is the status's and the verifier's business.
            if let block = try? reader.block(at: place) { search.look(block) }
        }
        return search.lines.reversed()
    }

    /// Blocks that may have an id with a hash, newest first. What is in memory alone is not asked for.
    private static func places(_ hash: UInt32, before end: UInt64, _ database: Database) throws -> [SegmentPlace] {
        var places: [SegmentPlace] = []
        let place = try database.cachedStatement(sql: "SELECT segment, place FROM block WHERE first = ?")
        for block in try IDIndex.find(hash, database).blocks.prefix(mostFound) where block < Int64(clamping: end) {
            // The index may have blocks for a while that have gone.
            guard let found = try GRDB.Row.fetchOne(place, arguments: [block]) else { continue }
            places.append(
                SegmentPlace(segment: UInt64(bitPattern: found[0]), offset: UInt64(bitPattern: found[1])))
        }
        return places
    }
}

/// Looks for the lines of an id, newest first.
private struct IDSearch: ~Copyable {
    private let id: String
    private var scanner = RecordScanner()
    private(set) var lines: [[UInt8]] = []

    init(_ id: String) {
        self.id = id
    }

    mutating func look(_ block: Block) {
        for entry in block.entries.reversed() where lines.count < History.mostFound {
            let isWanted = block.withLine(entry) { line in
                (try? scanner.scan(line)) != nil && scanner.text(.id, in: line) == id
            }
            if isWanted { lines.append(block.line(entry)) }
        }
    }
}
