#if os(Linux)

    import Addresses
    import Foundation
    import PacketFilter
    import Policy
    import Testing

    @testable import Agent
    @testable import Netfilter

    @Suite("What becomes of what the kernel tells")
    struct ObserverTests {
        private func web(_ port: UInt16 = 5432, from: UInt16 = 40_000) throws -> FlowTuple {
            try tuple("10.0.1.2", "10.0.2.2", from: from, to: port)
        }

        private func ended(_ flow: Flow) -> Flow {
            var flow = flow
            flow.sent = .init(packets: 5, bytes: 500)
            flow.received = .init(packets: 4, bytes: 4_000)
            (flow.start, flow.stop) = (1_795_424_400_000_000_000, 1_795_424_402_500_000_000)
            (flow.status, flow.tcpState) = ([.seenReply, .assured], .timeWait)
            return flow
        }

        @Test("a connection through a Service: opened and closed, whichever way is faster", arguments: [0, 1, 2])
        func opened(order: Int) throws {
            let test = TestObserver()
            let called = try tuple("10.0.1.2", "10.96.0.7", to: 80)
            let flow = flow(7, try web(), called: called)
            switch order {
            case 0:
                test.take(packet("allowed", try web()))
                test.began(flow)
            case 1:
                test.began(flow)
                test.take(packet("allowed", try web()))
            default:
                // A kernel that sends the flow along.
                var packet = packet("allowed", try web())
                (packet.flowID, packet.original) = (7, called)
                test.take(packet)
            }
            let opened = try #require(try test.records().first)
            let expected: [String: Any] = [
                "time": "2026-11-23T09:00:00.000000Z", "id": opened["id"] ?? "", "point": "node", "verdict": "allowed",
                "reason": "rule_matched", "revision": 42, "node": "n1",
                "source": ["address": "10.0.1.2", "port": 40_000],
                "workload": [
                    "kind": "Pod", "namespace": "shop", "name": "web-1", "pod": "web-1", "labels": ["app=web"],
                ],
                "policy": "NetworkPolicy shop/db", "rule": "spec.ingress[0]",
                "destination": [
                    "service": "shop/db", "address": "10.0.2.2", "port": 5432,
                    "workload": [
                        "kind": "Pod", "namespace": "shop", "name": "db-0", "pod": "db-0", "labels": ["app=db"],
                    ],
                ],
                "connection": [
                    "event": "opened", "transport": "tcp", "direction": "ingress",
                    "original": ["address": "10.96.0.7", "port": 80], "input_interface": "veth3",
                ],
            ]
            #expect(NSDictionary(dictionary: opened) == NSDictionary(dictionary: expected))
            test.wait(1)
            #expect(test.observer.counts.open == 1)
            test.ended(ended(flow))
            let closed = try #require(try test.records().first)
            #expect(text(closed, "id") == text(opened, "id"))
            #expect(text(closed, "time") == "2026-11-23T09:00:02.500000Z")
            #expect(text(closed, "connection.event") == "closed" && text(closed, "connection.end") == "finished")
            #expect(number(closed, "bytes.in") == 500 && number(closed, "bytes.out") == 4_000)
            #expect(number(closed, "packets.in") == 5 && number(closed, "packets.out") == 4)
            #expect(value(closed, "timing.duration") as? Double == 2.5)
            #expect(text(closed, "destination.service") == "shop/db")
            #expect(text(closed, "workload.pod") == "web-1" && text(closed, "policy") == "NetworkPolicy shop/db")
            let counts = test.observer.counts
            #expect(counts.opened == 1 && counts.closed == 1 && counts.disagreements == 0 && counts.unlogged == 0)
            test.wait(1)
            #expect(try test.records().isEmpty && test.observer.counts.open == 0)
        }

        @Test("what never finds its other half is told as it is, once")
        func halves() throws {
            let test = TestObserver()
            test.take(packet("allowed", try web(from: 1)))
            test.take(packet("allowed", try web(from: 1)))
            test.began(flow(2, try web(from: 2)))
            #expect(try test.records().isEmpty)
            test.wait(0.3)
            let records = try test.records()
            #expect(Set(records.compactMap { number($0, "source.port") }) == [1, 2])
            #expect(test.observer.counts.unlogged == 1 && test.observer.counts.allowedAgain == 1)
            // Late news of the same changes nothing, and its end is told with the same id.
            test.began(flow(1, try web(from: 1)))
            test.take(packet("allowed", try web(from: 2)))
            test.ended(flow(1, try web(from: 1)))
            let closed = try test.records()
            #expect(closed.count == 1 && text(closed[0], "connection.end") == "unanswered")
            #expect(
                text(closed[0], "id") == records.first { number($0, "source.port") == 1 }.flatMap { text($0, "id") })
        }

        @Test("a flow that begins and ends before its packet is read leaves both records")
        func short() throws {
            let test = TestObserver()
            test.began(flow(1, try web()))
            test.ended(flow(1, try web()))
            #expect(try test.records().map { text($0, "connection.event") } == ["opened", "closed"])
            test.take(packet("allowed", try web(from: 9)))
            test.ended(flow(2, try web(from: 9)))
            #expect(try test.records().map { text($0, "connection.event") } == ["opened", "closed"])
        }

        @Test("the same addresses and ports again are another connection")
        func reuse() throws {
            let test = TestObserver()
            for id in UInt32(1)...3 {
                test.take(packet("allowed", try web()))
                test.began(flow(id, try web()))
            }
            // The ends of 1 and 2 were lost; their flows have told so by beginning again.
            test.wait(1)
            test.ended(flow(3, try web()))
            #expect(test.observer.counts.forgotten == 2 && test.observer.counts.closed == 1)
            #expect(test.observer.counts.opened == 3)
            test.wait(1)
            #expect(test.observer.counts.open == 0)
        }

        @Test("ends of connections that began earlier are told; those of others are nobody's business")
        func earlier() throws {
            let test = TestObserver()
            test.ended(ended(flow(1, try web())))
            let records = try test.records()
            #expect(records.count == 1 && text(records[0], "connection.event") == "closed")
            #expect(text(records[0], "workload.pod") == "web-1" && test.observer.counts.endedUnopened == 1)
            test.began(flow(2, try tuple("192.168.7.1", "10.0.9.9")))
            test.ended(flow(2, try tuple("192.168.7.1", "10.0.9.9")))
            test.wait(1)
            #expect(try test.records().isEmpty)
        }

        @Test("masked sources are found by who they are")
        func masked() throws {
            let test = TestObserver(SmallCluster.history(SmallCluster.text.replacing("[{to:", with: "[{}, {to:")))
            let outside = try tuple("10.0.1.2", "169.254.169.254", to: 80)
            test.take(packet("allowed", outside))
            test.began(flow(1, outside, masked: Address("192.168.7.1")))
            let record = try #require(try test.records().first)
            #expect(text(record, "source.address") == "10.0.1.2" && text(record, "workload.pod") == "web-1")
            #expect(
                text(record, "destination.range") == "cloud_metadata" && value(record, "connection.original") == nil)
            #expect(text(record, "connection.direction") == "egress" && text(record, "rule") == "spec.egress[0]")
        }

        @Test("a cut connection names the rule that denies it now")
        func cut() throws {
            let test = TestObserver()
            test.take(packet("allowed", try web()))
            test.began(flow(7, try web()))
            _ = try test.records()
            let nobody = SmallCluster.objects(
                SmallCluster.text.replacing(
                    "from: [{podSelector: {matchLabels: {app: web", with: "from: [{podSelector: {matchLabels: {app: x"))
            test.history.install(GuestList(nobody), revision: 43, at: test.time)
            test.observer.willCut([7])
            test.ended(ended(flow(7, try web())))
            let record = try #require(try test.records().first)
            #expect(text(record, "connection.event") == "cut" && text(record, "connection.end") == "removed")
            #expect(text(record, "verdict") == "denied" && text(record, "reason") == "isolated")
            #expect(text(record, "policy") == "NetworkPolicy shop/db" && number(record, "revision") == 43)
            #expect(text(record, "connection.direction") == "ingress" && number(record, "bytes.in") == 500)
            #expect(test.observer.counts.cut == 1 && test.observer.counts.closed == 0)
        }

        @Test("open connections are remembered up to a number, the newest")
        func forgotten() throws {
            var limits = Observer.Limits()
            limits.open = 3
            let test = TestObserver(limits: limits)
            for id in UInt16(1)...5 {
                test.take(packet("allowed", try web(from: id)))
                test.began(flow(UInt32(id), try web(from: id)))
            }
            #expect(test.observer.counts.forgotten == 2 && test.observer.counts.opened == 5)
            for id in UInt16(1)...5 { test.ended(flow(UInt32(id), try web(from: id))) }
            #expect(test.observer.counts.closed == 5 && test.observer.counts.endedUnopened == 2)
        }

        @Test("when ends were lost, what is not there any more is forgotten, and counted")
        func lostEnds() throws {
            let test = TestObserver()
            for id in UInt16(1)...4 {
                test.take(packet("allowed", try web(from: id), time: test.time))
                test.began(flow(UInt32(id), try web(from: id)))
                if id == 3 { test.wait(1) }
            }
            test.observer.keepOpen([2], listedAt: test.time - 1)
            test.observer.tick(test.moment)
            // 4 began later than flows were listed.
            #expect(test.observer.counts.forgotten == 2 && test.observer.counts.open == 2)
            _ = try test.records()
            for id in UInt16(1)...4 { test.ended(flow(UInt32(id), try web(from: id))) }
            #expect(test.observer.counts.closed == 4 && test.observer.counts.endedUnopened == 2)
        }

        @Test("prefixes and counters are those of the rules")
        func names() throws {
            let ruleset = try #require(
                NodeFilter(SmallCluster.list, FilteredNode("n1", interfaces: ["veth"], logGroup: 7)).ruleset(.ip))
            var prefixes: Set<String> = []
            for rule in ruleset.chains.flatMap(\.rules) {
                for case .log(let prefix, _) in rule.statements { prefixes.insert(prefix) }
            }
            #expect(prefixes == Set(LoggedVerdict.allCases.map(\.rawValue)))
            #expect(Set(ruleset.counters) == [UnloggedCounter.repeats, UnloggedCounter.unseen, UnloggedCounter.strays])
        }

        @Test("packets of other rules are counted and not told")
        func foreign() throws {
            let test = TestObserver()
            test.take(packet("somebody: ", try web()))
            #expect(test.observer.counts.foreign == 1 && test.observer.counts.packets == 1)
            test.wait(1)
            #expect(try test.records().isEmpty)
        }
    }

#endif
