import History
import RecordFiles
import Records

/// What sources send, into a history.
public struct HistoryIntake: RecordIntake {
    private let history: History
    private let others: [any RecordSink]
    private let contents: (any ContentSink)?

    /// Into this history, and then to these.
    ///
    /// - Parameter contents: stores prompts and answers; nil: none are kept.
    public init(_ history: History, also others: [any RecordSink] = [], contents: (any ContentSink)? = nil) {
        self.history = history
        self.others = others
        self.contents = contents
    }

    /// Returns when the batch is on the disk, or where else the history keeps it.
    public func take(_ batch: IntakeBatch) async throws {
        let name = Self.name(batch.source)
        guard batch.number > history.position(of: name) else { return }
        _ = try await history.take(
            SourceBatch(
                source: name, number: batch.number, lines: batch.lines, count: batch.count, dropped: batch.dropped,
                skew: batch.skew))
        for other in others where batch.count > 0 { other.take(batch.lines, count: batch.count) }
        if let contents { for content in batch.contents { contents.take(content) } }
    }

    /// The last batch that is kept.
    public func position(of source: IntakeSource) async throws -> UInt64 { history.position(of: Self.name(source)) }

    /// Remembers it with what else is known of the source.
    public func note(skew: Int64, of source: IntakeSource) async { history.note(skew: skew, of: Self.name(source)) }

    private static func name(_ source: IntakeSource) -> SourceName {
        SourceName(source.description, incarnation: String(source.incarnation, radix: 36))
    }
}
