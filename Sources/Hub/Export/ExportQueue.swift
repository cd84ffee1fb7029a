/// Lines that wait to be exported: no more bytes than it was given. What comes when it is full is dropped and counted.
struct ExportQueue {
    /// Bytes of lines that may wait.
    let most: Int
    private var parts: [(lines: [UInt8], count: Int)] = []
    /// Bytes that wait.
    private(set) var bytes = 0
    /// Records that were dropped.
    private(set) var dropped: UInt64 = 0

    init(most: Int) { self.most = most }

    /// True when nothing waits.
    var isEmpty: Bool { parts.isEmpty }

    /// Takes lines; false: they were dropped.
    mutating func add(_ lines: [UInt8], count: Int) -> Bool {
        guard !lines.isEmpty else { return true }
        guard bytes + lines.count <= most else {
            dropped += UInt64(count)
            return false
        }
        parts.append((lines, count))
        bytes += lines.count
        return true
    }

    /// The oldest lines, as whole as they came, until there are that many records or more.
    mutating func next(records: Int) -> [UInt8] {
        var taken = 0
        var count = 0
        var lines: [UInt8] = []
        while taken < parts.count, count < records {
            lines += parts[taken].lines
            count += parts[taken].count
            taken += 1
        }
        parts.removeFirst(taken)
        bytes -= lines.count
        return lines
    }
}
