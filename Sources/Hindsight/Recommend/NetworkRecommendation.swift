import Addresses
import Kubernetes
import Policy

/// A policy that allows what was seen, as text of a manifest.
public struct Recommendation: Hashable, Sendable {
    /// `NetworkPolicy`, `AccessPolicy` or `Budget`.
    public var kind: String
    /// Namespace and name.
    public var name: NamespacedName
    /// What it is about: the workload, or the route.
    public var subject: String
    /// The manifest, with comments.
    public var text: String
    /// How far what was seen can be trusted to be all.
    public var confidence: Confidence
    /// What a person should know before putting it into force: sentences without a full stop.
    public var remarks: [String]
}

/// What recommendations are made with.
public struct RecommendationSettings: Sendable {
    /// With the annotation that they are only watched.
    public var isStaged = true
    /// What budgets allow, in hundredths of the most that was spent on one day.
    public var headroomPercent: Int64 = 150
    /// Names of ranges of addresses.
    public var ranges = NamedRanges.everywhere

    /// Staged, with half as much again as was spent.
    public init() {}
}

extension ConnectionsSeen {
    /// The NetworkPolicy of each workload that allows what was seen and nothing else, by namespace and name.
    ///
    /// - Parameter objects: who there is now, and which names are taken.
    public func recommendations(
        _ objects: Objects, settings: RecommendationSettings = RecommendationSettings()
    ) -> [Recommendation] {
        let selection = PodSelection(objects, self)
        var names = Dictionary(grouping: objects.networkPolicies.keys, by: \.namespace)
            .mapValues { FreeNames($0.map(\.name)) }
        return workloads.sorted { $0.key < $1.key }.map { name, seen in
            let policyName = names[name.namespace, default: FreeNames([])].take("\(name.name)-seen")
            var writer = NetworkPolicyWriter(selection, settings)
            return writer.write(
                name, seen, confidence(of: name) ?? Confidence(), named: NamespacedName(name.namespace, policyName))
        }
    }
}

/// Writes one NetworkPolicy.
private struct NetworkPolicyWriter {
    private let selection: PodSelection
    private let settings: RecommendationSettings
    private var remarks: [String] = []

    init(_ selection: PodSelection, _ settings: RecommendationSettings) {
        self.selection = selection
        self.settings = settings
    }

    /// A port of the other side, or of the own one.
    private struct Port: Hashable, Comparable {
        let proto: IPProtocol
        let port: UInt16
        static func < (a: Self, b: Self) -> Bool { (a.proto.rawValue, a.port) < (b.proto.rawValue, b.port) }
    }

    mutating func write(
        _ workload: WorkloadName, _ seen: ConnectionsSeen.Workload, _ confidence: Confidence, named name: NamespacedName
    ) -> Recommendation {
        var text = Manifest()
        text.comment(0, "\(workload): \(confidence.words); confidence \(confidence.level.rawValue)")
        text.head(
            "networking.k8s.io/v1", NetworkPolicy.kind, name.name, name.namespace, isStaged: settings.isStaged)
        text.line(2, "podSelector: \(selector(workload, isOwn: true))")
        text.line(2, "policyTypes: [Ingress, Egress]")
        for (isIngress, field, peers) in [(true, "ingress", "from"), (false, "egress", "to")] {
            let rules = rules(seen, isIngress: isIngress)
            text.line(2, rules.isEmpty ? "\(field): []" : "\(field):")
            for rule in rules { write(rule, peers, seen, in: workload.namespace, to: &text) }
        }
        note(seen)
        return Recommendation(
            kind: NetworkPolicy.kind, name: name, subject: workload.description, text: text.text,
            confidence: confidence, remarks: remarks)
    }

    private mutating func note(_ seen: ConnectionsSeen.Workload) {
        if !seen.unnamed.isEmpty {
            remarks.append(
                "a NetworkPolicy cannot name \(seen.unnamed.sorted().joined(separator: ", ")), which was seen and would "
                    + "be denied")
        }
        if seen.isCut { remarks.append("it had more connections than are kept: some of them would be denied") }
    }

    private mutating func selector(_ workload: WorkloadName, isOwn: Bool) -> String {
        guard let found = selection.find(workload) else { return "{}" }
        if found.selector.requirements.isEmpty {
            remarks.append(
                "\(workload) has no labels of its own: \(isOwn ? "the policy is about" : "a rule means") every pod of "
                    + "the namespace \(workload.namespace)")
        } else if !found.others.isEmpty {
            remarks.append(
                "pods of \(found.others.map(\.description).joined(separator: ", ")) have the labels of \(workload) too")
        }
        return found.selector.flow
    }

    private struct Rule {
        var workloads: [WorkloadName]
        var blocks: [AddressBlocks.Block]
        var ports: [Port]
    }

    /// Peers with the same ports are one rule.
    private mutating func rules(_ seen: ConnectionsSeen.Workload, isIngress: Bool) -> [Rule] {
        var ports: [ConnectionsSeen.Peer: Set<Port>] = [:]
        for need in seen.needs.keys where need.isIngress == isIngress {
            ports[need.peer, default: []].insert(Port(proto: need.proto, port: need.port))
            // A name that does not fit into a datagram is asked for again over TCP.
            if !isIngress, need.proto == .udp, need.port == 53 {
                ports[need.peer, default: []].insert(Port(proto: .tcp, port: 53))
            }
        }
        let byPorts = Dictionary(grouping: ports.keys, by: { ports[$0]?.sorted() ?? [] })
        return byPorts.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { rule($0.value, $0.key, isIngress: isIngress) }
    }

    private mutating func rule(_ peers: [ConnectionsSeen.Peer], _ ports: [Port], isIngress: Bool) -> Rule {
        var rule = Rule(workloads: [], blocks: [], ports: ports)
        var outside: [Address] = []
        for peer in peers {
            switch peer {
            case .workload(let name): rule.workloads.append(name)
            case .node(let node, let address):
                rule.blocks.append(AddressBlocks.Block(prefix: Prefix(address), comment: "node \(node)"))
            case .address(let address): outside.append(address)
            }
        }
        rule.workloads.sort()
        rule.blocks.sort { $0.prefix.address < $1.prefix.address }
        let blocks = AddressBlocks(outside, settings.ranges)
        rule.blocks += blocks.blocks
        let way = isIngress ? "from outside" : "to outside"
        remarks += blocks.widened.map { "\(way): \($0)" }
        return rule
    }

    private mutating func write(
        _ rule: Rule, _ field: String, _ seen: ConnectionsSeen.Workload, in namespace: String, to text: inout Manifest
    ) {
        text.line(2, "- \(field):")
        for workload in rule.workloads {
            let service = seen.services[.workload(workload)].map { "\(workload), Service \($0)" }
            let pods = "podSelector: \(selector(workload, isOwn: false))"
            let comment = service ?? workload.description
            guard workload.namespace != namespace else {
                text.line(4, "- \(pods)", comment: comment)
                continue
            }
            let name = "{matchLabels: {kubernetes.io/metadata.name: \(Manifest.quoted(workload.namespace))}}"
            text.line(4, "- namespaceSelector: \(name)", comment: comment)
            text.line(6, pods)
        }
        for block in rule.blocks {
            let service = seen.services[.address(block.prefix.address)].map { ", Service \($0)" } ?? ""
            let except = block.except.isEmpty ? "" : ", except: \(Manifest.list(block.except.map(\.description)))"
            text.line(
                4, "- ipBlock: {cidr: \(Manifest.quoted(block.prefix.description))\(except)}",
                comment: block.comment + service)
        }
        let ports = rule.ports.map { "{protocol: \($0.proto), port: \($0.port)}" }
        text.line(4, "ports: [\(ports.joined(separator: ", "))]")
    }
}
