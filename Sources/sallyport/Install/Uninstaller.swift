import Kubernetes

/// Takes an installation out of a cluster, in an order in which nothing is put back.
struct Uninstaller {
    let cluster: InstallCluster
    let terminal: Terminal
    let nodesOnly: Bool
    let withDefinitions: Bool

    private static let agent = ObjectName(
        "apps/v1", "DaemonSet", namespace: Installation.Namespaces.agents, Installation.Accounts.agent)

    // MARK: What there is

    /// Looks what there is.
    func plan() async throws -> UninstallPlan {
        var plan = UninstallPlan(server: cluster.title)
        plan.agent = try await cluster.get(Self.agent)
        if plan.agent != nil {
            plan.nodes = try await cluster.list("v1", "Node").map(\.objectName)
        }
        guard !nodesOnly else { return plan }
        for name in Installation.Namespaces.all {
            let namespace = ObjectName("v1", "Namespace", name)
            if try await cluster.get(namespace) != nil { plan.namespaces.append(namespace) }
        }
        let inside = Set(Installation.Namespaces.all)
        plan.objects = try await InstallLeftovers.find(in: cluster).filter { !inside.contains($0.namespace) }
        plan.gateways = try await cluster.list("gateway.networking.k8s.io/v1", "Gateway")
            .filter { $0.at("spec", "gatewayClassName")?.string == Installation.className }
            .map { "\($0.objectNamespace)/\($0.objectName)" }
        if withDefinitions {
            for kind in KindSchema.all {
                let name = ObjectName("apiextensions.k8s.io/v1", "CustomResourceDefinition", kind.definitionName)
                if try await cluster.get(name) != nil { plan.definitions.append(name) }
            }
        }
        return plan
    }

    // MARK: Remove

    /// Removes it.
    ///
    /// - Throws: `Failure` with `findings` when something is left.
    func remove(_ plan: UninstallPlan) async throws {
        // Nobody is asked any more, and nobody makes anything anew.
        let first: Set<String> = ["ValidatingWebhookConfiguration", "GatewayClass"]
        for name in plan.objects where first.contains(name.kind) { try await delete(name) }
        var left: [String] = []
        if !nodesOnly {
            let controller = ObjectName(
                "apps/v1", "Deployment", namespace: Installation.Namespaces.system, Installation.Accounts.controller)
            try await delete(controller)
        }
        if let agent = plan.agent { left += try await release(plan.nodes, agent) }
        // While a namespace has pods that could not be made away with, it has to stay for another try.
        let kept = left.isEmpty ? nil : Installation.Namespaces.agents
        for name in plan.namespaces where name.name != kept { try await delete(name) }
        for name in plan.objects where !first.contains(name.kind) { try await delete(name) }
        for name in plan.definitions { try await delete(name) }
        left += try await remaining((plan.namespaces + plan.definitions).filter { $0.name != kept })
        guard left.isEmpty else {
            throw Failure(.findings, "left: \(left.joined(separator: "; "))", advice: "try again when that is mended")
        }
        terminal.line(nodesOnly ? "No node has rules of ours." : "Sallyport is uninstalled.")
    }

    private func delete(_ name: ObjectName) async throws {
        if try await cluster.delete(name) { terminal.line("  ok  \(name)") }
    }

    /// What is still there when time is up: whoever has a finalizer on something in it says why.
    private func remaining(_ names: [ObjectName]) async throws -> [String] {
        var left: [String] = []
        for name in names {
            let isGone = try await cluster.wait { () async throws -> Bool? in
                try await cluster.get(name) == nil ? true : nil
            }
            guard isGone == nil, let live = try await cluster.get(name) else { continue }
            let conditions = live.at("status", "conditions")?.elements ?? []
            let why = conditions.compactMap { $0["status"] == "True" ? $0["message"]?.string : nil }.joined(
                separator: "; ")
            left.append("\(name)\(why.isEmpty ? "" : " (\(why))")")
        }
        return left
    }

    // MARK: Nodes

    /// Ends the agents, and takes their rules off every node.
    ///
    /// - Returns: nodes that still have rules, each with the reason.
    private func release(_ nodes: [String], _ agent: YAMLTree) async throws -> [String] {
        let labels = "\(Installation.Labels.name)=\(Installation.Labels.ourName),\(Installation.Labels.component)=agent"
        try await delete(Self.agent)
        // An agent that still runs would put its rules back.
        let ended = try await cluster.wait { () async throws -> Bool? in
            try await cluster.list("v1", "Pod", namespace: Installation.Namespaces.agents, labels: labels).isEmpty
                ? true : nil
        }
        guard ended != nil else { return ["agents that do not end in \(Installation.Namespaces.agents)"] }
        for (number, node) in nodes.enumerated() {
            try await cluster.apply(ReleasePod.make(node: node, number: number, agent: agent))
        }
        let unfinished = try await cluster.wait { () async throws -> [YAMLTree]? in
            try await unreleased().isEmpty ? [] : nil
        }
        let left = unfinished == nil ? try await unreleased() : []
        for number in nodes.indices {
            _ = try await cluster.delete(
                ObjectName(
                    "v1", "Pod", namespace: Installation.Namespaces.agents, "sallyport-release-\(number)"))
        }
        terminal.line("  ok  rules are off \(nodes.count - left.count) of \(nodes.count) nodes")
        return left.map { pod in
            let node = pod.at("spec", "nodeName")?.string ?? "an unknown node"
            return
                "rules on node \(node): \(PodTrouble.reason(pod) ?? "it is not done"); run `sallyport agent --release` there"
        }
    }

    private func unreleased() async throws -> [YAMLTree] {
        try await cluster.list("v1", "Pod", namespace: Installation.Namespaces.agents, labels: ReleasePod.selector)
            .filter { $0.at("status", "phase") != "Succeeded" }
    }
}
