#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Keeps a second hub out of a directory.
final class HistoryLock: Sendable {
    private let file: Int32

    /// Makes the directory, readable by its owner alone, unless it is there, and takes the lock.
    init(_ directory: String) throws(HistoryError) {
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else {
            throw .cannotOpen(path: directory, reason: String(cString: strerror(errno)))
        }
        let file = open("\(directory)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .cannotOpen(path: directory, reason: String(cString: strerror(errno))) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            throw .inUse(path: directory)
        }
        self.file = file
    }

    deinit { close(file) }

    /// Lets another hub have it.
    func unlock() { flock(file, LOCK_UN) }
}
