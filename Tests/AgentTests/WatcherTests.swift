#if os(Linux)

    import Addresses
    import Foundation
    import KernelWorlds
    import Policy
    import Testing

    @testable import Agent
    @testable import Netfilter

    /// Real packets, real rules, real records.
    @Suite(.enabled(if: mayMakeNamespaces, "needs root, for network namespaces"), .serialized)
    struct WatcherTests {
        @Test("a connection that policies allow: opened, used, closed, with all that was sent")
        func allowed() throws {
            try PodWorld.run { world in
                var pair: (client: TestSocket, server: TestSocket)? = try world.connect(
                    port: 5432, sending: 1_000, answering: 3_000)
                try world.wait("opened") { $0.opened == 1 }
                pair = nil
                _ = pair
                let flow = try ended()
                try world.wait("closed") { $0.closed == 1 }
                let records = try world.records()
                try #require(records.count == 2)
                try check(opened: records[0])
                let closed = records[1]
                #expect(text(closed, "id") == text(records[0], "id"))
                #expect(text(closed, "connection.event") == "closed" && text(closed, "connection.end") == "finished")
                let sent = try #require(flow.sent)
                let received = try #require(flow.received)
                #expect(number(closed, "bytes.in") == Int(sent.bytes))
                #expect(number(closed, "packets.in") == Int(sent.packets))
                #expect(number(closed, "bytes.out") == Int(received.bytes))
                #expect(number(closed, "packets.out") == Int(received.packets))
                // Headers: 60 bytes of the packet that opens, 52 of each other.
                #expect(number(closed, "bytes.in") == 1_000 + 60 + 52 * (Int(sent.packets) - 1))
                #expect(number(closed, "bytes.out") == 3_000 + 60 + 52 * (Int(received.packets) - 1))
                #expect(try #require(value(closed, "timing.duration") as? Double) > 0)
                let counts = world.watcher.counts
                #expect(counts.disagreements == 0 && counts.lost == 0 && counts.eventOverruns == 0)
                #expect(counts.allowed == 1 && counts.packets == 1 && counts.unlogged == 0 && counts.failures == 0)
            }
        }

        /// Waits until the one connection has ended by the table, and takes it out, so that nobody waits for the kernel.
        private func ended() throws -> Flow {
            var table = try ConntrackTable.open()
            for _ in 0..<500 {
                if let flow = try table.flows(.ipv4).first(where: { $0.tcpState == .timeWait }) {
                    #expect(try table.delete(flow))
                    return flow
                }
                usleep(10_000)
            }
            throw WorldError("the connection does not end: \(try table.flows())")
        }

        private func check(opened: [String: Any]) throws {
            let expected: [String: Any] = [
                "time": opened["time"] ?? "", "id": opened["id"] ?? "", "point": "node", "verdict": "allowed",
                "reason": "rule_matched", "revision": 42, "node": "n1",
                "source": ["address": "10.0.1.2", "port": 40_000],
                "workload": [
                    "kind": "Pod", "namespace": "shop", "name": "web-1", "pod": "web-1", "labels": ["app=web"],
                ],
                "policy": "NetworkPolicy shop/db", "rule": "spec.ingress[0]",
                "destination": [
                    "address": "10.0.2.2", "port": 5432,
                    "workload": [
                        "kind": "Pod", "namespace": "shop", "name": "db-0", "pod": "db-0", "labels": ["app=db"],
                    ],
                ],
                "connection": [
                    "event": "opened", "transport": "tcp", "direction": "ingress", "input_interface": "veth1",
                    "output_interface": "veth2",
                ],
            ]
            #expect(NSDictionary(dictionary: opened) == NSDictionary(dictionary: expected))
            let time = try #require(text(opened, "time"))
            let seconds = try Date(time.prefix(19) + "Z", strategy: .iso8601)
            #expect(abs(seconds.timeIntervalSinceNow) < 600)
        }

        @Test("a connection that policies deny leaves one record, however often it is tried")
        func denied() throws {
            try PodWorld.run { world in
                try inNamespace(of: world.web.process) {
                    let socket = try TestSocket(.udp, "10.0.1.2", port: 40_001)
                    for _ in 0..<20 { try socket.send([1], to: "10.0.2.2", port: 53) }
                    let tcp = try TestSocket(.tcp, "10.0.1.2", port: 40_002)
                    try tcp.startConnecting(to: "10.0.2.2", port: 80)
                }
                try world.wait("denied, and repeats counted") {
                    $0.denials == 2 && $0.deniedEgress - $0.denials - $0.deniedAgain == 0
                        && $0.repeats + $0.deniedEgress >= 21
                }
                let records = try world.records()
                let first = records.filter {
                    number($0, "connection.repeats") == nil && text($0, "verdict") == "denied"
                }
                #expect(first.count == 2)
                let udp = try #require(first.first { text($0, "connection.transport") == "udp" })
                let expected: [String: Any] = [
                    "time": udp["time"] ?? "", "id": udp["id"] ?? "", "point": "node", "verdict": "denied",
                    "reason": "isolated", "revision": 42, "node": "n1",
                    "source": ["address": "10.0.1.2", "port": 40_001],
                    "workload": [
                        "kind": "Pod", "namespace": "shop", "name": "web-1", "pod": "web-1", "labels": ["app=web"],
                    ],
                    "policy": "NetworkPolicy shop/web",
                    "destination": [
                        "address": "10.0.2.2", "port": 53,
                        "workload": [
                            "kind": "Pod", "namespace": "shop", "name": "db-0", "pod": "db-0", "labels": ["app=db"],
                        ],
                    ],
                    "connection": [
                        "event": "denied", "transport": "udp", "direction": "egress", "input_interface": "veth1",
                        "output_interface": "veth2",
                    ],
                ]
                #expect(NSDictionary(dictionary: udp) == NSDictionary(dictionary: expected))
                // All twenty are told: one by a record, some as repeats of it, the rest as what the kernel did not show.
                let repeats = records.compactMap { record in
                    text(record, "connection.transport") == "udp" ? number(record, "connection.repeats") : nil
                }
                let hidden = records.compactMap { number($0, "hidden.repeats") }.reduce(0, +)
                #expect(1 + repeats.reduce(0, +) + hidden >= 20, "\(repeats) \(hidden)")
                #expect(world.watcher.counts.disagreements == 0)
            }
        }

        @Test("a connection that is cut says so")
        func cut() throws {
            try PodWorld.run { world in
                let pair = try world.connect(port: 5432, sending: 10, answering: 10)
                try world.wait("opened") { $0.opened == 1 }
                let text = SmallCluster.text.replacing("app: db}}}], ports", with: "app: x}}}], ports")
                world.history.install(GuestList(SmallCluster.objects(text)), revision: 43, at: wallClockNow())
                var table = try ConntrackTable.open()
                let flows = try table.flows(.ipv4)
                try #require(flows.count == 1)
                world.watcher.willCut(flows)
                #expect(try table.delete(flows) == 1)
                try world.wait("cut") { $0.cut == 1 }
                _ = pair
                let record = try #require(try world.records().last)
                #expect(AgentTests.text(record, "connection.event") == "cut")
                #expect(AgentTests.text(record, "verdict") == "denied" && number(record, "revision") == 43)
                #expect(AgentTests.text(record, "policy") == "NetworkPolicy shop/web")
            }
        }
    }

#endif
