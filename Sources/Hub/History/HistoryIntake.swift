import History

/// What sources send, into a history.
public struct HistoryIntake: RecordIntake {
    private let history: History

    /// Into this history.
    public init(_ history: History) { self.history = history }

    /// Returns when the batch is on the disk, or where else the history keeps it.
    public func take(_ batch: IntakeBatch) async throws {
        _ = try await history.take(
            SourceBatch(
                source: Self.name(batch.source), number: batch.number, lines: batch.lines, count: batch.count,
                dropped: batch.dropped))
    }

    /// The last batch that is kept.
    public func position(of source: IntakeSource) async throws -> UInt64 { history.position(of: Self.name(source)) }

    private static func name(_ source: IntakeSource) -> SourceName {
        SourceName(source.description, incarnation: String(source.incarnation, radix: 36))
    }
}
