import Hub
import Records
import Synchronization

/// Records in memory, as a history would give them out.
final class FakeFlows: FlowSource {
    struct State {
        var lines: [(time: Int64, line: [UInt8])] = []
        var followers: [AsyncStream<FlowNews>.Continuation] = []
        var status = FlowStatus(kept: 0, seen: 0, uptime: 5_000_000, rate: 2.5, nodes: [], version: "1.2")
        var pages = 0
        /// What happens once, just before the next page is given out.
        var meanwhile: [(time: Int64, line: [UInt8])] = []
        var isBroken = false
    }

    struct Failure: Error {}

    private let state = Mutex(State())

    var now: State { state.withLock { $0 } }

    func set(_ change: @Sendable (inout State) -> Void) { state.withLock { change(&$0) } }

    func add(_ record: Record) {
        var line: [UInt8] = []
        RecordEncoder.append(record, to: &line)
        let whole = line
        state.withLock { state in
            state.lines.append((record.time, whole))
            for follower in state.followers { follower.yield(.line(whole)) }
        }
    }

    func tell(_ news: FlowNews) { state.withLock { $0.followers.forEach { $0.yield(news) } } }

    func page(_ question: FlowQuestion) async throws -> FlowPage {
        let meanwhile = state.withLock { state in
            defer { state.meanwhile = [] }
            return state.meanwhile
        }
        for (time, line) in meanwhile {
            state.withLock { state in
                state.lines.append((time, line))
                for follower in state.followers { follower.yield(.line(line)) }
            }
        }
        return try state.withLock { state throws(Failure) in
            guard !state.isBroken else { throw Failure() }
            state.pages += 1
            var fitting = state.lines.filter { $0.time >= question.from && $0.time < question.to }
            if question.newestFirst { fitting.reverse() }
            let start = question.cursor.flatMap(Int.init) ?? 0
            // Small pages, so that several are needed.
            let end = min(fitting.count, start + min(question.limit, 7))
            return FlowPage(
                lines: fitting[min(start, end)..<end].map(\.line), next: end < fitting.count ? "\(end)" : nil)
        }
    }

    func follow() async -> AsyncStream<FlowNews> {
        let stream = AsyncStream.makeStream(of: FlowNews.self)
        state.withLock { $0.followers.append(stream.continuation) }
        return stream.stream
    }

    func flowStatus() async throws -> FlowStatus { state.withLock { $0.status } }

    func namespaces(since: Int64) async throws -> [String] { ["b", "a", "b", ""] }
}
