import Synchronization

/// The newest records, unpacked once for all who follow. Each reads them in his own time; who falls behind the oldest of
/// them misses some. The writer never waits, and holds nothing while nobody follows.
final class LiveRing: Sendable {
    /// What a follower finds next.
    enum Next {
        case block(Block)
        /// What he wants next is in no block here any more, or never was; he goes on with this number.
        case missed(upTo: UInt64)
        /// He has seen everything, and would be woken.
        case nothing
        case closed
    }

    private struct State {
        var blocks: [Block] = []
        var weight = 0
        /// Number of the next record; everything before it was shown.
        var next: UInt64
        var followers = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastWaiter = 0
        var isClosed = false
    }

    private let state: Mutex<State>
    private let limit: Int

    /// - Parameter limit: bytes of unpacked records that are held.
    init(limit: Int, next: UInt64) {
        self.limit = limit
        state = Mutex(State(next: next))
    }

    var isFollowed: Bool { state.withLock { $0.followers > 0 } }
    var followers: Int { state.withLock { $0.followers } }
    /// Bytes that are held.
    var weight: Int { state.withLock { $0.weight } }
    var next: UInt64 { state.withLock { $0.next } }

    /// Somebody begins, or ends, to follow.
    func enter() { state.withLock { $0.followers += 1 } }

    func leave() {
        state.withLock { state in
            state.followers -= 1
            guard state.followers == 0 else { return }
            state.blocks = []
            state.weight = 0
        }
    }

    /// Shows the records before a number; without a block nobody followed when it was made.
    func publish(_ block: Block?, through end: UInt64) {
        let waiters: [CheckedContinuation<Void, Never>] = state.withLock { state in
            state.next = max(state.next, end)
            if let block, state.followers > 0 {
                state.blocks.append(block)
                state.weight += block.weight
                while state.weight > limit, state.blocks.count > 1 { state.weight -= state.blocks.removeFirst().weight }
            }
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// The block in which a number is, or the next after it.
    func block(from number: UInt64) -> Next {
        state.withLock { state in
            guard number < state.next else { return state.isClosed ? .closed : .nothing }
            guard let index = state.blocks.firstIndex(where: { $0.end > number }) else {
                return .missed(upTo: state.next)
            }
            let block = state.blocks[index]
            return block.first <= number ? .block(block) : .missed(upTo: block.first)
        }
    }

    /// Waits until there is something from a number on, the ring is closed, or the task is cancelled.
    func wait(from number: UInt64) async {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard number >= state.next, !state.isClosed, !Task.isCancelled else { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }

    /// Nothing more comes.
    func close() {
        let waiters: [CheckedContinuation<Void, Never>] = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }
}
