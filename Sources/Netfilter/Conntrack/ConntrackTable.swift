#if os(Linux)

    import Addresses
    import CNetfilter
    import Glibc

    /// The flows that the kernel follows in this network namespace.
    public struct ConntrackTable: ~Copyable, Sendable {
        private var socket: NetlinkSocket

        /// Opens the table.
        public static func open() throws(NetlinkError) -> ConntrackTable {
            let socket = try NetlinkSocket.open()
            try socket.setReceiveBuffer(bytes: 1 << 20)
            return ConntrackTable(socket)
        }

        private init(_ socket: consuming NetlinkSocket) { self.socket = socket }

        /// Reads the whole table, or the flows of one version of IP, and calls `each` with every flow.
        ///
        /// Flows that begin or end meanwhile may be among them or not; when the kernel moves the table itself, some
        /// may come twice. `begin` is called before the first flow, and again if the list has to be read anew.
        public mutating func forEach(
            _ version: IPVersion? = nil, begin: () -> Void = {}, _ each: (Flow) -> Void
        ) throws(NetlinkError) {
            var request = NetlinkBatch()
            request.append(
                type: Self.message(IPCTNL_MSG_CT_GET), flags: NLM_F_DUMP, family: version?.family ?? UInt8(AF_UNSPEC),
                sequence: socket.reserveSequences(), room: 0)
            try request.withBytes { (bytes) throws(NetlinkError) in
                try socket.dump(bytes, begin: begin) { message in
                    guard message.type == Self.message(IPCTNL_MSG_CT_NEW), let flow = Flow(message) else { return }
                    each(flow)
                }
            }
        }

        /// The flows that `isWanted` says yes to.
        public mutating func flows(
            _ version: IPVersion? = nil, where isWanted: (Flow) -> Bool = { _ in true }
        ) throws(NetlinkError) -> [Flow] {
            var found: [Flow] = []
            try forEach(version, begin: { found.removeAll() }) { flow in
                if isWanted(flow) { found.append(flow) }
            }
            return found
        }

        /// Takes a flow out of the table; its next packet is a new flow to the rules.
        ///
        /// A later flow with the same addresses and ports is left alone.
        /// - Returns: false when it was gone already.
        @discardableResult
        public mutating func delete(_ flow: Flow) throws(NetlinkError) -> Bool {
            try delete([flow]) == 1
        }

        /// Takes flows out of the table, many in one call to the kernel.
        /// - Returns: how many of them were still there.
        @discardableResult
        public mutating func delete(_ flows: [Flow]) throws(NetlinkError) -> Int {
            var deleted = 0
            var request = NetlinkBatch()
            for start in stride(from: 0, to: flows.count, by: Self.deletedAtOnce) {
                let some = flows[start..<min(start + Self.deletedAtOnce, flows.count)]
                request.removeAll()
                for flow in some { appendDeletion(of: flow, to: &request) }
                let refusals = try request.withBytes { (bytes) throws(NetlinkError) in try socket.requests(bytes) }
                let failures = refusals.filter { $0.errno != ENOENT }
                guard failures.isEmpty else { throw .refused(failures) }
                deleted += some.count - refusals.count
            }
            return deleted
        }

        private mutating func appendDeletion(of flow: Flow, to request: inout NetlinkBatch) {
            request.append(
                type: Self.message(IPCTNL_MSG_CT_DELETE), flags: NLM_F_ACK, family: flow.original.version.family,
                sequence: socket.reserveSequences(), room: 512
            ) { header in
                // Without a tuple the kernel would take it for "all flows"; this always writes one.
                let isOneZone = flow.originalZone == flow.replyZone
                flow.original.write(
                    to: header, as: CTA_TUPLE_ORIG, zone: isOneZone ? nil : flow.originalZone)
                if isOneZone { mnl_attr_put_u16(header, UInt16(CTA_ZONE.rawValue), flow.originalZone.bigEndian) }
                mnl_attr_put_u32(header, UInt16(CTA_ID.rawValue), flow.id.bigEndian)
            }
        }

        /// Few enough for the answers to fit into the buffer of the socket.
        private static let deletedAtOnce = 128

        static func message(_ operation: cntl_msg_types) -> UInt16 {
            UInt16(NFNL_SUBSYS_CTNETLINK) << 8 | UInt16(operation.rawValue)
        }
    }

    extension FlowTuple {
        /// Writes the tuple as conntrack reads it.
        func write(to header: UnsafeMutablePointer<nlmsghdr>, as type: ctattr_type, zone: UInt16?) {
            guard let tuple = mnl_attr_nest_start(header, UInt16(type.rawValue)) else { return }
            if let addresses = mnl_attr_nest_start(header, UInt16(CTA_TUPLE_IP.rawValue)) {
                writeAddresses(to: header)
                mnl_attr_nest_end(header, addresses)
            }
            if let transport = mnl_attr_nest_start(header, UInt16(CTA_TUPLE_PROTO.rawValue)) {
                mnl_attr_put_u8(header, UInt16(CTA_PROTO_NUM.rawValue), proto.rawValue)
                writeTransport(to: header)
                mnl_attr_nest_end(header, transport)
            }
            if let zone { mnl_attr_put_u16(header, UInt16(CTA_TUPLE_ZONE.rawValue), zone.bigEndian) }
            mnl_attr_nest_end(header, tuple)
        }

        private func writeAddresses(to header: UnsafeMutablePointer<nlmsghdr>) {
            switch version {
            case .ipv4:
                mnl_attr_put_u32(header, UInt16(CTA_IP_V4_SRC.rawValue), ipv4Bits(source))
                mnl_attr_put_u32(header, UInt16(CTA_IP_V4_DST.rawValue), ipv4Bits(destination))
            case .ipv6:
                var bits = source.bits.bigEndian
                mnl_attr_put(header, UInt16(CTA_IP_V6_SRC.rawValue), 16, &bits)
                bits = destination.bits.bigEndian
                mnl_attr_put(header, UInt16(CTA_IP_V6_DST.rawValue), 16, &bits)
            }
        }

        private func ipv4Bits(_ address: Address) -> UInt32 { UInt32(truncatingIfNeeded: address.bits).bigEndian }

        private func writeTransport(to header: UnsafeMutablePointer<nlmsghdr>) {
            switch transport {
            case .ports(let source, let destination):
                mnl_attr_put_u16(header, UInt16(CTA_PROTO_SRC_PORT.rawValue), source.bigEndian)
                mnl_attr_put_u16(header, UInt16(CTA_PROTO_DST_PORT.rawValue), destination.bigEndian)
            case .icmp(let type, let code, let identifier):
                let isOld = proto == .icmp
                let (typeName, codeName, idName) =
                    isOld
                    ? (CTA_PROTO_ICMP_TYPE, CTA_PROTO_ICMP_CODE, CTA_PROTO_ICMP_ID)
                    : (CTA_PROTO_ICMPV6_TYPE, CTA_PROTO_ICMPV6_CODE, CTA_PROTO_ICMPV6_ID)
                mnl_attr_put_u8(header, UInt16(typeName.rawValue), type)
                mnl_attr_put_u8(header, UInt16(codeName.rawValue), code)
                mnl_attr_put_u16(header, UInt16(idName.rawValue), identifier.bigEndian)
            case .other, .unseen: break
            }
        }
    }

#endif
