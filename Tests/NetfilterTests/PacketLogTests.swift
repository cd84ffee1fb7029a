#if os(Linux)

    import Addresses
    import Glibc
    import KernelWorlds
    import Testing

    @testable import Netfilter

    /// The log against the kernel of this machine: rules by `nft`, packets by sockets.
    @Suite(.enabled(if: mayMakeNamespaces, "needs root, for network namespaces"), .serialized)
    struct PacketLogTests {
        @Test func aDeniedDatagramComesWithRuleHookAndTuple() throws {
            try inNamespace {
                try rules(output: #"udp dport 4000 meta mark set 9 log prefix "deny: rule 3" group 7 drop"#)
                var log = try PacketLog.open(.init(group: 7))
                let socket = try TestSocket(.udp, "127.0.0.1", port: 5000)
                socket.trySend([1, 2, 3], to: "127.0.0.1", port: 4000)
                let packet = try #require(try log.packets(1).first)
                #expect(packet.prefix == "deny: rule 3")
                #expect(packet.hook == .output)
                #expect(packet.tuple.description == "UDP 127.0.0.1:5000 -> 127.0.0.1:4000")
                #expect(packet.tuple.traffic == Traffic(.udp, port: 4000))
                #expect(packet.tuple.version == .ipv4)
                #expect(packet.length == 31)
                #expect(packet.mark == 9)
                #expect(packet.outputInterface == 1)
                #expect(packet.inputInterface == 0)
                #expect(packet.time > 1_600_000_000_000_000_000)
                #expect(packet.tcpFlags == [])
                #expect(!packet.isFragment)
            }
        }

        @Test func aConnectionOfIPv6IsSeenAtItsFirstPacket() throws {
            try inNamespace {
                try rules(input: #"tcp dport 80 log prefix "new" group 7 drop"#)
                var log = try PacketLog.open(.init(group: 7))
                let socket = try TestSocket(.tcp, "::1", port: 6000)
                try socket.startConnecting(to: "::1", port: 80)
                let packet = try #require(try log.packets(1).first)
                #expect(packet.tuple.description == "TCP [::1]:6000 -> [::1]:80")
                #expect(packet.tuple.version == .ipv6)
                #expect(packet.tcpFlags == .syn)
                #expect(packet.hook == .input)
                #expect(packet.inputInterface == 1)
                #expect(packet.length > 60)
            }
        }

        @Test func pingsHaveTypeCodeAndIdentifier() throws {
            try inNamespace {
                try rules(output: "meta l4proto { icmp, ipv6-icmp } log group 7 drop")
                var log = try PacketLog.open(.init(group: 7))
                #expect(throws: WorldError.self) {
                    try TestSocket(.icmp, "127.0.0.1").ping("127.0.0.1", identifier: 0x1234)
                }
                #expect(throws: WorldError.self) { try TestSocket(.icmp, "::1").ping("::1", identifier: 0x5678) }
                let packets = try log.packets(2)
                #expect(
                    packets.map(\.tuple.transport) == [
                        .icmp(type: 8, code: 0, identifier: 0x1234), .icmp(type: 128, code: 0, identifier: 0x5678),
                    ])
                #expect(packets.map(\.prefix) == ["", ""])
            }
        }

        @Test func laterFragmentsHaveNoPorts() throws {
            try inNamespace {
                try run("ip", "link", "set", "lo", "mtu", "1500")
                // Before conntrack would put the parts together.
                try rules(
                    prerouting: #"udp dport 4000 log group 7; "# + "ip frag-off & 0x1fff != 0 log group 7", at: -450)
                var log = try PacketLog.open(.init(group: 7))
                let socket = try TestSocket(.udp, "127.0.0.1", port: 5000)
                try socket.send([UInt8](repeating: 0, count: 4000), to: "127.0.0.1", port: 4000)
                let packets = try log.packets(3)
                #expect(packets.map(\.isFragment) == [true, true, true])
                #expect(packets.map(\.tuple.transport) == [.ports(source: 5000, destination: 4000), .unseen, .unseen])
                #expect(packets.map(\.tuple.proto) == [.udp, .udp, .udp])
                #expect(packets[1].tuple.traffic == nil)
            }
        }

        @Test func whatFindsNoRoomIsCounted() throws {
            try inNamespace {
                try rules(output: "udp dport 4000 log group 7 drop")
                var options = PacketLog.Options(group: 7)
                options.buffer = 1
                options.threshold = 4
                var log = try PacketLog.open(options)
                let socket = try TestSocket(.udp, "127.0.0.1")
                var sent: UInt64 = 2000
                for _ in 0..<sent { socket.trySend([0], to: "127.0.0.1", port: 4000) }
                var seen = try log.packets(1).count
                #expect(log.overruns > 0)
                // A gap shows with a later packet that does find room.
                while sent < 2100, log.received + log.lost < sent {
                    try log.read(timeout: .milliseconds(200)) { _ in seen += 1 }
                    socket.trySend([0], to: "127.0.0.1", port: 4000)
                    sent += 1
                    try log.read(timeout: .seconds(20)) { _ in seen += 1 }
                }
                #expect(log.lost > 0)
                #expect(log.received == UInt64(seen))
                #expect(log.received + log.lost == sent)
                #expect(log.unreadable == 0)
            }
        }

        @Test func aReadGivesBackControl() throws {
            try inNamespace {
                try rules(output: "udp dport 4000 log group 7 drop")
                var options = PacketLog.Options(group: 7)
                options.threshold = 1
                var log = try PacketLog.open(options)
                let socket = try TestSocket(.udp, "127.0.0.1")
                for _ in 0..<10 { socket.trySend([0], to: "127.0.0.1", port: 4000) }
                #expect(try log.read(timeout: .zero, limit: 3, { _ in }) == 3)
                #expect(try log.read(timeout: .zero, limit: 30, { _ in }) == 7)
                #expect(try log.read(timeout: .zero, { _ in }) == 0)
            }
        }

        @Test func aGroupHasOneReader() throws {
            try inNamespace {
                do {
                    let first = try PacketLog.open(.init(group: 7))
                    #expect(throws: NetlinkError.groupTaken(7)) { _ = try PacketLog.open(.init(group: 7)) }
                    _ = try PacketLog.open(.init(group: 8))
                    #expect(first.descriptor >= 0)
                }
                _ = try PacketLog.open(.init(group: 7))
            }
        }

        @Test func extensionsAndFragmentsOfIPv6AsTheKernelWritesThem() throws {
            try inNamespace {
                try run("ip", "link", "set", "lo", "mtu", "1500")
                try rules(prerouting: "ip6 nexthdr != ipv6-icmp log group 7", at: -450)
                var log = try PacketLog.open(.init(group: 7))
                let socket = try TestSocket(.udp, "::1", port: 5000)
                // Eight bytes of destination options: padding, and the number of the next header to be filled in.
                try socket.setOption(IPPROTO_IPV6, IPV6_DSTOPTS, [0, 0, 1, 4, 0, 0, 0, 0])
                try socket.send([1], to: "::1", port: 4000)
                let short = try #require(try log.packets(1).first)
                #expect(short.tuple.description == "UDP [::1]:5000 -> [::1]:4000")
                #expect(short.length == 40 + 8 + 8 + 1)
                #expect(!short.isFragment)
                try socket.send([UInt8](repeating: 0, count: 4000), to: "::1", port: 4000)
                let parts = try log.packets(3)
                #expect(parts.map(\.isFragment) == [true, true, true])
                #expect(parts.map(\.tuple.proto) == [.udp, .udp, .udp])
                #expect(parts.map(\.tuple.transport) == [.ports(source: 5000, destination: 4000), .unseen, .unseen])
            }
        }
    }

    /// Rules of a table of their own, each at one hook.
    func rules(
        prerouting: String? = nil, input: String? = nil, output: String? = nil, at priority: Int = 0
    ) throws {
        let chains = [("prerouting", prerouting), ("input", input), ("output", output)].compactMap { hook, rule in
            rule.map { "chain \(hook) { type filter hook \(hook) priority \(priority); \($0)\n}" }
        }
        try run("nft", "-f", "-", input: "table inet test {\n\(chains.joined(separator: "\n"))\n}\n")
    }

    extension PacketLog {
        /// The next packets; fewer when no more come.
        mutating func packets(_ count: Int) throws -> [LoggedPacket] {
            var found: [LoggedPacket] = []
            while found.count < count, try read(timeout: .seconds(20), limit: 1, { found.append($0) }) > 0 {}
            return found
        }
    }

#endif
