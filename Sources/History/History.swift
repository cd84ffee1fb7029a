import Dispatch
import Foundation
import GRDB
import Logging
import RecordFiles
import Records
import Synchronization

/// All records of the last days in a directory: as lines, in segments that are chained by hashes, and as sums of minutes,
/// hours and days in SQLite.
///
/// Whoever makes records never waits. Sources wait until what they sent is on the disk, about a second. A process that is
/// killed loses what came in that second; a disk that refuses makes everything stay in memory, as far as that goes, and
/// the status says so.
public final class History: Sendable, RecordSink {
    let configuration: Configuration
    let state: HistoryState
    let pool: DatabasePool
    let questions: QuestionThreads
    private let queue: IntakeQueue
    private let recorder: Mutex<Recorder>
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let isClosed = Atomic<Bool>(false)

    /// Bytes that wait after which the thread does not sleep on.
    private static let wakeAt = 1 << 20
    /// Milliseconds between two commits while somebody follows.
    private static let liveInterval = 250

    /// Opens the history of a directory, mends what a killed process left, and starts the thread that writes.
    public init(_ configuration: Configuration, logger: Logger) throws(HistoryError) {
        self.configuration = configuration
        queue = IntakeQueue(limit: configuration.queueBytes)
        questions = QuestionThreads()
        let recorder = try Recorder.open(configuration, logger: logger)
        state = recorder.state
        pool = recorder.pool
        self.recorder = Mutex(recorder)
        startThread { [self] in run() }
    }

    // MARK: records

    /// Takes lines of the process itself. Never waits; what finds no room is dropped and counted.
    public func take(_ lines: [UInt8], count: Int) {
        guard !lines.isEmpty else { return }
        if queue.add(lines, count: count) >= Self.wakeAt { wake.signal() }
    }

    /// Takes a batch of a source and returns when it is committed. A batch that was taken before is taken only once.
    ///
    /// - Throws: `busy` when too much waits already, `closed`.
    @discardableResult
    public func take(_ batch: SourceBatch) async throws(HistoryError) -> Acknowledgement {
        let result = await withCheckedContinuation { continuation in
            let waiting = queue.add(batch) { continuation.resume(returning: $0) }
            if waiting >= Self.wakeAt { wake.signal() }
        }
        return try result.get()
    }

    /// A source has come, and says what its clock shows.
    ///
    /// - Parameter skew: microseconds that it is ahead of ours.
    public func note(skew: Int64, of source: SourceName) { queue.add(skew: skew, of: source) }

    /// The last batch of a source that was committed; 0: none of this life of it.
    public func position(of source: SourceName) -> UInt64 {
        state.sources.withLock { $0[source]?.position ?? 0 }
    }

    // MARK: how it does

    /// How it does.
    public var status: HistoryStatus {
        var status = state.status.withLock { $0 }
        status.sources = state.sources.withLock { Array($0.values) }.sorted { $0.lastSeen < $1.lastSeen }
        status.followers = state.live.followers
        return status
    }

    /// What was counted since the start, by series.
    public func totals() -> [SeriesTotal] {
        let names = state.names.all
        return state.totals.withLock { $0 }.map { id, measures in
            SeriesTotal(series: names[id] ?? .overflow, measures: measures)
        }
    }

    /// Commits what came until now. Waits for the disk.
    public func flush() {
        recorder.withLock { recorder in
            let (items, dropped, _) = queue.take()
            recorder.take(items, dropped: dropped)
            recorder.commit()
        }
    }

    /// Merges, rolls up and takes out what is due, now.
    package func keepHouse() {
        recorder.withLock { recorder in
            recorder.keepHouse()
            recorder.indexIDs { true }
        }
    }

    /// What only tests look into.
    func withRecorder<T: Sendable>(_ body: (inout Recorder) -> sending T) -> T {
        recorder.withLock { body(&$0) }
    }

    /// Commits what is left and ends the thread. Only the first call counts.
    public func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        queue.close()
        wake.signal()
        ended.wait()
        state.live.close()
    }

    // MARK: the thread

    private func run() {
        var lastCommit = DispatchTime.now()
        var hasChores = false
        while true {
            let interval =
                state.live.isFollowed ? min(Self.liveInterval, configuration.interval) : configuration.interval
            let due = lastCommit + .milliseconds(interval)
            // What is left of a round is done as fast as records leave time for it.
            _ = wake.wait(timeout: hasChores ? .now() : due)
            let isLast = recorder.withLock { recorder in
                let (items, dropped, isClosed) = queue.take()
                recorder.take(items, dropped: dropped)
                if isClosed { recorder.end() }
                if !isClosed, DispatchTime.now() >= due {
                    recorder.commit()
                    recorder.beginRound()
                    lastCommit = .now()
                }
                recorder.doChore()
                hasChores = recorder.round != nil
                // A step at a time, and none while records wait.
                if !isClosed { recorder.indexIDs { queue.waitingBytes < Self.wakeAt } }
                return isClosed
            }
            if isLast { break }
        }
        ended.signal()
    }
}

extension Recorder {
    /// The last commit.
    mutating func end() {
        head.isClean = true
        mustSave = true
        commit()
        try? checkpoint(isLast: true)
        isOpen = false
        // Of several connections the one that is closed last would have to, and it may be one that only reads.
        _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        try? pool.close()
        lock.unlock()
    }
}

/// What was counted of one series since the start.
public struct SeriesTotal: Sendable, Hashable {
    /// The series.
    public var series: Series
    /// What was counted.
    public var measures: Measures
}

/// Where questions are answered: a few threads, because reading files holds a thread up.
struct QuestionThreads: Sendable {
    /// Questions that are answered at once; SQLite has as many readers.
    static let most = 4
    private let threads: OperationQueue

    init() {
        threads = OperationQueue()
        threads.maxConcurrentOperationCount = Self.most
    }

    func ask<T: Sendable>(
        _ body: @escaping @Sendable () throws(HistoryError) -> T
    ) async throws(HistoryError) -> T {
        let result: Result<T, HistoryError> = await withCheckedContinuation { continuation in
            threads.addOperation {
                continuation.resume(returning: Result { () throws(HistoryError) in try body() })
            }
        }
        return try result.get()
    }
}
