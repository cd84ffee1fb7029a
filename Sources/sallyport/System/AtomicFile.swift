import Foundation

/// Files that are either there whole or not at all, whatever happens while they are written.
enum AtomicFile {
    /// Makes a file that must not exist yet.
    ///
    /// - Throws: `Failure` with `cannotCreate` when there is one already.
    static func create(_ path: String, _ text: String, mode: mode_t = 0o644) throws {
        try write(path, text, mode: mode) { temporary in
            // A link, unlike a rename, fails when the name is taken: nobody's file is overwritten.
            guard link(temporary, path) == 0 else {
                if errno == EEXIST {
                    throw Failure(.cannotCreate, "\(path) exists already", advice: "remove it, or choose another name")
                }
                throw Failure.system("create", path: path, errno: errno, creating: true)
            }
            unlink(temporary)
        }
    }

    /// Puts a file in the place of the one that is there, if one is.
    static func replace(_ path: String, _ text: String, mode: mode_t = 0o644) throws {
        try write(path, text, mode: mode) { temporary in
            guard rename(temporary, path) == 0 else {
                throw Failure.system("replace", path: path, errno: errno, creating: true)
            }
        }
    }

    /// Makes a directory and those above it.
    static func makeDirectory(_ path: String, mode: mode_t = 0o755) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: NSNumber(value: UInt32(mode))])
        } catch {
            var information = stat()
            let isThere = stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
            guard !isThere else { return }
            throw Failure(
                .cannotCreate, "cannot create the directory \(path)", advice: "choose a place you can write to")
        }
    }

    /// Text of a file.
    static func read(_ path: String) throws -> String {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw Failure.system("read", path: path, errno: access(path, R_OK) == 0 ? EIO : errno)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The file is written beside its place, under a name that readers of the directory skip, and flushed to disk.
    private static func write(_ path: String, _ text: String, mode: mode_t, place: (String) throws -> Void) throws {
        let target = URL(filePath: path)
        let folder = target.deletingLastPathComponent().path
        let temporary = "\(folder)/.\(target.lastPathComponent).\(getpid()).new"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw Failure.system("create", path: path, errno: errno, creating: true) }
        do {
            defer { close(file) }
            try fill(file, Array(text.utf8), path: path)
        } catch {
            unlink(temporary)
            throw error
        }
        do {
            try place(temporary)
        } catch {
            unlink(temporary)
            throw error
        }
        flush(folder)
    }

    private static func fill(_ file: Int32, _ bytes: [UInt8], path: String) throws {
        try bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
                switch SystemCall.retrying({ Foundation.write(file, rest.baseAddress, rest.count) }) {
                case .success(let count): done += count
                case .failure(let number): throw Failure.system("write", path: path, errno: number.value)
                }
            }
        }
        guard fsync(file) == 0 else { throw Failure.system("write", path: path, errno: errno) }
    }

    /// Makes the new name last; where a directory cannot be flushed the system decides when.
    private static func flush(_ folder: String) {
        let directory = open(folder, O_RDONLY | O_CLOEXEC)
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }
}
