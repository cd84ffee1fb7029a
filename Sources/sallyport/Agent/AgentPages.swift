#if os(Linux)

    import Agent
    import ClusterSource
    import Gateway
    import Kubernetes
    import Synchronization
    import Telemetry

    /// What an agent says of itself at its admin address: `/livez`, `/readyz`, `/metrics` and `/status`.
    final class AgentPages: Sendable {
        private let node: String
        private let source: any ObjectSource
        private let state = Mutex(State())

        private struct State {
            /// nil: the objects are not known yet.
            var agent: Agent?
            var snapshot: Snapshot?
        }

        init(node: String, source: any ObjectSource) {
            self.node = node
            self.source = source
        }

        /// Listens.
        ///
        /// - Throws: `Failure` when the address is taken.
        func open(at address: AdminAddress) async throws -> AdminServer {
            do {
                return try await AdminServer(pages, host: address.host, port: address.port)
            } catch {
                throw Failure(
                    .unavailable, "the admin address \(address) cannot be opened: \(error)",
                    advice: "choose another with --admin")
            }
        }

        /// From now on rules are in force.
        func show(_ agent: Agent) { state.withLock { $0.agent = agent } }

        /// What is in force, or is about to be.
        func take(_ snapshot: Snapshot) { state.withLock { $0.snapshot = snapshot } }

        private var pages: AdminPages {
            AdminPages(
                readiness: { [self] in
                    state.withLock { $0.agent } == nil
                        ? .init(isReady: false, lines: ["no rules are in force yet"])
                        : .init(isReady: true, lines: ["ready"])
                },
                metrics: { [self] in
                    guard let agent = state.withLock({ $0.agent }) else { return nil }
                    return PrometheusText.write(Self.families(await agent.counts, await agent.seen))
                },
                status: { [self] in (try? JSON.text(await report())) ?? "{}" }
            ).adding(source)
        }

        private func report() async -> Report {
            let (agent, snapshot) = state.withLock { ($0.agent, $0.snapshot) }
            return Report(
                node: node, revision: snapshot?.revision, enforced: await agent?.counts.revision,
                mistakes: (snapshot?.mistakes ?? []).map(MistakeText.Entry.init),
                unreadable: snapshot?.unreadable ?? [], source: SourceReport(source))
        }

        /// The page `/status`.
        private struct Report: Encodable {
            var node: String
            /// What the objects say.
            var revision: UInt64?
            /// What the kernel enforces.
            var enforced: UInt64?
            var mistakes: [MistakeText.Entry]
            var unreadable: [String]
            /// How well the cluster is known; absent where objects come from a directory.
            var source: SourceReport?
        }

        static func families(_ counts: Agent.Counts, _ seen: WatcherCounts?) -> [MetricFamily] {
            var families = [
                MetricFamily(
                    "sallyport.agent.revision", help: "Revision of the objects that the kernel enforces.", kind: .gauge,
                    number: Double(counts.revision)),
                counter("sallyport.agent.transactions", "Changes that the kernel took.", counts.transactions),
                counter("sallyport.agent.elements", "Elements of sets and maps that were changed.", counts.elements),
                counter("sallyport.agent.failures", "Changes that the kernel refused.", counts.failures),
                counter("sallyport.agent.mended", "Times that others had changed our rules.", counts.mended),
                counter("sallyport.agent.cut", "Live connections that were ended by a change.", counts.cut),
            ]
            guard let seen else { return families }
            let lost: [(String, UInt64)] = [
                ("flood", seen.unlogged), ("read", seen.lost), ("writer", seen.recordsDropped),
                ("table", seen.forgotten),
            ]
            families += [
                counter("sallyport.agent.connections.allowed", "Connections that were let through.", seen.allowed),
                MetricFamily(
                    "sallyport.agent.connections.open", help: "Connections that are open.", kind: .gauge,
                    number: Double(seen.open)),
                MetricFamily(
                    "sallyport.agent.packets.denied",
                    help: "Denied packets that opened something, by what denied them.",
                    kind: .counter,
                    points: [
                        ("egress", seen.deniedEgress), ("ingress", seen.deniedIngress), ("unknown", seen.deniedUnknown),
                        ("spoofed", seen.deniedSpoofed),
                    ].map { MetricFamily.Point([.init("by", $0)], .number(Double($1))) }),
                MetricFamily(
                    "sallyport.agent.unseen", help: "What no record tells of, by where it was lost.", kind: .counter,
                    points: lost.map { MetricFamily.Point([.init("cause", $0)], .number(Double($1))) }),
                counter(
                    "sallyport.agent.disagreements", "Connections that the kernel and the policies judged differently.",
                    seen.disagreements),
            ]
            return families
        }

        private static func counter(_ name: String, _ help: String, _ value: UInt64) -> MetricFamily {
            MetricFamily(name, help: help, kind: .counter, number: Double(value))
        }
    }

#endif
