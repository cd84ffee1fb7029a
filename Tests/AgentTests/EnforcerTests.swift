#if os(Linux)

    import Addresses
    import KernelWorlds
    import Kubernetes
    import PacketFilter
    import Testing

    @testable import Agent

    /// The enforcer against the kernel of this machine.
    @Suite(.enabled(if: mayMakeNamespaces, "needs root, for network namespaces"), .serialized)
    struct EnforcerTests {
        @Test("what somebody flushed is found and mended, and what nobody touched is left alone")
        func drift() throws {
            try inNamespace {
                var enforcer = try Enforcer(NodeSettings(node: "n1"))
                let outcome = try enforcer.enforce(Self.snapshot(Self.cluster))
                #expect(outcome.isChange && outcome.closedBecause.isEmpty)
                #expect(try enforcer.mend() == [])
                let installed = enforcer.filter
                let rules = try #require(installed).rulesets
                for edit in ["flush ruleset", "flush chain ip sallyport forward", "delete table ip6 sallyport"] {
                    try run("nft", edit)
                    #expect(!(try enforcer.mend()).isEmpty, "\(edit)")
                    #expect(try Enforcer.verify(rules) == [], "\(edit)")
                }
                // Tables of others are theirs.
                try run("nft", "add table ip other")
                #expect(try enforcer.mend() == [])
                #expect(try run("nft", "list tables").contains("other"))
            }
        }

        @Test("the same objects again are no change; a pod more is a few elements, whatever the policies")
        func changes() throws {
            try inNamespace {
                for policies in [1, 50] {
                    let base = Self.cluster + Self.policies(policies)
                    var enforcer = try Enforcer(NodeSettings(node: "n1"))
                    _ = try enforcer.enforce(Self.snapshot(base))
                    #expect(try !enforcer.enforce(Self.snapshot(base)).isChange)
                    let more = try enforcer.enforce(Self.snapshot(base + Self.pod("more", "n2", "10.0.0.9")))
                    let steps = more.changes.flatMap(\.steps)
                    #expect(steps.count <= 2 && more.changes.reduce(0) { $0 + $1.elementCount } <= 2, "\(steps)")
                    let installed = enforcer.filter
                    #expect(try Enforcer.verify(installed?.rulesets ?? []) == [])
                    #expect(installed != nil)
                }
            }
        }

        @Test(
            "a pod of another workload under the same policy is a few elements, and the rules that say whose they are")
        func newcomer() throws {
            try inNamespace {
                let everybody = """
                    {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: all, namespace: default},
                      spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}}
                    ---

                    """
                var enforcer = try Enforcer(NodeSettings(node: "n1"))
                _ = try enforcer.enforce(Self.snapshot(everybody + Self.pod("web", "n1", "10.0.0.1")))
                let more = try enforcer.enforce(
                    Self.snapshot(
                        everybody + Self.pod("web", "n1", "10.0.0.1") + Self.pod("zebra", "n1", "10.0.0.2")))
                for step in more.changes.flatMap(\.steps) {
                    switch step {
                    case .addElements, .deleteElements, .addRule, .deleteRules: break
                    default: Issue.record("\(step)")
                    }
                }
                #expect(more.isChange)
                let installed = enforcer.filter
                #expect(try Enforcer.verify(#require(installed).rulesets) == [])
            }
        }

        @Test("an agent that comes after another changes what is different, and nothing where nothing is")
        func restart() throws {
            try inNamespace {
                var first = try Enforcer(NodeSettings(node: "n1"))
                _ = try first.enforce(Self.snapshot(Self.cluster))
                var second = try Enforcer(NodeSettings(node: "n1"))
                #expect(try !second.enforce(Self.snapshot(Self.cluster)).isChange)
                var third = try Enforcer(NodeSettings(node: "n1"))
                let more = try third.enforce(Self.snapshot(Self.cluster + Self.pod("more", "n2", "10.0.0.9")))
                #expect(!more.changes.flatMap(\.steps).contains(.deleteTable))
                let installed = third.filter
                #expect(try Enforcer.verify(installed?.rulesets ?? []) == [])
                // What is none of ours, in a table of our name, goes with all the rest.
                try run("nft", "add map ip sallyport marks { type ipv4_addr : mark; }")
                var fourth = try Enforcer(NodeSettings(node: "n1"))
                #expect(try fourth.enforce(Self.snapshot(Self.cluster)).changes.flatMap(\.steps).contains(.deleteTable))
                let last = fourth.filter
                #expect(try Enforcer.verify(last?.rulesets ?? []) == [])
            }
        }

        @Test("what could never be read leaves nothing open")
        func closed() throws {
            try inNamespace {
                var enforcer = try Enforcer(NodeSettings(node: "n1", podRanges: [try #require(Prefix("10.0.0.0/24"))]))
                var snapshot = Self.snapshot(Self.cluster)
                snapshot.unreadable = ["policies.yaml"]
                #expect(try enforcer.enforce(snapshot).closedBecause == ["policies.yaml"])
                #expect(try run("nft", "list set ip sallyport pods-here").contains("elements") == false)
                let installed = enforcer.filter
                let filter = try #require(installed)
                let (web, world) = (try #require(Address("10.0.0.1")), try #require(Address("203.0.113.1")))
                #expect(filter.denial(from: web, to: world, Traffic(.tcp, port: 80)) == .unknown)
            }
        }

        @Test("release leaves nothing of ours, and everything of others")
        func release() throws {
            try inNamespace {
                try run("nft", "add table ip other")
                var enforcer = try Enforcer(NodeSettings(node: "n1"))
                _ = try enforcer.enforce(Self.snapshot(Self.cluster))
                #expect(try Enforcer.release() == [.ip, .ip6])
                #expect(try run("nft", "list", "tables") == "table ip other\n")
                #expect(try Enforcer.release() == [])
            }
        }

        // MARK: Worlds

        static let cluster =
            pod("web", "n1", "10.0.0.1") + pod("db", "n2", "10.0.0.2")
                + """
                {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web, namespace: default},
                  spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress, Egress],
                    egress: [{to: [{podSelector: {}}], ports: [{port: 5432}]}]}}

                """

        static func pod(_ name: String, _ node: String, _ address: String) -> String {
            """
            {apiVersion: v1, kind: Pod, metadata: {name: \(name), namespace: default, labels: {app: \(name)}},
              spec: {nodeName: \(node)}, status: {phase: Running, podIP: \(address)}}
            ---

            """
        }

        private static func policies(_ count: Int) -> String {
            (0..<count).map { number in
                """
                ---
                {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p\(number), namespace: default},
                  spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress],
                    ingress: [{from: [{podSelector: {matchLabels: {app: x\(number)}}}], ports: [{port: \(number + 1)}]}]}}
                ---

                """
            }.joined()
        }

        static func snapshot(_ text: String) -> Snapshot {
            ObjectDecoder.combine([ObjectDecoder.decode(text: text, file: "world.yaml")], revision: 1)
        }
    }

#endif
