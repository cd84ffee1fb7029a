#if os(Linux)

    import Addresses
    import Glibc
    import KernelWorlds
    import Testing

    @testable import Netfilter

    /// Conntrack against the kernel of this machine, with the `conntrack` program as the second opinion.
    @Suite(.enabled(if: mayMakeNamespaces, "needs root, for network namespaces"), .serialized)
    struct ConntrackTests {
        @Test func aFlowIsWhatTheProgramSays() throws {
            try inNamespace {
                try follow()
                try exchange("127.0.0.1", from: 5000, to: 4000)
                try exchange("::1", from: 5001, to: 4001)
                var table = try ConntrackTable.open()
                let flows = try table.flows().sorted { $0.original.source < $1.original.source }
                #expect(
                    flows.map(\.original.description) == [
                        "UDP [::1]:5001 -> [::1]:4001", "UDP 127.0.0.1:5000 -> 127.0.0.1:4000",
                    ])
                #expect(
                    flows.map(\.reply.description) == [
                        "UDP [::1]:4001 -> [::1]:5001", "UDP 127.0.0.1:4000 -> 127.0.0.1:5000",
                    ])
                for flow in flows { try expectSecondOpinion(on: flow) }
                #expect(try table.flows(.ipv4).map(\.original.version) == [.ipv4])
                #expect(try table.flows(.ipv6).map(\.original.version) == [.ipv6])
                #expect(try table.flows { $0.original.traffic == Traffic(.udp, port: 4001) }.count == 1)
            }
        }

        @Test func aTCPConnectionHasItsState() throws {
            try inNamespace {
                try follow()
                let server = try TestSocket(.tcp, "127.0.0.1", port: 80)
                try server.listen()
                let client = try TestSocket(.tcp, "127.0.0.1", port: 5000)
                try client.connect(to: "127.0.0.1", port: 80)
                let accepted = try server.accept()
                var table = try ConntrackTable.open()
                let flow = try #require(try table.flows().first)
                #expect(flow.tcpState == .established)
                #expect(flow.status.isSuperset(of: [.seenReply, .assured, .confirmed]))
                #expect(flow.timeout ?? 0 > 0)
                #expect(accepted.descriptor >= 0)
                try expectSecondOpinion(on: flow)
            }
        }

        @Test func pingsAreFlowsByTheirIdentifier() throws {
            try inNamespace {
                try follow()
                try TestSocket(.icmp, "127.0.0.1").ping("127.0.0.1", identifier: 77)
                try TestSocket(.icmp, "::1").ping("::1", identifier: 78)
                var table = try ConntrackTable.open()
                #expect(try table.flows(.ipv4).map(\.original.transport) == [.icmp(type: 8, code: 0, identifier: 77)])
                #expect(try table.flows(.ipv4).map(\.reply.transport) == [.icmp(type: 0, code: 0, identifier: 77)])
                let pings = try table.flows(.ipv6) {
                    $0.original.transport == .icmp(type: 128, code: 0, identifier: 78)
                }
                #expect(pings.count == 1)
                #expect(try table.delete(pings) == 1)
                let all = try table.flows()
                #expect(all.count == 1)
                #expect(try table.delete(all) == 1)
            }
        }

        @Test func translationShowsInTheReply() throws {
            try inNamespace {
                try follow()
                try run(
                    "nft", "-f", "-",
                    input: """
                        table ip nat {
                            chain output {
                                type nat hook output priority -100
                                ip daddr 127.0.0.9 udp dport 53 dnat to 127.0.0.1:5353
                            }
                        }

                        """)
                try run("nft", "add", "rule", "inet", "test", "output", "log", "group", "7")
                var log = try PacketLog.open(.init(group: 7))
                let server = try TestSocket(.udp, "127.0.0.1", port: 5353)
                let client = try TestSocket(.udp, "127.0.0.1", port: 5000)
                try client.send([1], to: "127.0.0.9", port: 53)
                try server.receive()
                var table = try ConntrackTable.open()
                let flow = try #require(try table.flows().first)
                #expect(flow.original.description == "UDP 127.0.0.1:5000 -> 127.0.0.9:53")
                #expect(flow.reply.description == "UDP 127.0.0.1:5353 -> 127.0.0.1:5000")
                #expect(flow.status.contains(.destinationNAT))
                #expect(!flow.status.contains(.seenReply))
                #expect(flow.seenByFilter.description == "UDP 127.0.0.1:5000 -> 127.0.0.1:5353")
                #expect(try log.packets(1).map(\.tuple) == [flow.seenByFilter])
            }
        }

        @Test func aDeletedFlowIsGoneAndItsNeighboursAreNot() throws {
            try inNamespace {
                try follow()
                try exchange("127.0.0.1", from: 5000, to: 4000)
                try exchange("127.0.0.1", from: 5001, to: 4000)
                var table = try ConntrackTable.open()
                let flow = try #require(
                    try table.flows { $0.original.transport == .ports(source: 5000, destination: 4000) }.first)
                #expect(try table.delete(flow))
                #expect(try table.delete(flow) == false)
                let left = try run("conntrack", "-L")
                #expect(!left.contains("sport=5000 dport=4000"))
                #expect(left.contains("sport=5001 dport=4000"))
            }
        }

        @Test func anotherFlowWithTheSamePortsIsNotDeleted() throws {
            try inNamespace {
                try follow()
                try exchange("127.0.0.1", from: 5000, to: 4000)
                var table = try ConntrackTable.open()
                var other = try #require(try table.flows().first)
                other.id ^= 1
                #expect(try table.delete(other) == false)
                #expect(try table.flows().count == 1)
            }
        }

        @Test func zonesAreKept() throws {
            try inNamespace {
                try run(
                    "nft", "-f", "-",
                    input: """
                        table ip zones {
                            chain prerouting {
                                type filter hook prerouting priority -300
                                udp dport 4000 ct zone set 5
                                udp dport 4001 ct original zone set 6
                            }
                            chain output {
                                type filter hook output priority -300
                                udp dport 4000 ct zone set 5
                                udp dport 4001 ct original zone set 6
                            }
                            chain count {
                                type filter hook output priority 0
                                ct state new counter
                            }
                        }
                        """)
                let client = try TestSocket(.udp, "127.0.0.1", port: 5000)
                let servers = [
                    try TestSocket(.udp, "127.0.0.1", port: 4000), try TestSocket(.udp, "127.0.0.1", port: 4001),
                ]
                try client.send([1], to: "127.0.0.1", port: 4000)
                try client.send([1], to: "127.0.0.1", port: 4001)
                #expect(servers.count == 2)
                var table = try ConntrackTable.open()
                let flows = try table.flows { $0.original.proto == .udp && $0.originalZone != 0 }
                    .sorted { $0.originalZone < $1.originalZone }
                #expect(flows.map(\.originalZone) == [5, 6])
                #expect(flows.map(\.replyZone) == [5, 0])
                #expect(try table.delete(flows) == 2)
                #expect(try table.flows { $0.originalZone != 0 } == [])
            }
        }

        @Test func manyFlowsAreDeletedAtOnce() throws {
            try inNamespace {
                try follow()
                let server = try TestSocket(.udp, "127.0.0.1", port: 4000)
                for _ in 0..<1000 { try TestSocket(.udp, "127.0.0.1").send([0], to: "127.0.0.1", port: 4000) }
                #expect(server.descriptor >= 0)
                var table = try ConntrackTable.open()
                let flows = try table.flows()
                // The kernel gives each socket a port of its choice, some of them twice.
                #expect(flows.count > 500)
                #expect(try table.delete(flows) == flows.count)
                #expect(try table.flows() == [])
                #expect(try table.delete(flows) == 0)
            }
        }

        /// Looks the flow up in the output of the program.
        private func expectSecondOpinion(on flow: Flow) throws {
            let family = flow.original.version == .ipv4 ? "ipv4" : "ipv6"
            let lines = try run("conntrack", "-L", "-f", family, "-o", "extended,id").split(separator: "\n")
            let line = try #require(lines.first { $0.hasSuffix("id=\(flow.id)") || $0.contains("id=\(flow.id) ") })
            let ends = [flow.original, flow.reply].map { tuple in
                guard case .ports(let from, let to) = tuple.transport else { return "no ports" }
                return "src=\(tuple.source) dst=\(tuple.destination) sport=\(from) dport=\(to)"
            }
            for end in ends { #expect(line.contains(end), "\(line)") }
            let counters = [flow.sent, flow.received].compactMap { $0 }
            #expect(counters.count == 2)
            for count in counters { #expect(line.contains("packets=\(count.packets) bytes=\(count.bytes)"), "\(line)") }
            #expect(line.contains("[ASSURED]") == flow.status.contains(.assured))
        }
    }

    /// Lets the kernel follow flows, which it does only when a rule asks for it, and count them.
    func follow() throws {
        for result in ConntrackSettings.turnOn() { #expect(result.isOn, "\(result)") }
        try rules(input: "ct state invalid counter", output: "ct state invalid counter")
    }

    /// One datagram, and one back.
    func exchange(_ address: String, from client: UInt16, to server: UInt16, bytes: Int = 4) throws {
        let one = try TestSocket(.udp, address, port: client)
        let other = try TestSocket(.udp, address, port: server)
        try one.send([UInt8](repeating: 0, count: bytes), to: address, port: server)
        try other.receive()
        try other.send([UInt8](repeating: 0, count: bytes), to: address, port: client)
        try one.receive()
    }

#endif
