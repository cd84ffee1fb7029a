import Addresses
import Kubernetes
import Policy

/// Addresses that do not say whose they are.
enum AddressChecks {
    /// Pods that have an address which is found to be another's.
    static func sharedByPods(_ context: LintContext, _ found: inout FindingList) {
        let list = context.list
        for (index, endpoint) in list.inventory.endpoints.enumerated() where !endpoint.usesHostNetwork {
            for address in endpoint.addresses {
                let owner = Int(list.party(address).endpoint)
                guard owner >= 0, owner != index else { continue }
                let other = list.inventory.endpoints[owner].name
                let place = context.objects.pods[other]?.metadata.position.map { " (\($0.file):\($0.line))" } ?? ""
                found.add(
                    ObjectReference(
                        group: Pod.group, kind: Pod.kind, namespace: endpoint.namespace, name: endpoint.name.name),
                    "status.podIPs", context.objects.pods[endpoint.name]?.metadata.position,
                    "\(address) is also the address of Pod \(other)\(place): who has it is taken to be that one, and what "
                        + "is said of everyone counts both",
                    "remove the pod that is not there any more")
            }
        }
    }
}
