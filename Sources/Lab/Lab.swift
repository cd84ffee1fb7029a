#if os(Linux)
    import Kubernetes
    import Policy
    import Synchronization

    /// A lab that lives as long as this process: namespaces, and whoever listens in them.
    ///
    /// What it does, it does at once: calls return when it is done. `deinit` does not take it down; `down` does.
    public final class Lab: Sendable {
        /// What it is like.
        public let plan: LabPlan
        /// The cluster that it stands for.
        public let cluster: LabCluster

        private let server = Mutex<PodServer?>(nil)
        private let prober: Prober

        /// A lab of a plan; nothing is made yet.
        public init(_ plan: LabPlan, _ cluster: LabCluster) {
            self.plan = plan
            self.cluster = cluster
            prober = Prober(plan)
        }

        /// A lab of objects, with the policies that are among them.
        ///
        /// - Throws: `LabError` when they make none.
        public convenience init(
            _ objects: Objects, name: LabName = .standard, _ options: LabOptions = .init()
        ) throws(LabError) {
            let (cluster, plan) = try LabPlan.make(objects, name: name, options, canRun: Lab.canRun)
            self.init(plan, cluster)
        }

        /// True when this machine has the program of a command.
        public static func canRun(_ program: String) -> Bool { Programs.isThere(program) }

        /// Makes it, and listens on all of its ports.
        ///
        /// - Throws: `LabError` when that fails; nothing is left then.
        public func up() throws(LabError) {
            try LabBuilder.up(plan, cluster)
            do throws(LabError) {
                let new = try PodServer(plan)
                server.withLock { $0 = new }
            } catch {
                _ = try? LabBuilder.down(LabName(plan.name))
                throw error
            }
        }

        /// Takes it down.
        public func down() throws(LabError) {
            let old = server.withLock { server in
                defer { server = nil }
                return server
            }
            old?.stop()
            try LabBuilder.down(LabName(plan.name))
        }

        /// Tries connections; outcomes are in their order.
        ///
        /// - Throws: `LabError` when a place is not in the lab.
        public func probe(_ probes: [Probe], _ options: ProbeOptions = .init()) throws(LabError) -> [ProbeOutcome] {
            try prober.run(probes, options)
        }
    }
#endif
