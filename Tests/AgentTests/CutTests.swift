#if os(Linux)

    import Addresses
    import Foundation
    import KernelWorlds
    import Kubernetes
    import Netfilter
    import PacketFilter
    import Testing

    @testable import Agent
    @testable import Lab

    /// Live connections when rules become tighter: what is denied ends, and nothing else does.
    @Suite("Live connections that are denied are ended", .serialized, .enabled(if: mayMakeNamespaces, "needs root"))
    struct CutTests {
        @Test("a tighter policy ends what it denies, also through a Service, and nothing else")
        func tighter() throws {
            let world = try TrialLab()
            let calls = try Self.calls(world)
            try world.onNode {
                var enforcer = try Enforcer(TrialLab.settings)
                var cutter = try FlowCutter()
                let open = try TrialLab.snapshot(TrialLab.onlyFrom("friend", "stranger", "neighbour"))
                _ = try enforcer.enforce(open)
                #expect(try Self.cut(&cutter, enforcer) == [])
                for call in calls { #expect(call.isAlive(), "\(call.name), before anything changed") }

                _ = try enforcer.enforce(TrialLab.snapshot(TrialLab.onlyFrom("friend")))
                let cuts = try Self.cut(&cutter, enforcer)
                #expect(
                    Set(cuts.map { "\($0.flow.original.source)" })
                        == [TrialLab.stranger.address, TrialLab.neighbour.address])
                #expect(cuts.allSatisfy { $0.denial.chain == "denied-ingress" })
                try Self.check(calls, alive: ["friend", "node one"])
                #expect(try Self.cut(&cutter, enforcer) == [])
                #expect(try Self.flows(of: TrialLab.stranger) == [] && Self.flows(of: TrialLab.neighbour) == [])
            }
        }

        @Test("what was there before the first start is ended by it, when it is denied")
        func before() throws {
            let world = try TrialLab()
            // Something that follows connections is on every node that has Services.
            let calls = try Self.calls(world)
            try world.onNode {
                var enforcer = try Enforcer(TrialLab.settings)
                var cutter = try FlowCutter()
                _ = try enforcer.enforce(TrialLab.snapshot(TrialLab.onlyFrom("neighbour")))
                let cuts = try Self.cut(&cutter, enforcer)
                #expect(
                    Set(cuts.map { "\($0.flow.original.source)" })
                        == [TrialLab.friend.address, TrialLab.stranger.address])
                try Self.check(calls, alive: ["neighbour", "neighbour, by the Service", "node one"])
            }
        }

        @Test("a pod that is gone is closed at once, and so is one that is finished", arguments: [nil, "Succeeded"])
        func gone(phase: String?) throws {
            let world = try TrialLab()
            let calls = try Self.calls(world)
            try world.onNode {
                var enforcer = try Enforcer(TrialLab.settings)
                var cutter = try FlowCutter()
                _ = try enforcer.enforce(TrialLab.snapshot())
                #expect(try Self.cut(&cutter, enforcer) == [])
                let others = TrialLab.pods.filter { $0.name != "server" }.map(\.manifest)
                let rest = phase.map { [TrialLab.pod("server", "one", TrialLab.server.address, phase: $0)] } ?? []
                _ = try enforcer.enforce(TrialLab.snapshot(others + rest))
                let cuts = try Self.cut(&cutter, enforcer)
                #expect(cuts.allSatisfy { $0.denial == .unknown } && cuts.count == 4, "\(cuts)")
                // The node may still call it, as it may call all that is on it.
                try Self.check(calls, alive: ["node one"])
            }
            let answers = try world.lab.probe([
                Probe(
                    from: .pod(NamespacedName("shop", "friend")), to: try #require(Address(TrialLab.server.address)),
                    Traffic(.tcp, port: 80))
            ])
            #expect(answers.map(\.isReached) == [false])
        }

        @Test("a pod that is gone is closed, and its connections end, where nobody says what addresses pods have")
        func goneWithoutRanges() throws {
            let world = try TrialLab()
            let calls = try Self.calls(world)
            try world.onNode {
                var enforcer = try Enforcer(TrialLab.settings)
                var cutter = try FlowCutter()
                var snapshot = try TrialLab.snapshot()
                for name in snapshot.objects.nodes.keys { snapshot.objects.nodes[name]?.podBlocks = [] }
                _ = try enforcer.enforce(snapshot)
                #expect(try Self.cut(&cutter, enforcer) == [])
                snapshot.objects.pods[NamespacedName("shop", "server")] = nil
                _ = try enforcer.enforce(snapshot)
                let cuts = try Self.cut(&cutter, enforcer)
                #expect(cuts.count == 4 && cuts.allSatisfy { $0.denial == .unknown }, "\(cuts)")
                try Self.check(calls, alive: ["node one"])
            }
        }

        @Test("a connection by a Service is judged at the port where it is answered", arguments: [TrialLab.port, 80])
        func answeredPort(_ port: UInt16) throws {
            let world = try TrialLab()
            let calls = try Self.calls(world)
            try world.onNode {
                var enforcer = try Enforcer(TrialLab.settings)
                var cutter = try FlowCutter()
                let policy = TrialLab.onlyFrom("neighbour", ports: ", ports: [{port: \(port)}]")
                _ = try enforcer.enforce(TrialLab.snapshot(policy))
                _ = try Self.cut(&cutter, enforcer)
                let neighbours: Set = ["neighbour", "neighbour, by the Service"]
                try Self.check(calls, alive: (port == TrialLab.port ? neighbours : []).union(["node one"]))
            }
        }

        @Test("an address that is a pod's again is no longer that of one that is gone")
        func backAgain() throws {
            let world = try TrialLab()
            try world.onNode {
                var enforcer = try Enforcer(TrialLab.settings)
                var cutter = try FlowCutter()
                var snapshot = try TrialLab.snapshot()
                for name in snapshot.objects.nodes.keys { snapshot.objects.nodes[name]?.podBlocks = [] }
                var without = snapshot
                without.objects.pods[NamespacedName("shop", "server")] = nil
                for state in [snapshot, without, snapshot] {
                    _ = try enforcer.enforce(state)
                    #expect(try Self.cut(&cutter, enforcer) == [])
                }
                let calls = try Self.calls(world)
                #expect(try Self.cut(&cutter, enforcer) == [])
                try Self.check(calls, alive: Set(calls.map(\.name)))
            }
        }

        @Test("a pod that is called and not known yet keeps its connections for a while too")
        func calledAndNotKnownYet() throws {
            let world = try TrialLab()
            let calls = try Self.calls(world)
            try world.onNode {
                var enforcer = try Enforcer(TrialLab.settings)
                var cutter = try FlowCutter()
                let start = ContinuousClock.now
                let others = TrialLab.pods.filter { $0.name != "server" }.map(\.manifest)
                _ = try enforcer.enforce(TrialLab.snapshot(others))
                #expect(try Self.cut(&cutter, enforcer, at: start) == [])
                for call in calls { #expect(call.isAlive(), "\(call.name), while the server is waited for") }
                let cuts = try Self.cut(&cutter, enforcer, at: start + Strangers.patience)
                #expect(cuts.count == 4 && cuts.allSatisfy { $0.denial == .unknown }, "\(cuts)")
                try Self.check(calls, alive: ["node one"])
            }
        }

        @Test("a pod that is not known yet keeps its connections for a while, and for longer when it becomes known")
        func notKnownYet() throws {
            let world = try TrialLab()
            let calls = try Self.calls(world)
            try world.onNode {
                var enforcer = try Enforcer(TrialLab.settings)
                var cutter = try FlowCutter()
                let others = TrialLab.pods.filter { $0.name != "neighbour" }.map(\.manifest)
                let start = ContinuousClock.now
                _ = try enforcer.enforce(TrialLab.snapshot(others))
                #expect(try Self.cut(&cutter, enforcer, at: start) == [])
                var waits = cutter.isWaiting
                #expect(waits)
                #expect(try Self.cut(&cutter, enforcer, at: start + Strangers.patience - .milliseconds(1)) == [])
                for call in calls { #expect(call.isAlive(), "\(call.name), while the neighbour is waited for") }

                let cuts = try Self.cut(&cutter, enforcer, at: start + Strangers.patience)
                #expect(Set(cuts.map { "\($0.flow.original.source)" }) == [TrialLab.neighbour.address])
                #expect(cuts.allSatisfy { $0.denial == .unknown })
                try Self.check(calls, alive: ["friend", "stranger", "node one"])

                _ = try enforcer.enforce(TrialLab.snapshot())
                #expect(try Self.cut(&cutter, enforcer, at: start + Strangers.patience * 2) == [])
                waits = cutter.isWaiting
                #expect(!waits)
            }
        }

        @Test("who is waited for is forgotten when nothing shows him, and there is a limit to patience")
        func patience() throws {
            let start = ContinuousClock.now
            var strangers = Strangers()
            /// Who of these is late when one look at all connections shows them.
            func late(_ numbers: Range<UInt32>, after seconds: Int) -> [UInt32] {
                strangers.begin()
                defer { strangers.end() }
                return numbers.filter { strangers.isLate(Address(ipv4: $0), at: start + .seconds(seconds)) }
            }
            let most = UInt32(Strangers.most)
            #expect(late(0..<most + 1, after: 0) == [most])
            #expect(late(7..<8, after: 9) == [])
            #expect(late(7..<9, after: 10) == [7], "8 was forgotten, and is new")
            #expect(late(0..<0, after: 11) == [])
            #expect(strangers.isEmpty)
        }

        @Test("an ended connection does not begin again when the side that was called speaks")
        func calledSideSpeaks() throws {
            let world = try TrialLab()
            let call = try #require(try Self.calls(world).first { $0.name == "stranger" })
            try world.onNode {
                var enforcer = try Enforcer(TrialLab.settings)
                var cutter = try FlowCutter()
                _ = try enforcer.enforce(TrialLab.snapshot(TrialLab.onlyFrom("friend")))
                #expect(
                    try Self.cut(&cutter, enforcer).contains {
                        "\($0.flow.original.source)" == TrialLab.stranger.address
                    })
                // `server` may call whom it likes, but this is no call.
                #expect(call.callee.say([7]) == 1)
                #expect(!call.caller.hasNews(milliseconds: 600))
                #expect(!call.isAlive(500))
                #expect(try Self.flows(of: TrialLab.stranger) == [])
            }
        }

        // MARK: Connections

        /// A connection that was made before a trial.
        struct Call {
            let name: String
            let caller: TestSocket
            let callee: TestSocket

            /// True when what one side says reaches the other, both ways, within a time.
            func isAlive(_ milliseconds: Int32 = 20_000) -> Bool {
                guard caller.say([1]) == 1, callee.hasNews(milliseconds: milliseconds) else { return false }
                guard callee.hear() != nil, callee.say([2]) == 1 else { return false }
                return caller.hasNews(milliseconds: milliseconds) && caller.hear() != nil
            }
        }

        /// Connections to `server` from everybody.
        private static func calls(_ world: TrialLab) throws -> [Call] {
            let listener = try world.inside(TrialLab.server) {
                let listener = try TestSocket(.tcp, TrialLab.server.address, port: TrialLab.port).patient()
                try listener.listen()
                return listener
            }
            func call(_ name: String, _ place: LabPlace, _ own: String, to: String, _ port: UInt16) throws -> Call {
                let caller = try world.inside(place) { try TestSocket(.tcp, own).patient() }
                try caller.connect(to: to, port: port)
                return Call(name: name, caller: caller, callee: try listener.accept().patient())
            }
            let calls = try [TrialLab.friend, TrialLab.stranger, TrialLab.neighbour].map { guest in
                try call(
                    guest.name, .pod(NamespacedName("shop", guest.name)), guest.address, to: TrialLab.server.address,
                    TrialLab.port)
            }
            let neighbour = LabPlace.pod(NamespacedName("shop", TrialLab.neighbour.name))
            return calls + [
                try call("neighbour, by the Service", neighbour, TrialLab.neighbour.address, to: TrialLab.service, 80),
                try call("node one", .node("one"), "192.168.7.1", to: TrialLab.server.address, TrialLab.port),
            ]
        }

        private static func check(_ calls: [Call], alive: Set<String>) throws {
            // The living first: what they say shows that packets have had the time to come through.
            for call in calls where alive.contains(call.name) { #expect(call.isAlive(), "\(call.name) was ended") }
            for call in calls where !alive.contains(call.name) { #expect(!call.isAlive(500), "\(call.name) lives on") }
            #expect(alive.isSubset(of: calls.map(\.name)))
        }

        private static func cut(
            _ cutter: inout FlowCutter, _ enforcer: borrowing Enforcer, at now: ContinuousClock.Instant = .now
        ) throws -> [FlowCutter.Cut] {
            let filter = enforcer.filter
            return try cutter.cut(#require(filter), at: now)
        }

        /// What the kernel still follows of a pod's calls.
        private static func flows(of guest: TrialLab.Guest) throws -> [FlowTuple] {
            var table = try ConntrackTable.open()
            return try table.flows { "\($0.original.source)" == guest.address && $0.original.proto == .tcp }
                .map(\.original)
        }
    }

#endif
