/// Takes finished lines. Whoever hands them over never waits: what finds no room is dropped and counted.
public protocol RecordSink: Sendable {
    /// Whole lines.
    func take(_ lines: [UInt8], count: Int)
}

extension RecordWriter: RecordSink {
    /// Hands the lines to the file's thread, and to every sink of the configuration.
    public func take(_ lines: [UInt8], count: Int) { enqueue(lines, count: count) }
}
