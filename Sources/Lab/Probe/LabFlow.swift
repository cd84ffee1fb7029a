#if os(Linux)
    import Addresses
    import Foundation
    import Synchronization

    /// A connection that stays open, to see whether it is cut when policies become tighter, and lives on when they do not.
    public final class LabFlow: Sendable {
        private let descriptor: Int32
        private let isStream: Bool
        private let count = Mutex(0)

        /// Opens a connection to somebody who listens; TCP, or UDP.
        ///
        /// - Throws: `LabError` when the place is not in the lab, or nobody answers in time.
        public init(_ probe: Probe, in plan: LabPlan, timeout: Int = 1000) throws(LabError) {
            let namespace = try plan.find(probe.source).namespace
            isStream = probe.traffic.proto == .tcp
            guard isStream || probe.traffic.proto == .udp else {
                throw LabError(.usage, "\(probe.traffic.proto) has no connections that stay open here")
            }
            let isStream = isStream
            descriptor = try NetworkNamespace.onOwnThread { () throws(LabError) in
                try NetworkNamespace.enter(namespace)
                return try Self.open(probe, isStream)
            }
            let isThere = isStream ? wait(POLLIN, timeout) && receive() != nil : exchange(timeout: timeout)
            guard isThere else {
                throw LabError(.system, "nobody answers at \(probe.destination)")
            }
        }

        deinit { Socket.closeAtOnce(descriptor) }

        /// Says something, and waits until it comes back; false: it did not, or the connection has ended.
        public func exchange(timeout: Int = 1000) -> Bool {
            let number = count.withLock { number in
                number += 1
                return number
            }
            let word = "\(number)\n"
            guard send(descriptor, word, word.utf8.count, Int32(MSG_NOSIGNAL)) > 0 else { return false }
            let end = ContinuousClock.now + .milliseconds(timeout)
            var heard = ""
            while true {
                let left = Int((end - .now) / .milliseconds(1))
                guard left > 0, wait(POLLIN, left), let text = receive() else { return false }
                heard += text
                // Echoes of what was given up before may come late; datagrams are answered with a name.
                if !isStream || heard.split(separator: "\n").contains("\(number)") { return true }
            }
        }

        private static func open(_ probe: Probe, _ isStream: Bool) throws(LabError) -> Int32 {
            let descriptor = Socket.make(
                probe.destination, type: isStream ? SOCK_STREAM : SOCK_DGRAM, proto: Int32(probe.traffic.proto.rawValue)
            )
            guard descriptor >= 0 else {
                throw LabError(.system, "cannot make a socket: \(SystemText.describe(errno))")
            }
            var result: Int32 = 0
            if let address = probe.sourceAddress {
                result = SocketAddress(address, port: 0).with { bind(descriptor, $0, $1) }
            }
            if result == 0 {
                let address = SocketAddress(probe.destination, port: probe.traffic.port)
                result = address.with { connect(descriptor, $0, $1) }
            }
            guard result == 0 || errno == EINPROGRESS else {
                defer { close(descriptor) }
                throw LabError(.system, "cannot connect to \(probe.destination): \(SystemText.describe(errno))")
            }
            return descriptor
        }

        private func wait(_ event: Int32, _ timeout: Int) -> Bool {
            var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
            return poll(&entry, 1, Int32(timeout)) == 1
        }

        /// nil: the connection has ended.
        private func receive() -> String? {
            var buffer = [UInt8](repeating: 0, count: 512)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
        }
    }
#endif
