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

        /// In front of the pods of each app of each namespace, at an address of each family.
        private static let serviceManifests = zip(
            RandomCluster.namespaces.flatMap { space in RandomCluster.apps.map { (space, $0) } }, 1...
        )
        .map { place, number in
            """
            {apiVersion: v1, kind: Service, metadata: {name: s\(number), namespace: \(place.0)},
              spec: {selector: {app: \(place.1)}, ipFamilyPolicy: PreferDualStack,
                clusterIPs: [10.96.7.\(number), "fd00:96::\(number)"],
                ports: [{name: a, port: 80, targetPort: 8080}, {name: b, port: 443, targetPort: 443}]}}
            """
        }
        .joined(separator: "\n---\n")

        struct Tally {
            var allowed = 0
            var denied = 0
            var naive = 0
            /// Through Services, in each of the ways that lead them to pods.
            var led: [LabServices: Int] = [:]
            var showsEverything: Bool {
                allowed > 1_000 && denied > 1_000 && naive > 1_000
                    && LabServices.allCases.allSatisfy { led[$0, default: 0] > 100 }
            }
        }

        private static func compare(seed: UInt64, _ tally: inout Tally) throws {
            let world = RandomCluster(seed: seed)
            let objects = ObjectDecoder.combine(
                [
                    ObjectDecoder.decode(text: world.text, file: "world.yaml"),
                    ObjectDecoder.decode(text: Self.serviceManifests, file: "services.yaml"),
                ], revision: 1
            )
            .objects
            let name = try LabName("d" + String(UInt32.random(in: 0 ... .max), radix: 36))
            // Routed as most networks for pods do it, and bridged.
            let wiring = LabWiring.allCases[Int(seed % UInt64(LabWiring.allCases.count))]
            // Services lead to pods in both ways of kube-proxy.
            let services = LabServices.allCases[Int(seed / 2 % UInt64(LabServices.allCases.count))]
            guard !objects.pods.isEmpty else { return }
            let lab = try Lab(objects, name: name, LabOptions(wiring: wiring, services: services))
            try lab.up()
            defer { _ = try? lab.down() }
            for node in lab.plan.nodes { try enforce(lab.cluster.objects, node) }
            let list = lab.cluster.guestList()
            let expectations = LabExpectations(lab.plan, lab.cluster, list)
            let naive = NaiveEvaluator(lab.cluster.objects)
            var dice = WorldDice(seed: seed)
            let probes = probes(lab.plan, lab.cluster, &dice)
            let comparisons = try Prober(lab.plan).compare(probes, expectations, ProbeOptions(timeout: 400))
            for comparison in comparisons {
                guard let agrees = comparison.agrees else { continue }
                let probe = comparison.outcome.probe
                if comparison.expected == .allowed { tally.allowed += 1 } else { tally.denied += 1 }
                if !agrees {
                    Issue.record(
                        "seed \(seed), \(wiring), \(services): \(probe.source) -> \(probe.destination) \(probe.traffic.proto) \(probe.traffic.port): \(comparison.expected), but \(comparison.outcome.answer)\n\(world.text)"
                    )
                    return
                }
                if isVirtual(probe.destination, lab.cluster) {
                    tally.led[services, default: 0] += 1
                    continue
                }
                guard let source = expectations.sourceAddress(probe) else { continue }
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
        private static func probes(_ plan: LabPlan, _ cluster: LabCluster, _ dice: inout WorldDice) -> [Probe] {
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
            let virtual = cluster.objects.services.values.flatMap(\.clusterIPs).compactMap { Address($0) }.sorted()
            // Addresses of Services mean nothing outside.
            let led = places.filter { $0 != .outside }.flatMap { place in
                virtual.map { Probe(from: place, to: $0, Traffic(.tcp, port: dice.pick([80, 443]))) }
            }
            return Array((found.shuffled(using: &dice).prefix(600) + led.shuffled(using: &dice).prefix(200)))
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
