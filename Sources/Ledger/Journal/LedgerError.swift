/// Why the ledger cannot be used. Each says how to go on.
public enum LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system refuses the file.
    case cannotOpen(path: String, reason: String)
    /// Another gateway writes into it: two that count apart would both count too little.
    case inUse(path: String)
    /// It is no ledger, or is damaged: what was spent is unknown.
    case damaged(path: String, reason: String)
    /// A later version wrote it.
    case tooNew(path: String, version: Int)
    /// More accounts are in it than this gateway keeps.
    case tooMany(path: String, accounts: Int)
    /// It could not be read or written just now.
    case failed(path: String, reason: String)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .cannotOpen(let path, let reason): "cannot open the ledger \(path): \(reason)"
        case .inUse(let path): "the ledger \(path) is in use by another gateway; give each a state directory of its own"
        case .damaged(let path, let reason):
            "the ledger \(path) is damaged (\(reason)), so what was spent is unknown; restore it, or move it and its "
                + "-wal file away to begin with nothing spent"
        case .tooNew(let path, let version):
            "the ledger \(path) was written by a later version (schema \(version)); use that version, or move the file "
                + "away to begin with nothing spent"
        case .tooMany(let path, let accounts):
            "the ledger \(path) has \(accounts) accounts that count, more than are kept in memory"
        case .failed(let path, let reason): "the ledger \(path) failed: \(reason)"
        }
    }
}
