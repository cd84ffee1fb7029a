import History
import Records
import Synchronization

/// The console's records and numbers, out of a history.
public struct HistoryData: HubData {
    private let history: History
    /// Records that the sources of the hub themselves have dropped, and how they are.
    private let sources: @Sendable () -> [HubStatus.Source]
    private let contents: ContentStore?
    private let notes = NoteNumbers()

    /// Out of this history.
    ///
    /// - Parameters:
    ///   - contents: prompts and answers that policies have stored; nil: none are.
    ///   - sources: what is known of who sends, besides what the history knows.
    public init(
        _ history: History, contents: ContentStore? = nil,
        sources: @escaping @Sendable () -> [HubStatus.Source] = { [] }
    ) {
        self.history = history
        self.contents = contents
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

    /// The prompt and the answer that a policy has stored of a request.
    public func content(id: String) async throws -> RecordContent? {
        switch try contents?.find(id) ?? .nothing {
        case .content(let content): return content
        case .nothing: return nil
        case .otherKey(let key):
            throw ContentProblem("it was sealed with another key, \(key): give the hub that one with --content-key")
        case .changed: throw ContentProblem("it was changed on the disk: it is not what was stored")
        }
    }

    /// Keeps a record of the hub's own, as a source whose batches are numbered: only then is it known when it is kept.
    public func note(_ line: [UInt8]) async throws {
        try await history.take(
            SourceBatch(source: notes.source, number: notes.next(), lines: line, count: 1))
    }

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
                HubStatus.Source(
                    name: $0.source.name, lastSeen: $0.lastSeen, clockSkew: $0.skew ?? 0, dropped: $0.refused)
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

/// Numbers of what the hub itself notes, which begin anew with each start.
private final class NoteNumbers: Sendable {
    let source = SourceName("hub", incarnation: String(UInt64.random(in: .min ... .max), radix: 36))
    private let last = Atomic<UInt64>(0)

    func next() -> UInt64 { last.add(1, ordering: .relaxed).newValue }
}
