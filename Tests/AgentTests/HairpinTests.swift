#if os(Linux)

    import Addresses
    import KernelWorlds
    import Kubernetes
    import Policy
    import Testing

    @testable import Agent
    @testable import Lab

    /// A pod that calls a Service may be led back to itself: with its own address on both sides its packets cross the node.
    @Suite("A pod is led back to itself", .serialized, .enabled(if: mayMakeNamespaces, "needs root"))
    struct HairpinTests {
        @Test(
            "NetworkPolicy does not keep it from itself, other tiers do what they say, about the port that it was led to",
            arguments: [
                (TrialLab.onlyFrom(), true), (refused(at: TrialLab.port), false), (refused(at: 80), true),
            ])
        func throughService(policy: String, isReached: Bool) throws {
            let world = try TrialLab()
            let service = try #require(Address(TrialLab.service))
            let itself = LabPlace.pod(NamespacedName("shop", TrialLab.server.name))
            let probe = Probe(from: itself, to: service, Traffic(.tcp, port: 80))
            #expect(try world.lab.probe([probe]).map(\.isReached) == [true], "before anything is enforced")
            try world.onNode {
                var enforcer = try Enforcer(TrialLab.settings)
                _ = try enforcer.enforce(TrialLab.snapshot(policy))
                let patience = ProbeOptions(timeout: isReached ? 10_000 : 1_000)
                #expect(try world.lab.probe([probe], patience).map(\.isReached) == [isReached])
                // What it sends to itself directly never leaves it.
                let own = try #require(Address(TrialLab.server.address))
                let direct = Probe(from: itself, to: own, Traffic(.tcp, port: 80))
                #expect(try world.lab.probe([direct]).map(\.isReached) == [true])
                // The same, asked of the list.
                let list = try #require(enforcer.filter?.list)
                let pod = list.party(own)
                let connection = Connection(
                    source: pod, destination: pod, traffic: Traffic(.tcp, port: TrialLab.port), isThroughService: true)
                #expect(list.evaluate(connection).enforced.isAllowed == isReached)
            }
        }

        /// `server` may not be called by itself on a port.
        private static func refused(at port: UInt16) -> String {
            let server = "{namespaceSelector: {}, podSelector: {matchLabels: {app: server}}}"
            return """
                {apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {name: not-itself},
                  spec: {tier: Admin, priority: 1, subject: {pods: \(server)}, ingress: [{name: itself, action: Deny,
                    from: [{pods: \(server)}], protocols: [{tcp: {destinationPort: {number: \(port)}}}]}]}}
                """
        }
    }

#endif
