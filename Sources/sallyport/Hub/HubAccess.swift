import ArgumentParser
import Foundation
import Hub

/// Which hub is asked, and how one is let in.
struct HubAccess: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Address of the hub (default: the one of `sallyport up` on this machine).",
            discussion: "SALLYPORT_KEY holds an access key with a console role, or a token.", valueName: "url"))
    var hub: String?
    @Option(help: ArgumentHelp("PEM file of the authorities that are trusted for it.", valueName: "file"))
    var ca: String?
    @Option(help: ArgumentHelp("State directory of the `sallyport up` that is asked.", valueName: "dir"))
    var state: String?
    @OptionGroup(title: "The hub of a cluster") var choice: ClusterChoice

    func validate() throws {
        if choice.isMeant, hub != nil { throw ValidationError("--hub and --cluster exclude each other") }
    }

    /// The objects that records are held against, which are those of the cluster when its hub is asked.
    func objects(_ directory: String?) -> ObjectPlace { ObjectPlace(directory: directory, cluster: choice.access()) }

    /// - Throws: when it is not said which objects.
    func check(_ directory: String?) throws {
        guard directory != nil || choice.isMeant else {
            throw ValidationError("which objects? name their directory with --policies, or say --cluster")
        }
    }

    /// Opens the hub, works, and leaves it; what it says against it becomes a failure.
    func open<Result: Sendable>(_ body: @escaping @Sendable (ConsoleClient) async throws -> Result) async throws
        -> Result
    {
        if let cluster = choice.access() {
            do {
                return try await cluster.withClient { try await ClusterHub(client: $0).open(body) }
            } catch let trouble as ConsoleClient.Trouble {
                throw failure(trouble)
            }
        }
        for attempt in 1... {
            // A key that is set may be one for the front door; on this machine, who may read the link needs none.
            let (base, means) = try way(by: hub != nil || attempt == 1 ? key : nil)
            do {
                return try await ConsoleClient.with(base, means, authorities: ca, body)
            } catch ConsoleClient.Trouble.notLetIn where hub == nil && attempt < 5 {
                // Somebody else may have used the link between reading it and following it.
                try await Task.sleep(for: .milliseconds(50))
            } catch let trouble as ConsoleClient.Trouble {
                throw failure(trouble)
            }
        }
        preconditionFailure("the loop has no end")
    }

    private var key: String? {
        ProcessInfo.processInfo.environment["SALLYPORT_KEY"].flatMap { $0.isEmpty ? nil : $0 }
    }

    private func way(by key: String?) throws -> (String, ConsoleClient.Means) {
        if let hub {
            guard let key else {
                throw Failure(
                    .usage, "SALLYPORT_KEY is not set: a hub is asked with an access key that has a console role",
                    advice: "sallyport keys create NAME --dir DIR, and spec.console in the AccessKey")
            }
            return (hub.hasSuffix("/") ? String(hub.dropLast()) : hub, .key(key))
        }
        let state = try UpPlan.state(state, ProcessInfo.processInfo.environment)
        let path = LoginLink.path(in: state)
        guard let text = try? String(contentsOfFile: path, encoding: .utf8),
            let parts = URLComponents(string: text.trimmingCharacters(in: .whitespacesAndNewlines)),
            let scheme = parts.scheme, let host = parts.host, let port = parts.port, let link = parts.string
        else {
            throw Failure(
                .unavailable, "no hub runs on this machine with the state directory \(state)",
                advice: "start `sallyport up`, or say --hub URL or --state DIR")
        }
        let base = "\(scheme)://\(host):\(port)"
        return (base, key.map { .key($0) } ?? .link(link))
    }

    private func failure(_ trouble: ConsoleClient.Trouble) -> Failure {
        switch trouble {
        case .unreachable, .notAHub: Failure(.unavailable, "\(trouble)")
        case .notLetIn: Failure(.notPermitted, "\(trouble)", advice: "set SALLYPORT_KEY to a key with a console role")
        case .refused(_, _, let detail, let position):
            Failure(.usage, position.map { "\(detail), at character \($0 + 1)" } ?? detail)
        }
    }
}
