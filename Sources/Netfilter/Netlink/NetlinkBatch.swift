#if os(Linux)

    import CNetfilter
    import Glibc

    /// Messages one behind the other, in the memory from which they are sent.
    public struct NetlinkBatch: ~Copyable {
        private var memory: UnsafeMutableRawBufferPointer
        /// How many bytes are written.
        public private(set) var count = 0

        /// An empty batch.
        public init() {
            memory = .allocate(byteCount: 4096, alignment: 16)
        }

        deinit { memory.deallocate() }

        /// Room that is enough for any message: an attribute is at most 64 KiB long.
        public static let roomForAnyMessage = 128 << 10

        /// Adds a message to netfilter.
        ///
        /// - Parameters:
        ///   - type: the subsystem and its operation.
        ///   - flags: `NLM_F_` flags besides `NLM_F_REQUEST`.
        ///   - family: `AF_INET`, `NFPROTO_INET` and so on.
        ///   - resource: what the subsystem wants to have there.
        ///   - sequence: the number that answers will carry.
        ///   - room: an upper bound for the length of all that `body` adds.
        ///   - body: adds attributes, by `mnl_attr_put` or libnftnl, to the message at this place.
        public mutating func append(
            type: UInt16, flags: Int32 = 0, family: UInt8, resource: UInt16 = 0, sequence: UInt32,
            room: Int = roomForAnyMessage, _ body: (UnsafeMutablePointer<nlmsghdr>) -> Void = { _ in }
        ) {
            reserve(room + NetlinkMessage.headerSize + NetlinkMessage.netfilterHeaderSize)
            guard let place = memory.baseAddress.map({ $0 + count }), let header = mnl_nlmsg_put_header(place) else {
                return
            }
            header.pointee.nlmsg_type = type
            header.pointee.nlmsg_flags = UInt16(truncatingIfNeeded: NLM_F_REQUEST | flags)
            header.pointee.nlmsg_seq = sequence
            if let extra = mnl_nlmsg_put_extra_header(header, NetlinkMessage.netfilterHeaderSize) {
                extra.storeBytes(
                    of: nfgenmsg(nfgen_family: family, version: UInt8(NFNETLINK_V0), res_id: resource.bigEndian),
                    as: nfgenmsg.self)
            }
            body(header)
            count += netlinkAligned(Int(header.pointee.nlmsg_len))
            precondition(count <= memory.count, "a message is longer than the room that was asked for")
        }

        /// Begins a transaction of nftables.
        ///
        /// - Parameter generation: when given, the kernel refuses the whole transaction (`ERESTART`) if somebody
        ///   else changed the ruleset after this generation.
        public mutating func begin(sequence: UInt32, generation: UInt32? = nil) {
            append(
                type: BatchOutline.begin, family: UInt8(AF_UNSPEC), resource: UInt16(NFNL_SUBSYS_NFTABLES),
                sequence: sequence, room: 16
            ) { header in
                if let generation { mnl_attr_put_u32(header, UInt16(NFNL_BATCH_GENID.rawValue), generation.bigEndian) }
            }
        }

        /// Ends a transaction of nftables.
        public mutating func end(sequence: UInt32) {
            append(
                type: BatchOutline.end, family: UInt8(AF_UNSPEC), resource: UInt16(NFNL_SUBSYS_NFTABLES),
                sequence: sequence, room: 0)
        }

        /// Forgets the messages and keeps the memory.
        public mutating func removeAll() { count = 0 }

        /// Calls `body` with the bytes of all messages.
        public borrowing func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
            try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[..<count]))
        }

        private mutating func reserve(_ bytes: Int) {
            guard memory.count - count < bytes else { return }
            let larger = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(memory.count * 2, count + bytes), alignment: 16)
            larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[..<count]))
            memory.deallocate()
            memory = larger
        }
    }

#endif
