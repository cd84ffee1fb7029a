import Addresses
import Kubernetes

/// A policy between workloads, in one form for every kind that it can be written as.
///
/// A cluster has thousands of them, which every state of it has again: a policy is one word, copies share what it says,
/// and two that share it are known to be the same without looking at it.
public struct WorkloadPolicy: Hashable, Sendable {
    private var shared: Shared

    /// What a policy says.
    private struct Content: Hashable {
        var source: ObjectReference
        var position: Position?
        var rulePlaces: RulePlaces = RulePlaces()
        var tier: Tier
        var priority: Double
        var isStaged: Bool
        var replaces: ObjectReference?
        var subject: WorkloadSelector
        var ingress: [WorkloadRule]?
        var egress: [WorkloadRule]?
        var remarks: [Remark]
    }

    /// Never changes.
    private final class Shared: Sendable {
        let content: Content

        init(_ content: Content) { self.content = content }
    }

    private var content: Content {
        get { shared.content }
        set { shared = Shared(newValue) }
    }

    /// The object that says it.
    public var source: ObjectReference {
        get { shared.content.source }
        set { content.source = newValue }
    }
    /// Where that was written.
    public var position: Position? {
        get { shared.content.position }
        set { content.position = newValue }
    }
    /// Where its rules were written.
    public var rulePlaces: RulePlaces {
        get { shared.content.rulePlaces }
        set { content.rulePlaces = newValue }
    }
    /// When it is asked.
    public var tier: Tier {
        get { shared.content.tier }
        set { content.tier = newValue }
    }
    /// Its place in the tier: lower is asked first. 0 where the kind has none.
    public var priority: Double {
        get { shared.content.priority }
        set { content.priority = newValue }
    }
    /// True: it is only watched.
    public var isStaged: Bool {
        get { shared.content.isStaged }
        set { content.isStaged = newValue }
    }
    /// Of a staged policy: the enforced one whose place it takes when it is put into force; with rules of no direction
    /// it is the removal of that one. nil: it comes beside the enforced ones.
    public var replaces: ObjectReference? {
        get { shared.content.replaces }
        set { content.replaces = newValue }
    }
    /// The workloads that it is about. Pods on the network of their node never are.
    public var subject: WorkloadSelector {
        get { shared.content.subject }
        set { content.subject = newValue }
    }
    /// What may come to them, in order; nil when it says nothing of what comes.
    public var ingress: [WorkloadRule]? {
        get { shared.content.ingress }
        set { content.ingress = newValue }
    }
    /// Where they may go, in order; nil when it says nothing of what goes.
    public var egress: [WorkloadRule]? {
        get { shared.content.egress }
        set { content.egress = newValue }
    }
    /// Fields that could not be expressed, and what was made of them.
    public var remarks: [Remark] {
        get { shared.content.remarks }
        set { content.remarks = newValue }
    }

    /// That policy.
    public init(
        source: ObjectReference, position: Position?, tier: Tier, priority: Double = 0, isStaged: Bool = false,
        replaces: ObjectReference? = nil, subject: WorkloadSelector, ingress: [WorkloadRule]?, egress: [WorkloadRule]?,
        remarks: [Remark] = []
    ) {
        shared = Shared(
            Content(
                source: source, position: position, tier: tier, priority: priority, isStaged: isStaged,
                replaces: replaces, subject: subject, ingress: ingress, egress: egress, remarks: remarks))
    }

    /// True when both share what they say. Costs nothing.
    func isCopy(of other: WorkloadPolicy) -> Bool { shared === other.shared }

    /// True when both say the same.
    public static func == (a: WorkloadPolicy, b: WorkloadPolicy) -> Bool { a.isCopy(of: b) || a.content == b.content }

    /// By what it says.
    public func hash(into hasher: inout Hasher) { content.hash(into: &hasher) }

    /// Where rules were written, in their order; empty where that is not known.
    public struct RulePlaces: Hashable, Sendable {
        /// Of `ingress`.
        public var ingress: [Position?] = []
        /// Of `egress`.
        public var egress: [Position?] = []

        /// Those places.
        public init(ingress: [Position?] = [], egress: [Position?] = []) {
            self.ingress = ingress
            self.egress = egress
        }
    }

    /// Where a rule was written; the policy, where nothing more exact is known.
    public func position(ofRule index: Int, _ direction: Direction) -> Position? {
        let places = direction == .ingress ? rulePlaces.ingress : rulePlaces.egress
        return (places.indices.contains(index) ? places[index] : nil) ?? position
    }

    /// Why a rule does not do what is written: it was not understood, and matches nothing, or denies everything; nil: it
    /// does.
    public func failure(ofRule index: Int, _ direction: Direction) -> Remark? {
        guard let rules = rules(direction), rules.indices.contains(index) else { return nil }
        let path = rules[index].path
        return remarks.first { remark in
            guard !remark.path.isEmpty, !path.isEmpty else { return remark.path.isEmpty }
            guard remark.path.hasPrefix(path) else { return false }
            let next = remark.path.utf8.dropFirst(path.utf8.count).first
            return next == nil || next == UInt8(ascii: ".") || next == UInt8(ascii: "[")
        }
    }

    /// A field of the object that does not do what was written, and why.
    public struct Remark: Hashable, Sendable {
        /// `spec.ingress[0].from[1]`.
        public var path: String
        /// One sentence without a full stop.
        public var message: String

        /// That remark.
        public init(path: String, message: String) {
            self.path = path
            self.message = message
        }
    }

    /// The rules of a direction.
    public func rules(_ direction: Direction) -> [WorkloadRule]? {
        direction == .ingress ? ingress : egress
    }
}

/// Which way a connection is looked at: from the workload that it comes to, or that it goes from.
public enum Direction: String, Hashable, Sendable, CaseIterable {
    case ingress = "Ingress"
    case egress = "Egress"
}

/// What a rule says of what it matches.
public enum RuleAction: String, Hashable, Sendable {
    /// Allowed, in this direction.
    case accept = "Accept"
    /// Denied.
    case deny = "Deny"
    /// The next tier decides.
    case pass = "Pass"
    /// Nothing: the rule is noted in the trace, and the next one asked.
    case log = "Log"
}

/// One rule of a policy: what it matches, and what it says of that.
public struct WorkloadRule: Hashable, Sendable {
    /// Where it stands in the object: `spec.ingress[0]`.
    public var path: String
    /// The name that its author gave; empty when none.
    public var name: String
    /// What it says.
    public var action: RuleAction
    /// The other side: one of these; nil: whoever it is. An empty list matches nobody.
    public var peers: [Peer]?
    /// The side of the policy's subject: one of these; nil: all of the subject.
    public var own: [Peer]?
    /// One of these; nil: all traffic. An empty list matches nothing.
    public var traffic: [TrafficTerm]?
    /// None of these.
    public var exceptTraffic: [TrafficTerm]

    /// That rule.
    public init(
        path: String, name: String = "", action: RuleAction, peers: [Peer]?, own: [Peer]? = nil,
        traffic: [TrafficTerm]?, exceptTraffic: [TrafficTerm] = []
    ) {
        self.path = path
        self.name = name
        self.action = action
        self.peers = peers
        self.own = own
        self.traffic = traffic
        self.exceptTraffic = exceptTraffic
    }

    /// What becomes of a rule that has something in it that is not understood: an Accept matches nothing, and a Deny
    /// or a Pass denies everything.
    public func failingClosed() -> WorkloadRule {
        var rule = self
        switch action {
        case .accept: rule.peers = []
        case .log: rule.peers = []
        case .deny, .pass:
            rule.action = .deny
            (rule.peers, rule.own, rule.traffic, rule.exceptTraffic) = (nil, nil, nil, [])
        }
        return rule
    }
}

/// One side of a connection, as a rule names it: everything that is said must hold.
public struct Peer: Hashable, Sendable {
    /// It is one of these workloads; nil: that is not asked.
    public var workloads: WorkloadSelector?
    /// It is none of these workloads.
    public var notWorkloads: WorkloadSelector?
    /// Its address is in one of these blocks; nil: that is not asked. Addresses of pods count like all others.
    public var blocks: [Prefix]?
    /// Its address is in none of these blocks.
    public var exceptBlocks: [Prefix]
    /// Its address is one of a node whose labels this holds for (`workload` stands for the node).
    public var nodes: LabelExpression?
    /// Its address was learned from DNS under one of these names, by the workload that calls.
    public var names: [DomainPattern]?

    /// That side; without anything it is everyone.
    public init(
        workloads: WorkloadSelector? = nil, notWorkloads: WorkloadSelector? = nil, blocks: [Prefix]? = nil,
        exceptBlocks: [Prefix] = [], nodes: LabelExpression? = nil, names: [DomainPattern]? = nil
    ) {
        self.workloads = workloads
        self.notWorkloads = notWorkloads
        self.blocks = blocks
        self.exceptBlocks = exceptBlocks
        self.nodes = nodes
        self.names = names
    }
}

/// Workloads, by namespace and labels; never pods on the network of their node.
public struct WorkloadSelector: Hashable, Sendable {
    /// The namespaces that they are in.
    public var namespaces: NamespaceScope
    /// Holds for them; may ask for labels of the namespace and the service account too.
    public var labels: LabelExpression
    /// The names of their service accounts; nil: that is not asked.
    public var serviceAccounts: Set<String>?

    /// Those workloads.
    public init(
        namespaces: NamespaceScope, labels: LabelExpression = .everything, serviceAccounts: Set<String>? = nil
    ) {
        self.namespaces = namespaces
        self.labels = labels
        self.serviceAccounts = serviceAccounts
    }

    /// Every workload.
    public static let everything = WorkloadSelector(namespaces: .every)

    /// Namespaces, by name or labels.
    public enum NamespaceScope: Hashable, Sendable {
        case every
        case named(String)
        /// Holds for the labels of the namespace, asked of owner `namespace`.
        case matching(LabelExpression)
    }
}

/// Traffic, as a rule names it.
public struct TrafficTerm: Hashable, Sendable {
    /// nil: every protocol.
    public var proto: IPProtocol?
    /// nil: every port.
    public var port: Port?

    /// A port, or ICMP message.
    public enum Port: Hashable, Sendable {
        case range(PortRange)
        /// A container port by its name: of the pod that the connection goes to, and of the same protocol.
        case named(String)
        /// Type and code of ICMP; no code: all.
        case icmp(type: UInt8, code: UInt8?)
    }

    /// That traffic.
    public init(proto: IPProtocol?, port: Port? = nil) {
        self.proto = proto
        self.port = port
    }
}

/// `example.com`, or `*.example.com`: one or more whole labels before it, and not itself.
public struct DomainPattern: Hashable, Sendable, CustomStringConvertible {
    /// Lower-case, without the star and without a dot at the end.
    public let name: String
    /// True: names below it.
    public let isWildcard: Bool

    /// The pattern of a text that is known to be one.
    public init(_ text: String) {
        var name = text.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        isWildcard = name.hasPrefix("*.")
        self.name = isWildcard ? String(name.dropFirst(2)) : name
    }

    /// True when it stands for the name, which is lower-case and has no dot at the end.
    public func matches(_ other: String) -> Bool {
        guard isWildcard else { return other == name }
        // By bytes, so that nothing is allocated where connections are judged.
        let dot = other.utf8.count - name.utf8.count - 1
        guard dot > 0, let tail = other.utf8.index(other.utf8.startIndex, offsetBy: dot, limitedBy: other.utf8.endIndex)
        else { return false }
        return other.utf8[tail] == UInt8(ascii: ".") && other.utf8[tail...].dropFirst().elementsEqual(name.utf8)
    }

    /// As it is written.
    public var description: String { isWildcard ? "*.\(name)" : name }
}
