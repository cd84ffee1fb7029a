#if os(Linux)

    import Foundation
    import KernelWorlds
    import Kubernetes
    import Logging
    import PacketFilter
    import Synchronization
    import Testing

    @testable import Agent
    @testable import Lab

    /// The running agent when others change rules.
    @Suite("Somebody else changes rules", .serialized, .enabled(if: mayMakeNamespaces, "needs root"))
    struct DriftTests {
        @Test("what was flushed is back within ten seconds, and the log says so; our own changes are no alarm")
        func flushed() async throws {
            let world = try TrialLab()
            let log = KeptLog()
            let agent = try world.onNode { try Agent(TrialLab.settings, logger: log.logger) }
            try await agent.enforce(TrialLab.snapshot(TrialLab.onlyFrom("friend")))
            let (changes, feed) = AsyncStream.makeStream(of: Snapshot.self, bufferingPolicy: .unbounded)
            let following = Task { await agent.follow(changes) }
            for revision in 2...9 {
                let policy = TrialLab.onlyFrom(revision % 2 == 0 ? "stranger" : "friend")
                feed.yield(try TrialLab.snapshot(TrialLab.pods.map(\.manifest) + [policy], revision: UInt64(revision)))
                try await Task.sleep(for: .milliseconds(300))
            }
            // Longer than it takes to look twice.
            try await Task.sleep(for: Agent.driftInterval * 2)
            #expect(await agent.counts.mended == 0 && log.text.contains("somebody") == false)
            #expect(await agent.counts.revision == 9)

            try world.onNode { _ = try run("nft", "flush", "ruleset") }
            let rulesets = Enforcer.preview(try TrialLab.snapshot(TrialLab.onlyFrom("friend")), TrialLab.settings)
                .rulesets
            let start = ContinuousClock.now
            var differences = ["not looked at"]
            while !differences.isEmpty, ContinuousClock.now - start < .seconds(60) {
                try await Task.sleep(for: .milliseconds(100))
                differences = try world.onNode { try Enforcer.verify(rulesets) }
            }
            #expect(differences == [])
            // Half of it is for a machine that is busy.
            #expect(Agent.driftInterval <= .seconds(5))
            while await agent.counts.mended == 0 { try await Task.sleep(for: .milliseconds(20)) }
            #expect(log.text.contains("somebody changed our rules") && log.text.contains("is missing"), "\(log.text)")
            following.cancel()
            await following.value
            #expect(try world.onNode { try Enforcer.verify(rulesets) } == [], "the end of the agent changes nothing")
        }

        @Test("tables of others stay as they are, counters included, whatever the agent does")
        func others() throws {
            try inNamespace {
                try run("nft", "-f", "-", input: Self.strangers)
                let (before, tables) = (try run("nft", "list", "ruleset"), try Self.tables())
                var enforcer = try Enforcer(TrialLab.settings)
                for round in 0..<12 {
                    _ = try enforcer.enforce(
                        TrialLab.snapshot(TrialLab.onlyFrom(round % 2 == 0 ? "friend" : "stranger")))
                    switch round % 4 {
                    case 1: try run("nft", "flush chain ip sallyport forward")
                    case 2: enforcer = try Enforcer(TrialLab.settings)
                    case 3: try run("nft", "delete table ip6 sallyport")
                    default: break
                    }
                    _ = try enforcer.mend()
                }
                #expect(try Self.tables() == tables)
                _ = try Enforcer.release()
                #expect(try run("nft", "list", "ruleset") == before)
            }
        }

        private static func tables() throws -> [String] {
            try ["ip other", "inet sallyport", "ip6 sallyport-not"].map { try run("nft", "list table \($0)") }
        }

        /// One has our name, in a family that is not ours.
        private static let strangers = """
            table ip other {
                counter seen { packets 17 bytes 4711; }
                set friends { type ipv4_addr; elements = { 10.0.0.1, 10.0.0.2 }; }
                chain forward {
                    type filter hook forward priority -10; policy accept;
                    ip saddr @friends counter packets 5 bytes 400 accept
                }
            }
            table inet sallyport {
                chain input {
                    type filter hook input priority -10; policy accept;
                    counter packets 0 bytes 0 drop
                }
            }
            table ip6 sallyport-not {
                map marks { type ipv6_addr : mark; elements = { fd00::1 : 0x7 }; }
            }
            """
    }

    /// What was logged.
    private final class KeptLog: Sendable {
        private let lines = Mutex<[String]>([])

        var text: String { lines.withLock { $0.joined(separator: "\n") } }

        var logger: Logger {
            Logger(label: "trial") { _ in Handler(log: self) }
        }

        private struct Handler: LogHandler {
            let log: KeptLog
            var metadata: Logger.Metadata = [:]
            var logLevel = Logger.Level.debug

            init(log: KeptLog) { self.log = log }

            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }

            func log(event: LogEvent) {
                let more = (event.metadata ?? [:]).map { "\($0)=\($1)" }.sorted().joined(separator: " ")
                log.lines.withLock { $0.append("\(event.level) \(event.message) \(more)") }
            }
        }
    }

#endif
