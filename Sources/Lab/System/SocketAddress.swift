#if os(Linux)
    import Addresses
    import Foundation

    /// An address and a port, as calls of the system take and give them.
    struct SocketAddress {
        private var storage = sockaddr_storage()
        private(set) var length: socklen_t

        init(_ address: Address, port: UInt16) {
            if address.isIPv4 {
                var value = sockaddr_in()
                value.sin_family = sa_family_t(AF_INET)
                value.sin_port = port.bigEndian
                withUnsafeMutableBytes(of: &value.sin_addr) { $0.copyBytes(from: address.bytes) }
                length = socklen_t(MemoryLayout<sockaddr_in>.size)
                withUnsafeMutableBytes(of: &storage) { own in withUnsafeBytes(of: value) { own.copyMemory(from: $0) } }
            } else {
                var value = sockaddr_in6()
                value.sin6_family = sa_family_t(AF_INET6)
                value.sin6_port = port.bigEndian
                withUnsafeMutableBytes(of: &value.sin6_addr) { $0.copyBytes(from: address.bytes) }
                length = socklen_t(MemoryLayout<sockaddr_in6>.size)
                withUnsafeMutableBytes(of: &storage) { own in withUnsafeBytes(of: value) { own.copyMemory(from: $0) } }
            }
        }

        /// Room for an address that a call fills in.
        init() { length = socklen_t(MemoryLayout<sockaddr_storage>.size) }

        /// Leaves the address alone: calls for raw sockets take no port.
        mutating func clearPort() {
            // Both families have the port behind the two bytes of the family.
            withUnsafeMutableBytes(of: &storage) { bytes in
                bytes[2] = 0
                bytes[3] = 0
            }
        }

        /// Gives the address to a call.
        func with<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
            withUnsafePointer(to: storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
            }
        }

        /// Lets a call fill the address in.
        mutating func fill<R>(_ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> R) -> R {
            var count = length
            let result = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &count) }
            }
            length = count
            return result
        }
    }

    /// Sockets that do not wait.
    enum Socket {
        /// A socket of the family of an address, in the namespace of this thread; -1 with `errno` set when there is none.
        static func make(_ address: Address, type: __socket_type, proto: Int32) -> Int32 {
            let family = address.isIPv4 ? AF_INET : AF_INET6
            let descriptor = socket(
                family, Int32(type.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), proto)
            if descriptor >= 0, !address.isIPv4 { set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
            return descriptor
        }

        static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
            var value = value
            _ = setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
        }

        /// Closing is a reset: no port is left waiting, and connection tracking forgets it soon.
        static func closeAtOnce(_ descriptor: Int32) {
            var value = linger(l_onoff: 1, l_linger: 0)
            _ = setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
            close(descriptor)
        }

        /// The error that a socket has waiting; 0: none.
        static func pendingError(_ descriptor: Int32) -> Int32 {
            var value: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &length) == 0 ? value : errno
        }
    }
#endif
