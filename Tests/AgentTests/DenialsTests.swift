#if os(Linux)

    import Addresses
    import Measures
    import Testing

    @testable import Agent
    @testable import Netfilter

    @Suite("Floods")
    struct DenialsTests {
        private func denied(_ port: UInt16 = 80, from source: String = "10.0.1.2") throws -> LoggedPacket {
            packet("denied-egress", try tuple(source, "10.0.9.9", to: port))
        }

        @Test("the same again is told once a minute, with how often")
        func repeats() throws {
            let test = TestObserver()
            for _ in 0..<1_000 { test.take(try denied()) }
            #expect(try test.records().map { number($0, "connection.repeats") } == [nil])
            test.wait(59)
            #expect(try test.records().isEmpty)
            test.wait(1)
            let told = try test.records()
            #expect(told.map { number($0, "connection.repeats") } == [999])
            #expect(told.map { text($0, "time") } == ["2026-11-23T09:00:00.000000Z"])
            test.take(try denied())
            test.wait(60)
            #expect(try test.records().map { number($0, "connection.repeats") } == [1])
            // Nothing more came: it is forgotten, and the next one is new.
            test.wait(60)
            #expect(try test.records().isEmpty)
            test.take(try denied())
            #expect(try test.records().map { number($0, "connection.repeats") } == [nil])
        }

        @Test("one source cannot hide another, nor fill the disk; every packet is a record, a repeat, or counted")
        func manyPorts() throws {
            let test = TestObserver()
            for port in UInt16(1)...5_000 { test.take(try denied(port)) }
            #expect(try test.records().count == 64)
            test.take(packet("denied-ingress", try tuple("10.0.9.9", "10.0.2.2")))
            #expect(try test.records().map { text($0, "source.address") } == ["10.0.9.9"])
            // Four more each second.
            test.wait(10)
            for port in UInt16(10_000)...15_000 { test.take(try denied(port)) }
            #expect(try test.records().count == 40)
            let counts = test.observer.counts
            #expect(counts.denials == 105 && counts.deniedAgain == 0)
            #expect(counts.denials + counts.deniedUntold == counts.packets)
        }

        @Test("sources that lie about their address are one source")
        func spoofed() throws {
            let test = TestObserver()
            for number in UInt32(0)..<3_000 {
                var tuple = try tuple("10.0.1.2", "10.0.2.2")
                tuple.source = Address(ipv4: 0xc000_0000 + number)
                test.take(packet("denied-spoofed", tuple))
            }
            #expect(try test.records().count == 64)
        }

        @Test("all sources together make only so many records; with time there are more")
        func together() throws {
            let test = TestObserver()
            for number in UInt32(0)..<10_000 {
                var tuple = try tuple("10.0.1.2", "10.0.2.2")
                tuple.source = Address(ipv4: 0xc000_0000 + number)
                test.take(packet("denied-ingress", tuple))
            }
            #expect(try test.records().count == 2_000)
            test.wait(1)
            for number in UInt32(0)..<10_000 {
                var tuple = try tuple("10.0.1.2", "10.0.2.2")
                tuple.source = Address(ipv4: 0xd000_0000 + number)
                test.take(packet("denied-ingress", tuple))
            }
            #expect(try test.records().count == 500)
        }

        @Test("what is forgotten for another tells of its repeats first; at the end all do")
        func forgotten() throws {
            var limits = Observer.Limits()
            limits.denials.differing = 2
            let test = TestObserver(limits: limits)
            for port in UInt16(1)...2 { for _ in 0..<3 { test.take(try denied(port)) } }
            _ = try test.records()
            test.take(try denied(3))
            let records = try test.records()
            #expect(records.map { number($0, "destination.port") } == [3, 1])
            #expect(records.map { number($0, "connection.repeats") } == [nil, 2])
            test.observer.tick(test.moment, all: true)
            #expect(try test.records().map { number($0, "connection.repeats") } == [2])
        }

        @Test("finding out who it was, and whether it is told, allocates nothing")
        func allocations() throws {
            let lists = SmallCluster.history().current
            let tuples = try (0..<8).map { number in
                try tuple("10.0.1.2", ["10.0.2.2", "10.0.9.9", "8.8.8.8", "192.168.7.1"][number % 4])
            }
            let judge = Judge()
            var denials = Denials(.init())
            func work(_ rounds: Int) -> Int {
                var denied = 0
                for round in 0..<rounds {
                    let tuple = tuples[round % tuples.count]
                    let question = Judge.Question(tuple: tuple, said: .deniedEgress, time: 5, original: nil)
                    if judge.judge(question, lists).verdict == .denied { denied += 1 }
                    _ = denials.ask(.init(tuple, .deniedEgress), interface: 1, now: 7)
                }
                return denied
            }
            _ = work(100)
            var denied = 0
            let made = try #require(Allocations.during { denied = work(10_000) })
            #expect(made == 0, "\(made)")
            #expect(denied == 10_000)
        }
    }

#endif
