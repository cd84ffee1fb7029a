#if os(Linux)

    import Addresses
    import Kubernetes
    import Netfilter
    import PacketFilter
    import Policy

    /// Keeps the rules of a node in the kernel as the objects want them.
    ///
    /// It knows what it installed and never reads it back to change it; `inspect` does, to find what others changed. It
    /// is used by one thread at a time. When it goes, the rules stay.
    public struct Enforcer: ~Copyable {
        /// What is enforced: nil before the first time.
        public private(set) var filter: NodeFilter?
        /// The revision of the objects that are enforced; 0 before the first time.
        public private(set) var revision: UInt64 = 0

        private let settings: NodeSettings
        /// What the objects said the last time.
        private var state: ClusterState?
        /// Tests put faults into it.
        var kernel: KernelTables
        /// What the kernel has: not known before the first transaction, and after one whose end is not known.
        private var installed: [Ruleset]?
        /// What objects say by now, when the kernel has not taken it yet.
        private(set) var pending: (filter: NodeFilter, revision: UInt64)?
        /// The kernel's count of changes after our last one.
        private var generation: UInt32?
        /// What was before, until there is time to let it go.
        private var former: [Former] = []

        /// To free what thousands of objects said takes as long as many a change.
        private enum Former {
            case state(ClusterState)
            case filter(NodeFilter)
        }

        /// An enforcer for this network namespace. Nothing is installed before `enforce`.
        public init(_ settings: NodeSettings) throws(NetlinkError) {
            self.settings = settings
            kernel = try KernelTables()
        }

        /// What became of a change.
        public struct Outcome: Sendable {
            /// Revision of the objects.
            public let revision: UInt64
            /// What was told to the kernel: nothing, when rules are as they were.
            public let changes: [RulesetChange]
            /// Why nothing passes: what objects say is not known. Empty: it is.
            public let closedBecause: [String]

            /// True when anything was changed.
            public var isChange: Bool { changes.contains { !$0.isEmpty } }
        }

        /// Makes the kernel enforce what the objects say, in one transaction.
        ///
        /// What objects say that could never be read is not known: then no pod is, and nothing passes. Rules of an
        /// earlier process stay in force until the first transaction replaces them.
        ///
        /// - Parameter announce: told the list before the kernel is told its rules.
        /// - Throws: when the kernel does not take it: what was in force stays so, and `mend` tries again.
        public mutating func enforce(
            _ snapshot: Snapshot, announce: (GuestList) -> Void = { _ in }
        ) throws(FilterError) -> Outcome {
            let state = ClusterState(snapshot, previous: state)
            let wanted = NodeFilter(state.list, settings.node(snapshot.objects), previous: filter)
            letGo()
            if let before = self.state { former.append(.state(before)) }
            self.state = state
            let changes = changes(to: wanted.rulesets)
            announce(state.list)
            pending = (wanted, snapshot.revision)
            try apply(changes, wanted.rulesets)
            takePending()
            return Outcome(revision: snapshot.revision, changes: changes, closedBecause: snapshot.unreadable)
        }

        /// Rules as they would be installed.
        public static func preview(_ snapshot: Snapshot, _ settings: NodeSettings) -> NodeFilter {
            NodeFilter(ClusterState(snapshot, previous: nil).list, settings.node(snapshot.objects))
        }

        /// Where nothing is known of what is installed, as at the start, it is read once: an agent that comes after another
        /// changes what is different, and packets notice nothing.
        private mutating func changes(to wanted: [Ruleset]) -> [RulesetChange] {
            if let installed { return zip(installed, wanted).map { RulesetChange(from: $0, to: $1) } }
            return wanted.map { ruleset in
                let found = try? kernel.read(ruleset.family)
                guard let known = found?.ruleset(towards: ruleset) else { return RulesetChange(installing: ruleset) }
                return RulesetChange(from: known, to: ruleset)
            }
        }

        /// Frees what was before the last change. Whoever has put something in force asks for it when packets wait for
        /// nothing any more; the next change does it at the latest.
        public mutating func letGo() { former.removeAll() }

        private mutating func takePending() {
            guard let done = pending else { return }
            if let before = filter { former.append(.filter(before)) }
            (filter, revision) = done
            pending = nil
        }

        private mutating func apply(_ changes: [RulesetChange], _ wanted: [Ruleset]) throws(FilterError) {
            do throws(FilterError) {
                try kernel.apply(changes)
            } catch {
                // Either nothing was done, or nobody knows: the next time everything is made anew.
                installed = nil
                throw error
            }
            installed = wanted
            generation = try? kernel.generation()
        }

        // MARK: What others did

        /// Looks whether somebody changed our rules, and mends them; puts in force what the kernel did not take before.
        ///
        /// - Returns: what was different, each as a sentence; empty: nothing was. Costs next to nothing while nobody
        ///   changes any rules.
        public mutating func mend() throws(FilterError) -> [String] {
            guard let late = pending else { return try mendInstalled() }
            do throws(FilterError) {
                try apply(late.filter.rulesets.map { RulesetChange(installing: $0) }, late.filter.rulesets)
            } catch {
                // Until it takes them, the former rules must stay what they are.
                _ = try mendInstalled()
                throw error
            }
            takePending()
            return ["the last change was not in force"]
        }

        private mutating func mendInstalled() throws(FilterError) -> [String] {
            guard let filter else { return [] }
            let now: UInt32
            let differences: [String]
            do throws(NetlinkError) {
                now = try kernel.generation()
                if installed != nil, now == generation { return [] }
                differences = try Self.differences(&kernel, filter.rulesets)
            } catch {
                throw FilterError(error)
            }
            guard !differences.isEmpty else {
                installed = filter.rulesets
                generation = now
                return []
            }
            try apply(filter.rulesets.map { RulesetChange(installing: $0) }, filter.rulesets)
            return differences
        }

        /// Everything in which the kernel's rules differ from these; empty: they are the same, to the last element.
        public static func verify(_ rulesets: [Ruleset]) throws(NetlinkError) -> [String] {
            var kernel = try KernelTables()
            return try differences(&kernel, rulesets)
        }

        private static func differences(
            _ kernel: inout KernelTables, _ rulesets: [Ruleset]
        ) throws(NetlinkError) -> [String] {
            var found: [String] = []
            for ruleset in rulesets {
                guard let table = try kernel.read(ruleset.family) else {
                    found.append("table \(ruleset.family.rawValue) \(Ruleset.tableName) is missing")
                    continue
                }
                found += table.differences(from: ruleset)
            }
            return found
        }

        /// Takes everything of ours out of the kernel: policies are enforced no more.
        /// - Returns: the families that had a table.
        public static func release() throws(FilterError) -> [Family] {
            var kernel = try tables()
            var found: [Family] = []
            do throws(NetlinkError) {
                for family in Family.allCases where try kernel.hasTable(family) { found.append(family) }
            } catch {
                throw FilterError(error)
            }
            try kernel.apply(Family.allCases.map { RulesetChange(removing: $0) })
            return found
        }

        private static func tables() throws(FilterError) -> KernelTables {
            do throws(NetlinkError) {
                return try KernelTables()
            } catch {
                throw FilterError(error)
            }
        }
    }

#endif
