import Access
import Dispatch
import GRDB
import Logging
import Synchronization

/// Stores what is spent, on a thread of its own: every account that changed, all in one transaction, every 50 ms.
///
/// What was metered is in the file at most 100 ms later, and a process that is killed loses no more. What is only held
/// is never stored: after a restart nobody holds anything.
///
/// When the disk refuses, spending is counted on in memory and tried again with every round. After 30 seconds without
/// success `isCurrent` is false, and requests with budgets are to be denied: a crash then would forget too much.
public final class SpendJournal: Sendable {
    /// Where and how.
    public struct Settings: Sendable {
        /// The state directory; it exists.
        public var directory: String
        /// Milliseconds between two commits.
        public var interval = 50
        /// Seconds without a commit that succeeds, after which `isCurrent` is false.
        public var patience = 30
        /// Days that buckets are kept for the history after they count no longer.
        public var historyDays = 92
        /// The most pages that the file may have: tests make a full disk of it.
        var mostPages: Int?

        /// The usual.
        public init(directory: String) {
            self.directory = directory
        }
    }

    /// The file and what waits for it; whoever holds the lock writes.
    private struct Writer: ~Copyable {
        let file: LedgerFile
        let queue: DatabaseQueue
        /// What no commit took yet.
        var waiting = SpendChanges()
        var backlog = SpendBacklog()
        /// When writing began to fail, in nanoseconds of uptime; nil: it does not.
        var failingSince: UInt64?
        var isOpen = true
    }

    private let settings: Settings
    private let book: SpendBook
    private let logger: Logger
    private let writer: Mutex<Writer>
    private let current = Atomic<Bool>(true)
    private let failed = Atomic<Int>(0)
    private let succeeded = Atomic<Int>(0)
    private let ending = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let isClosed = Atomic<Bool>(false)

    /// Opens the ledger of the directory, loads what counts into the book, and begins to store what changes in it.
    ///
    /// A damaged ledger is left as it is and nothing starts: what was spent would be unknown, and moving it away by
    /// itself would be a way to spend twice.
    ///
    /// - Parameter now: milliseconds since 1970.
    public init(_ settings: Settings, book: SpendBook, now: Int64, logger: Logger) throws(LedgerError) {
        self.settings = settings
        self.book = book
        self.logger = logger
        let file = try LedgerFile(directory: settings.directory)
        let path = file.path
        let queue = try LedgerSchema.open(path, mostPages: settings.mostPages)
        let entries: [SpendEntry]
        do {
            let oldest = now - Int64(settings.historyDays) * 86_400_000
            entries = try queue.write { database in
                try LedgerRows.save(RecentSpend.amounts(database), database)
                try RecentSpend.forget(upTo: .max, database)
                try BriefSpend.forget(before: now, database)
                try LedgerRows.prune(database, before: oldest)
                return try LedgerRows.entries(database, countingAt: now)
            }
        } catch {
            throw LedgerSchema.problem(error, path)
        }
        guard book.load(entries, now: now) else {
            throw .tooMany(path: path, accounts: Set(entries.map(\.line.account)).count)
        }
        writer = Mutex(Writer(file: file, queue: queue))
        DispatchQueue(label: "sallyport.ledger").async { [self] in run() }
    }

    /// False when nothing could be stored for too long. Cheap to ask.
    public var isCurrent: Bool { current.load(ordering: .relaxed) }

    /// Commits that succeeded since the start. What had been metered when this was n is in the file when it is n + 2.
    public var commits: Int { succeeded.load(ordering: .acquiring) }

    /// Commits that failed since the start.
    public var failures: Int { failed.load(ordering: .relaxed) }

    /// Stores what changed until now. Waits for the disk: not for event loops.
    public func flush() {
        writer.withLock { save(&$0) }
    }

    /// Stores what is left and ends the thread. Only the first call counts.
    public func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        ending.signal()
        ended.wait()
    }

    private func run() {
        while ending.wait(timeout: .now() + .milliseconds(settings.interval)) == .timedOut { flush() }
        flush()
        writer.withLock { writer in
            writer.isOpen = false
            try? writer.queue.close()
            writer.file.unlock()
        }
        ended.signal()
    }

    private func save(_ writer: inout Writer) {
        guard writer.isOpen else { return }
        writer.waiting.append(book.takeChanges())
        let part = writer.backlog.nextPart()
        guard !writer.waiting.isEmpty || part != nil else { return }
        do {
            let (amounts, lines) = (writer.waiting.amounts, writer.waiting.lines)
            let brief = amounts.filter(\.key.window.isBrief)
            let lasting = brief.isEmpty ? amounts : amounts.filter { !$0.key.window.isBrief }
            let last = try writer.queue.write { database in
                try LedgerRows.saveAccounts(lines, database)
                let last = lasting.isEmpty ? nil : try RecentSpend.append(lasting, database)
                if !brief.isEmpty { try BriefSpend.append(brief, database) }
                try part?.save(database)
                return last
            }
            if part != nil { writer.backlog.partWasSaved() }
            if let last { writer.backlog.add(lasting, last: last) }
            writer.waiting = SpendChanges()
            if writer.failingSince != nil { logger.notice("the ledger is written again") }
            writer.failingSince = nil
            current.store(true, ordering: .relaxed)
            succeeded.add(1, ordering: .releasing)
        } catch {
            note(error, &writer)
        }
    }

    private func note(_ error: any Error, _ writer: inout Writer) {
        failed.add(1, ordering: .relaxed)
        writer.waiting.keepLast()
        let now = DispatchTime.now().uptimeNanoseconds
        guard let since = writer.failingSince else {
            writer.failingSince = now
            logger.error(
                "what is spent cannot be stored; it is counted in memory",
                metadata: ["reason": "\(LedgerSchema.problem(error, writer.file.path))"])
            return
        }
        guard now - since >= UInt64(settings.patience) * 1_000_000_000, isCurrent else { return }
        current.store(false, ordering: .relaxed)
        logger.error("what is spent could not be stored for too long: requests with budgets are denied")
    }
}
