import Addresses
import Kubernetes

/// A place of a lab that a program can run in, and a connection come from.
public enum LabPlace: Hashable, Sendable, CustomStringConvertible {
    /// A pod.
    case pod(NamespacedName)
    /// A node.
    case node(String)
    /// The world outside.
    case outside

    /// The place of a text: `namespace/pod`, `node/name`, `outside`.
    ///
    /// A pod of a namespace that is called `node` is not meant by it.
    ///
    /// - Throws: `LabError` when it is none of these.
    public init(_ text: String) throws(LabError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch (parts.count, parts.first) {
        case (1, "outside"): self = .outside
        case (2, "node") where !parts[1].isEmpty: self = .node(parts[1])
        case (2, _) where !parts.contains(""): self = .pod(NamespacedName(parts[0], parts[1]))
        default: throw LabError(.usage, "a place is written namespace/pod, node/name or outside")
        }
    }

    /// As it is written.
    public var description: String {
        switch self {
        case .pod(let name): name.description
        case .node(let name): "node/\(name)"
        case .outside: "outside"
        }
    }
}

extension LabPlan {
    /// A pod by its name.
    public func pod(_ name: NamespacedName) -> Pod? { pods.first { $0.name == name } }

    /// A node by its name.
    public func node(_ name: String) -> Node? { nodes.first { $0.name == name } }

    /// The network namespace of a place, and its addresses.
    ///
    /// - Throws: `LabError` when there is no such place.
    public func find(_ place: LabPlace) throws(LabError) -> (namespace: String, addresses: [Address]) {
        switch place {
        case .outside: return (outside.namespace, outside.addresses)
        case .node(let name):
            if let node = node(name) { return (node.namespace, node.addresses) }
            let known = nodes.map { "node/\($0.name)" }
            throw LabError(.usage, "the lab has no node \(name)", advice: "it has \(Self.some(known))")
        case .pod(let name):
            if let pod = pod(name) { return (pod.namespace, pod.addresses) }
            let near = pods.map(\.name).filter { $0.namespace == name.namespace || $0.name.hasPrefix(name.name) }
            let known = (near.isEmpty ? pods.map(\.name) : near).map(\.description)
            throw LabError(.usage, "the lab has no pod \(name)", advice: "it has \(Self.some(known))")
        }
    }

    private static func some(_ names: [String]) -> String {
        names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
    }
}
