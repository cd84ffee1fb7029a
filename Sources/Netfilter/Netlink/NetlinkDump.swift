#if os(Linux)

    import CNetfilter
    import Glibc

    extension NetlinkSocket {
        /// Asks for a list and reads all of it.
        ///
        /// When what is listed changes meanwhile, and the kernel says so, the list is read again from its beginning.
        ///
        /// - Parameters:
        ///   - request: one message with `NLM_F_REQUEST` and `NLM_F_DUMP`.
        ///   - begin: called before each attempt; forget what came before.
        ///   - each: called with each message of the list. The message lives as long as the call.
        public mutating func dump(
            _ request: UnsafeRawBufferPointer, attempts: Int = 10, timeout: Duration = .seconds(10),
            begin: () -> Void = {}, each: (NetlinkMessage) -> Void
        ) throws(NetlinkError) {
            guard let question = NetlinkMessages(ByteView(request)).first(where: { _ in true }) else {
                throw .malformed("a request is not a netlink message")
            }
            for _ in 0..<attempts {
                begin()
                try discardLeftovers()
                try send(request)
                if try readList(sequence: question.sequence, timeout: timeout, each: each) { return }
            }
            throw .interrupted(attempts: attempts)
        }

        /// Reads a list to its end, also when it is of no use any more: the kernel lists one thing at a time.
        /// - Returns: false when it is not consistent.
        private mutating func readList(
            sequence: UInt32, timeout: Duration, each: (NetlinkMessage) -> Void
        ) throws(NetlinkError) -> Bool {
            var isConsistent = true
            while true {
                switch try receive() {
                case .overrun:
                    isConsistent = false
                case .nothing:
                    guard try wait(timeout) else { throw .timedOut }
                case .datagram(let bytes):
                    for message in NetlinkMessages(bytes) where message.sequence == sequence {
                        if message.flags & UInt16(NLM_F_DUMP_INTR) != 0 { isConsistent = false }
                        switch Int32(message.type) {
                        case NLMSG_DONE, NLMSG_ERROR:
                            if let refusal = NetlinkAnswer(message)?.refusal {
                                guard refusal.errno == EINTR else { throw .refused([refusal]) }
                                isConsistent = false
                            }
                            return isConsistent
                        case NLMSG_NOOP, NLMSG_OVERRUN: break
                        default: if isConsistent { each(message) }
                        }
                    }
                }
            }
        }
    }

#endif
