import Addresses
import Kubernetes
import Policy

/// A cluster as its manifests say it, with everything that is asked of it.
struct World {
    let objects: Objects
    let list: GuestList
    let services: ServiceTable

    init(_ text: String) {
        let decoded = ObjectDecoder.combine([ObjectDecoder.decode(text: text, file: "f.yaml")], revision: 1)
        objects = decoded.objects
        list = GuestList(inventory: Inventory(objects), policies: WorkloadPolicy.all(in: objects))
        services = ServiceTable(objects, list.inventory)
        precondition(decoded.mistakes.isEmpty, decoded.mistakes.map(\.description).joined(separator: "\n"))
    }

    /// Names of endpoints, with what they are sent.
    func texts(_ backends: [ClusterService.Backend]?) -> [String]? {
        backends?.map { backend in
            let index = Int(backend.member.endpoint)
            let name = index >= 0 ? list.inventory.endpoints[index].name.description : "outside"
            return "\(name) \(backend.traffic.proto) \(backend.traffic.port)"
        }
    }

    static func pod(
        _ name: String, _ namespace: String = "shop", labels: String, address: String? = nil,
        ports: String = "[]"
    ) -> String {
        """
        ---
        {apiVersion: v1, kind: Pod, metadata: {name: \(name), namespace: \(namespace), labels: {\(labels)}},
         spec: {containers: [{name: c, image: i, ports: \(ports)}]},
         status: {phase: Running\(address.map { ", podIPs: [{ip: \($0)}]" } ?? "")}}

        """
    }

    static func namespace(_ name: String, labels: String = "") -> String {
        "---\n{apiVersion: v1, kind: Namespace, metadata: {name: \(name), labels: {\(labels)}}}\n"
    }

    static func policy(_ name: String, _ spec: String) -> String { policy(name, "shop", spec) }

    static func policy(_ name: String, _ namespace: String, _ spec: String) -> String {
        """
        ---
        {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: \(name), namespace: \(namespace)},
         spec: \(spec)}

        """
    }

    static func service(_ name: String, _ spec: String) -> String { service(name, "shop", spec) }

    static func service(_ name: String, _ namespace: String, _ spec: String) -> String {
        """
        ---
        {apiVersion: v1, kind: Service, metadata: {name: \(name), namespace: \(namespace)}, spec: \(spec)}

        """
    }
}

extension Traffic {
    static func tcp(_ port: UInt16) -> Traffic { Traffic(.tcp, port: port) }
}
