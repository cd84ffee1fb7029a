#if os(Linux)
    import Addresses
    import Agent
    import Glibc
    import Kubernetes
    import Netfilter
    import PacketFilter
    import Policy

    /// The listeners' group for packets, where one is asked for.
    let logGroup: UInt16 = 7

    /// Puts the rules of a node into this network namespace, and leaves them there.
    func install(_ directory: String, _ node: String, group: UInt16?) throws {
        var enforcer = try Enforcer(NodeSettings(node: node, logGroup: group))
        _ = try enforcer.enforce(Cluster(directory).snapshot)
    }

    /// Everything that an agent does: it starts, pods come, a policy changes.
    struct AgentRun {
        private let directory: String
        private let node: String

        init(_ directory: String, _ node: String) { (self.directory, self.node) = (directory, node) }

        func run() throws {
            var report = Report()
            var cluster = try report.time("read") { try Cluster(directory) }
            var enforcer = try Enforcer(NodeSettings(node: node, logGroup: logGroup))
            let first = try report.time("enforce") { try enforcer.enforce(cluster.snapshot) }
            report.note("elements", Double(first.changes.reduce(0) { $0 + $1.elementCount }))
            report.note("steps", Double(first.changes.reduce(0) { $0 + $1.steps.count }))
            report.note("start_mib", memory("VmRSS"))
            for name in ["remote_pod", "local_pod"] {
                for _ in 0..<9 {
                    try cluster.addPod(onNode: node, isHere: name == "local_pod")
                    try change(name, cluster, &enforcer, &report)
                }
            }
            for _ in 0..<6 {
                try cluster.editPolicy(Cluster.manyPeers)
                try change("policy", cluster, &enforcer, &report)
            }
            for _ in 0..<6 {
                try cluster.editPeers(Cluster.manyPeers)
                try change("peers", cluster, &enforcer, &report)
            }
            report.note("resident_mib", memory("VmRSS"))
            report.note("peak_mib", memory("VmHWM"))
            report.print()
        }

        /// The same change again and again, so often: for a profiler.
        func `repeat`(_ change: String, _ count: Int) throws {
            var cluster = try Cluster(directory)
            var enforcer = try Enforcer(NodeSettings(node: node, logGroup: logGroup))
            _ = try enforcer.enforce(cluster.snapshot)
            for _ in 0..<count {
                switch change {
                case "policy": try cluster.editPolicy(Cluster.manyPeers)
                case "peers": try cluster.editPeers(Cluster.manyPeers)
                default: try cluster.addPod(onNode: node, isHere: change == "local_pod")
                }
                _ = try enforcer.enforce(cluster.snapshot)
                enforcer.letGo()
            }
        }

        /// One change, and what it takes to free what was before, which the agent does when the rules are in force.
        private func change(
            _ name: String, _ cluster: Cluster, _ enforcer: inout Enforcer, _ report: inout Report
        ) throws {
            let outcome = try report.time(name) { try enforcer.enforce(cluster.snapshot) }
            report.time("\(name)_after") { enforcer.letGo() }
            report.note("\(name)_elements", Double(outcome.changes.reduce(0) { $0 + $1.elementCount }))
            report.note("\(name)_steps", Double(outcome.changes.reduce(0) { $0 + $1.steps.count }))
        }
    }

    /// The same piece by piece, each with its own time.
    struct PartsRun {
        private let directory: String
        private let node: String

        init(_ directory: String, _ node: String) { (self.directory, self.node) = (directory, node) }

        func run() throws {
            var report = Report()
            var cluster = try Cluster(directory)
            var step = try Step(node: node)
            try step.go("first", cluster.snapshot.objects, &report)
            report.note("local_pods", Double(step.localPods))
            report.note("pods", Double(cluster.snapshot.objects.pods.count))
            report.note("policies", Double(cluster.snapshot.objects.networkPolicies.count))
            for name in ["remote_pod", "local_pod"] {
                for _ in 0..<9 {
                    try cluster.addPod(onNode: node, isHere: name == "local_pod")
                    try step.go(name, cluster.snapshot.objects, &report)
                }
            }
            for _ in 0..<6 {
                try cluster.editPolicy(Cluster.manyPeers)
                try step.go("policy", cluster.snapshot.objects, &report)
            }
            for _ in 0..<6 {
                try cluster.editPeers(Cluster.manyPeers)
                try step.go("peers", cluster.snapshot.objects, &report)
            }
            report.print()
        }
    }

    /// From one state of the objects to the next, as `Enforcer` does it.
    private struct Step: ~Copyable {
        private let node: FilteredNode
        private var kernel: KernelTables
        private var filter: NodeFilter?
        private var translated: TranslatedPolicies?
        private var objects = Objects()

        init(node: String) throws {
            self.node = FilteredNode(
                node, interfaces: FilteredNode.usualInterfaces, failsafe: FilteredNode.usualFailsafe,
                logGroup: logGroup)
            kernel = try KernelTables()
        }

        var localPods: Int { filter?.rulesets.compactMap { $0.set("pods-here")?.elements.count }.reduce(0, +) ?? 0 }

        mutating func go(_ name: String, _ objects: Objects, _ report: inout Report) throws {
            let (old, before, known) = (filter, self.objects, translated)
            let inventory = report.time("\(name)/inventory") {
                old?.list.inventory.updated(from: before, to: objects) ?? Inventory(objects)
            }
            let all = report.time("\(name)/translate") { known?.updated(objects) ?? TranslatedPolicies(objects) }
            let policies = all.policies
            let list = report.time("\(name)/compile") {
                old?.list.updated(inventory: inventory, policies: policies)
                    ?? GuestList(inventory: inventory, policies: policies)
            }
            let node = node
            let new = report.time("\(name)/rules") { NodeFilter(list, node, previous: old) }
            let changes = report.time("\(name)/change") {
                guard let old else { return new.rulesets.map { RulesetChange(installing: $0) } }
                return zip(old.rulesets, new.rulesets).map { RulesetChange(from: $0, to: $1) }
            }
            let start = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
            try kernel.apply(changes)
            report.note("\(name)/kernel_wall_ms", Double(nanoseconds(CLOCK_MONOTONIC) - start.0) / 1e6)
            report.note("\(name)/kernel_cpu_ms", Double(nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - start.1) / 1e6)
            (filter, translated, self.objects) = (new, all, objects)
        }
    }
#endif
