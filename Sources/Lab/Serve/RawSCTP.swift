#if os(Linux)
    import Addresses
    import Foundation

    /// SCTP without a kernel that has it: messages go through raw sockets.
    enum RawSCTP {
        static let number = Int32(IPProtocol.sctp.rawValue)

        /// A raw socket that gets and sends SCTP; -1 with `errno` set when there is none.
        static func open(_ address: Address) -> Int32 { Socket.make(address, type: SOCK_RAW, proto: number) }

        /// The message of a packet as a raw socket gives it: of IPv4 with the header before it.
        static func message(_ packet: ArraySlice<UInt8>, isIPv4: Bool) -> SCTPMessage? {
            guard isIPv4 else { return SCTPMessage(packet) }
            guard let first = packet.first else { return nil }
            return SCTPMessage(packet.dropFirst(Int(first & 15) * 4))
        }

        /// Answers every message that waits: on ports that somebody listens on with a name, else with a refusal.
        static func answer(_ descriptor: Int32, isIPv4: Bool, names: [UInt16: String]) {
            var buffer = [UInt8](repeating: 0, count: 2048)
            while true {
                var from = SocketAddress()
                let count = from.fill { recvfrom(descriptor, &buffer, buffer.count, 0, $0, $1) }
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { return }
                guard let message = message(buffer[..<count], isIPv4: isIPv4), message.kind == .initiate else {
                    continue
                }
                let reply =
                    names[message.destination].map { message.acknowledged(ownTag: message.ownTag ^ 1, name: $0) }
                    ?? message.refused
                // A raw socket of IPv6 takes no port.
                from.clearPort()
                let bytes = reply.bytes
                _ = from.with { sendto(descriptor, bytes, bytes.count, 0, $0, $1) }
            }
        }
    }
#endif
