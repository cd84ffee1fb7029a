import History
import Records

/// The console's records and numbers, out of a history.
public struct HistoryData: HubData {
    private let history: History
    /// Records that the sources of the hub themselves have dropped, and how they are.
    private let sources: @Sendable () -> [HubStatus.Source]

    /// Out of this history.
    ///
    /// - Parameter sources: what is known of who sends, besides what the history knows.
    public init(_ history: History, sources: @escaping @Sendable () -> [HubStatus.Source] = { [] }) {
        self.history = history
        self.sources = sources
    }

    /// A page of records.
    public func page(_ question: PageQuestion) async throws -> HubPage {
        let page = try await history.page(
            question.filter, from: question.from, to: question.to, after: question.cursor.map(Self.cursor),
            limit: question.limit, newestFirst: question.newestFirst)
        let status = history.status
        return HubPage(
            lines: page.records.map(\.line), next: page.next?.description,
            complete: Completeness(
                share: status.detailShare, lost: page.complete.lost &+ UInt64(page.complete.unreadable),
                oldest: status.oldest))
    }

    private static func cursor(_ text: String) throws -> Cursor {
        do throws(HistoryError) { return try Cursor(text) } catch { throw CursorError() }
    }

    /// Numbers.
    public func groups(_ query: GroupQuery) async throws -> GroupTable { try await history.groups(query) }

    /// Every record with the id.
    public func find(id: String) async throws -> [[UInt8]] { try await history.find(id: id) }

    /// Records from now on, or from after a cursor on. A cursor of another history begins now.
    public func follow(_ filter: RecordFilter, after cursor: String?) -> AsyncStream<HubEvent> {
        let place = cursor.flatMap { try? Cursor($0) }
        guard let events = (try? history.follow(filter, after: place)) ?? (try? history.follow(filter)) else {
            return AsyncStream { $0.finish() }
        }
        return AsyncStream {
            var iterator = events.makeAsyncIterator()
            return switch await iterator.next() {
            case .record(let record): HubEvent.record(record.line, cursor: record.cursor.description)
            case .missed(let count): HubEvent.missed(count)
            case nil: nil
            }
        }
    }

    /// How the history is.
    public func status() async -> HubStatus {
        let status = history.status
        let dropped = status.dropped
        return HubStatus(
            storage: status.problem == nil ? "disk" : "memory", storageProblem: status.problem,
            bytes: UInt64(max(0, status.segmentBytes + status.tableBytes)), oldest: status.oldest,
            dropped: [
                "queue": dropped.queue, "memory": dropped.memory, "source": dropped.source, "refused": dropped.refused,
            ],
            head: status.head.map { "\($0.sequence) \($0.hash)" } ?? "",
            sources: status.sources.map {
                HubStatus.Source(name: $0.source.name, lastSeen: $0.lastSeen, clockSkew: $0.skew, dropped: $0.refused)
            } + sources())
    }
}

extension HistoryStatus {
    /// Why records are in memory only; nil: they are on the disk.
    public var problem: String? {
        switch mode {
        case .disk: nil
        case .memory(let reason): reason
        }
    }
}
