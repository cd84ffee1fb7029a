#if os(Linux)

    import Addresses
    import Glibc
    import Netfilter
    import PacketFilter
    import Policy

    /// Ends live connections that rules deny by now. The rules themselves look at the first packet of a connection only.
    public struct FlowCutter: ~Copyable {
        private var table: ConntrackTable
        /// Addresses of pods on this node.
        private var here: Set<Address> = []
        /// Addresses of pods that were on this node, and that nobody is known to have now.
        private var departed: Set<Address> = []
        private var strangers = Strangers()

        /// True when connections of pods that may become known were let be: `cut` should be asked again in some seconds.
        public var isWaiting: Bool { !strangers.isEmpty }

        /// A cutter for this network namespace.
        public init() throws(NetlinkError) { table = try .open() }

        /// A connection that was ended.
        public struct Cut: Hashable, Sendable {
            /// The connection, with what it had carried.
            public let flow: Flow
            /// Why.
            public let denial: NodeFilter.Denial
        }

        /// Ends what the filter denies: the next packet of such a connection is a first one to the rules, and dropped.
        ///
        /// - Parameters:
        ///   - now: on the clock by which pods that nobody knows yet are given time.
        ///   - announce: told what is about to be ended.
        /// - Returns: what was ended. All others are untouched.
        public mutating func cut(
            _ filter: NodeFilter, at now: ContinuousClock.Instant = .now, announce: ([Flow]) -> Void = { _ in }
        ) throws(NetlinkError) -> [Cut] {
            let own = InterfaceAddresses.all()
            notice(filter)
            let departed = departed
            var found: [Cut] = []
            var strangers = strangers
            try table.forEach(
                begin: {
                    found.removeAll()
                    strangers.begin()
                },
                { flow in
                    guard let denial = flow.denial(filter, own) ?? flow.denial(departed, filter, own) else { return }
                    if denial == .unknown, let address = flow.stranger(filter), !departed.contains(address),
                        !strangers.isLate(address, at: now)
                    {
                        return
                    }
                    found.append(Cut(flow: flow, denial: denial))
                })
            strangers.end()
            self.strangers = strangers
            guard !found.isEmpty else { return [] }
            announce(found.map(\.flow))
            try table.delete(found.map(\.flow))
            return found
        }

        private mutating func notice(_ filter: NodeFilter) {
            let now = filter.addressesHere
            departed.formUnion(here.subtracting(now))
            departed = departed.filter { filter.list.party($0).group < 0 }
            here = now
        }
    }

    extension Flow {
        /// Who opened it is in the first tuple as he was; who answers is in the other one as he is.
        func denial(_ filter: NodeFilter, _ own: Set<Address>) -> NodeFilter.Denial? {
            guard let traffic = answeredTraffic else { return nil }
            return filter.denial(from: original.source, to: reply.source, traffic, ownAddresses: own)
        }

        /// Whose address is a pod's, and nobody's that is known.
        fileprivate func stranger(_ filter: NodeFilter) -> Address? {
            [original.source, reply.source].first { filter.isStranger($0) }
        }

        /// Where nobody says which addresses pods get, a pod that is gone is known only by having been here.
        fileprivate func denial(
            _ departed: Set<Address>, _ filter: NodeFilter, _ own: Set<Address>
        ) -> NodeFilter.Denial? {
            let isOver = departed.contains(original.source) || departed.contains(reply.source)
            return isOver && !own.contains(original.source) && !filter.isNode(original.source) ? .unknown : nil
        }

        /// What it is, at the port where it is answered.
        var answeredTraffic: Traffic? {
            guard case .ports(let source, _) = reply.transport else { return original.traffic }
            return Traffic(original.proto, port: source)
        }
    }

    /// Addresses of this node's interfaces, whatever objects know of them: bridges and tunnels have some.
    enum InterfaceAddresses {
        static func all() -> Set<Address> {
            var first: UnsafeMutablePointer<ifaddrs>?
            guard getifaddrs(&first) == 0 else { return [] }
            defer { freeifaddrs(first) }
            var found: Set<Address> = []
            var next = first
            while let entry = next {
                if let address = entry.pointee.ifa_addr.flatMap(Self.address) { found.insert(address) }
                next = entry.pointee.ifa_next
            }
            return found
        }

        private static func address(_ socket: UnsafeMutablePointer<sockaddr>) -> Address? {
            switch Int32(socket.pointee.sa_family) {
            case AF_INET:
                socket.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    Address(ipv4: UInt32(bigEndian: $0.pointee.sin_addr.s_addr))
                }
            case AF_INET6:
                socket.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                    withUnsafeBytes(of: &pointer.pointee.sin6_addr) { Address(bytes: Array($0)) }
                }
            default: nil
            }
        }
    }

#endif
