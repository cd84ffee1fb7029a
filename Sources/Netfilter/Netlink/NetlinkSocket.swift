#if os(Linux)

    import CNetfilter
    import Glibc

    /// A netlink socket to the packet filter of the network namespace that the opening thread is in.
    ///
    /// It is moved, not copied: one owner at a time sends and reads. Share it, where that is needed, in a `Mutex`.
    public struct NetlinkSocket: ~Copyable, @unchecked Sendable {
        /// The socket of libmnl.
        private let socket: OpaquePointer
        /// The descriptor, for those who wait for several things at once.
        public let descriptor: Int32
        /// The port that the kernel gave it: messages that follow from what it did carry it.
        public let portID: UInt32
        /// One datagram of the kernel.
        private let memory: UnsafeMutableRawBufferPointer
        /// The number of the next message.
        private var sequence: UInt32
        /// How often the kernel had something for this socket and no room for it.
        public private(set) var overruns: UInt64 = 0
        /// How much memory of the kernel batches and their answers may take.
        public var limits = Limits()

        /// How much memory of the kernel batches and their answers may take. It is asked for when it is needed.
        public struct Limits: Hashable, Sendable {
            /// The longest batch, in bytes.
            public var batch = 512 << 20
            /// The room for answers, in bytes.
            public var answers = 256 << 20

            /// The usual limits.
            public init() {}
        }

        /// Opens a socket.
        ///
        /// - Parameters:
        ///   - groups: the numbers of the multicast groups to hear (`NFNLGRP_`); each is from 1 to 32.
        ///   - datagram: the longest datagram that can be read, in bytes.
        public static func open(groups: [Int] = [], datagram: Int = 64 << 10) throws(NetlinkError) -> NetlinkSocket {
            guard
                let socket = mnl_socket_open2(NETLINK_NETFILTER, Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue))
            else { throw .last("socket") }
            let mask = groups.reduce(UInt32(0)) { $0 | UInt32(1) << UInt32($1 - 1) }
            guard mnl_socket_bind(socket, mask, MNL_SOCKET_AUTOPID) == 0 else {
                let error = NetlinkError.last("bind")
                mnl_socket_close(socket)
                throw error
            }
            let result = NetlinkSocket(socket, datagram: datagram)
            result.askForShortAndExplainedAnswers()
            return result
        }

        private init(_ socket: OpaquePointer, datagram: Int) {
            self.socket = socket
            descriptor = mnl_socket_get_fd(socket)
            portID = mnl_socket_get_portid(socket)
            memory = .allocate(byteCount: datagram, alignment: 16)
            // Any number will do: the port is new, so no answer to somebody else's message can come.
            sequence = 1
        }

        deinit {
            mnl_socket_close(socket)
            memory.deallocate()
        }

        /// Answers repeat only the header of the message, and say in words what was wrong. Kernels that are too old
        /// for either say no; then answers are longer, or shorter.
        private borrowing func askForShortAndExplainedAnswers() {
            var on: Int32 = 1
            let size = socklen_t(MemoryLayout<Int32>.size)
            mnl_socket_setsockopt(socket, NETLINK_CAP_ACK, &on, size)
            mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &on, size)
        }

        /// Numbers for messages: `count` of them in a row, of which this is the first. None is 0.
        public mutating func reserveSequences(_ count: Int = 1) -> UInt32 {
            if sequence > UInt32.max - UInt32(count) { sequence = 1 }
            defer { sequence += UInt32(count) }
            return sequence
        }

        // MARK: - Buffers

        /// Lets the kernel keep that many bytes for this socket; more than `net.core.rmem_max` when we may.
        /// - Returns: how many it keeps now. It counts its own overhead, so that about half is messages.
        @discardableResult
        public borrowing func setReceiveBuffer(bytes: Int) throws(NetlinkError) -> Int {
            try setBuffer(bytes, forced: SO_RCVBUFFORCE, plain: SO_RCVBUF)
        }

        /// Lets a batch be that many bytes long; more than `net.core.wmem_max` when we may.
        /// - Returns: how long a batch may be now.
        @discardableResult
        public borrowing func setSendBuffer(bytes: Int) throws(NetlinkError) -> Int {
            try setBuffer(bytes, forced: SO_SNDBUFFORCE, plain: SO_SNDBUF)
            return try sendLimit
        }

        /// What the kernel keeps for this socket now.
        var receiveBuffer: Int {
            borrowing get throws(NetlinkError) { try option(SO_RCVBUF) }
        }

        /// The longest batch that the kernel takes now; it keeps 32 bytes back.
        var sendLimit: Int {
            borrowing get throws(NetlinkError) { try option(SO_SNDBUF) - 32 }
        }

        @discardableResult
        private borrowing func setBuffer(_ bytes: Int, forced: Int32, plain: Int32) throws(NetlinkError) -> Int {
            // The kernel doubles what it is told.
            var size = Int32(clamping: min(max(bytes, 1), Int(Int32.max) / 2))
            let length = socklen_t(MemoryLayout<Int32>.size)
            if setsockopt(descriptor, SOL_SOCKET, forced, &size, length) != 0,
                setsockopt(descriptor, SOL_SOCKET, plain, &size, length) != 0
            {
                throw .last("setsockopt")
            }
            return try option(plain)
        }

        private borrowing func option(_ name: Int32) throws(NetlinkError) -> Int {
            var value: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            guard getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 else { throw .last("getsockopt") }
            return Int(value)
        }

        // MARK: - Sending

        /// Sends bytes in one datagram. The kernel has handled them when this returns.
        borrowing func send(_ bytes: UnsafeRawBufferPointer) throws(NetlinkError) {
            var kernel = sockaddr_nl()
            kernel.nl_family = sa_family_t(AF_NETLINK)
            var part = iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
            let sent = withUnsafeMutablePointer(to: &kernel) { kernel in
                withUnsafeMutablePointer(to: &part) { part in
                    var message = msghdr()
                    message.msg_name = UnsafeMutableRawPointer(kernel)
                    message.msg_namelen = socklen_t(MemoryLayout<sockaddr_nl>.size)
                    message.msg_iov = part
                    message.msg_iovlen = 1
                    return retrying { sendmsg(descriptor, &message, 0) }
                }
            }
            if sent < 0 { throw .last("sendmsg") }
            if sent != bytes.count { throw .malformed("the kernel took \(sent) bytes of a batch of \(bytes.count)") }
        }

        // MARK: - Reading

        /// What a read found.
        enum Arrival {
            /// A datagram, in place until the next read.
            case datagram(ByteView)
            /// Something was lost before what is read next.
            case overrun
            /// Nothing is there now.
            case nothing
        }

        /// Takes the next datagram of the kernel, without waiting.
        mutating func receive() throws(NetlinkError) -> Arrival {
            while true {
                var sender = sockaddr_nl()
                var part = iovec(iov_base: memory.baseAddress, iov_len: memory.count)
                var flags: Int32 = 0
                let count = withUnsafeMutablePointer(to: &sender) { sender in
                    withUnsafeMutablePointer(to: &part) { part in
                        var message = msghdr()
                        message.msg_name = UnsafeMutableRawPointer(sender)
                        message.msg_namelen = socklen_t(MemoryLayout<sockaddr_nl>.size)
                        message.msg_iov = part
                        message.msg_iovlen = 1
                        let count = retrying { recvmsg(descriptor, &message, Int32(MSG_DONTWAIT)) }
                        flags = message.msg_flags
                        return count
                    }
                }
                if count < 0 {
                    if errno == EAGAIN { return .nothing }
                    guard errno == ENOBUFS else { throw .last("recvmsg") }
                    overruns &+= 1
                    return .overrun
                }
                // Another process may send to our port when it is root; we listen to the kernel only.
                guard sender.nl_pid == 0 else { continue }
                guard flags & Int32(MSG_TRUNC) == 0 else {
                    throw .malformed("a datagram of the kernel is longer than \(memory.count) bytes")
                }
                return .datagram(ByteView(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[..<count])))
            }
        }

        /// Waits until there is something to read.
        /// - Returns: false when nothing came in that time.
        public borrowing func wait(_ timeout: Duration) throws(NetlinkError) -> Bool {
            let end = ContinuousClock.now + timeout
            while true {
                var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                let count = poll(&entry, 1, pollMilliseconds(end - .now))
                if count > 0 { return true }
                if count == 0 { return false }
                guard errno == EINTR else { throw .last("poll") }
            }
        }
    }

    /// What `poll` is told to wait for: up to the next millisecond, so that the last wait is not a row of empty ones. Never
    /// less than nothing, which `poll` takes for ever: a thread that did not run for a while finds the time long over.
    func pollMilliseconds(_ left: Duration) -> Int32 {
        guard left > .zero else { return 0 }
        let (seconds, attoseconds) = left.components
        return Int32(min(seconds, 1_000_000) * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
    }

    /// A system call, again when a signal came in between.
    func retrying(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }

#endif
