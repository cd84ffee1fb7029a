/// How pods are linked to their node.
public enum LabWiring: String, Hashable, Sendable, Codable, CaseIterable {
    /// Each by a link of its own, with a route to it: the node sees all that pods say to each other.
    case routed
    /// All on one bridge: pods of one node reach each other without being routed.
    case bridge
}

/// How Services lead to pods: the modes of kube-proxy.
public enum LabServices: String, Hashable, Sendable, Codable, CaseIterable {
    /// A table of maps.
    case nftables
    /// Chains of rules.
    case iptables
}

/// What a lab is made with.
public struct LabOptions: Hashable, Sendable, Codable {
    /// How pods are linked to their node.
    public var wiring: LabWiring
    /// How Services lead to pods.
    public var services: LabServices
    /// The most pods that there may be; nil: any number.
    public var maximumPods: Int?
    /// The most pods that a controller gets whose pods are not among the objects.
    public var maximumReplicas: Int
    /// The most addresses of the world outside.
    public var maximumOutside: Int
    /// True: the commands of containers run, where this machine has their program.
    public var runsCommands: Bool

    /// Those options.
    public init(
        wiring: LabWiring = .routed, services: LabServices = .nftables, maximumPods: Int? = 250,
        maximumReplicas: Int = 3, maximumOutside: Int = 64,
        runsCommands: Bool = false
    ) {
        self.wiring = wiring
        self.services = services
        self.maximumPods = maximumPods
        self.maximumReplicas = maximumReplicas
        self.maximumOutside = maximumOutside
        self.runsCommands = runsCommands
    }
}
