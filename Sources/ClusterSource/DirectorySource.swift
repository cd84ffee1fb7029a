import Foundation
import Kubernetes
import Logging
import Synchronization

/// Objects from a directory of YAML and JSON files, or from one file: a snapshot now, and one per settled change.
///
/// A change is settled when nothing happened for 100 ms, or after 500 ms of changes; many files written at once are
/// one snapshot. Only changed files are read and decoded again. A file that breaks keeps what it last said, with a
/// mistake; a file that never could be read is in `Snapshot.unreadable`. Decoding puts an object with a mistake into
/// `Objects.invalid`, where its former version is not: an edit that went wrong never leaves wider access behind.
public final class DirectorySource: Sendable {
    /// Snapshots after the first, the newest only: whoever is slow does not see those in between. Ends with `stop`.
    public let changes: AsyncStream<Snapshot>
    private let core: Core

    /// A source of what is below `path`: a directory (`*.yaml`, `*.yml`, `*.json`, hidden files and backups left
    /// out), or one file. Nothing is read before `load`.
    ///
    /// The logger is told of every mistake once, when it comes up.
    public convenience init(path: String, logger: Logger) {
        self.init(path: path, usesNotifications: true) { snapshot, mistakes in
            for mistake in mistakes { logger.warning("\(mistake)") }
            logger.info(
                "objects read",
                metadata: ["revision": "\(snapshot.revision)", "mistakes": "\(snapshot.mistakes.count)"])
        }
    }

    /// The same with another place for reports, which get a snapshot and those of its mistakes that are new, and
    /// without notifications of the system where tests want it so.
    init(path: String, usesNotifications: Bool, report: @escaping @Sendable (Snapshot, [Mistake]) -> Void) {
        var root = path
        while root.count > 1, root.hasSuffix("/") { root.removeLast() }
        let (stream, continuation) = AsyncStream.makeStream(
            of: Snapshot.self, bufferingPolicy: .bufferingNewest(1))
        changes = stream
        core = Core(root: root, report: report, continuation: continuation, usesNotifications: usesNotifications)
    }

    deinit {
        core.stop.raise()
    }

    /// Reads everything, here and now, and begins to watch. Call once. Never fails: what could not be read is in the
    /// snapshot's mistakes.
    public func load() -> Snapshot {
        let core = core
        let watch = ChangeWatch(stop: core.stop, usesNotifications: core.usesNotifications)
        let first = core.rescan(watch) ?? core.current()
        let box = UnsafeTransfer(watch)
        let thread = Thread { core.run(box.value) }
        thread.name = "directory-source"
        // Building deep YAML documents recurses; the default of secondary threads is small on some systems.
        thread.stackSize = 8 << 20
        thread.start()
        return first
    }

    /// Ends the watching and the stream.
    public func stop() {
        core.stop.raise()
    }

    /// How many files were decoded since the start.
    var decodeCount: Int { core.decodeCount }
}

/// Hands the watch from the loading thread to the watching thread, which alone uses it from then on.
private struct UnsafeTransfer: @unchecked Sendable {
    let value: ChangeWatch

    init(_ value: ChangeWatch) {
        self.value = value
    }
}

extension DirectorySource {
    /// What the watching thread owns; it lives on when nobody holds the source any more, until it sees the stop.
    fileprivate final class Core: Sendable {
        let root: String
        let stop = StopSignal()
        let usesNotifications: Bool
        private let report: @Sendable (Snapshot, [Mistake]) -> Void
        private let continuation: AsyncStream<Snapshot>.Continuation
        private let state = Mutex(State())

        private struct State {
            var cache = FileCache()
            var tree = FileTree()
            var revision: UInt64 = 0
            var reported: Set<Mistake> = []
        }

        init(
            root: String, report: @escaping @Sendable (Snapshot, [Mistake]) -> Void,
            continuation: AsyncStream<Snapshot>.Continuation, usesNotifications: Bool
        ) {
            self.root = root
            self.report = report
            self.continuation = continuation
            self.usesNotifications = usesNotifications
        }

        var decodeCount: Int { state.withLock { $0.cache.decodeCount } }

        /// The state as it is.
        func current() -> Snapshot { state.withLock { $0.cache.snapshot(revision: $0.revision) } }

        /// Watches until the stop.
        func run(_ watch: ChangeWatch) {
            while true {
                switch watch.wait(milliseconds: interval(watch)) {
                case .stopped: return continuation.finish()
                case .changed: guard settle(watch) else { return continuation.finish() }
                case .quiet: guard settleByLooking(watch) else { return continuation.finish() }
                }
                if let snapshot = rescan(watch) { continuation.yield(snapshot) }
            }
        }

        /// How long to wait for a notification before looking anyway: notifications do not cover network file
        /// systems and what symbolic links point to.
        private func interval(_ watch: ChangeWatch) -> Int {
            if watch.mustPoll || state.withLock({ $0.tree.isRootMissing }) { return 250 }
            return 5_000
        }

        /// Waits until 100 ms were quiet, at most 500 ms. False at the stop.
        private func settle(_ watch: ChangeWatch) -> Bool {
            let clock = ContinuousClock()
            let end = clock.now + .milliseconds(400)
            while clock.now < end {
                switch watch.wait(milliseconds: 100) {
                case .quiet: return true
                case .stopped: return false
                case .changed: continue
                }
            }
            return true
        }

        /// The same without notifications: looks until two looks agree.
        private func settleByLooking(_ watch: ChangeWatch) -> Bool {
            var tree = state.withLock { $0.tree }
            for _ in 0..<5 {
                let next = look(watch)
                if next == tree { return true }
                tree = next
                if case .stopped = watch.wait(milliseconds: 100) { return false }
            }
            return true
        }

        private func look(_ watch: ChangeWatch) -> FileTree {
            watch.beginScan()
            defer { watch.endScan() }
            return FileTree.scan(root, announce: watch.announce)
        }

        /// Looks at the tree and reads what changed; nil when nothing did. The first look always counts as change.
        func rescan(_ watch: ChangeWatch) -> Snapshot? {
            let tree = look(watch)
            let snapshot: Snapshot? = state.withLock { state in
                state.tree = tree
                let changed = state.cache.update(tree, now: now()) { path throws(FileProblem) in
                    try readFile(tree.rootIsFile ? root : "\(root)/\(path)", limit: DocumentLimits.fileBytes)
                }
                guard changed || state.revision == 0 else { return nil }
                state.revision += 1
                return state.cache.snapshot(revision: state.revision)
            }
            if let snapshot { reportOnce(snapshot) }
            return snapshot
        }

        /// Nanoseconds since 1970, to compare with the times of files.
        private func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1e9) }

        /// Says what is wrong once, when it becomes wrong.
        private func reportOnce(_ snapshot: Snapshot) {
            let mistakes = Set(snapshot.mistakes)
            let before = state.withLock { state in
                defer { state.reported = mistakes }
                return state.reported
            }
            report(snapshot, snapshot.mistakes.filter { !before.contains($0) })
        }
    }
}
