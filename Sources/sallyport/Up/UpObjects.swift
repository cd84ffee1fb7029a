import ClusterSource
import Gateway
import Kubernetes
import Logging

/// Where the objects of a front door come from.
struct UpObjects {
    /// A snapshot now, and one per change.
    var source: any ObjectSource
    /// What that place is called.
    var title: String
    /// What was made for `--protect`.
    var protected: Greeting.Protected?
    /// The keys of the cluster's service accounts; nil: there is no cluster.
    var clusterKeys: ClusterKeys?

    /// - Throws: `Failure` when there is no such place.
    init(_ plan: UpPlan, state: StateDirectory, logger: Logger) throws {
        switch plan.objects {
        case .directory(let path):
            let directory = ObjectDirectory(path)
            try directory.check()
            self.init(path, logger)
        case .protection(let protection):
            let made = try ProtectSetup(plan: protection, isPlaintext: plan.isPlaintext, state: state.path).run()
            self.init(made.directory, logger)
            protected = Greeting.Protected(
                upstream: protection.upstream, server: made.server, newKey: made.newKey, directory: made.directory)
        case .door(let door):
            let client = try door.cluster.client(logger: logger)
            self.init(
                source: OneGateway(door.gateway, of: client.source(.gateway(door.gateway), logger: logger)),
                title: "\(door.cluster)")
            clusterKeys = { try await client.tokenKeys() }
        }
    }

    private init(_ directory: String, _ logger: Logger) {
        self.init(source: DirectorySource(path: directory, logger: logger), title: directory)
    }

    private init(source: any ObjectSource, title: String) {
        self.source = source
        self.title = title
    }
}
