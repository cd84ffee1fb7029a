#if os(Linux)

    import Addresses
    import Foundation
    import KernelWorlds
    import Kubernetes
    import PacketFilter
    import Testing

    @testable import Agent
    @testable import Lab

    /// Pods that nobody has told of yet, and ports of the node that a mistake must not close.
    @Suite(
        "What is not known is closed, and what saves the node is open", .serialized,
        .enabled(if: mayMakeNamespaces, "needs root"))
    struct ClosedTests {
        @Test(
            "a new pod reaches nothing and is reached by its node only, until its object comes",
            arguments: [true, false])
        func newPod(hasRanges: Bool) throws {
            let world = try TrialLab(TrialLab.pod("late", "one", "10.1.1.77"))
            func snapshot(_ more: String...) throws -> Snapshot {
                var snapshot = try TrialLab.snapshot(TrialLab.pods.map(\.manifest) + more)
                // Where nobody says what addresses pods have, the interfaces that they are behind are known.
                if !hasRanges {
                    for name in snapshot.objects.nodes.keys { snapshot.objects.nodes[name]?.podBlocks = [] }
                }
                return snapshot
            }
            let probes = try Self.probes(world)
            #expect(try world.lab.probe(probes).allSatisfy { $0.isReached == true }, "before anything is enforced")
            try world.onNode {
                var enforcer = try Enforcer(TrialLab.settings)
                _ = try enforcer.enforce(snapshot())
                for outcome in try world.lab.probe(probes) {
                    let isFromNode = outcome.probe.source == .node("one")
                    #expect(outcome.isReached == isFromNode, "\(outcome)")
                }
                _ = try enforcer.enforce(snapshot(TrialLab.pod("late", "one", "10.1.1.77")))
                for outcome in try world.lab.probe(probes, ProbeOptions(timeout: 10_000)) {
                    #expect(outcome.isReached == true, "\(outcome)")
                }
                _ = try enforcer.enforce(snapshot())
                for outcome in try world.lab.probe(probes) {
                    #expect(outcome.isReached == (outcome.probe.source == .node("one")), "\(outcome)")
                }
            }
        }

        /// Everybody to the new pod, and it to everybody.
        private static func probes(_ world: TrialLab) throws -> [Probe] {
            let late = LabPlace.pod(NamespacedName("shop", "late"))
            let address = try #require(Address("10.1.1.77"))
            let others =
                TrialLab.pods.map { LabPlace.pod(NamespacedName("shop", $0.name)) } + [
                    .node("one"), .node("two"), .outside,
                ]
            let web = Traffic(.tcp, port: 80)
            var probes = others.flatMap {
                [Probe(from: $0, to: address, web), Probe(from: $0, to: address, Probe.echo(true))]
            }
            for target in TrialLab.pods.compactMap({ Address($0.address) }) + world.lab.plan.outside.gateways.prefix(1)
            {
                probes.append(Probe(from: late, to: target, web))
            }
            for node in world.lab.plan.nodes.flatMap(\.addresses) {
                probes.append(Probe(from: late, to: node, Probe.echo(true)))
            }
            return probes
        }

        @Test(
            "ports of the node that must not close stay open to a caller that an object takes for a pod without rights")
        func failsafe() throws {
            let world = try TrialLab()
            let caller = try #require(world.lab.plan.outside.gateways.first { $0.isIPv4 })
            let node = try #require(Address("192.168.7.1"))
            let listeners = try world.onNode {
                try [UInt16(22), 8080].map { port in
                    let socket = try TestSocket(.tcp, "192.168.7.1", port: port)
                    try socket.listen()
                    return socket
                }
            }
            let probes = [UInt16(22), 8080].map { Probe(from: .outside, caller, to: node, Traffic(.tcp, port: $0)) }
            #expect(try world.lab.probe(probes).map(\.isReached) == [true, true])
            try world.onNode {
                var enforcer = try Enforcer(TrialLab.settings)
                let mistake = TrialLab.pod("mistake", "one", "\(caller)")
                let policy = """
                    {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: nothing, namespace: shop},
                      spec: {podSelector: {}, policyTypes: [Ingress, Egress]}}
                    """
                _ = try enforcer.enforce(TrialLab.snapshot(TrialLab.pods.map(\.manifest) + [mistake, policy]))
                #expect(try world.lab.probe([probes[0]], ProbeOptions(timeout: 10_000)).map(\.isReached) == [true])
                #expect(
                    try world.lab.probe([probes[1]]).map(\.isReached) == [false], "the mistake would close all else")
            }
            #expect(listeners.count == 2)
        }
    }

#endif
