import ClusterSource
import Kubernetes
import Logging

/// Where objects are read from, once.
struct ObjectPlace: Sendable {
    /// A directory; nil: there is none.
    let directory: ObjectDirectory?
    /// A cluster; nil: there is none.
    let cluster: ClusterAccess?

    /// One of the two, or both: then the directory's objects are applied to the cluster's.
    init(directory: String?, cluster: ClusterAccess? = nil) {
        self.directory = directory.map(ObjectDirectory.init)
        self.cluster = cluster
    }

    /// What it is called where something is said of it.
    var title: String {
        switch (directory, cluster) {
        case (let directory?, let cluster?): "\(cluster) with \(directory.path)"
        case (let directory?, nil): directory.path
        case (nil, let cluster?): "\(cluster)"
        case (nil, nil): "nothing"
        }
    }

    /// What names of files are looked up from.
    var root: String { directory?.path ?? "." }

    /// Reads all there is.
    ///
    /// - Throws: `Failure` when there is no such directory, or no answer.
    func read() async throws -> Snapshot {
        let own = try directory?.read()
        guard let cluster else { return own ?? Snapshot(revision: 1, objects: Objects()) }
        let there = try await cluster.read()
        return own.map { there.applying($0) } ?? there
    }

    /// The same for as long as something runs. Changes of a directory beside a cluster are nobody's.
    func source(_ scope: Scope, logger: Logger) throws -> any ObjectSource {
        if let cluster { return try cluster.client(logger: logger).source(scope, logger: logger) }
        return DirectorySource(path: root, logger: logger)
    }
}

extension Snapshot {
    /// This state after objects of another were applied, as `kubectl apply` does it: what is there is replaced, what
    /// is not is added, and nothing goes.
    func applying(_ other: Snapshot) -> Snapshot {
        var result = self
        for change in Objects().changes(to: other.objects) { result.objects.apply(change, of: other.objects) }
        result.objects.invalid += other.objects.invalid
        result.mistakes += other.mistakes
        result.notes += other.notes
        result.unreadable += other.unreadable
        return result
    }
}
