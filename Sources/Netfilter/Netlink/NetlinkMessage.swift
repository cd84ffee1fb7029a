#if os(Linux)

    import CNetfilter
    import Glibc

    /// A message as it came, in place; it lives as long as the call that got it.
    public struct NetlinkMessage {
        /// What it is: for netfilter, the subsystem and its operation.
        public let type: UInt16
        /// `NLM_F_` flags.
        public let flags: UInt16
        /// The number of the request that it answers.
        public let sequence: UInt32
        /// All of it with its header, as libnftnl wants it.
        public let bytes: ByteView

        /// What follows the header.
        var payload: ByteView {
            bytes.rest(from: Self.headerSize) ?? ByteView(UnsafeRawBufferPointer(start: nil, count: 0))
        }

        /// The family of a netfilter message (`AF_INET`, `NFPROTO_INET`); nil when it is too short for one.
        public var family: UInt8? { payload.native(UInt8.self) }

        /// The attributes of a netfilter message, behind its family, version and resource.
        var attributes: NetlinkAttributes {
            NetlinkAttributes(payload.rest(from: Self.netfilterHeaderSize) ?? payload)
        }

        static let headerSize = MemoryLayout<nlmsghdr>.size
        static let netfilterHeaderSize = MemoryLayout<nfgenmsg>.size
    }

    /// The messages of one datagram, in order; the first one that does not fit ends them.
    struct NetlinkMessages: Sequence, IteratorProtocol {
        private var left: ByteView?

        init(_ bytes: ByteView) { left = bytes }

        mutating func next() -> NetlinkMessage? {
            guard let bytes = left, let length = bytes.native(UInt32.self), Int(length) >= NetlinkMessage.headerSize,
                let message = bytes.part(from: 0, count: Int(length)),
                let type = bytes.native(UInt16.self, at: 4), let flags = bytes.native(UInt16.self, at: 6),
                let sequence = bytes.native(UInt32.self, at: 8)
            else { return nil }
            left = bytes.rest(from: netlinkAligned(Int(length)))
            return NetlinkMessage(type: type, flags: flags, sequence: sequence, bytes: message)
        }
    }

    /// What the kernel says about one message of ours: done, or why not.
    struct NetlinkAnswer {
        /// Nil when it was done.
        let refusal: NetlinkRefusal?
        /// The answer in a message of type `NLMSG_ERROR`, or the end of a dump; nil when it is too short.
        init?(_ message: NetlinkMessage) {
            guard let code = message.payload.native(Int32.self) else { return nil }
            guard code < 0 else {
                refusal = nil
                return
            }
            let (text, offset) = Self.explanation(of: message)
            refusal = NetlinkRefusal(
                sequence: message.sequence, errno: code == .min ? EINVAL : -code, text: text, offset: offset)
        }

        /// What the kernel adds in words (`NETLINK_EXT_ACK`), and the place in our message that it means.
        private static func explanation(of message: NetlinkMessage) -> (text: String?, offset: UInt32?) {
            guard message.flags & UInt16(NLM_F_ACK_TLVS) != 0, let start = explanationStart(of: message),
                let bytes = message.payload.rest(from: start)
            else { return (nil, nil) }
            var text: String?
            var offset: UInt32?
            for attribute in NetlinkAttributes(bytes) {
                switch attribute.type {
                case Int(NLMSGERR_ATTR_MSG.rawValue): text = attribute.value.text
                case Int(NLMSGERR_ATTR_OFFS.rawValue): offset = attribute.value.native(UInt32.self)
                default: break
                }
            }
            return (text, offset)
        }

        /// Where the words begin: behind the code at the end of a dump; behind the header of our message when the
        /// kernel repeats no more than that, else behind all of our message.
        private static func explanationStart(of message: NetlinkMessage) -> Int? {
            let code = MemoryLayout<Int32>.size
            if message.type == UInt16(NLMSG_DONE) { return code }
            if message.flags & UInt16(NLM_F_CAPPED) != 0 { return code + NetlinkMessage.headerSize }
            guard let length = message.payload.native(UInt32.self, at: code) else { return nil }
            return code + netlinkAligned(Int(length))
        }
    }

#endif
