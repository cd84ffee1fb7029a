#if os(Linux)
    import Addresses
    import Foundation

    /// One probe on its way: a socket in the source's namespace.
    struct ProbeSocket {
        /// Its place among the probes.
        let index: Int
        /// The socket.
        let descriptor: Int32
        /// When nothing is waited for any more, in milliseconds.
        let deadline: Int64
        private let traffic: Traffic
        private let destination: SocketAddress
        private let isIPv4: Bool
        /// Of the source.
        private let port: UInt16
        private var isConnected = false
        /// When a datagram is sent again, which nobody else would do.
        private var resend: Int64
        private let pause: Int64

        /// What to wait for.
        var events: UInt32 {
            traffic.proto == .tcp && !isConnected ? Poller.Event.writable : Poller.Event.readable
        }

        /// A probe that has begun, or what became of it already.
        enum Start {
            case begun(ProbeSocket)
            case ended(ProbeOutcome.Answer)
        }

        /// Begins a probe, in the namespace of this thread.
        ///
        /// - Parameter port: the source's, so that no two flows of a lab are ever one to connection tracking.
        static func begin(_ index: Int, _ probe: Probe, port: UInt16, now: Int64, timeout: Int) -> Start {
            let traffic = probe.traffic
            let type: __socket_type =
                switch traffic.proto {
                case .tcp: SOCK_STREAM
                case .sctp: SOCK_RAW
                default: SOCK_DGRAM
                }
            let isEcho = traffic == Probe.echo(probe.destination.isIPv4)
            guard [.tcp, .udp, .sctp].contains(traffic.proto) || isEcho else {
                return .ended(.untried("\(traffic.proto) cannot be tried"))
            }
            let descriptor = Socket.make(probe.destination, type: type, proto: Int32(traffic.proto.rawValue))
            guard descriptor >= 0 else { return .ended(failure(errno)) }
            var started = false
            defer { if !started { close(descriptor) } }
            let any = probe.destination.isIPv4 ? Address(ipv4: 0) : Address(bits: 0)
            let isRaw = traffic.proto == .sctp
            let own = SocketAddress(probe.sourceAddress ?? any, port: isRaw ? 0 : port)
            guard own.with({ bind(descriptor, $0, $1) }) == 0 else { return .ended(failure(errno)) }
            let other = SocketAddress(probe.destination, port: isEcho || isRaw ? 0 : traffic.port)
            // A raw socket that is connected hears what was said of other probes to the same address.
            if !isRaw, other.with({ connect(descriptor, $0, $1) }) != 0, errno != EINPROGRESS {
                return .ended(failure(errno))
            }
            let flight = ProbeSocket(index, descriptor, traffic, other, probe.destination.isIPv4, port, now, timeout)
            if traffic.proto != .tcp, !flight.send() { return .ended(failure(errno)) }
            started = true
            return .begun(flight)
        }

        private init(
            _ index: Int, _ descriptor: Int32, _ traffic: Traffic, _ destination: SocketAddress, _ isIPv4: Bool,
            _ port: UInt16,
            _ now: Int64, _ timeout: Int
        ) {
            self.index = index
            self.descriptor = descriptor
            self.traffic = traffic
            self.destination = destination
            self.isIPv4 = isIPv4
            self.port = port
            deadline = now + Int64(timeout)
            pause = max(Int64(timeout) / 3, 1)
            resend = now + pause
        }

        private static func failure(_ number: Int32) -> ProbeOutcome.Answer {
            number == ECONNREFUSED ? .refused : .unreachable(SystemText.describe(number))
        }

        // MARK: On the way

        /// The name of an SCTP association: never 0, and never that of another probe that runs.
        private var tag: UInt32 { UInt32(port) << 16 | UInt32(traffic.port) }

        private func send() -> Bool {
            var message: [UInt8] = Array("?\n".utf8)
            // Echo request; the kernel puts in the identifier, and the checksum.
            if !traffic.proto.hasPorts { message = [isIPv4 ? 8 : 128, 0, 0, 0, 0, 0, 0, 1] + message }
            if traffic.proto == .sctp {
                message = SCTPMessage(.initiate, from: port, to: traffic.port, tag: 0, ownTag: tag).bytes
                return destination.with { sendto(descriptor, message, message.count, 0, $0, $1) } >= 0
            }
            return Foundation.send(descriptor, message, message.count, Int32(MSG_NOSIGNAL)) >= 0
        }

        /// Sends a datagram again when it is time.
        mutating func tick(_ now: Int64) {
            guard traffic.proto != .tcp, now >= resend else { return }
            resend = now + pause
            _ = send()
        }

        /// What something that happened to the socket means; nil: it goes on.
        mutating func happened() -> ProbeOutcome.Answer? {
            if traffic.proto == .tcp, !isConnected {
                let number = Socket.pendingError(descriptor)
                if number != 0 { return number == ETIMEDOUT ? .silent : Self.failure(number) }
                isConnected = true
                return nil
            }
            var buffer = [UInt8](repeating: 0, count: 512)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EAGAIN || errno == EINTR { return nil }
            guard count >= 0 else { return isConnected ? .connected : Self.failure(errno) }
            guard traffic.proto != .sctp else { return association(buffer[..<count]) }
            guard count > 0, traffic.proto.hasPorts else { return .connected }
            return .answered(Self.text(buffer[..<count]))
        }

        /// A raw socket hears all that comes from the address; nil: that was another's.
        private func association(_ packet: ArraySlice<UInt8>) -> ProbeOutcome.Answer? {
            guard let message = RawSCTP.message(packet, isIPv4: isIPv4), message.destination == port,
                message.tag == tag, message.kind != .initiate
            else { return nil }
            if message.kind == .abort { return .refused }
            let name = Self.text(message.cookie[...])
            // The cookie of a kernel is no text.
            let isName = !name.isEmpty && name.utf8.allSatisfy { (0x21...0x7e).contains($0) }
            return isName ? .answered(name) : .connected
        }

        private static func text(_ bytes: ArraySlice<UInt8>) -> String {
            String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        }

        /// What the end of waiting means.
        var expired: ProbeOutcome.Answer { isConnected ? .connected : .silent }

        /// Closes the socket.
        func end() {
            if traffic.proto == .tcp { Socket.closeAtOnce(descriptor) } else { close(descriptor) }
        }
    }
#endif
