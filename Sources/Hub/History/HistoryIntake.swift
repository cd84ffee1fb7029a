import History
import RecordFiles

/// What sources send, into a history.
public struct HistoryIntake: RecordIntake {
    private let history: History
    private let others: [any RecordSink]

    /// Into this history, and then to these.
    public init(_ history: History, also others: [any RecordSink] = []) {
        self.history = history
        self.others = others
    }

    /// Returns when the batch is on the disk, or where else the history keeps it.
    public func take(_ batch: IntakeBatch) async throws {
        let name = Self.name(batch.source)
        guard batch.number > history.position(of: name) else { return }
        _ = try await history.take(
            SourceBatch(
                source: name, number: batch.number, lines: batch.lines, count: batch.count, dropped: batch.dropped))
        for other in others { other.take(batch.lines, count: batch.count) }
    }

    /// The last batch that is kept.
    public func position(of source: IntakeSource) async throws -> UInt64 { history.position(of: Self.name(source)) }

    private static func name(_ source: IntakeSource) -> SourceName {
        SourceName(source.description, incarnation: String(source.incarnation, radix: 36))
    }
}
