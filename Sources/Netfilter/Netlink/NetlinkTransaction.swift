#if os(Linux)

    import CNetfilter
    import Glibc

    extension NetlinkSocket {
        /// Sends a batch that is done whole or not at all, and reads what the kernel says to it.
        ///
        /// The batch is one datagram, because the kernel commits no more than one at a time. It begins with
        /// `NFNL_MSG_BATCH_BEGIN` and ends with `NFNL_MSG_BATCH_END`. Messages need not ask for an answer
        /// (`NLM_F_ACK`): an error always comes, and the kernel has done all of its work when the send returns.
        ///
        /// It returns when the batch is done. `refused` and `tooLarge` mean that nothing was done; an error with
        /// the number of the first message is about the batch as a whole. After `answersLost` and `timedOut` nobody
        /// knows.
        public mutating func transact(
            _ batch: UnsafeRawBufferPointer, timeout: Duration = .seconds(10)
        ) throws(NetlinkError) {
            let outline = try BatchOutline(ByteView(batch))
            try makeRoom(for: batch.count, answers: outline.asking.count)
            try discardLeftovers()
            try send(batch)
            let refusals = try readAnswers(to: outline, timeout: timeout)
            guard refusals.isEmpty else { throw .refused(refusals) }
        }

        /// Sends one message with `NLM_F_ACK` set, outside of any transaction, and waits until it is done.
        ///
        /// What it asked for is given to `each`; that message lives as long as the call.
        public mutating func request(
            _ message: UnsafeRawBufferPointer, timeout: Duration = .seconds(10),
            each: (NetlinkMessage) -> Void = { _ in }
        ) throws(NetlinkError) {
            let refusals = try requests(message, timeout: timeout, each: each)
            guard refusals.isEmpty else { throw .refused(refusals) }
        }

        /// Sends messages with `NLM_F_ACK` set that do not depend on each other, and waits until each is done or
        /// refused.
        /// - Returns: those that were refused. The others are done.
        public mutating func requests(
            _ messages: UnsafeRawBufferPointer, timeout: Duration = .seconds(10),
            each: (NetlinkMessage) -> Void = { _ in }
        ) throws(NetlinkError) -> [NetlinkRefusal] {
            let outline = try BatchOutline(requests: ByteView(messages))
            try makeRoom(for: messages.count, answers: outline.asking.count)
            try discardLeftovers()
            try send(messages)
            return try readAnswers(to: outline, timeout: timeout, each: each)
        }

        /// A batch must fit into the buffer of the sender, and its answers into that of the reader.
        private borrowing func makeRoom(for bytes: Int, answers: Int) throws(NetlinkError) {
            guard bytes <= limits.batch else { throw .tooLarge(bytes: bytes, limit: limits.batch) }
            if try sendLimit < bytes {
                let limit = try setSendBuffer(bytes: bytes + 32)
                guard limit >= bytes else { throw .tooLarge(bytes: bytes, limit: limit) }
            }
            // Less than a kilobyte is counted for an answer. The kernel doubles what it is told, for such overhead.
            let needed = min(answers * 1024, limits.answers)
            if try receiveBuffer / 2 < needed { try setReceiveBuffer(bytes: needed) }
        }

        /// Takes away what came too late for an earlier request, so that a full buffer is not taken for ours, and a list
        /// that nobody read to its end is not in the way of the next one.
        mutating func discardLeftovers() throws(NetlinkError) {
            while true {
                if case .nothing = try receive() { return }
            }
        }

        private mutating func readAnswers(
            to outline: BatchOutline, timeout: Duration, each: (NetlinkMessage) -> Void = { _ in }
        ) throws(NetlinkError) -> [NetlinkRefusal] {
            var missing = outline.asking
            var refusals: [NetlinkRefusal] = []
            var lost = false
            reading: while true {
                switch try receive() {
                case .datagram(let bytes):
                    for message in NetlinkMessages(bytes) where outline.sequences.contains(message.sequence) {
                        guard message.type == UInt16(NLMSG_ERROR) else {
                            each(message)
                            continue
                        }
                        missing.remove(message.sequence)
                        if let refusal = NetlinkAnswer(message)?.refusal { refusals.append(refusal) }
                    }
                case .overrun:
                    lost = true
                case .nothing:
                    if missing.isEmpty || lost || (outline.isTransaction && !refusals.isEmpty) { break reading }
                    guard try wait(timeout) else { throw .timedOut }
                }
            }
            // Of a transaction one refusal is enough to know; of the others it is not.
            guard !lost || (outline.isTransaction && !refusals.isEmpty) else { throw .answersLost }
            return refusals
        }
    }

    /// Which messages are in a batch, and which of them ask for an answer.
    struct BatchOutline {
        /// The numbers of the messages.
        private(set) var sequences: ClosedRange<UInt32>
        /// The numbers of those that will get an answer in any case.
        private(set) var asking: Set<UInt32> = []

        /// True when one refusal is a refusal of all.
        let isTransaction: Bool

        /// Messages that do not depend on each other. One that asks for no answer would be waited for in vain, if
        /// it is done.
        init(requests: ByteView) throws(NetlinkError) {
            isTransaction = false
            var bytes = 0
            var range: ClosedRange<UInt32>?
            for message in NetlinkMessages(requests) {
                guard message.flags & UInt16(NLM_F_ACK) != 0 else {
                    throw .malformed("a request does not ask for an answer")
                }
                range = Self.extended(range, by: message.sequence)
                asking.insert(message.sequence)
                bytes += netlinkAligned(message.bytes.count)
            }
            guard let range, bytes == netlinkAligned(requests.count) else {
                throw .malformed("a request is not a netlink message")
            }
            sequences = range
        }

        /// The outline of a batch; a batch without its end would be dropped by the kernel without a word.
        init(_ batch: ByteView) throws(NetlinkError) {
            isTransaction = true
            var last: NetlinkMessage?
            var bytes = 0
            var range: ClosedRange<UInt32>?
            for message in NetlinkMessages(batch) {
                guard last != nil || message.type == Self.begin else {
                    throw .malformed("a batch does not begin with its beginning")
                }
                range = Self.extended(range, by: message.sequence)
                // Old kernels do not answer the beginning and the end.
                let isFrame = message.type == Self.begin || message.type == Self.end
                if !isFrame, message.flags & UInt16(NLM_F_ACK) != 0 { asking.insert(message.sequence) }
                bytes += netlinkAligned(message.bytes.count)
                last = message
            }
            guard let range, last?.type == Self.end, bytes == netlinkAligned(batch.count) else {
                throw .malformed("a batch does not end with its end")
            }
            sequences = range
        }

        private static func extended(_ range: ClosedRange<UInt32>?, by number: UInt32) -> ClosedRange<UInt32> {
            guard let range else { return number...number }
            return min(range.lowerBound, number)...max(range.upperBound, number)
        }

        static let begin = UInt16(NLMSG_MIN_TYPE)
        static let end = UInt16(NLMSG_MIN_TYPE) + 1
    }

#endif
