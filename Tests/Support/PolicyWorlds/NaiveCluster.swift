import Addresses
import Kubernetes

// A second evaluator of policies, to hold the product's against. It is written from the sentences of the two APIs, straight
// down and slowly: nothing is compiled, every object is looked at for every question. It shares nothing with the product
// but the decoded kinds and what an address and a block are.

/// A pod that is or may be there, as the sentences speak of it.
struct NaivePod {
    /// Namespace and name; of a template those of its controller.
    var key: NamespacedName
    var labels: [String: String]
    var ports: [ContainerPort]
    /// Empty: not known, then it may be anywhere where pods are.
    var addresses: [Address]
    var node: String?

    init(_ pod: Pod) {
        (key, labels, ports) = (pod.key, pod.metadata.labels, pod.ports)
        (addresses, node) = (pod.addresses, pod.nodeName)
    }

    init(_ object: Deployment) {
        (key, labels, ports) = (object.metadata.key, object.template.labels, object.template.ports)
        (addresses, node) = ([], nil)
    }
}

/// One side of a connection.
enum NaiveSide {
    /// A pod on its own network, at that address; nil: the address is not known.
    case pod(NaivePod, Address?)
    /// Whatever else has an address: the outside, a node, and pods on the network of a node.
    case address(Address)

    var pod: NaivePod? { if case .pod(let pod, _) = self { pod } else { nil } }

    var address: Address? {
        switch self {
        case .pod(_, let address): address
        case .address(let address): address
        }
    }
}

/// Who has which address.
struct NaiveCluster {
    let objects: Objects

    /// "kubernetes.io/metadata.name" is on every namespace, also on one that is only mentioned.
    func labels(ofNamespace name: String) -> [String: String] {
        for namespace in objects.namespaces.values where namespace.metadata.name == name {
            var labels = namespace.metadata.labels
            labels["kubernetes.io/metadata.name"] = name
            return labels
        }
        return ["kubernetes.io/metadata.name": name]
    }

    /// Pods that have ended are not there; terminating ones still are.
    var livePods: [Pod] { objects.pods.values.filter { $0.phase != "Succeeded" && $0.phase != "Failed" } }

    /// The pod that has the address now: of several the newest that runs.
    func owner(of address: Address) -> Pod? {
        var best: Pod?
        for pod in livePods where !pod.usesHostNetwork && pod.addresses.contains(address) {
            guard let other = best else {
                best = pod
                continue
            }
            let (runs, otherRuns) = (pod.phase == "Running", other.phase == "Running")
            let (made, otherMade) = (
                pod.metadata.creationTimestamp ?? .min, other.metadata.creationTimestamp ?? .min
            )
            if runs != otherRuns {
                if runs { best = pod }
            } else if made != otherMade {
                if made > otherMade { best = pod }
            } else if pod.key < other.key {
                best = pod
            }
        }
        return best
    }

    func side(_ address: Address) -> NaiveSide {
        owner(of: address).map { .pod(NaivePod($0), address) } ?? .address(address)
    }

    /// Where the addresses of pods are that are not known: what nodes say, else private address space.
    func podBlocks(isIPv4: Bool) -> [Prefix] {
        let said = objects.nodes.values.flatMap(\.podBlocks)
        let texts = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]
        let all = said.isEmpty ? texts.compactMap { Prefix($0) } : said
        return all.filter { $0.address.isIPv4 == isIPv4 }
    }

    /// The nodes that have the address.
    func nodes(at address: Address) -> [Node] { objects.nodes.values.filter { $0.addresses.contains(address) } }

    /// Traffic to a pod from its own node is always allowed.
    func isOwnNode(_ source: NaiveSide, of pod: NaivePod) -> Bool {
        guard case .address(let address) = source, let name = pod.node else { return false }
        return nodes(at: address).contains { $0.metadata.name == name }
    }

    /// True when the side is in one of the blocks and in none of the others; a pod that may be anywhere has to be in them
    /// wherever it is.
    func isIn(_ blocks: [Prefix], except: [Prefix], _ side: NaiveSide, isIPv4: Bool) -> Bool {
        func holds(_ address: Address) -> Bool {
            blocks.contains { $0.contains(address) } && !except.contains { $0.contains(address) }
        }
        if let address = side.address { return holds(address) }
        // Between the ends of blocks nothing changes, so it is enough to try those, and their neighbours.
        let possible = podBlocks(isIPv4: isIPv4)
        let ends = (possible + blocks + except).flatMap { [$0.address.bits, $0.lastAddress.bits] }
        let tried = ends.flatMap { [$0 &- 1, $0, $0 &+ 1] }.map { Address(bits: $0) }
        return tried.filter { address in possible.contains { $0.contains(address) } }.allSatisfy(holds)
    }
}

/// The requirements of a selector, one after the other.
func naivelySelects(_ selector: LabelSelector, _ labels: [String: String]) -> Bool {
    for requirement in selector.requirements {
        switch requirement {
        case .isIn(let key, let values):
            guard let value = labels[key], values.contains(value) else { return false }
        case .notIn(let key, let values):
            if let value = labels[key], values.contains(value) { return false }
        case .exists(let key):
            if labels[key] == nil { return false }
        case .doesNotExist(let key):
            if labels[key] != nil { return false }
        }
    }
    return true
}
