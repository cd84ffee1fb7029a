import Access
import Ledger
import Logging
import NIOCore

/// Where spending is counted: in the ledger of the state directory, or in counters that gateways share.
struct SpendingOffice: Sendable {
    let accounts: SpendAccounts
    private let journal: SpendJournal?
    private let counters: SharedCounters?

    /// Opens the ledger, or connects to the shared counters.
    ///
    /// - Throws: why the ledger cannot be read: what was spent would be unknown.
    init(_ options: GatewayOptions, loop: any EventLoop, logger: Logger) throws(LedgerError) {
        guard let url = options.counters else {
            let book = SpendBook()
            let now = WallClock().microseconds() / 1_000
            let journal = try SpendJournal(
                SpendJournal.Settings(directory: options.stateDirectory), book: book, now: now, logger: logger)
            accounts = SpendAccounts(book: book, journal: journal)
            self.journal = journal
            counters = nil
            return
        }
        var system = SystemRandomNumberGenerator()
        var settings = SharedCounters.Settings(url: url, replica: String(system.next() as UInt64, radix: 16))
        settings.whenUnreachable = options.whenCountersFail
        let counters = SharedCounters(settings, loop: loop, logger: logger)
        counters.start()
        accounts = SpendAccounts(counters: counters)
        journal = nil
        self.counters = counters
    }

    /// Stores and books what is left.
    func close() async {
        journal?.close()
        guard let counters else { return }
        await withCheckedContinuation { done in
            counters.stop { done.resume() }
        }
    }
}
