import Addresses
import Kubernetes
import Policy

/// The two sides of a connection, as policies write them.
struct PolicyText {
    let connection: Connection
    private let list: GuestList

    init(_ list: GuestList, _ connection: Connection) {
        self.list = list
        self.connection = connection
    }

    /// The side that a direction's policies are about.
    func own(_ direction: Direction) -> Party {
        direction == .egress ? connection.source : connection.destination
    }

    /// The other side.
    func other(_ direction: Direction) -> Party {
        direction == .egress ? connection.destination : connection.source
    }

    static func rulesField(_ direction: Direction) -> String { direction == .egress ? "egress" : "ingress" }

    static func peersField(_ direction: Direction) -> String { direction == .egress ? "to" : "from" }

    /// True when policies can tell it from others: it has a label of its own, or an address.
    func hasName(_ party: Party) -> Bool {
        party.endpoint >= 0
            ? !Self.stable(list.inventory.endpoints[Int(party.endpoint)].labels).isEmpty : party.address != nil
    }

    // MARK: In the common form

    /// What goes between them.
    var term: TrafficTerm {
        TrafficTerm(
            proto: connection.traffic.proto,
            port: connection.traffic.proto.hasPorts ? .range(PortRange(connection.traffic.port)) : nil)
    }

    /// A side, as a rule names it.
    func peer(_ party: Party) -> Peer {
        guard party.endpoint >= 0 else { return Peer(blocks: party.address.map { [Prefix($0)] } ?? []) }
        let endpoint = list.inventory.endpoints[Int(party.endpoint)]
        return Peer(
            workloads: WorkloadSelector(
                namespaces: .named(endpoint.namespace),
                labels: LabelExpression(LabelSelector(matchLabels: Self.stable(endpoint.labels)))))
    }

    // MARK: As Kubernetes writes it

    /// An entry of `ports` of a NetworkPolicy.
    var port: String { "{protocol: \(connection.traffic.proto), port: \(connection.traffic.port)}" }

    /// `{matchLabels: {app: web}}`; nil: it has no label of its own.
    func labels(_ party: Party) -> String? {
        guard party.endpoint >= 0, hasName(party) else { return nil }
        let labels = Self.stable(list.inventory.endpoints[Int(party.endpoint)].labels).sorted { $0.key < $1.key }
            .map { "\(Self.quoted($0.key)): \(Self.quoted($0.value))" }
        return "{matchLabels: {\(labels.joined(separator: ", "))}}"
    }

    private func namespace(_ party: Party) -> String {
        let name = list.inventory.endpoints[Int(party.endpoint)].namespace
        return "{matchLabels: {kubernetes.io/metadata.name: \(Self.quoted(name))}}"
    }

    /// `{namespaceSelector: {...}, podSelector: {...}}`; nil: it has no label of its own.
    func pods(_ party: Party) -> String? {
        labels(party).map { "{namespaceSelector: \(namespace(party)), podSelector: \($0)}" }
    }

    private func block(_ party: Party) -> String? { party.address.map { Prefix($0).description } }

    /// An entry of `from` or `to` of a NetworkPolicy of a namespace.
    func item(_ direction: Direction, in namespace: String) -> String {
        let party = other(direction)
        guard let labels = labels(party) else { return "- ipBlock: {cidr: \(Self.quoted(block(party) ?? ""))}" }
        let isOwn = list.inventory.endpoints[Int(party.endpoint)].namespace == namespace
        return isOwn
            ? "- podSelector: \(labels)" : "- namespaceSelector: \(self.namespace(party))\n  podSelector: \(labels)"
    }

    /// What stands for kinds of the group of ClusterNetworkPolicy.
    var clusterPolicy: ObjectReference {
        ObjectReference(
            group: ClusterNetworkPolicy.group, kind: ClusterNetworkPolicy.kind, namespace: "", name: "")
    }

    /// A rule about this connection only, as the kind of a policy writes it; nil: it cannot. Protocols without ports are
    /// not written, and then it is about all that goes between the two.
    func rule(_ direction: Direction, _ action: RuleAction, as kind: ObjectReference) -> [String]? {
        if kind.group == CalicoTier.group { return calicoRule(direction, action) }
        guard kind.group == ClusterNetworkPolicy.group else { return nil }
        let party = other(direction)
        // Addresses outside are known to rules of egress only.
        let address = direction == .egress && party.endpoint < 0 ? block(party) : nil
        guard let peer = pods(party).map({ "pods: \($0)" }) ?? address.map({ "networks: [\(Self.quoted($0))]" }) else {
            return nil
        }
        let isOld = kind.kind != ClusterNetworkPolicy.kind
        let word = action == .deny ? "Deny" : isOld ? "Allow" : "Accept"
        let lines = ["- action: \(word)", "  \(Self.peersField(direction)): [{\(peer)}]"]
        let (proto, number) = (connection.traffic.proto, connection.traffic.port)
        guard proto.hasPorts else { return lines }
        guard !isOld else { return lines + ["  ports: [{portNumber: \(port)}]"] }
        return lines + ["  protocols: [{\(proto.description.lowercased()): {destinationPort: {number: \(number)}}}]"]
    }

    // MARK: As Calico writes it

    /// `"app == 'web' && tier == 'front'"`; nil: it has no label of its own.
    func selector(_ party: Party) -> String? {
        guard party.endpoint >= 0, hasName(party) else { return nil }
        let labels = Self.stable(list.inventory.endpoints[Int(party.endpoint)].labels).sorted { $0.key < $1.key }
        return "\"\(labels.map { "\($0.key) == '\($0.value)'" }.joined(separator: " && "))\""
    }

    private func calicoRule(_ direction: Direction, _ action: RuleAction) -> [String]? {
        let party = other(direction)
        var sides = (source: "", destination: "")
        let who: String
        if let selector = selector(party) {
            let namespace = list.inventory.endpoints[Int(party.endpoint)].namespace
            who = "selector: \(selector), namespaceSelector: \"projectcalico.org/name == '\(namespace)'\""
        } else if let block = block(party) {
            who = "nets: [\(Self.quoted(block))]"
        } else {
            return nil
        }
        if direction == .egress { sides.destination = who } else { sides.source = who }
        let hasPorts = connection.traffic.proto.hasPorts
        if hasPorts {
            sides.destination += (sides.destination.isEmpty ? "" : ", ") + "ports: [\(connection.traffic.port)]"
        }
        return ["- action: \(action == .deny ? "Deny" : "Allow")"]
            + (hasPorts ? ["  protocol: \(connection.traffic.proto)"] : [])
            + (sides.source.isEmpty ? [] : ["  source: {\(sides.source)}"])
            + (sides.destination.isEmpty ? [] : ["  destination: {\(sides.destination)}"])
    }

    // MARK: Names

    /// What a policy about this connection is called: `ollama-from-notebook`.
    func ruleName(_ direction: Direction) -> String {
        func name(_ party: Party) -> String {
            party.endpoint < 0 ? "outside" : list.inventory.endpoints[Int(party.endpoint)].workload.name
        }
        return "\(name(own(direction)))-\(Self.peersField(direction))-\(name(other(direction)))"
    }

    /// A name that no policy of the namespace has; of the empty one: that no policy of the cluster has.
    func freeName(_ name: String, in namespace: String) -> String {
        let wanted = String(decoding: name.utf8.prefix(200), as: UTF8.self)
        let taken = Set(list.policies.map(\.source).filter { $0.namespace == namespace }.map(\.name))
        if !taken.contains(wanted) { return wanted }
        return (1...).lazy.map { "\(wanted)-\($0)" }.first { !taken.contains($0) } ?? wanted
    }

    /// Labels that all pods of a workload have, now and after the next roll-out.
    private static func stable(_ labels: [String: String]) -> [String: String] {
        labels.filter { !fleeting.contains($0.key) }
    }

    private static let fleeting: Set<String> = [
        "pod-template-hash", "controller-revision-hash", "pod-template-generation", "controller-uid", "job-name",
        "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-name", "batch.kubernetes.io/job-completion-index",
    ]

    /// A text as YAML reads it as a text.
    static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
            }
        return isPlain && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(text)
            ? text : "\"\(text)\""
    }
}
