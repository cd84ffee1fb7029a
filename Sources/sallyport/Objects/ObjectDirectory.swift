import ClusterSource
import Foundation
import Kubernetes
import Logging

/// A directory of objects, read once.
struct ObjectDirectory {
    /// Path as it was typed.
    let path: String

    init(_ path: String) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// - Throws: `Failure` when there is no such directory.
    func check() throws {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw Failure(.badInput, "there is no directory \(path)", advice: "name the directory of the objects")
        }
        guard isDirectory.boolValue else {
            throw Failure(.badInput, "\(path) is a file", advice: "name the directory that it is in")
        }
    }

    /// Reads every file once, by the rules of the source that the running gateway follows.
    ///
    /// - Throws: `Failure` when there is no such directory.
    func read() throws -> Snapshot {
        try check()
        // What is wrong is in the snapshot, and shown from there.
        let source = DirectorySource(path: path, logger: Logger(label: "objects") { _ in SwiftLogNoOpLogHandler() })
        defer { source.stop() }
        return source.load()
    }
}
