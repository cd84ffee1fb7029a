import Foundation
import Kubernetes
import Synchronization

@testable import ClusterSource

/// A directory of a test, gone with it.
final class Folder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("sallyport-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    var path: String { url.path }

    func at(_ name: String) -> URL { url.appendingPathComponent(name) }

    /// Writes a file in place, as an editor that does not rename does.
    func write(_ name: String, _ text: String) throws {
        try FileManager.default.createDirectory(
            at: at(name).deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: at(name), options: [])
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(at: at(name)) }

    func move(_ from: String, _ to: String) throws {
        guard rename(at(from).path, at(to).path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: at(name).path, withDestinationPath: target)
    }

    func source(
        usesNotifications: Bool = true, below name: String = "", report: Reports = Reports()
    ) -> DirectorySource {
        let root = name.isEmpty ? path : at(name).path
        return DirectorySource(path: root, usesNotifications: usesNotifications) { report.add($1) }
    }
}

/// What a source reported.
final class Reports: Sendable {
    private let all = Mutex<[Mistake]>([])

    func add(_ mistakes: [Mistake]) { all.withLock { $0 += mistakes } }

    var mistakes: [Mistake] { all.withLock { $0 } }
}

/// The snapshots of a source, one after the other.
struct Following {
    let source: DirectorySource
    private var iterator: AsyncStream<Snapshot>.Iterator

    init(_ source: DirectorySource) {
        self.source = source
        iterator = source.changes.makeAsyncIterator()
    }

    /// The first snapshot to come that is as wanted. The time limit of the test ends it when none comes.
    mutating func next(where isWanted: (Snapshot) -> Bool) async -> Snapshot? {
        while let snapshot = await iterator.next() {
            if isWanted(snapshot) { return snapshot }
        }
        return nil
    }
}

func configMap(_ name: String, _ value: String = "x") -> String {
    """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: \(name)}
    data: {key: "\(value)"}

    """
}

extension Snapshot {
    var configMapNames: [String] { objects.configMaps.keys.map(\.name).sorted() }

    func value(_ name: String) -> String? {
        objects.configMaps[NamespacedName("default", name)]?.data["key"]
    }
}
