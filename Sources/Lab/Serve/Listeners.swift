import Addresses
import Kubernetes

extension LabPlan {
    /// One port that somebody listens on.
    public struct Listener: Hashable, Sendable {
        /// Whose; what is answered.
        public let name: String
        /// The network namespace.
        public let namespace: String
        /// Its address.
        public let address: Address
        /// Protocol and port.
        public let traffic: Traffic
    }

    /// Every port that somebody listens on, but for pods in which a command runs. Where pods on the network of one node want the same port, the first has it.
    public var listeners: [Listener] {
        var taken: Set<String> = []
        var all: [Listener] = []
        func add(_ name: String, _ namespace: String, _ addresses: [Address], _ ports: [Traffic]) {
            for address in addresses {
                for traffic in ports where taken.insert("\(namespace) \(address) \(traffic.key)").inserted {
                    all.append(Listener(name: name, namespace: namespace, address: address, traffic: traffic))
                }
            }
        }
        for pod in pods where pod.commands.isEmpty {
            add(pod.name.description, pod.namespace, pod.addresses, pod.ports)
        }
        add(LabPlace.outside.description, outside.namespace, outside.addresses, outside.ports)
        return all
    }
}
