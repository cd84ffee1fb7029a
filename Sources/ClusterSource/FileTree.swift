import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What tells whether a file may have changed without reading it.
struct FileIdentity: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64
    let size: Int64
    let modified: Int64
    let changed: Int64

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        #if os(Linux)
            modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
            changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
        #else
            modified = Int64(status.st_mtimespec.tv_sec) * 1_000_000_000 + Int64(status.st_mtimespec.tv_nsec)
            changed = Int64(status.st_ctimespec.tv_sec) * 1_000_000_000 + Int64(status.st_ctimespec.tv_nsec)
        #endif
    }
}

/// The manifests below a path at one moment.
struct FileTree: Equatable {
    /// By path relative to the root, as mistakes show it.
    var files: [String: FileIdentity] = [:]
    /// Files and directories that could not be looked at, with the reason; `.` is the root.
    var failures: [String: String] = [:]
    /// True when the root is one file, which then is the only one in `files`.
    var rootIsFile = false

    /// True when the root itself is gone or closed to us.
    var isRootMissing: Bool { failures["."] != nil }

    /// Directories inside each other, symbolic links counted: deeper is a loop.
    private static let maximalDepth = 32

    /// Looks at everything below `root`, or at `root` alone when it is a file. Each directory is announced before
    /// it is listed, so that a watch that is set then misses nothing.
    static func scan(_ root: String, announce: (String) -> Void) -> FileTree {
        var tree = FileTree()
        switch status(root) {
        case .failure(let reason): tree.failures["."] = reason.description
        case .success(let status) where isDirectory(status): tree.scanDirectories(root, status, announce)
        case .success(let status):
            announce(parent(of: root))
            tree.rootIsFile = true
            tree.files[name(of: root)] = FileIdentity(status)
        }
        return tree
    }

    /// A directory to list: where it is, and what stands before its names in the tree.
    private struct Directory {
        let path: String
        let prefix: String
        let depth: Int
        let status: stat
    }

    /// Every directory once: those that symbolic links lead to come last, so that a loop, or a link beside the real
    /// directory, never makes two of one object.
    private mutating func scanDirectories(_ root: String, _ status: stat, _ announce: (String) -> Void) {
        var visited: Set<[UInt64]> = []
        var real = [Directory(path: root, prefix: "", depth: 0, status: status)]
        var linked: [Directory] = []
        while let next = real.popLast() ?? linked.popLast() {
            let identity = [UInt64(next.status.st_dev), UInt64(next.status.st_ino)]
            guard next.depth <= Self.maximalDepth, visited.insert(identity).inserted else { continue }
            announce(next.path)
            list(next, &real, &linked)
        }
    }

    private mutating func list(_ directory: Directory, _ real: inout [Directory], _ linked: inout [Directory]) {
        guard let names = entries(directory.path) else {
            let shown = directory.prefix.isEmpty ? "." : String(directory.prefix.dropLast())
            failures[shown] = "the directory cannot be listed: \(reason())"
            return
        }
        for name in names where !isSkipped(name) {
            let path = directory.path + "/" + name
            let shown = directory.prefix + name
            switch Self.status(path) {
            case .failure(let reason):
                // What has no manifest's name cannot be a manifest: a dangling link elsewhere is not our business.
                if isManifest(shown) { failures[shown] = reason.description }
            case .success(let status) where Self.isDirectory(status):
                let next = Directory(path: path, prefix: shown + "/", depth: directory.depth + 1, status: status)
                if isLink(path) { linked.append(next) } else { real.append(next) }
            case .success(let status):
                if isManifest(shown), status.st_mode & S_IFMT == S_IFREG { files[shown] = FileIdentity(status) }
            }
        }
    }

    private struct Reason: Error {
        let description: String
    }

    /// Follows symbolic links.
    private static func status(_ path: String) -> Result<stat, Reason> {
        var status = stat()
        guard stat(path, &status) == 0 else { return .failure(Reason(description: "cannot be read: \(reason())")) }
        return .success(status)
    }

    private static func isDirectory(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFDIR }
}

/// Hidden files, among them the `..data` of mounted ConfigMaps and the swap files of editors, and their backups.
private func isSkipped(_ name: String) -> Bool { name.hasPrefix(".") || name.hasPrefix("#") || name.hasSuffix("~") }

private func isLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
}

private func isManifest(_ name: String) -> Bool { [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) } }

/// The names in a directory, sorted; nil when it cannot be listed.
private func entries(_ directory: String) -> [String]? {
    guard let stream = opendir(directory) else { return nil }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}

/// The system's words for the last error.
func reason() -> String { String(cString: strerror(errno)) }

/// The directory that holds a file.
func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// The last component of a path.
func name(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
}

/// Reads a whole file of at most `limit` bytes. Throws the reason when it cannot be read or is larger.
func readFile(_ path: String, limit: Int) throws(FileProblem) -> [UInt8] {
    // Not blocking: between looking and opening, a pipe could have taken the file's place.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileProblem(isGone: errno == ENOENT, reason: "cannot be read: \(reason())") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count == 0 { return bytes }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw FileProblem(isGone: false, reason: "cannot be read: \(reason())") }
        bytes.append(contentsOf: chunk[..<count])
        guard bytes.count <= limit else {
            throw FileProblem(isGone: false, reason: "is larger than \(limit >> 20) MiB")
        }
    }
}

/// Why a file could not be read.
struct FileProblem: Error {
    /// True when it is not there any more.
    let isGone: Bool
    let reason: String
}
