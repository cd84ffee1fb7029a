#if os(Linux)

    import Agent
    import ClusterSource
    import Foundation
    import Gateway
    import Kubernetes
    import Logging
    import Netfilter
    import PacketFilter
    import RecordFiles

    /// Does what `agent` is asked to.
    enum AgentRunner {
        /// Follows the directory until a signal comes. The rules stay.
        static func run(
            _ target: AgentPlan.Target, _ place: AgentPlan.RecordPlace, send: SendPlan?, admin: AdminAddress?,
            _ level: Logger.Level
        ) async throws {
            try target.place.directory?.check()
            let logger = Logger(label: "sallyport", factory: { _ in PlainLog(logLevel: level) })
            let state = try place.stateDirectory()
            let link =
                target.place.cluster == nil
                ? try send?.link(.agent, logger: logger)
                : send?.link(.agent, part: target.settings.node, logger: logger)
            let records = try place.writer(sinks: link.map { [$0.sink] } ?? [], logger)
            let agent = try permitted { () throws(NetlinkError) in
                try Agent(target.settings, records: records, logger: logger)
            }
            let source = try target.place.source(.agent, logger: logger)
            let pages = AgentPages(node: target.settings.node, source: source)
            let server = if let admin { try await pages.open(at: admin) } else { AdminServer?.none }
            // Waiting for an API server ends as the system ends a program.
            let first = target.settled(try await source.load())
            let signals = try Signals([SIGTERM, SIGINT])
            do throws(FilterError) {
                try await agent.enforce(first)
            } catch {
                source.stop()
                throw Failure(filter: error)
            }
            greet(target, place, first)
            pages.take(first)
            pages.show(agent)
            let following = Task {
                await agent.follow(source.changes) { snapshot in
                    let settled = target.settled(snapshot)
                    pages.take(settled)
                    return settled
                }
            }
            for await _ in signals.stream { break }
            source.stop()
            following.cancel()
            await following.value
            await agent.stop()
            records?.close()
            await link?.stop()
            await server?.close()
            logger.notice("ended; the rules stay in force (--release takes them away)")
            withExtendedLifetime(state) {}
        }

        private static func greet(
            _ target: AgentPlan.Target, _ place: AgentPlan.RecordPlace, _ snapshot: Snapshot
        ) {
            let terminal = place.isPrinted ? Terminal.standardError : Terminal.standardOutput
            let name = target.settings.node
            let pods = snapshot.objects.pods.values.count { $0.nodeName == name && $0.isLive && !$0.usesHostNetwork }
            let mistakes =
                snapshot.mistakes.isEmpty
                ? "" : ", \(Words.count(snapshot.mistakes.count, "mistake")) (see `sallyport validate`)"
            terminal.line("Enforcing on node \(terminal.styled(name, .strong)): \(Words.count(pods, "pod"))")
            terminal.line(
                "  objects  \(target.place.title): \(Words.count(snapshot.objects.count, "object"))\(mistakes)")
            terminal.line("  rules    nft list table ip sallyport; nft list table ip6 sallyport")
            if case .directory(let directory, _) = place { terminal.line("  records  \(directory)/records.jsonl") }
        }

        /// Prints the rules.
        static func dryRun(_ target: AgentPlan.Target) async throws {
            let snapshot = target.settled(try await target.place.read())
            var stream = ResultStream()
            for ruleset in Enforcer.preview(snapshot, target.settings).rulesets { stream.write(ruleset.text) }
            stream.flush()
            try refuse(snapshot, target)
        }

        /// Compares the kernel's rules with the policies.
        static func verify(_ target: AgentPlan.Target) async throws {
            let snapshot = target.settled(try await target.place.read())
            try refuse(snapshot, target)
            let rulesets = Enforcer.preview(snapshot, target.settings).rulesets
            let differences = try permitted { () throws(NetlinkError) in try Enforcer.verify(rulesets) }
            let terminal = Terminal.standardOutput
            guard differences.isEmpty else {
                differences.forEach { terminal.line("\(terminal.styled("differs:", .bad)) \(Printable.oneLine($0))") }
                throw Failure(
                    .findings, "\(Words.count(differences.count, "difference")) between the kernel and the policies",
                    advice: "run the agent; it mends them")
            }
            let (rules, elements) = rulesets.reduce((0, 0)) { sum, ruleset in
                (sum.0 + ruleset.chains.reduce(0) { $0 + $1.rules.count }, sum.1 + ruleset.elementCount)
            }
            terminal.line(
                "\(terminal.styled("equal:", .good)) \(Words.count(rules, "rule")) and \(Words.count(elements, "element")) "
                    + "in the kernel are those of the policies")
        }

        /// Takes everything of ours out of the kernel.
        static func release() throws {
            do throws(FilterError) {
                let found = try Enforcer.release()
                Terminal.standardOutput.line(
                    found.isEmpty
                        ? "There were no rules of sallyport's."
                        : "Released: policies are enforced no more on this node.")
            } catch {
                throw Failure(filter: error)
            }
        }

        /// What rules would be made of is not what was meant.
        private static func refuse(_ snapshot: Snapshot, _ target: AgentPlan.Target) throws {
            guard !snapshot.mistakes.isEmpty else { return }
            let terminal = Terminal.standardError
            for mistake in snapshot.mistakes {
                let text = MistakeText.Entry(mistake).text(in: target.place.root)
                terminal.line("\(terminal.styled("mistake:", .bad)) \(text)")
            }
            throw Failure(.badInput, "there are mistakes in the objects; such policies deny everything they are about")
        }

        private static func permitted<R>(_ body: () throws(NetlinkError) -> R) throws -> R {
            do throws(NetlinkError) { return try body() } catch { throw Failure(filter: FilterError(error)) }
        }
    }

    extension AgentPlan.RecordPlace {
        /// True when records go to standard output.
        var isPrinted: Bool { if case .directory(_, printed: true) = self { true } else { false } }

        /// The directory, taken for this process.
        func stateDirectory() throws -> StateDirectory? {
            if case .directory(let path, _) = self { try StateDirectory(path) } else { nil }
        }

        /// What writes records into it.
        func writer(sinks: [any RecordSink] = [], _ logger: Logger) throws -> RecordWriter? {
            guard case .directory(let path, let isPrinted) = self else { return nil }
            do throws(RecordWriterError) {
                return try RecordWriter(
                    .init(directory: path, alsoToStandardOutput: isPrinted, sinks: sinks), logger: logger)
            } catch {
                throw Failure(.inputOutput, "records cannot be written: \(error)", advice: "choose another --state")
            }
        }
    }

    extension Failure {
        /// What the kernel refuses, and what to do about it.
        init(filter error: FilterError) {
            if error.cause.isLackOfPermission || geteuid() != 0 {
                self.init(.notPermitted, "the packet filter may not be changed: \(error)", advice: "run it as root")
            } else {
                self.init(
                    .unavailable, "\(error)", advice: "a kernel from 5.10 on, with nf_tables and conntrack, is needed")
            }
        }
    }

#endif
