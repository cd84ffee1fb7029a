#if os(Linux)

    import Foundation
    import Glibc
    import KernelWorlds
    import Kubernetes
    import Testing

    @testable import Agent
    @testable import Lab

    /// Datagrams that are longer than a packet: only their first part says to which port they go.
    @Suite("Fragments are judged as what they are parts of", .serialized, .enabled(if: mayMakeNamespaces, "needs root"))
    struct FragmentTests {
        private static let ports = ", ports: [{protocol: UDP, port: \(TrialLab.port)}]"

        @Test("what a rule about a port allows arrives whole, and nothing else does")
        func datagrams() throws {
            let world = try TrialLab()
            try Self.enforce(world, TrialLab.onlyFrom("friend", ports: Self.ports))
            let ears = try world.inside(TrialLab.server) {
                try [TrialLab.port, TrialLab.port + 1].map {
                    try TestSocket(.udp, TrialLab.server.address, port: $0).patient(milliseconds: 2_000)
                }
            }
            for (guest, word) in [(TrialLab.stranger, UInt8(1)), (TrialLab.neighbour, 2), (TrialLab.friend, 3)] {
                let caller = try world.inside(guest) { try TestSocket(.udp, guest.address) }
                for port in [TrialLab.port + 1, TrialLab.port] {
                    caller.trySend([UInt8](repeating: word, count: 4_000), to: TrialLab.server.address, port: port)
                }
            }
            // The last of all is allowed: what came before it would have been heard before it.
            #expect(ears[0].hear() == [UInt8](repeating: 3, count: 4_000))
            #expect(!ears[1].hasNews(milliseconds: 200))
        }

        @Test("a part whose beginning nobody has seen does not arrive")
        func withoutBeginning() throws {
            let world = try TrialLab()
            try Self.enforce(world, TrialLab.onlyFrom("friend", ports: Self.ports))
            let ear = try world.inside(TrialLab.server) {
                try TestSocket(.udp, TrialLab.server.address, port: TrialLab.port).patient(milliseconds: 5_000)
            }
            let before = try Self.received(world)
            try world.inside(TrialLab.friend) {
                let raw = socket(AF_INET, Int32(SOCK_RAW.rawValue), Int32(IPPROTO_RAW))
                defer { close(raw) }
                for part in 1...10 { try Self.send(Self.part(at: UInt16(part * 8)), by: raw) }
            }
            let caller = try world.inside(TrialLab.friend) { try TestSocket(.udp, TrialLab.friend.address) }
            try caller.send([7], to: TrialLab.server.address, port: TrialLab.port)
            #expect(ear.hear() == [7])
            #expect(try Self.received(world) - before < 10)
        }

        private static func enforce(_ world: TrialLab, _ policy: String) throws {
            try world.onNode {
                var enforcer = try Enforcer(TrialLab.settings)
                _ = try enforcer.enforce(TrialLab.snapshot(policy))
            }
        }

        /// Packets of IPv4 that have come to the server so far.
        private static func received(_ world: TrialLab) throws -> Int {
            try world.inside(TrialLab.server) {
                let text = try String(contentsOfFile: "/proc/thread-self/net/snmp", encoding: .utf8)
                let rows = text.split(separator: "\n").filter { $0.hasPrefix("Ip: ") }.map { $0.split(separator: " ") }
                guard let column = rows[0].firstIndex(of: "InReceives"), let count = Int(rows[1][column]) else {
                    throw WorldError("no count of packets in \(text)")
                }
                return count
            }
        }

        /// Sixteen bytes of a datagram from `friend` to `server`, at an offset (in units of eight bytes), with no
        /// beginning and no end.
        private static func part(at offset: UInt16) -> [UInt8] {
            let more: UInt16 = 0x2000
            let place = more | offset / 8
            var packet: [UInt8] = [
                0x45, 0, 0, 36, 0x12, 0x34, UInt8(place >> 8), UInt8(place & 0xff), 64, UInt8(IPPROTO_UDP), 0, 0,
            ]
            for address in [TrialLab.friend.address, TrialLab.server.address] {
                packet += address.split(separator: ".").compactMap { UInt8($0) }
            }
            return packet + [UInt8](repeating: 9, count: 16)
        }

        private static func send(_ packet: [UInt8], by raw: Int32) throws {
            var place = sockaddr_in()
            place.sin_family = sa_family_t(AF_INET)
            inet_pton(AF_INET, TrialLab.server.address, &place.sin_addr)
            let sent = withUnsafeBytes(of: &place) { bytes in
                sendto(
                    raw, packet, packet.count, 0, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                    socklen_t(bytes.count))
            }
            guard sent == packet.count else { throw WorldError("a part was not sent: \(errno)") }
        }
    }

#endif
