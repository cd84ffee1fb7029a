#if os(Linux)

    import Glibc

    /// A socket of a test: a few calls, each of which throws when the kernel says no.
    public final class TestSocket: Sendable {
        /// The descriptor.
        public let descriptor: Int32

        /// The protocols of tests.
        public enum Kind: Sendable {
            /// Datagrams.
            case udp
            /// Connections.
            case tcp
            /// Echo requests, of the version that the address has.
            case icmp
        }

        /// A socket bound to a numeric address, and a port (0: any).
        public init(_ kind: Kind, _ address: String, port: UInt16 = 0) throws {
            let place = SocketAddress(address, port)
            let isOld = place.family == AF_INET
            switch kind {
            case .udp: descriptor = socket(place.family, Int32(SOCK_DGRAM.rawValue), 0)
            case .tcp: descriptor = socket(place.family, Int32(SOCK_STREAM.rawValue), 0)
            case .icmp:
                let proto = isOld ? IPPROTO_ICMP : IPPROTO_ICMPV6
                descriptor = socket(place.family, Int32(SOCK_RAW.rawValue), Int32(proto))
            }
            try check(descriptor, "socket")
            var one: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, 4)
            try check(place.withPointer { Glibc.bind(descriptor, $0, $1) }, "bind")
        }

        private init(accepted: Int32) { descriptor = accepted }

        deinit { close(descriptor) }

        /// Sends bytes in one piece.
        public func send(_ bytes: [UInt8], to address: String, port: UInt16 = 0) throws {
            try check(
                SocketAddress(address, port).withPointer { Int32(sendto(descriptor, bytes, bytes.count, 0, $0, $1)) },
                "sendto")
        }

        /// Sends bytes in one piece, whether the kernel takes them or not.
        /// - Returns: false when it did not, as for packets that a rule of the sender drops.
        @discardableResult
        public func trySend(_ bytes: [UInt8], to address: String, port: UInt16 = 0) -> Bool {
            SocketAddress(address, port).withPointer { sendto(descriptor, bytes, bytes.count, 0, $0, $1) } >= 0
        }

        /// Sets an option.
        public func setOption(_ level: Int, _ name: Int32, _ value: [UInt8]) throws {
            try check(setsockopt(descriptor, Int32(level), name, value, socklen_t(value.count)), "setsockopt")
        }

        /// Begins a connection and does not wait for it.
        public func startConnecting(to address: String, port: UInt16) throws {
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            let result = SocketAddress(address, port).withPointer { Glibc.connect(descriptor, $0, $1) }
            if result != 0, errno != EINPROGRESS { throw WorldError("connect: \(reason(of: errno))") }
        }

        /// Makes a connection.
        public func connect(to address: String, port: UInt16) throws {
            try check(SocketAddress(address, port).withPointer { Glibc.connect(descriptor, $0, $1) }, "connect")
        }

        /// Lets others connect.
        public func listen() throws { try check(Glibc.listen(descriptor, 16), "listen") }

        /// The next connection.
        public func accept() throws -> TestSocket {
            let accepted = Glibc.accept(descriptor, nil, nil)
            try check(accepted, "accept")
            return TestSocket(accepted: accepted)
        }

        /// The next datagram.
        @discardableResult
        public func receive() throws -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: 64 << 10)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            try check(Int32(count), "recv")
            return Array(bytes[..<count])
        }

        /// An echo request with this identifier. For IPv6 the kernel writes the checksum.
        public func ping(_ address: String, identifier: UInt16) throws {
            let type: UInt8 = SocketAddress(address, 0).family == AF_INET ? 8 : 128
            let id = [UInt8(identifier >> 8), UInt8(identifier & 0xff)]
            let words = UInt32(type) << 8 + UInt32(identifier) + 1
            let sum = ~(words & 0xffff + words >> 16)
            try send([type, 0, UInt8(sum >> 8 & 0xff), UInt8(sum & 0xff)] + id + [0, 1], to: address)
        }
    }

    private func check(_ result: Int32, _ call: String) throws {
        if result < 0 { throw WorldError("\(call): \(reason(of: errno))") }
    }

    /// A numeric address and a port, as the kernel wants them.
    private struct SocketAddress {
        private var storage = sockaddr_storage()
        let family: Int32

        init(_ address: String, _ port: UInt16) {
            family = address.contains(":") ? AF_INET6 : AF_INET
            withUnsafeMutablePointer(to: &storage) { [family] place in
                place.pointee.ss_family = sa_family_t(family)
                let raw = UnsafeMutableRawPointer(place)
                // The port is behind the family in both; the address is behind it, or behind the flow label.
                raw.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
                inet_pton(family, address, raw + (family == AF_INET ? 4 : 8))
            }
        }

        func withPointer<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
            let size = family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
            return withUnsafePointer(to: storage) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(size)) }
            }
        }
    }

#endif
