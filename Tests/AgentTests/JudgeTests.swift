#if os(Linux)

    import Addresses
    import Policy
    import Testing

    @testable import Agent
    @testable import Netfilter

    @Suite("Which list judges, and what it says")
    struct JudgeTests {
        @Test(
            "denials name the side, the policy, and who it was",
            arguments: [
                ("denied-egress", "10.0.1.2", "10.0.9.9", "egress", "isolated", "NetworkPolicy shop/web"),
                ("denied-egress", "10.0.1.2", "8.8.8.8", "egress", "isolated", "NetworkPolicy shop/web"),
                ("denied-ingress", "10.0.9.9", "10.0.2.2", "ingress", "isolated", "NetworkPolicy shop/db"),
                ("denied-ingress", "203.0.113.9", "10.0.2.2", "ingress", "isolated", "NetworkPolicy shop/db"),
                ("denied-unknown", "10.0.1.77", "10.0.2.2", "", "unknown_pod", ""),
                ("denied-spoofed", "10.0.1.2", "10.0.2.2", "", "spoofed_source", ""),
            ])
        func denials(
            prefix: String, source: String, destination: String, direction: String, reason: String, policy: String
        ) throws {
            let test = TestObserver()
            test.take(packet(prefix, try tuple(source, destination)))
            let record = try #require(try test.records().first)
            #expect(text(record, "verdict") == "denied" && text(record, "connection.event") == "denied")
            #expect(text(record, "connection.direction") ?? "" == direction && text(record, "reason") == reason)
            #expect(text(record, "policy") ?? "" == policy && value(record, "connection.disagreement") == nil)
            let ranges = ["8.8.8.8": "public_dns", "203.0.113.9": "documentation"]
            #expect(text(record, "destination.range") == ranges[destination])
            #expect(text(record, "source.range") == (source == "10.0.1.77" ? "private" : ranges[source]))
        }

        @Test("users name ranges of the internet; what means the same everywhere keeps its name")
        func ownNames() throws {
            let names = """

                ---
                {apiVersion: v1, kind: ConfigMap, metadata: {name: ranges, namespace: ops,
                  labels: {sallyport.dev/named-ranges: ""}},
                  data: {vendor: "52.0.0.0/8, 169.254.169.254/32", eu-west: "52.16.0.0/15"}}
                """
            let test = TestObserver(SmallCluster.history(SmallCluster.text + names))
            let places = [
                "52.1.2.3": "vendor", "52.17.0.1": "eu-west", "53.0.0.1": "public", "169.254.169.254": "cloud_metadata",
                "160.79.104.10": "anthropic",
            ]
            for place in places.keys.sorted() { test.take(packet("denied-egress", try tuple("10.0.1.2", place))) }
            for record in try test.records() {
                let place = try #require(text(record, "destination.address"))
                #expect(text(record, "destination.range") == places[place], "\(place)")
            }
        }

        @Test("nodes are named, and their probes allowed; pods of other nodes are judged elsewhere")
        func nodes() throws {
            let test = TestObserver()
            for (id, ends) in [("192.168.7.1", "10.0.2.2"), ("10.0.2.2", "192.168.7.2")].enumerated() {
                let tuple = try tuple(ends.0, ends.1)
                test.take(packet("allowed", tuple))
                test.began(flow(UInt32(id), tuple))
            }
            let records = try test.records()
            #expect(text(records[0], "source.node") == "n1" && text(records[0], "reason") == "own_node")
            #expect(text(records[1], "destination.node") == "n2" && text(records[1], "reason") == "unrestricted")
            #expect(text(records[1], "connection.direction") == "egress" && text(records[1], "policy") == nil)
            #expect(test.observer.counts.disagreements == 0)
        }

        @Test(
            "what the node itself sends comes from the node, whatever its address; what a Service leads back is the pod's own"
        )
        func ownNode() throws {
            for (source, hook, reason) in [("10.88.0.1", .output, "own_node"), ("10.0.2.2", .forward, nil)]
                as [(String, LoggedPacket.Hook, String?)]
            {
                let test = TestObserver()
                let tuple = try tuple(source, "10.0.2.2")
                var packet = packet("allowed", tuple)
                packet.hook = hook
                test.take(packet)
                test.wait(1)
                let record = try #require(try test.records().first)
                #expect(text(record, "verdict") == "allowed", "\(record)")
                #expect(reason == nil || text(record, "reason") == reason)
                #expect(value(record, "connection.disagreement") == nil)
                #expect(test.observer.counts.disagreements == 0)
            }
        }

        @Test(
            "what the kernel does and the list does not say is a disagreement",
            arguments: [
                ("allowed", "10.0.1.2", "10.0.9.9"), ("allowed", "10.0.9.9", "10.0.2.2"),
                ("allowed", "10.0.9.9", "8.8.8.8"),
                ("denied-egress", "10.0.1.2", "10.0.2.2"), ("denied-ingress", "10.0.1.2", "10.0.2.2"),
                ("denied-ingress", "10.0.2.2", "10.0.9.9"), ("denied-unknown", "10.0.1.2", "10.0.2.2"),
            ])
        func disagreements(prefix: String, source: String, destination: String) throws {
            let test = TestObserver()
            let tuple = try tuple(source, destination)
            test.take(packet(prefix, tuple))
            test.wait(1)
            let record = try #require(try test.records().first)
            #expect(value(record, "connection.disagreement") as? Bool == true && text(record, "explanation") != nil)
            #expect(text(record, "verdict") == (prefix == "allowed" ? "allowed" : "denied"))
            #expect(test.observer.counts.disagreements == 1)
        }

        @Test("what staged policies would do stands beside it, where it is something else")
        func staged() throws {
            let test = TestObserver(SmallCluster.history(SmallCluster.text + "\n---\n" + SmallCluster.stagedText))
            test.take(packet("denied-ingress", try tuple("10.0.9.9", "10.0.2.2")))
            let record = try #require(try test.records().first)
            #expect(text(record, "reason") == "isolated" && text(record, "staged.verdict") == "allowed")
            #expect(text(record, "staged.policy") == "NetworkPolicy shop/strict")
            #expect(text(record, "staged.rule") == "spec.ingress[0]" && text(record, "staged.reason") == "rule_matched")
            test.take(packet("denied-ingress", try tuple("203.0.113.9", "10.0.2.2")))
            let other = try #require(try test.records().first)
            #expect(text(other, "staged.verdict") != "allowed" && text(other, "reason") == "isolated")
        }

        /// Lists under which `web` may call `db`, and may not, in turn.
        private func history() -> GuestListHistory {
            let history = SmallCluster.history(at: 1_000_000_000)
            let closed = SmallCluster.objects(
                SmallCluster.text.replacing("app: db}}}], ports", with: "app: x}}}], ports"))
            history.announce(GuestList(closed), revision: 43, at: 2_000_000_000)
            history.install(GuestList(closed), revision: 43, at: 2_500_000_000)
            return history
        }

        @Test(
            "a packet is judged by the list that was in force, and in between by the one that the kernel had",
            arguments: [
                ("allowed", 1_500_000_000, 42, false), ("denied-egress", 3_000_000_000, 43, false),
                ("allowed", 2_200_000_000, 42, false), ("denied-egress", 2_200_000_000, 43, false),
                ("allowed", 2_510_000_000, 42, false), ("denied-egress", 1_990_000_000, 43, false),
                ("allowed", 3_000_000_000, 43, true), ("denied-egress", 1_500_000_000, 42, true),
                ("allowed", 5, 42, false),
            ])
        func moments(prefix: String, time: UInt64, revision: Int, isDisagreement: Bool) throws {
            let test = TestObserver(history())
            test.take(packet(prefix, try tuple("10.0.1.2", "10.0.2.2"), time: time))
            test.wait(1)
            let record = try #require(try test.records().first)
            #expect(number(record, "revision") == revision)
            #expect((value(record, "connection.disagreement") != nil) == isDisagreement)
        }

        @Test("a list that is announced judges only what the former one cannot explain; withdrawn it is gone")
        func announced() throws {
            let history = SmallCluster.history(at: 1_000_000_000)
            let closed = GuestList(
                SmallCluster.objects(SmallCluster.text.replacing("app: db}}}], ports", with: "app: x}}}], ports")))
            history.announce(closed, revision: 43, at: 2_000_000_000)
            let tuple = try tuple("10.0.1.2", "10.0.2.2")
            let test = TestObserver(history)
            test.take(packet("denied-egress", tuple, time: 2_100_000_000))
            #expect(try test.records().map { number($0, "revision") } == [43])
            history.withdraw()
            let other = TestObserver(history)
            other.take(packet("denied-egress", tuple, time: 2_100_000_000))
            #expect(try other.records().map { number($0, "revision") } == [42])
            #expect(other.observer.counts.disagreements == 1)
        }

        @Test("lists are forgotten by number and by age, and never the one in force")
        func bounds() throws {
            let history = GuestListHistory(node: "n1")
            let second: UInt64 = 1_000_000_000
            for number in UInt64(1)...20 {
                history.install(SmallCluster.list, revision: number, at: number * second / 10)
            }
            #expect(history.current.map(\.revision) == Array(13...20))
            history.install(SmallCluster.list, revision: 21, at: 100 * second)
            #expect(history.current.map(\.revision) == [20, 21])
            history.install(SmallCluster.list, revision: 22, at: 200 * second)
            #expect(history.current.map(\.revision) == [21, 22])
            #expect(history.current.index(at: 5) == 0 && history.current.index(at: 201 * second) == 1)
        }

        @Test("before there is a list, and without ports, nothing is judged")
        func notJudged() throws {
            let test = TestObserver(GuestListHistory(node: "n1"))
            test.take(packet("denied-egress", try tuple("10.0.1.2", "10.0.9.9")))
            var part = try tuple("10.0.1.2", "10.0.9.9")
            part.transport = .unseen
            let other = TestObserver()
            other.take(packet("denied-egress", part))
            for records in [try test.records(), try other.records()] {
                #expect(records.map { text($0, "reason") } == ["not_judged"])
            }
            #expect(test.observer.counts.unjudged == 1 && other.observer.counts.unjudged == 1)
            #expect(test.observer.counts.disagreements == 0 && other.observer.counts.disagreements == 0)
        }
    }

#endif
