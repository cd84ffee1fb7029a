#if os(Linux)
    import Addresses
    import Foundation
    import Kubernetes
    import Policy
    import Testing

    @testable import Lab

    /// Real namespaces and real packets, in one lab after the other.
    @Suite("A lab on this machine", .serialized, .enabled(if: Root.isThere, Root.isMissing))
    struct RealLabTests {
        /// A name that nothing else on this machine has.
        static func name() throws -> LabName {
            try LabName("t" + StableHash.text("\(getpid()) \(UInt64.random(in: 0...(.max)))", count: 8))
        }

        @Test("everybody reaches everybody, on both families and every port", arguments: LabWiring.allCases)
        func everybody(wiring: LabWiring) throws {
            let lab = try Lab(objects(threeNodes), name: Self.name(), LabOptions(wiring: wiring))
            try lab.up()
            defer { _ = try? lab.down() }
            let places =
                lab.plan.pods.filter { !$0.usesHostNetwork }.map { LabPlace.pod($0.name) }
                + lab.plan.nodes.map { .node($0.name) } + [.outside]
            var probes: [Probe] = []
            for place in places {
                for pod in lab.plan.pods {
                    for address in pod.addresses {
                        probes += (pod.ports + [Probe.echo(address.isIPv4)]).map { Probe(from: place, to: address, $0) }
                    }
                }
                for address in lab.plan.outside.addresses {
                    probes.append(Probe(from: place, to: address, Traffic(.tcp, port: 443)))
                    probes.append(Probe(from: place, to: address, Traffic(.udp, port: 53)))
                }
            }
            let outcomes = try lab.probe(probes, ProbeOptions(timeout: 5000))
            for outcome in outcomes {
                switch (outcome.answer, outcome.probe.traffic.proto.hasPorts) {
                case (.answered(let name), true):
                    let owner = lab.plan.pods.first { $0.addresses.contains(outcome.probe.destination) }
                    #expect(name == owner?.name.description ?? "outside")
                case (.connected, false): break
                default: Issue.record("\(outcome)")
                }
            }
        }
    }
#endif
