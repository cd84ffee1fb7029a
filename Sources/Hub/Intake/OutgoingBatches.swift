import Records

/// Batches of a source that the hub does not have yet.
///
/// They are numbered from 1 on. A batch stays until the hub has it for good, so that it can be sent again; when too
/// much waits, what comes is dropped and counted, and what waits stays: what led to a flood is in its beginning.
struct OutgoingBatches {
    struct Batch: Equatable {
        let number: UInt64
        var lines: [UInt8]
        var count: Int
        var dropped: UInt64
        /// Prompts and answers: in a batch of their own.
        var contents: [RecordContent] = []

        /// Bytes that it takes.
        var size: Int { lines.count + contents.reduce(0) { $0 + $1.byteCount } }
    }

    /// Bytes of lines that may wait.
    let most: Int
    /// Bytes of lines that are put together in one batch.
    let batchBytes: Int

    private(set) var waiting: [Batch] = []
    /// Bytes that wait.
    private(set) var bytes = 0
    /// Records that were dropped since the start.
    private(set) var dropped: UInt64 = 0
    /// Records that the hub has for good.
    private(set) var acknowledged: UInt64 = 0
    /// Records that were dropped and that no batch tells of yet.
    private var untold: UInt64 = 0
    private var lastNumber: UInt64 = 0
    /// How many of those that wait were sent on this connection, and their bytes: there may be very many.
    private var sent = 0
    private var underWay = 0
    /// Bytes of lines that may be on their way, as the hub says; 0: it has said nothing yet.
    private var window = 0
    /// Bytes of contents that the hub takes in one batch; 0: none.
    private var longestContent = 0
    /// Contents that were dropped since the start: there was no room, or the hub does not take them.
    private(set) var droppedContents: UInt64 = 0

    init(most: Int, batchBytes: Int) {
        self.most = most
        self.batchBytes = batchBytes
    }

    /// Everything was acknowledged.
    var isEmpty: Bool { waiting.isEmpty }

    /// Takes whole lines; false: they were dropped and counted.
    mutating func add(_ lines: [UInt8], count: Int) -> Bool {
        guard !lines.isEmpty else { return true }
        guard bytes + lines.count <= most else {
            dropped += UInt64(count)
            untold += UInt64(count)
            return false
        }
        if lines.count <= batchBytes {
            append(lines, count)
        } else {
            for part in Self.parts(lines, of: batchBytes) { append(part.lines, part.count) }
        }
        return true
    }

    /// Takes what a policy has stored of a request; false: it was dropped and counted.
    mutating func add(_ content: RecordContent) -> Bool {
        guard bytes + content.byteCount <= most else {
            droppedContents += 1
            return false
        }
        bytes += content.byteCount
        lastNumber += 1
        waiting.append(Batch(number: lastNumber, lines: [], count: 0, dropped: untold, contents: [content]))
        untold = 0
        return true
    }

    private mutating func append(_ lines: [UInt8], _ count: Int) {
        bytes += lines.count
        let last = waiting.count - 1
        // What was dropped lies between: the batch that tells of it comes after.
        if untold == 0, last >= sent, waiting[last].contents.isEmpty,
            waiting[last].lines.count + lines.count <= batchBytes
        {
            waiting[last].lines += lines
            waiting[last].count += count
            return
        }
        lastNumber += 1
        waiting.append(Batch(number: lastNumber, lines: lines, count: count, dropped: untold))
        untold = 0
    }

    /// Whole lines in parts that are not longer than `size`; a single line that is longer is a part of its own.
    private static func parts(_ lines: [UInt8], of size: Int) -> [(lines: [UInt8], count: Int)] {
        var parts: [(lines: [UInt8], count: Int)] = []
        var part: [UInt8] = []
        var count = 0
        for line in lines.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
            if !part.isEmpty, part.count + line.count + 1 > size {
                parts.append((part, count))
                part = []
                count = 0
            }
            part += line
            part.append(UInt8(ascii: "\n"))
            count += 1
        }
        if !part.isEmpty { parts.append((part, count)) }
        return parts
    }

    // MARK: the connection

    /// There is no connection any more: everything that was not acknowledged goes again.
    mutating func disconnect() {
        window = 0
        sent = 0
        underWay = 0
    }

    /// The hub says what it has, and how much it takes at once.
    mutating func welcome(committed: UInt64, window: Int, longestContent: Int = 0) {
        acknowledge(committed)
        self.window = max(1, window)
        self.longestContent = longestContent
    }

    /// The hub has everything up to this number for good. What it has never been sent it cannot have.
    mutating func acknowledge(_ number: UInt64) {
        let have = waiting.prefix { $0.number <= number }
        for (place, batch) in have.enumerated() {
            bytes -= batch.size
            acknowledged += UInt64(batch.count)
            if place < sent { underWay -= batch.size }
        }
        sent = max(0, sent - have.count)
        waiting.removeFirst(have.count)
    }

    /// The next batch to send, marked as sent; nil: nothing waits, or the hub has enough to do.
    mutating func next() -> Batch? {
        guard window > 0, sent < waiting.count else { return nil }
        refuseContents()
        let batch = waiting[sent]
        // One batch may always be under way, however small the window is.
        guard sent == 0 || underWay + batch.size <= window else { return nil }
        sent += 1
        underWay += batch.size
        return batch
    }

    /// A batch whose contents the hub does not take goes without them: its number must come.
    private mutating func refuseContents() {
        let batch = waiting[sent]
        guard !batch.contents.isEmpty, batch.size > longestContent else { return }
        bytes -= batch.size - batch.lines.count
        droppedContents += UInt64(batch.contents.count)
        waiting[sent].contents = []
    }

    /// What was dropped after the last batch, told in a batch without lines; nil: nothing was.
    mutating func tellOfDrops() {
        guard untold > 0, waiting.isEmpty else { return }
        lastNumber += 1
        waiting.append(Batch(number: lastNumber, lines: [], count: 0, dropped: untold))
        untold = 0
    }
}
