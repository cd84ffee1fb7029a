import Agent
import Kubernetes
import Logging
import RecordFiles

#if os(Linux)
    import Netfilter
#endif

/// The agent beside a gateway, if there is to be one.
struct NodeGuard: Sendable {
    #if os(Linux)
        private let agent: Agent?
        private let records: RecordWriter?

        /// Puts the first snapshot in force.
        ///
        /// - Parameters:
        ///   - settings: nil: no pod is filtered.
        ///   - sinks: where those records go, too.
        ///   - directory: where records of connections are kept, beside those of requests.
        /// - Throws: `Failure` when the kernel does not do it.
        init(
            _ settings: NodeSettings?, _ first: Snapshot, recordsIn directory: String, sinks: [any RecordSink],
            _ logger: Logger
        ) async throws {
            guard let settings else {
                (agent, records) = (nil, nil)
                return
            }
            try AtomicFile.makeDirectory(directory, mode: 0o700)
            records = try AgentPlan.RecordPlace.directory(directory, printed: false).writer(sinks: sinks, logger)
            do {
                let agent = try Agent(settings, records: records, logger: logger)
                try await agent.enforce(first)
                self.agent = agent
            } catch let error as NetlinkError {
                throw Failure(filter: FilterError(error))
            } catch let error as FilterError {
                throw Failure(filter: error)
            }
        }

        /// Puts a snapshot in force.
        func take(_ snapshot: Snapshot) async { await agent?.take(snapshot) }

        /// Mends what others change, until the task is cancelled.
        func lookAfter() async { await agent?.lookAfter() }

        /// Tells what is left to tell. The rules stay.
        func stop() async {
            await agent?.stop()
            records?.close()
        }
    #else
        init(
            _ settings: NodeSettings?, _ first: Snapshot, recordsIn directory: String, sinks: [any RecordSink],
            _ logger: Logger
        ) async throws {
            guard settings == nil else {
                throw Failure(.unavailable, "rules of a kernel are those of Linux", advice: "leave --node away")
            }
        }

        func take(_ snapshot: Snapshot) async {}
        func lookAfter() async {}
        func stop() async {}
    #endif
}
