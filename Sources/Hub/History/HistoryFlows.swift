import History
import Records

/// What `hubble observe` is told, out of a history.
public struct HistoryFlows: FlowSource {
    private let history: History
    private let version: String
    private let started: Int64
    private let now: @Sendable () -> Int64

    /// Out of this history.
    ///
    /// - Parameters:
    ///   - version: of this program.
    ///   - now: microseconds since 1970.
    public init(_ history: History, version: String, now: @escaping @Sendable () -> Int64) {
        self.history = history
        self.version = version
        self.now = now
        started = now()
    }

    /// A page of records.
    public func page(_ question: FlowQuestion) async throws -> FlowPage {
        let page = try await history.page(
            .all, from: question.from, to: question.to,
            after: try question.cursor.map { text throws(HistoryError) in try Cursor(text) }, limit: question.limit,
            newestFirst: question.newestFirst)
        return FlowPage(lines: page.records.map(\.line), next: page.next?.description)
    }

    /// Records from now on.
    public func follow() async -> AsyncStream<FlowNews> {
        guard let events = try? history.follow(.all) else { return AsyncStream { $0.finish() } }
        return AsyncStream {
            var iterator = events.makeAsyncIterator()
            return switch await iterator.next() {
            case .record(let record): FlowNews.line(record.line)
            case .missed(let count): FlowNews.missed(count)
            case nil: nil
            }
        }
    }

    /// How much there is, and from whom.
    public func flowStatus() async throws -> FlowStatus {
        let (status, now) = (history.status, now())
        let uptime = max(0, now - started)
        let minute = try await history.groups(GroupQuery(from: now - 60_000_000, to: now, by: []))
        let count = minute.rows.reduce(0) { $0 + $1.total.count } + (minute.other?.total.count ?? 0)
        let nodes = try await history.groups(GroupQuery(from: now - 3_600_000_000, to: now, by: [.node], top: 1_000))
        return FlowStatus(
            kept: status.kept, seen: status.taken, uptime: uptime,
            rate: Double(count) / max(1, min(60, Double(uptime) / 1_000_000)),
            nodes: nodes.rows.filter { !$0.key[0].isEmpty }.map { row in
                // A node that says nothing for a minute has nothing to say, or is gone: nobody can tell.
                FlowStatus.Node(
                    name: row.key[0], isConnected: row.total.last > now - 60_000_000, seen: row.total.count)
            }, version: version)
    }

    /// Namespaces that records since then are about.
    public func namespaces(since: Int64) async throws -> [String] {
        let table = try await history.groups(
            GroupQuery(
                from: since, to: now() + 1, by: [.workloadNamespace, .destinationWorkloadNamespace], top: 10_000))
        return Set(table.rows.flatMap(\.key).filter { !$0.isEmpty }).sorted()
    }
}
