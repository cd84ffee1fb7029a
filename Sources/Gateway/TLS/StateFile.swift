#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why a file of the state directory could not be read or written.
public struct StateFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file or directory.
    public var path: String
    /// What was tried, such as `cannot write`.
    public var action: String
    /// The system's error number, where the system said no.
    public var code: Int32?

    /// One sentence, without a full stop.
    public var description: String {
        guard let code else { return "\(action) \(path)" }
        return "\(action) \(path): \(String(cString: strerror(code)))"
    }
}

/// Small files that hold what must survive: a file is there whole or not at all, whenever the process or the machine
/// stops.
enum StateFile {
    /// Makes the directory if it is missing, for its owner only.
    static func makeDirectory(_ path: String) throws(StateFileError) {
        if mkdir(path, 0o700) == 0 { return }
        guard errno == EEXIST else { throw StateFileError(path: path, action: "cannot make", code: errno) }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw StateFileError(path: path, action: "there must be a directory at", code: nil)
        }
    }

    /// The bytes of a file; nil where there is none. `limit` bounds what is read.
    ///
    /// `isPrivate`: a file that others may read is refused, because what is in it is no secret any more.
    static func read(_ path: String, isPrivate: Bool, limit: Int = 1 << 20) throws(StateFileError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        if file < 0, errno == ENOENT { return nil }
        guard file >= 0 else { throw StateFileError(path: path, action: "cannot open", code: errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw StateFileError(path: path, action: "cannot read", code: errno) }
        if isPrivate, status.st_mode & 0o077 != 0 {
            throw StateFileError(path: path, action: "others may read it, which `chmod 600` changes:", code: nil)
        }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else {
            throw StateFileError(path: path, action: "not a file of a sensible size:", code: nil)
        }
        return try bytes(of: file, path: path, limit: limit)
    }

    /// Writes a file that is not there yet; false, and nothing changed, where there is one.
    ///
    /// The bytes go to a file of another name, to the disk, and only then get their name: `link` never replaces
    /// what is there, so that of two processes that start at the same time one wins and the other sees it.
    static func create(_ path: String, _ bytes: [UInt8], mode: mode_t) throws(StateFileError) -> Bool {
        let temporary = "\(path).new-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        defer { unlink(temporary) }
        try write(bytes, to: temporary, mode: mode)
        guard link(temporary, path) == 0 else {
            if errno == EEXIST { return false }
            throw StateFileError(path: path, action: "cannot write", code: errno)
        }
        try synchroniseDirectory(of: path)
        return true
    }

    private static func bytes(of file: Int32, path: String, limit: Int) throws(StateFileError) -> [UInt8] {
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = systemRead(file, &chunk)
            if count < 0, errno == EINTR { continue }
            guard count >= 0, result.count + count <= limit else {
                throw StateFileError(path: path, action: "cannot read", code: errno)
            }
            if count == 0 { return result }
            result += chunk[..<count]
        }
    }

    private static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(StateFileError) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw StateFileError(path: path, action: "cannot write", code: errno) }
        defer { close(file) }
        // Whatever the umask is.
        guard fchmod(file, mode) == 0 else { throw StateFileError(path: path, action: "cannot write", code: errno) }
        var written = 0
        while written < bytes.count {
            let count = systemWrite(file, bytes[written...])
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw StateFileError(path: path, action: "cannot write", code: errno) }
            written += count
        }
        guard fsync(file) == 0 else { throw StateFileError(path: path, action: "cannot write", code: errno) }
    }

    /// A name is on the disk when its directory is.
    private static func synchroniseDirectory(of path: String) throws(StateFileError) {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let directory = open(parent.isEmpty ? "/" : parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw StateFileError(path: parent, action: "cannot open", code: errno) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw StateFileError(path: parent, action: "cannot write", code: errno) }
    }
}

// `read` and `write` inside `StateFile` are its own.
private func systemRead(_ file: Int32, _ chunk: inout [UInt8]) -> Int {
    chunk.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
}

private func systemWrite(_ file: Int32, _ bytes: ArraySlice<UInt8>) -> Int {
    bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
}
