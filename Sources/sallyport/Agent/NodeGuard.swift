import Agent
import Kubernetes
import Logging

#if os(Linux)
    import Netfilter
#endif

/// The agent beside a gateway, if there is to be one.
struct NodeGuard: Sendable {
    #if os(Linux)
        private let agent: Agent?

        /// Puts the first snapshot in force.
        ///
        /// - Parameter settings: nil: no pod is filtered.
        /// - Throws: `Failure` when the kernel does not do it.
        init(_ settings: NodeSettings?, _ first: Snapshot, _ logger: Logger) async throws {
            guard let settings else {
                agent = nil
                return
            }
            do {
                let agent = try Agent(settings, logger: logger)
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
    #else
        init(_ settings: NodeSettings?, _ first: Snapshot, _ logger: Logger) async throws {
            guard settings == nil else {
                throw Failure(.unavailable, "rules of a kernel are those of Linux", advice: "leave --node away")
            }
        }

        func take(_ snapshot: Snapshot) async {}
        func lookAfter() async {}
    #endif
}
