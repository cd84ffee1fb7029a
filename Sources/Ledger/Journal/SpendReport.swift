import Access
import GRDB

/// How much of one account is spent, for people.
public struct SpendReport: Sendable, Hashable {
    /// `namespace/name` of the budget, or of the policy whose rule has the limit.
    public var budget: String
    /// Whose spending it is.
    public var subject: SpendSubject
    /// What is counted.
    public var unit: SpendUnit
    /// What counts in the window now: tokens or picodollars.
    public var spent: Int64
    /// The limit when the account was last asked.
    public var limit: Int64
    /// When the calendar window ends, or when what was spent last leaves the rolling one; milliseconds since 1970.
    public var windowEnd: Int64
    /// True when the budget is only watched.
    public var isStaged: Bool

    /// Reads what the ledger in a state directory has, also beside a running gateway: what counts at a time, by
    /// budget and subject.
    ///
    /// - Parameter now: milliseconds since 1970.
    public static func read(directory: String, now: Int64) throws(LedgerError) -> [SpendReport] {
        let path = LedgerFile.path(in: directory)
        let queue = try LedgerSchema.openForReading(path)
        do {
            let entries = try queue.read { try LedgerRows.entries($0, countingAt: now) }
            return sum(entries)
        } catch {
            throw LedgerSchema.problem(error, path)
        }
    }

    private static func sum(_ entries: [SpendEntry]) -> [SpendReport] {
        var reports: [UInt128: SpendReport] = [:]
        for entry in entries {
            let line = entry.line
            var report =
                reports[line.account]
                ?? SpendReport(
                    budget: line.budget, subject: line.subject, unit: line.unit, spent: 0, limit: line.limit,
                    windowEnd: 0,
                    isStaged: line.isStaged)
            let (sum, overflow) = report.spent.addingReportingOverflow(entry.amount)
            report.spent = overflow ? .max : sum
            report.windowEnd = max(report.windowEnd, line.window.expiry(of: entry.bucket))
            reports[line.account] = report
        }
        return reports.values.sorted {
            ($0.budget, $0.subject.kind, $0.subject.namespace, $0.subject.name)
                < ($1.budget, $1.subject.kind, $1.subject.namespace, $1.subject.name)
        }
    }
}
