import Addresses
import Kubernetes
import PacketFilter

/// How a node is filtered, as whoever runs the agent says it.
public struct NodeSettings: Hashable, Sendable {
    /// The node's name.
    public var node: String
    /// Where pods of the node get addresses from, besides what its Node object says.
    public var podRanges: [Prefix]
    /// How names of interfaces begin that lead to pods.
    public var interfaces: [String]
    /// Ports of the node itself that never close.
    public var failsafe: [Traffic]
    /// The group of listeners for packets that open connections; nil: nothing is watched.
    public var logGroup: UInt16?
    /// Where the kernel's settings for networks can be written to.
    public var kernelSettings = NodeSettings.usualKernelSettings

    /// The group of listeners that the agent uses unless told otherwise.
    public static let usualLogGroup: UInt16 = 6_500

    /// Where they are, but for containers, in which the node's own folder has to be mounted somewhere else.
    public static let usualKernelSettings = "/proc/sys/net"

    /// The usual settings of a node.
    public init(
        node: String, podRanges: [Prefix] = [], interfaces: [String] = FilteredNode.usualInterfaces,
        failsafe: [Traffic] = FilteredNode.usualFailsafe, logGroup: UInt16? = nil
    ) {
        self.node = node
        self.podRanges = podRanges
        self.interfaces = interfaces
        self.failsafe = failsafe
        self.logGroup = logGroup
    }

    /// The node with what objects say of it.
    func node(_ objects: Objects) -> FilteredNode {
        let said = objects.nodes[NamespacedName("", node)]?.podBlocks ?? []
        return FilteredNode(
            node, podRanges: Set(podRanges + said).sorted { ($0.address, $0.length) < ($1.address, $1.length) },
            interfaces: interfaces,
            failsafe: failsafe, logGroup: logGroup)
    }
}
