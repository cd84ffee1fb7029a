#if os(Linux)

    import ClusterSource
    import Glibc
    import Kubernetes
    import Logging
    import Netfilter
    import PacketFilter
    import Policy
    import RecordFiles

    /// Keeps a node as the objects want it: every snapshot in the kernel, live connections that are denied by now ended,
    /// what others changed mended.
    ///
    /// It ends without a trace: rules stay in force, and the next agent replaces them in one transaction.
    public actor Agent {
        private var enforcer: Enforcer
        private var cutter: FlowCutter
        private let history: GuestListHistory
        /// nil: nothing is recorded.
        private let watcher: Watcher?
        private let logger: Logger
        /// Connections may have passed by the old rules while the table of connections was read: it is read again.
        private var sweepsLeft = 0
        /// The Services of the objects that the kernel was asked to enforce last.
        private var pendingNames = PlaceNames()

        /// How often somebody's changes to our rules are looked for.
        public static let driftInterval: Duration = .seconds(2)
        /// When live connections are looked at again after a change.
        private static let sweepInterval: Duration = .milliseconds(200)
        private static let sweeps = 3

        /// What the agent has done since it began.
        public struct Counts: Sendable {
            /// Revision of the objects in force; 0: none yet.
            public var revision: UInt64 = 0
            /// Transactions that changed something.
            public var transactions: UInt64 = 0
            /// Elements that came or went in them.
            public var elements: UInt64 = 0
            /// Transactions that failed.
            public var failures: UInt64 = 0
            /// How often somebody's change was mended.
            public var mended: UInt64 = 0
            /// Live connections that were ended.
            public var cut: UInt64 = 0
        }

        /// What was done so far.
        public private(set) var counts = Counts()

        /// An agent for this network namespace; nothing is enforced before `enforce`.
        ///
        /// - Parameter records: takes a record of every connection that is opened, denied or ended, if the settings have a
        ///   group for listeners; nil: nothing is recorded.
        public init(_ settings: NodeSettings, records: RecordWriter? = nil, logger: Logger) throws(NetlinkError) {
            enforcer = try Enforcer(settings)
            cutter = try FlowCutter()
            self.logger = logger
            let history = GuestListHistory(node: settings.node)
            self.history = history
            guard let group = settings.logGroup, let records else {
                watcher = nil
                return
            }
            for setting in ConntrackSettings.turnOn(below: settings.kernelSettings) where !setting.isOn {
                logger.warning("records of connections will lack something", metadata: ["setting": "\(setting)"])
            }
            watcher = Watcher(options: .init(group: group), history: history, writer: records, logger: logger)
            try watcher?.start()
        }

        /// What was seen of connections; nil: nothing is watched.
        public var seen: WatcherCounts? { watcher?.counts }

        /// Tells what is left to tell. The rules stay.
        public func stop() { watcher?.stop() }

        /// Puts a snapshot in force.
        ///
        /// - Throws: when the kernel refuses; what was in force stays so, and `lookAfter` tries again.
        public func enforce(_ snapshot: Snapshot) throws(FilterError) {
            let clock = ContinuousClock()
            let start = clock.now
            let outcome: Enforcer.Outcome
            do throws(FilterError) {
                // What is decided while the kernel is at it may be by either list.
                outcome = try enforcer.enforce(snapshot) { list in
                    if watcher != nil {
                        pendingNames = PlaceNames(snapshot.objects, list.inventory, previous: pendingNames)
                    }
                    history.announce(list, names: pendingNames, revision: snapshot.revision, at: Self.now())
                }
            } catch {
                history.withdraw()
                counts.failures += 1
                throw error
            }
            if let list = enforcer.filter?.list {
                history.install(list, names: pendingNames, revision: snapshot.revision, at: Self.now())
            }
            counts.revision = outcome.revision
            defer { enforcer.letGo() }
            guard outcome.isChange else { return }
            let elements = outcome.changes.reduce(0) { $0 + $1.elementCount }
            counts.transactions += 1
            counts.elements += UInt64(elements)
            for file in outcome.closedBecause {
                logger.error("nothing passes: a file cannot be read", metadata: ["file": "\(file)"])
            }
            logger.info(
                "rules installed",
                metadata: [
                    "revision": "\(outcome.revision)", "elements": "\(elements)",
                    "steps": "\(outcome.changes.reduce(0) { $0 + $1.steps.count })",
                    "milliseconds": "\((clock.now - start).milliseconds)",
                ])
            sweepsLeft = Self.sweeps
            sweep()
        }

        /// Follows a source until it ends, or the task is cancelled.
        ///
        /// - Parameter settle: what becomes of each snapshot before it is put in force.
        public func follow(
            _ changes: AsyncStream<Snapshot>, _ settle: @escaping @Sendable (Snapshot) -> Snapshot = { $0 }
        ) async {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await snapshot in changes { await self.take(settle(snapshot)) }
                }
                group.addTask { await self.lookAfter() }
                await group.next()
                group.cancelAll()
            }
        }

        /// Mends what others change, and ends connections that are denied by now, until the task is cancelled.
        public func lookAfter() async {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    while (try? await Task.sleep(for: Self.driftInterval)) != nil { await self.mend() }
                }
                group.addTask {
                    while (try? await Task.sleep(for: Self.sweepInterval)) != nil { await self.sweep() }
                }
            }
        }

        /// Puts a snapshot in force; when the kernel refuses, that is logged and tried again by `lookAfter`.
        public func take(_ snapshot: Snapshot) {
            do throws(FilterError) {
                try enforce(snapshot)
            } catch {
                logger.error("the kernel refuses the rules; the former ones stay", metadata: ["reason": "\(error)"])
            }
        }

        private func mend() {
            // Who is waited for is looked for again, seldom: reading all connections costs something.
            if cutter.isWaiting { sweepsLeft = max(sweepsLeft, 1) }
            let late = enforcer.pending
            do throws(FilterError) {
                if let late {
                    history.announce(
                        late.filter.list, names: pendingNames, revision: late.revision, at: Self.now())
                }
                let differences = try enforcer.mend()
                guard !differences.isEmpty else { return }
                sweepsLeft = Self.sweeps
                if let late {
                    history.install(
                        late.filter.list, names: pendingNames, revision: late.revision, at: Self.now())
                    counts.revision = late.revision
                    counts.transactions += 1
                    logger.notice("rules installed, at a further try", metadata: ["revision": "\(late.revision)"])
                    return
                }
                counts.mended += 1
                let shown = differences.prefix(5).joined(separator: "; ")
                logger.warning(
                    "somebody changed our rules; they are as they should be again",
                    metadata: ["differences": "\(differences.count)", "first": "\(shown)"])
            } catch {
                if late != nil { history.withdraw() }
                counts.failures += 1
                logger.error("rules cannot be looked after", metadata: ["reason": "\(error)"])
            }
        }

        private func sweep() {
            guard sweepsLeft > 0, let filter = enforcer.filter else { return }
            sweepsLeft -= 1
            do throws(NetlinkError) {
                let cuts = try cutter.cut(filter) { watcher?.willCut($0) }
                counts.cut += UInt64(cuts.count)
                for cut in cuts.prefix(20) {
                    logger.notice(
                        "a live connection is denied by now and was ended",
                        metadata: ["connection": "\(cut.flow.original)", "because": "\(cut.denial.chain)"])
                }
            } catch {
                logger.error("live connections cannot be looked at", metadata: ["reason": "\(error)"])
            }
        }
    }

    extension Agent {
        /// Nanoseconds since 1970.
        fileprivate static func now() -> UInt64 {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        }
    }

    extension Duration {
        fileprivate var milliseconds: Int64 {
            components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        }
    }

#endif
