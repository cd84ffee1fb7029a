import Kubernetes

/// What an uninstallation removes.
struct UninstallPlan {
    /// Where the server is.
    var server: String
    /// The agents' DaemonSet; nil: there is none.
    var agent: YAMLTree?
    /// Nodes that have rules of ours, or may have.
    var nodes: [String] = []
    /// Gateways of our class, which serve no more.
    var gateways: [String] = []
    /// Namespaces of ours, with all that is in them.
    var namespaces: [ObjectName] = []
    /// Everything else.
    var objects: [ObjectName] = []
    /// Definitions of our kinds, with every object of them.
    var definitions: [ObjectName] = []

    /// True when there is nothing to do.
    var isEmpty: Bool { agent == nil && namespaces.isEmpty && objects.isEmpty && definitions.isEmpty }

    /// The same for a person.
    var lines: [String] {
        var lines = ["To be removed from \(server):"]
        if agent != nil {
            lines.append("  the agents, and their rules on \(nodes.count) node\(nodes.count == 1 ? "" : "s")")
        }
        if !gateways.isEmpty {
            let named = gateways.prefix(5).joined(separator: ", ") + (gateways.count > 5 ? ", ..." : "")
            lines.append("  what was made for Gateways, which then serve no more: \(named)")
        }
        if !namespaces.isEmpty {
            lines.append("  namespaces with all that is in them: \(namespaces.map(\.name).joined(separator: ", "))")
        }
        if !objects.isEmpty { lines.append("  \(objects.count) objects outside of them") }
        if !definitions.isEmpty {
            lines.append("  \(definitions.count) kinds of ours, with every object of them")
        }
        return lines
    }
}
