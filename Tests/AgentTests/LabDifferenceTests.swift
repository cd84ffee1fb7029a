#if os(Linux)

    import Addresses
    import Foundation
    import KernelWorlds
    import Kubernetes
    import PacketFilter
    import Policy
    import PolicyWorlds
    import Testing

    @testable import Agent
    @testable import Lab

    /// Real packets between namespaces that stand for pods: what comes through is what policies say, as the guest list
    /// decides it and as the naive evaluator does.
    @Suite("What the kernel does is what policies say", .serialized, .enabled(if: mayMakeNamespaces, "needs root"))
    struct LabDifferenceTests {
        @Test func inRandomWorlds() throws {
            let environment = ProcessInfo.processInfo.environment
            let first = environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
            let seconds = environment["SALLYPORT_FUZZ_SECONDS"].flatMap(Double.init)
            print("LabDifferenceTests seed \(first)")
            let end = Date().addingTimeInterval(seconds ?? 0)
            var (worlds, tally) = (UInt64(0), Tally())
            while seconds == nil ? worlds < 24 || (!tally.showsEverything && worlds < 120) : Date() < end {
                try Self.compare(seed: first &+ worlds, &tally)
                worlds += 1
            }
            print("LabDifferenceTests: \(worlds) worlds, \(tally)")
            #expect(seconds != nil || tally.showsEverything)
        }

        struct Tally {
            var allowed = 0
            var denied = 0
            var naive = 0
            var showsEverything: Bool { allowed > 1_000 && denied > 1_000 && naive > 1_000 }
        }

        private static func compare(seed: UInt64, _ tally: inout Tally) throws {
            let world = RandomCluster(seed: seed)
            let objects = ObjectDecoder.combine(
                [ObjectDecoder.decode(text: world.text, file: "world.yaml")], revision: 1
            )
            .objects
            let name = try LabName("d" + String(UInt32.random(in: 0 ... .max), radix: 36))
            // Routed as most networks for pods do it, and bridged.
            let wiring = LabWiring.allCases[Int(seed % UInt64(LabWiring.allCases.count))]
            let lab = try Lab(objects, name: name, LabOptions(wiring: wiring))
            try lab.up()
            defer { _ = try? lab.down() }
            for node in lab.plan.nodes { try enforce(lab.cluster.objects, node) }
            let list = lab.cluster.guestList()
            let expectations = LabExpectations(lab.plan, lab.cluster, list)
            let naive = NaiveEvaluator(lab.cluster.objects)
            var dice = WorldDice(seed: seed)
            let probes = probes(lab.plan, &dice)
            let comparisons = try Prober(lab.plan).compare(probes, expectations, ProbeOptions(timeout: 400))
            for comparison in comparisons {
                guard let agrees = comparison.agrees else { continue }
                let probe = comparison.outcome.probe
                if comparison.expected == .allowed { tally.allowed += 1 } else { tally.denied += 1 }
                if !agrees {
                    Issue.record(
                        "seed \(seed), \(wiring): \(probe.source) -> \(probe.destination) \(probe.traffic.proto) \(probe.traffic.port): \(comparison.expected), but \(comparison.outcome.answer)\n\(world.text)"
                    )
                    return
                }
                guard let source = expectations.sourceAddress(probe), !isVirtual(probe.destination, lab.cluster) else {
                    continue
                }
                let query = NaiveQuery(
                    .address(source), .address(probe.destination), probe.traffic.proto, probe.traffic.port)
                guard let second = naive.evaluate(query, staged: false) else { continue }
                tally.naive += 1
                if second.isAllowed != (comparison.expected == .allowed) {
                    Issue.record("seed \(seed): \(query): the naive evaluator says \(second)\n\(world.text)")
                    return
                }
            }
        }

        private static func isVirtual(_ address: Address, _ cluster: LabCluster) -> Bool {
            cluster.objects.services.values.contains { $0.clusterIPs.contains { Address($0) == address } }
        }

        /// From everywhere to everywhere, on ports that policies name and others.
        private static func probes(_ plan: LabPlan, _ dice: inout WorldDice) -> [Probe] {
            let places =
                plan.pods.filter { !$0.usesHostNetwork }.map { LabPlace.pod($0.name) }
                + plan.nodes.map { .node($0.name) }
                + [.outside]
            let targets =
                plan.pods.filter { !$0.usesHostNetwork }.flatMap(\.addresses) + plan.outside.addresses
                + plan.nodes.flatMap(\.addresses)
            var found: [Probe] = []
            for place in places {
                for target in targets {
                    for _ in 0..<2 {
                        let ports: [UInt16] = [80, 81, 443, 8080]
                        let traffic = dice.pick([
                            Traffic(.tcp, port: dice.pick(ports)), Traffic(.tcp, port: dice.pick(ports)),
                            Traffic(.udp, port: dice.pick(ports)), Probe.echo(target.isIPv4),
                        ])
                        found.append(Probe(from: place, to: target, traffic))
                    }
                }
            }
            return found.shuffled(using: &dice).prefix(600).map { $0 }
        }

        /// Puts the rules of a node in force in its namespace.
        private static func enforce(_ objects: Objects, _ node: LabPlan.Node) throws {
            let (name, namespace) = (node.name, node.namespace)
            let ranges = node.podBlocks
            let problem = try NetworkNamespace.onOwnThread { () throws(LabError) -> String? in
                try NetworkNamespace.enter(namespace)
                do {
                    var enforcer = try Enforcer(NodeSettings(node: name, podRanges: ranges))
                    _ = try enforcer.enforce(Snapshot(revision: 1, objects: objects))
                    return nil
                } catch {
                    return "\(error)"
                }
            }
            if let problem { throw WorldError("node \(name): \(problem)") }
        }
    }

#endif
