#if os(Linux)
    import Addresses
    import Foundation
    import Kubernetes
    import Policy
    import PolicyWorlds
    import Testing

    @testable import Lab

    /// Clusters in which everything meets everything: pods that claim one address, nodes with half of the families,
    /// pods on the network of their node, blocks that hold pods.
    @Suite("Labs of random clusters", .serialized)
    struct RandomLabTests {
        private static let seed = UInt64.random(in: 0...(.max))

        private static func world(_ number: Int) throws -> Objects {
            let text = RandomCluster(seed: seed &+ UInt64(number)).text
            // Some of its policies are wrong by intent.
            return ObjectDecoder.combine([ObjectDecoder.decode(text: text, file: "w.yaml")], revision: 1).objects
        }

        @Test("their plans give no address twice, and every pod of a plan is known to the policies")
        func plans() throws {
            for number in 0..<60 {
                let objects = try Self.world(number)
                guard !objects.pods.values.allSatisfy({ !$0.isLive }) || !objects.deployments.isEmpty else { continue }
                let (cluster, plan) = try LabPlan.make(objects)
                let all =
                    plan.nodes.flatMap(\.addresses) + plan.outside.addresses
                    + plan.pods.filter { !$0.usesHostNetwork }.flatMap(\.addresses)
                #expect(Set(all).count == all.count, "seed \(Self.seed) world \(number)")
                let list = cluster.guestList()
                for pod in plan.pods where !pod.usesHostNetwork {
                    for address in pod.addresses {
                        let endpoint = Int(list.party(address).endpoint)
                        try #require(endpoint >= 0, "seed \(Self.seed) world \(number)")
                        #expect(
                            list.inventory.endpoints[endpoint].name == pod.name, "seed \(Self.seed) world \(number)")
                    }
                }
                for address in plan.outside.addresses {
                    #expect(list.party(address).isOutside, "seed \(Self.seed) world \(number)")
                }
            }
        }

        @Test("everybody reaches everybody", .enabled(if: Root.isThere, Root.isMissing), arguments: 0..<6)
        func real(number: Int) throws {
            let objects = try Self.world(number)
            guard
                let made = try? LabPlan.make(
                    objects, name: Root.freshName(), LabOptions(wiring: number % 2 == 0 ? .routed : .bridge))
            else { return }
            let lab = Lab(made.plan, made.cluster)
            try lab.up()
            defer { _ = try? lab.down() }
            let matrix = ProbeMatrix(lab.plan)
            let places = matrix.pods + lab.plan.nodes.map { .node($0.name) } + [.outside]
            let targets =
                try matrix.targets(places) + matrix.targets(places, ports: [Probe.echo(true), Probe.echo(false)])
            let probes = try matrix.probes(from: places, to: targets).map(\.0)
            // Without policies all are allowed. Just after a lab was made a neighbour may not be known yet: what was not
            // reached is tried again.
            let expectations = LabExpectations(lab.plan, lab.cluster, lab.cluster.guestList([]))
            let prober = Prober(lab.plan)
            for comparison in try prober.compare(probes, expectations, ProbeOptions(timeout: 3000)) {
                #expect(comparison.expected == .allowed, "seed \(Self.seed) world \(number): \(comparison)")
                #expect(comparison.agrees == true, "seed \(Self.seed) world \(number): \(comparison)")
            }
        }
    }
#endif
