import Addresses
import Kubernetes
import Policy

/// Addresses that do not say whose they are.
enum AddressChecks {
    /// Who else has an address of a pod, and where that is written; nil: nobody.
    private static func other(_ address: Address, of index: Int, _ context: LintContext) -> String? {
        let list = context.list
        if let host = list.outsider(at: address) {
            return host.node >= 0
                ? "node \(list.inventory.nodes[Int(host.node)].name)" : "a pod on the network of its node"
        }
        let owner = Int(list.party(address).endpoint)
        guard owner >= 0, owner != index else { return nil }
        let name = list.inventory.endpoints[owner].name
        let place = context.objects.pods[name]?.metadata.position.map { " (\($0.file):\($0.line))" } ?? ""
        return "Pod \(name)\(place), which is taken to have it"
    }

    /// Pods that have an address which is found to be another's.
    static func sharedByPods(_ context: LintContext, _ found: inout FindingList) {
        let list = context.list
        for (index, endpoint) in list.inventory.endpoints.enumerated() where !endpoint.usesHostNetwork {
            for address in endpoint.addresses {
                guard let other = other(address, of: index, context) else { continue }
                found.add(
                    ObjectReference(
                        group: Pod.group, kind: Pod.kind, namespace: endpoint.namespace, name: endpoint.name.name),
                    "status.podIPs", context.objects.pods[endpoint.name]?.metadata.position,
                    "\(address) is also the address of \(other), and what is said of everyone counts both",
                    "remove what is not there any more")
            }
        }
    }
}
