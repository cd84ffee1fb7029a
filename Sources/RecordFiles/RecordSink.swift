/// Takes finished lines of records. Whoever makes records hands them to any number of these.
public protocol RecordSink: Sendable {
    /// Takes whole lines, each with its line end. It never waits: what it cannot keep it drops and counts.
    ///
    /// - Parameter count: how many lines these are.
    func take(_ lines: [UInt8], count: Int)
}

extension RecordWriter: RecordSink {
    /// Enqueues them.
    public func take(_ lines: [UInt8], count: Int) { enqueue(lines, count: count) }
}
