import Addresses
import Kubernetes
import Policy
import Testing

@testable import Reachability

/// A cluster written as YAML.
struct Cluster {
    let objects: Objects
    let list: GuestList

    init(_ yaml: String, _ location: SourceLocation = #_sourceLocation) {
        let snapshot = ObjectDecoder.snapshot(files: [(path: "cluster.yaml", bytes: Array(yaml.utf8))], revision: 1)
        #expect(snapshot.mistakes == [], sourceLocation: location)
        objects = snapshot.objects
        list = GuestList(objects)
    }

    var guarantees: [Guarantee] { objects.guarantees.values.sorted { $0.key < $1.key } }

    func proofs(staged: Bool = false) -> [Proof] {
        Reachability.proving(list, staged: staged, guarantees).check(guarantees, AssetTable(objects, list.inventory))
    }

    func party(_ name: String) -> Party {
        if let address = Address(name) { return list.party(address) }
        let parts = name.split(separator: "/").map(String.init)
        return list.party(endpoint: list.endpoints(named: NamespacedName(parts[0], parts[1]))[0], isIPv4: true)!
    }

    func connection(_ from: String, _ to: String, _ port: UInt16, _ proto: IPProtocol = .tcp) -> Connection {
        Connection(source: party(from), destination: party(to), traffic: Traffic(proto, port: port))
    }

    /// A pod of a workload that is itself.
    static func pod(_ namespace: String, _ name: String, _ address: String, _ extra: String = "") -> String {
        """
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name), namespace: \(namespace), labels: {app: \(name)}\(extra.isEmpty ? "" : ", \(extra)")}
        spec: {containers: [{name: main, image: x}]}
        status: {phase: Running, podIPs: [{ip: \(address)}]}

        """
    }

    /// A NetworkPolicy for pods `app: name`, with the rest of its spec.
    static func policy(_ namespace: String, _ name: String, app: String?, _ spec: String) -> String {
        """
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: \(name), namespace: \(namespace)}
        spec:
          podSelector: {\(app.map { "matchLabels: {app: \($0)}" } ?? "")}
          \(spec)

        """
    }

    static func guarantee(_ name: String, _ rule: String) -> String {
        """
        ---
        apiVersion: sallyport.dev/v1alpha1
        kind: Guarantee
        metadata: {name: \(name)}
        spec:
          rules:
          - \(rule)

        """
    }

    /// A gateway, a model server, a vector store and a notebook, without policies.
    static let assistants =
        pod("ai", "gateway", "10.1.0.1") + pod("ai", "ollama", "10.1.0.2", "annotations: {sallyport.dev/asset: model}")
        + pod("ai", "qdrant", "10.1.0.3", "annotations: {sallyport.dev/asset: data}")
        + pod("lab", "notebook", "10.1.1.1")
}
