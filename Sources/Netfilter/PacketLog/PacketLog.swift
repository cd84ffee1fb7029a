#if os(Linux)

    import Addresses
    import CNetfilter
    import Glibc

    /// What rules of this network namespace log to one group (`log group 7 prefix "..."`), read from the kernel.
    ///
    /// The kernel never waits for the reader: what finds no room is dropped and counted, here in `lost`. One reader
    /// has a group; a second one is refused.
    public struct PacketLog: ~Copyable, Sendable {
        private var socket: NetlinkSocket
        private var prefixes = PrefixTexts()
        /// The number of the next packet; a new reader's first is 0.
        private var expected: UInt32 = 0
        /// True when packets carry the number and the first tuple of their flow. Not every kernel is built so.
        public let carriesFlows: Bool
        /// Packets that were read.
        public private(set) var received: UInt64 = 0
        /// Packets that were logged and dropped before they could be read: gaps in the kernel's numbers.
        public private(set) var lost: UInt64 = 0
        /// Messages whose packet is not IP, or does not even have its whole IP header.
        public private(set) var unreadable: UInt64 = 0

        /// How the kernel is asked to log.
        public struct Options: Hashable, Sendable {
            /// The group that the rules name.
            public var group: UInt16
            /// The bytes of each packet that are read; its headers are enough.
            public var copiedBytes: UInt32 = 160
            /// Packets are handed over when there are this many ...
            public var threshold: UInt32 = 64
            /// ... or when the first has waited this long; the kernel counts in hundredths of a second.
            public var longestWait: Duration = .milliseconds(20)
            /// What the kernel keeps for a reader that is late, in bytes.
            public var buffer = 8 << 20

            /// The usual options for a group.
            public init(group: UInt16) { self.group = group }
        }

        /// Begins to read a group. From here on the kernel keeps what is logged.
        public static func open(_ options: Options) throws(NetlinkError) -> PacketLog {
            var socket = try NetlinkSocket.open(datagram: 256 << 10)
            try socket.setReceiveBuffer(bytes: options.buffer)
            let carriesFlows = try bind(&socket, options)
            return PacketLog(socket, carriesFlows: carriesFlows)
        }

        private init(_ socket: consuming NetlinkSocket, carriesFlows: Bool) {
            self.socket = socket
            self.carriesFlows = carriesFlows
        }

        /// The descriptor, for those who wait for several things at once.
        public var descriptor: Int32 { socket.descriptor }

        /// How often the kernel had no room. Each time, packets were lost.
        public var overruns: UInt64 { socket.overruns }

        /// Reads what there is, and waits for something when there is nothing.
        ///
        /// - Parameters:
        ///   - timeout: how long to wait.
        ///   - limit: how many datagrams to read before giving the caller back control; each has up to
        ///     `Options.threshold` packets.
        /// - Returns: how many packets `body` was called with.
        @discardableResult
        public mutating func read(
            timeout: Duration, limit: Int = 64, _ body: (LoggedPacket) -> Void
        ) throws(NetlinkError) -> Int {
            let before = received
            for round in 0..<limit {
                var arrival = try socket.receive()
                if case .nothing = arrival {
                    guard round == 0, try socket.wait(timeout) else { break }
                    arrival = try socket.receive()
                }
                if case .datagram(let bytes) = arrival { take(bytes, body) }
            }
            return Int(received - before)
        }

        private mutating func take(_ bytes: ByteView, _ body: (LoggedPacket) -> Void) {
            let now = nanosecondsNow()
            for message in NetlinkMessages(bytes) where message.type == Self.packetMessage {
                let parts = LogMessage(message)
                if let sequence = parts.sequence { note(sequence) }
                guard let packet = LoggedPacket(parts, now: now, prefixes: &prefixes) else {
                    unreadable += 1
                    continue
                }
                received += 1
                body(packet)
            }
        }

        /// The kernel numbers what it logs; a gap is what was dropped.
        private mutating func note(_ sequence: UInt32) {
            let gap = sequence &- expected
            // Half of all numbers ahead is behind: the numbers began anew.
            if gap < 1 << 31 { lost += UInt64(gap) }
            expected = sequence &+ 1
        }

        private static let packetMessage = UInt16(NFNL_SUBSYS_ULOG) << 8 | UInt16(NFULNL_MSG_PACKET.rawValue)
    }

    extension PacketLog {
        /// Makes this socket the reader of the group, in one message, so that no packet comes under other options.
        ///
        /// The logger of a whole protocol family (`PF_BIND`) stays as it is: rules that name a group do not need it,
        /// and other programs may.
        /// - Returns: whether the kernel sends flows along.
        private static func bind(_ socket: inout NetlinkSocket, _ options: Options) throws(NetlinkError) -> Bool {
            let numbered = UInt16(NFULNL_CFG_F_SEQ)
            do {
                try configure(&socket, options, flags: numbered | UInt16(NFULNL_CFG_F_CONNTRACK))
                return true
            } catch .refused(let refusals) where refusals.allSatisfy({ $0.errno == EOPNOTSUPP }) {
                try configure(&socket, options, flags: numbered)
                return false
            } catch let error where error.isLackOfPermission {
                throw try mayAsk(&socket, besides: options.group) ? .groupTaken(options.group) : error
            }
        }

        /// The kernel says `EPERM` when somebody else has the group, and when we may do nothing at all. About a group
        /// that nobody has it says that it does not know it, if we may ask.
        private static func mayAsk(
            _ socket: inout NetlinkSocket, besides group: UInt16
        ) throws(NetlinkError) -> Bool {
            var request = NetlinkBatch()
            request.append(
                type: configMessage, flags: NLM_F_ACK, family: UInt8(AF_UNSPEC), resource: group ^ 0x8000,
                sequence: socket.reserveSequences(), room: 0)
            let refusals = try request.withBytes { (bytes) throws(NetlinkError) in try socket.requests(bytes) }
            return !refusals.contains { $0.errno == EPERM }
        }

        private static func configure(
            _ socket: inout NetlinkSocket, _ options: Options, flags: UInt16
        ) throws(NetlinkError) {
            var request = NetlinkBatch()
            request.append(
                type: configMessage, flags: NLM_F_ACK, family: UInt8(AF_UNSPEC), resource: options.group,
                sequence: socket.reserveSequences(), room: 256
            ) { header in
                mnl_attr_put_u8(header, UInt16(NFULA_CFG_CMD.rawValue), UInt8(NFULNL_CFG_CMD_BIND.rawValue))
                var mode = nfulnl_msg_config_mode(
                    copy_range: options.copiedBytes.bigEndian, copy_mode: UInt8(NFULNL_COPY_PACKET), _pad: 0)
                mnl_attr_put(header, UInt16(NFULA_CFG_MODE.rawValue), MemoryLayout.size(ofValue: mode), &mode)
                mnl_attr_put_u32(header, UInt16(NFULA_CFG_NLBUFSIZ.rawValue), Self.datagramSize.bigEndian)
                mnl_attr_put_u32(
                    header, UInt16(NFULA_CFG_TIMEOUT.rawValue), hundredths(options.longestWait).bigEndian)
                mnl_attr_put_u32(header, UInt16(NFULA_CFG_QTHRESH.rawValue), options.threshold.bigEndian)
                mnl_attr_put_u16(header, UInt16(NFULA_CFG_FLAGS.rawValue), flags.bigEndian)
            }
            try request.withBytes { (bytes) throws(NetlinkError) in try socket.request(bytes) }
        }

        /// What the kernel gathers packets in. It counts against the buffer as a whole, however little is in it.
        private static let datagramSize: UInt32 = 32 << 10

        private static let configMessage = UInt16(NFNL_SUBSYS_ULOG) << 8 | UInt16(NFULNL_MSG_CONFIG.rawValue)

        private static func hundredths(_ duration: Duration) -> UInt32 {
            UInt32(clamping: max(1, Int64(duration / .milliseconds(10))))
        }
    }

    /// The time of the wall clock, which the kernel's own times are of too.
    func nanosecondsNow() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

#endif
