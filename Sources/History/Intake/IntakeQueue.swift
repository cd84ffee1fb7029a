import Synchronization

/// What came and waits to be taken in. Nobody waits for it: what finds no room is refused.
final class IntakeQueue: Sendable {
    /// Who wants to know when a batch is committed.
    typealias Answer = @Sendable (Result<Acknowledgement, HistoryError>) -> Void

    /// One piece of work.
    enum Item {
        /// Of the process itself.
        case own([UInt8], count: Int)
        case batch(SourceBatch, Answer)
        /// Microseconds that the clock of a source is ahead.
        case clock(SourceName, Int64)
    }

    private struct State {
        var items: [Item] = []
        var ownBytes = 0
        var batchBytes = 0
        var dropped: UInt64 = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let limit: Int

    /// - Parameter limit: bytes of the process itself that may wait, and as many again of sources.
    init(limit: Int) {
        self.limit = limit
    }

    /// Lines of the process itself, which are dropped and counted where there is no room. Returns the bytes that wait.
    func add(_ lines: [UInt8], count: Int) -> Int {
        state.withLock { state in
            guard !state.isClosed, state.ownBytes + lines.count <= limit else {
                state.dropped += UInt64(max(0, count))
                return state.ownBytes + state.batchBytes
            }
            state.ownBytes += lines.count
            state.items.append(.own(lines, count: count))
            return state.ownBytes + state.batchBytes
        }
    }

    /// A batch of a source. An empty queue takes any. Returns the bytes that wait.
    func add(_ batch: SourceBatch, _ answer: @escaping Answer) -> Int {
        let problem: HistoryError? = state.withLock { state in
            guard !state.isClosed else { return .closed }
            guard state.batchBytes == 0 || state.batchBytes + batch.lines.count <= limit else { return .busy }
            state.batchBytes += batch.lines.count
            state.items.append(.batch(batch, answer))
            return nil
        }
        if let problem { answer(.failure(problem)) }
        return state.withLock { $0.ownBytes + $0.batchBytes }
    }

    /// What a source says of its clock when it comes.
    func add(skew: Int64, of source: SourceName) {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.items.append(.clock(source, skew))
        }
    }

    /// Gives out what there is; and how many records were dropped since the last time.
    func take() -> (items: [Item], dropped: UInt64, isClosed: Bool) {
        state.withLock { state in
            defer {
                state.items = []
                state.ownBytes = 0
                state.batchBytes = 0
                state.dropped = 0
            }
            return (state.items, state.dropped, state.isClosed)
        }
    }

    /// Bytes that wait.
    var waitingBytes: Int { state.withLock { $0.ownBytes + $0.batchBytes } }

    /// Nothing more comes in.
    func close() { state.withLock { $0.isClosed = true } }
}
