import GRDB

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The file itself: made with the right mode, and locked for one writer.
struct LedgerFile: ~Copyable {
    let path: String
    private let lock: Int32

    /// Makes `ledger.sqlite` in the directory unless it is there, readable by its owner alone, and takes the lock.
    init(directory: String) throws(LedgerError) {
        path = Self.path(in: directory)
        lock = open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw .cannotOpen(path: path, reason: String(cString: strerror(errno))) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw .inUse(path: path)
        }
        // SQLite gives its -wal and -shm files the mode of this one.
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0, fchmod(file, 0o600) == 0 else {
            let reason = String(cString: strerror(errno))
            close(lock)
            throw .cannotOpen(path: path, reason: reason)
        }
        close(file)
    }

    deinit { close(lock) }

    /// Lets another gateway have it.
    func unlock() { flock(lock, LOCK_UN) }

    static func path(in directory: String) -> String { "\(directory)/ledger.sqlite" }
}
