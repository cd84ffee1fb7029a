import Synchronization

/// Sees to it that of each source only one stream is served. When a source comes back before its old connection is known
/// to be dead, the old stream is ended first, with what it is committing: two that commit for one source would count
/// batches twice.
final class IntakeStreams: Sendable {
    private let newest = Mutex<[IntakeSource: (number: UInt64, task: Task<Void, any Error>)]>([:])
    private let last = Atomic<UInt64>(0)

    /// Sources that are connected.
    var count: Int { newest.withLock { $0.count } }

    /// Runs `body` as the only stream of the source, once all older ones are over, and cancels it when the source comes
    /// anew.
    func alone(_ source: IntakeSource, body: @escaping @Sendable () async throws -> Void) async throws {
        let number = last.wrappingAdd(1, ordering: .relaxed).newValue
        let task = newest.withLock { newest in
            let older = newest[source]?.task
            older?.cancel()
            let task = Task<Void, any Error> {
                // It waits for all before it, for each waited for the one before.
                _ = await older?.result
                try Task.checkCancellation()
                try await body()
            }
            newest[source] = (number, task)
            return task
        }
        defer {
            newest.withLock { newest in
                if newest[source]?.number == number { newest[source] = nil }
            }
        }
        try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
