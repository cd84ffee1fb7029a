#if os(Linux)

    import Addresses
    import KernelWorlds
    import Kubernetes
    import PacketFilter
    import Policy
    import PolicyWorlds
    import Testing

    @testable import Netfilter

    /// Rulesets in the kernel of this machine.
    @Suite(.enabled(if: mayMakeNamespaces, "needs root, for network namespaces"), .serialized)
    struct KernelTablesTests {
        @Test("what is installed is what is read back, and what nft shows, in random worlds and through changes")
        func randomWorlds() throws {
            let first = UInt64.random(in: 0 ... .max)
            print("KernelTablesTests seed \(first)")
            try inNamespace {
                var kernel = try KernelTables()
                var installed: [Family: Ruleset] = [:]
                for seed in first..<(first &+ 40) {
                    let world = RandomCluster(seed: seed)
                    let list = GuestList(objects(world.text))
                    guard let node = list.inventory.nodes.first?.name else { continue }
                    var filtered = FilteredNode(node, interfaces: ["lab"], failsafe: FilteredNode.usualFailsafe)
                    filtered.podRanges = [Prefix("10.0.0.0/28"), Prefix("fd00::/124")].compactMap { $0 }
                    filtered.logGroup = seed % 3 == 0 ? nil : 5
                    let filter = NodeFilter(list, filtered)
                    let changes = filter.rulesets.map { ruleset in
                        installed[ruleset.family].map { RulesetChange(from: $0, to: ruleset) }
                            ?? RulesetChange(installing: ruleset)
                    }
                    try kernel.apply(changes)
                    for ruleset in filter.rulesets {
                        installed[ruleset.family] = ruleset
                        let found = try #require(try kernel.read(ruleset.family))
                        #expect(found.differences(from: ruleset) == [], "seed \(seed)")
                        let shown = try run("nft", "list", "table", ruleset.family.rawValue, "sallyport")
                        let (seen, said) = (words(shown), words(ruleset.text))
                        guard seen != said else { continue }
                        let difference = seen.difference(from: said).map { "\($0)" }
                        Issue.record("seed \(seed): \(difference.prefix(20))")
                        return
                    }
                }
            }
        }

        @Test("whatever somebody changes is a difference")
        func differences() throws {
            try inNamespace {
                var kernel = try KernelTables()
                let list = GuestList(objects(Self.manifests))
                let filter = NodeFilter(list, FilteredNode("n1", logGroup: 5))
                let ruleset = try #require(filter.ruleset(.ip))
                let chain = try #require(ruleset.chains.first { $0.name.hasPrefix("from-default/web") }).name
                for edit in Self.edits + ["insert rule ip sallyport \(chain) accept"] {
                    try kernel.apply([RulesetChange(installing: ruleset)])
                    #expect(try kernel.read(.ip)?.differences(from: ruleset) == [])
                    let before = try kernel.generation()
                    try run("nft", edit)
                    #expect(try kernel.generation() != before)
                    let found = try kernel.read(.ip)?.differences(from: ruleset) ?? ["gone"]
                    #expect(!found.isEmpty, "\(edit)")
                }
            }
        }

        private static let edits = [
            "flush ruleset", "flush chain ip sallyport forward", "add rule ip sallyport forward accept",
            "delete element ip sallyport pods { 10.0.0.1 }",
            "add element ip sallyport pods { 10.0.0.9 }", "add set ip sallyport mine { type ipv4_addr; }",
            "add chain ip sallyport mine", "add counter ip sallyport mine",
            "add map ip sallyport marks { type ipv4_addr : mark; }",
            "delete element ip sallyport from-pods { 10.0.0.1 }",
        ]

        @Test("a change that the kernel refuses names what it is about, and leaves everything")
        func refusal() throws {
            try inNamespace {
                var kernel = try KernelTables()
                let list = GuestList(objects(Self.manifests))
                let ruleset = try #require(NodeFilter(list, FilteredNode("n1")).ruleset(.ip))
                try kernel.apply([RulesetChange(installing: ruleset)])
                let broken = Ruleset(
                    .ip, sets: ruleset.sets,
                    chains: ruleset.chains + [Chain("new", [Rule(.verdict(.goto("nowhere")))])],
                    counters: ruleset.counters)
                let error = try #require(throws: FilterError.self) {
                    try kernel.apply([RulesetChange(from: ruleset, to: broken)])
                }
                #expect("\(error)".contains("rule of chain new: goto nowhere"), "\(error)")
                #expect(try kernel.read(.ip)?.differences(from: ruleset) == [])
                try kernel.apply([RulesetChange(removing: .ip)])
                #expect(try kernel.read(.ip) == nil)
            }
        }

        private static let manifests = """
            {apiVersion: v1, kind: Pod, metadata: {name: web, namespace: default, labels: {app: web}},
              spec: {nodeName: n1}, status: {phase: Running, podIP: 10.0.0.1}}
            ---
            {apiVersion: v1, kind: Pod, metadata: {name: db, namespace: default, labels: {app: db}},
              spec: {nodeName: n2}, status: {phase: Running, podIP: 10.0.0.2}}
            ---
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web, namespace: default},
              spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress, Egress],
                egress: [{to: [{podSelector: {}}], ports: [{port: 5432}]}]}}
            """

        private func objects(_ text: String) -> Objects {
            ObjectDecoder.combine([ObjectDecoder.decode(text: text, file: "world.yaml")], revision: 1).objects
        }

        /// Without what tools lay out in their own way: white space, the order of elements, and that of sets and chains,
        /// which is the order in which they came.
        private func words(_ text: String) -> [String] {
            let body = text.drop { $0 != "{" }.dropFirst()
            let blocks = body.split(separator: "\n\n").map { block in
                let parts = block.split(separator: "elements = {", maxSplits: 1)
                let elements = parts.count < 2 ? [] : parts[1].split(separator: ",").map(plain).sorted()
                return ([plain(parts[0])] + elements).joined(separator: ", ")
            }
            return blocks.sorted()
        }

        private func plain(_ text: Substring) -> String {
            text.split { $0.isWhitespace || $0 == "}" }.joined(separator: " ")
        }
    }

#endif
