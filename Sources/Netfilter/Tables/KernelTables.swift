#if os(Linux)

    import CNetfilter
    import Glibc
    import PacketFilter

    /// Our tables in the kernel: changes in, what is there out. Nobody else's is ever looked at or touched.
    public struct KernelTables: ~Copyable {
        private var socket: NetlinkSocket

        /// The descriptor of the connection: tests put faults into it.
        var descriptor: Int32 { socket.descriptor }

        /// Tests let the kernel take less at once.
        mutating func limitBatches(bytes: Int) { socket.limits.batch = bytes }

        /// A connection to the packet filter of this network namespace.
        public init() throws(NetlinkError) { socket = try .open() }

        /// Does all changes in one transaction: packets see what was, or what shall be. What nobody is led to any more goes
        /// afterwards, in a second one.
        ///
        /// - Throws: `FilterError`; nothing was done then, but for `answersLost` and `timedOut`, after which nobody
        ///   knows.
        public mutating func apply(_ changes: [RulesetChange]) throws(FilterError) {
            try transact(changes.map { ($0.family, $0.steps) })
            try transact(changes.map { ($0.family, $0.cleanUp) })
        }

        private mutating func transact(_ steps: [(Family, [RulesetChange.Step])]) throws(FilterError) {
            guard steps.contains(where: { !$0.1.isEmpty }) else { return }
            let first = socket.reserveSequences(TableWriter.messageCount(steps))
            let writer = TableWriter(steps, first: first)
            do throws(NetlinkError) {
                try writer.batch.withBytes { (bytes) throws(NetlinkError) in try socket.transact(bytes) }
            } catch {
                throw FilterError(error, subjects: writer.subjects, first: first)
            }
        }

        /// The table of a family as it is; nil: there is none.
        public mutating func read(_ family: Family) throws(NetlinkError) -> InstalledTable? {
            guard try hasTable(family) else { return nil }
            var reader = TableReader(family)
            try list(NFT_MSG_GETSET, family) {
                reader = TableReader(family)
            } each: {
                reader.take(set: $0)
            }
            let sets = reader
            try list(NFT_MSG_GETCHAIN, family) {
                reader = sets
            } each: {
                reader.take(chain: $0)
            }
            let chains = reader
            try list(NFT_MSG_GETRULE, family) {
                reader = chains
            } each: {
                reader.take(rule: $0)
            }
            let rules = reader
            try list(NFT_MSG_GETOBJ, family) {
                reader = rules
            } each: {
                reader.take(counter: $0)
            }
            for name in reader.filledSets {
                let before = reader
                try list(NFT_MSG_GETSETELEM, family, set: name) {
                    reader = before
                } each: {
                    reader.take(elementsOf: name, $0)
                }
            }
            return reader.complete
        }

        /// What counters of the family stand at, by name.
        public mutating func counters(_ family: Family) throws(NetlinkError) -> [String: UInt64] {
            var found: [String: UInt64] = [:]
            try list(NFT_MSG_GETOBJ, family) {
                found = [:]
            } each: { message in
                if let counter = TableReader.counter(message) { found[counter.name] = counter.packets }
            }
            return found
        }

        /// A number that grows with every change that anybody makes to any table.
        public mutating func generation() throws(NetlinkError) -> UInt32 {
            var batch = NetlinkBatch()
            let sequence = socket.reserveSequences()
            batch.append(
                type: Self.type(NFT_MSG_GETGEN), flags: NLM_F_ACK, family: UInt8(AF_UNSPEC), sequence: sequence, room: 0
            )
            var generation: UInt32?
            try batch.withBytes { (bytes) throws(NetlinkError) in
                try socket.request(bytes) { message in
                    for attribute in message.attributes where attribute.type == Int(NFTA_GEN_ID.rawValue) {
                        generation = attribute.value.network(UInt32.self)
                    }
                }
            }
            guard let generation else { throw .malformed("the kernel did not say which generation its rules are") }
            return generation
        }

        /// True when we have a table for the family.
        public mutating func hasTable(_ family: Family) throws(NetlinkError) -> Bool {
            var isThere = false
            try list(NFT_MSG_GETTABLE, family) {
                isThere = false
            } each: { message in
                guard let object = nftnl_table_alloc() else { return }
                defer { nftnl_table_free(object) }
                guard nftnl_table_nlmsg_parse(message, object) == 0,
                    let name = nftnl_table_get_str(object, UInt16(NFTNL_TABLE_NAME.rawValue))
                else { return }
                if String(cString: name) == Ruleset.tableName { isThere = true }
            }
            return isThere
        }

        private static func type(_ message: nf_tables_msg_types) -> UInt16 {
            UInt16(NFNL_SUBSYS_NFTABLES) << 8 | UInt16(message.rawValue)
        }

        /// Lists what is in our table.
        private mutating func list(
            _ message: nf_tables_msg_types, _ family: Family, set: String? = nil, begin: () -> Void,
            each: (UnsafePointer<nlmsghdr>) -> Void
        ) throws(NetlinkError) {
            var batch = NetlinkBatch()
            let sequence = socket.reserveSequences()
            batch.append(type: Self.type(message), flags: NLM_F_DUMP, family: family.number, sequence: sequence) {
                header in
                switch message {
                case NFT_MSG_GETTABLE: break
                case NFT_MSG_GETRULE:
                    mnl_attr_put_strz(header, UInt16(NFTA_RULE_TABLE.rawValue), Ruleset.tableName)
                case NFT_MSG_GETOBJ:
                    mnl_attr_put_strz(header, UInt16(NFTA_OBJ_TABLE.rawValue), Ruleset.tableName)
                case NFT_MSG_GETSETELEM:
                    mnl_attr_put_strz(header, UInt16(NFTA_SET_ELEM_LIST_TABLE.rawValue), Ruleset.tableName)
                    if let set { mnl_attr_put_strz(header, UInt16(NFTA_SET_ELEM_LIST_SET.rawValue), set) }
                case NFT_MSG_GETSET: mnl_attr_put_strz(header, UInt16(NFTA_SET_TABLE.rawValue), Ruleset.tableName)
                default: break
                }
            }
            try batch.withBytes { (bytes) throws(NetlinkError) in
                try socket.dump(bytes, begin: begin) { message in
                    guard let header = message.bytes.buffer.baseAddress else { return }
                    each(header.assumingMemoryBound(to: nlmsghdr.self))
                }
            }
        }
    }

    /// Why the kernel did not take a change.
    public struct FilterError: Error, CustomStringConvertible {
        /// What went wrong.
        public let cause: NetlinkError
        /// What the messages were about that were refused.
        public let subjects: [String]

        /// An error of the connection to the kernel.
        public init(_ cause: NetlinkError) { self.init(cause, subjects: [], first: 0) }

        init(_ cause: NetlinkError, subjects: [String], first: UInt32) {
            self.cause = cause
            var found: [String] = []
            if case .refused(let refusals) = cause {
                for refusal in refusals {
                    let place = Int(refusal.sequence &- first)
                    if subjects.indices.contains(place) { found.append(subjects[place]) }
                }
            }
            self.subjects = found
        }

        /// One sentence.
        public var description: String {
            subjects.isEmpty ? "\(cause)" : "\(cause), about \(subjects.prefix(3).joined(separator: "; "))"
        }
    }

#endif
