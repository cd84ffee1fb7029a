#if os(Linux)

    import Addresses
    import Kubernetes
    import Policy
    import Synchronization

    /// The guest lists of late, and when the rules that were made of each were in force.
    ///
    /// A packet is judged by the list whose rules decided about it, however much later it is read.
    public final class GuestListHistory: Sendable {
        /// The node whose rules these are.
        public let node: String
        private let limits: Limits
        private let lists: Mutex<[ListInForce]>
        private let changes = Atomic<UInt64>(0)

        /// How much is remembered. The list in force always is.
        public struct Limits: Hashable, Sendable {
            /// How many lists.
            public var count = 8
            /// For how long after its rules were replaced, in nanoseconds.
            public var age: UInt64 = 10_000_000_000

            /// The usual ones.
            public init() {}
        }

        /// No list yet.
        public init(node: String, limits: Limits = Limits()) {
            self.node = node
            self.limits = limits
            lists = Mutex([])
        }

        /// Says that the kernel is about to be asked for the rules of a list, before it is asked: what is decided until
        /// `install` or `withdraw` may be by the old rules or by these.
        ///
        /// - Parameters:
        ///   - names: of the same objects.
        ///   - revision: of the configuration.
        ///   - time: now, in nanoseconds since 1970.
        public func announce(
            _ list: GuestList, names: PlaceNames = PlaceNames(), revision: UInt64,
            at time: UInt64
        ) {
            change { lists in
                lists.removeAll { $0.since == .max }
                lists.append(
                    ListInForce(
                        list, names: names, node: node, revision: revision, begun: time,
                        since: .max))
            }
        }

        /// Notes that the rules of a list are in force.
        ///
        /// - Parameters:
        ///   - names: of the same objects.
        ///   - revision: of the configuration.
        ///   - time: now, when the kernel has said so, in nanoseconds since 1970.
        public func install(
            _ list: GuestList, names: PlaceNames = PlaceNames(), revision: UInt64,
            at time: UInt64
        ) {
            change { lists in
                let begun = lists.last { $0.since == .max && $0.revision == revision }?.begun ?? time
                lists.removeAll { $0.since == .max }
                lists.append(
                    ListInForce(
                        list, names: names, node: node, revision: revision,
                        begun: min(begun, time), since: time))
                // What was replaced long ago decides about nothing that could still be read.
                let expired = lists.indices.dropLast().prefix { index in
                    lists.count - index > limits.count || lists[index + 1].since &+ limits.age < time
                }
                lists.removeFirst(expired.count)
            }
        }

        /// Says that the kernel refused what was announced.
        public func withdraw() {
            change { lists in lists.removeAll { $0.since == .max } }
        }

        /// Those that are remembered, the oldest first.
        var current: [ListInForce] { lists.withLock { $0 } }

        /// Changes whenever `current` does.
        var generation: UInt64 { changes.load(ordering: .acquiring) }

        private func change(_ body: (inout [ListInForce]) -> Void) {
            lists.withLock { lists in
                body(&lists)
                changes.add(1, ordering: .releasing)
            }
        }
    }

    /// What places are called that no pod and no node is.
    public struct PlaceNames: Sendable {
        /// The Services that records are to tell; nil: none.
        let services: ServiceNames?
        /// Ranges that have a name.
        let ranges: NamedRanges

        /// What they were made from.
        private let objects: Objects
        private let nodes: [ClusterNode]

        /// No names but those that everybody uses.
        public init() {
            (services, ranges, objects, nodes) = (nil, .everywhere, Objects(), [])
        }

        /// The names in a cluster.
        ///
        /// - Parameters:
        ///   - inventory: who there is, by these objects.
        ///   - previous: the names before a change.
        public init(_ objects: Objects, _ inventory: Inventory, previous: PlaceNames? = nil) {
            let hasSameServices = previous?.objects.services == objects.services && previous?.nodes == inventory.nodes
            services =
                (hasSameServices ? previous?.services : nil) ?? ServiceNames(objects, nodes: inventory.nodes)
            let hasSameRanges = previous?.objects.configMaps == objects.configMaps
            ranges = (hasSameRanges ? previous?.ranges : nil) ?? objects.namedRanges
            var used = Objects()
            (used.services, used.configMaps) = (objects.services, objects.configMaps)
            self.objects = used
            nodes = inventory.nodes
        }
    }

    /// A guest list whose rules are, or were, in force on a node.
    final class ListInForce: Sendable {
        let list: GuestList
        let names: PlaceNames
        let node: String
        let revision: UInt64
        /// Its rules were surely not in force before.
        let begun: UInt64
        /// Its rules were surely in force from then on, until the next one's; the end of time: they are announced.
        let since: UInt64
        /// The addresses of the pods on the node.
        private let local: Set<Address>

        init(
            _ list: GuestList, names: PlaceNames, node: String, revision: UInt64,
            begun: UInt64, since: UInt64
        ) {
            self.list = list
            self.names = names
            self.node = node
            self.revision = revision
            self.begun = begun
            self.since = since
            local = Set(
                list.inventory.endpoints.lazy.filter { $0.node == node && !$0.usesHostNetwork }.flatMap(\.addresses))
        }

        /// True for the address of a pod on the node.
        func isLocal(_ address: Address) -> Bool { local.contains(address) }

        /// True for a side of a connection that the rules of this node decide about.
        func isLocal(_ party: Party) -> Bool {
            party.endpoint >= 0 && list.inventory.endpoints[Int(party.endpoint)].node == node
        }
    }

    extension [ListInForce] {
        /// How far times of packets may be off: a packet is looked at before its time is taken, and the kernel may do
        /// something else in between.
        static var slack: UInt64 { 20_000_000 }

        /// The index of the list that was in force at a time; of a time before all, the first. nil: there is none.
        func index(at time: UInt64) -> Int? {
            if isEmpty { return nil }
            return lastIndex { $0.since <= time } ?? 0
        }

        /// True when the rules of a list may have decided at that time.
        func mayBeInForce(_ index: Int, at time: UInt64) -> Bool {
            let (begun, isLast) = (self[index].begun, index + 1 == count)
            return (begun <= time || begun - time <= Self.slack)
                && (isLast || time <= self[index + 1].since || time - self[index + 1].since <= Self.slack)
        }
    }

#endif
