import Foundation

/// The directory that survives a restart: records, the local certificate authority, what `--protect` made.
///
/// One process has it at a time. The lock ends with the process, however that ends.
final class StateDirectory: Sendable {
    /// Absolute path.
    let path: String
    private let lock: Int32

    /// Makes the directory, for this user alone, and takes it.
    ///
    /// - Throws: `Failure` when another process has it, or it cannot be made.
    init(_ path: String) throws {
        try AtomicFile.makeDirectory(path, mode: 0o700)
        self.path = URL(filePath: path).standardizedFileURL.path
        let file = "\(path)/lock"
        lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw Failure.system("open", path: file, errno: errno, creating: true) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw Failure(
                .unavailable, "another sallyport uses the state directory \(path)",
                advice: "stop it, or choose another directory with --state")
        }
    }

    deinit { close(lock) }
}
