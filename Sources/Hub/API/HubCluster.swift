/// Where the console's objects, policies and proofs come from: the snapshot in force, or what a test made up.
public protocol HubCluster: Sendable {
    /// The cluster as it is now.
    func view() async throws -> ClusterView
    /// Why the connection or request of a record is allowed or denied by the policies of now, and what would change that;
    /// nil: nothing can be said of it.
    func explain(_ line: [UInt8]) async throws -> HubExplanation?
}

/// The cluster at one revision, as far as it is shown.
public struct ClusterView: Sendable {
    /// Revision of the configuration.
    public var revision: UInt64 = 0
    /// Every object and its conditions.
    public var objects: [ObjectRow] = []
    /// Mistakes in files.
    public var mistakes: [MistakeRow] = []
    /// Every policy.
    public var policies: [PolicyRow] = []
    /// Every rule of every guarantee.
    public var guarantees: [GuaranteeRow] = []
    /// Every workload.
    public var workloads: [WorkloadRow] = []
    /// Ways in from outside.
    public var exposures: [ExposureRow] = []

    /// An empty cluster.
    public init() {}
}

/// One object and its conditions.
public struct ObjectRow: Sendable, Encodable {
    /// A condition, as Kubernetes has them.
    public struct Condition: Sendable, Encodable {
        /// Its type, such as `Accepted`.
        public var type: String
        /// `True`, `False` or `Unknown`.
        public var status: String
        /// One word that says why.
        public var reason: String
        /// The same in words.
        public var message: String
        /// It says that something is wrong.
        public var isBad: Bool

        /// All that is said of it.
        public init(type: String, status: String, reason: String, message: String, isBad: Bool) {
            self.type = type
            self.status = status
            self.reason = reason
            self.message = message
            self.isBad = isBad
        }
    }

    /// A part of an object with conditions of its own, such as a listener.
    public struct Part: Sendable, Encodable {
        /// Its name.
        public var name: String
        /// What is said of it.
        public var conditions: [Condition]

        /// All that is said of it.
        public init(name: String, conditions: [Condition]) {
            self.name = name
            self.conditions = conditions
        }
    }

    /// Its kind.
    public var kind: String
    /// Empty: of the whole cluster.
    public var namespace: String
    /// Its name.
    public var name: String
    /// The file that it is in; nil: none.
    public var file: String?
    /// The line there, from 1.
    public var line: Int?
    /// What is said of it.
    public var conditions: [Condition]
    /// Parts with conditions of their own.
    public var parts: [Part]

    /// Whether nothing is wrong with it.
    public var isGood: Bool {
        !conditions.contains(where: \.isBad) && !parts.contains { $0.conditions.contains(where: \.isBad) }
    }

    /// All that is said of it.
    public init(
        kind: String, namespace: String, name: String, file: String? = nil, line: Int? = nil,
        conditions: [Condition] = [], parts: [Part] = []
    ) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.file = file
        self.line = line
        self.conditions = conditions
        self.parts = parts
    }
}

/// A mistake in a file.
public struct MistakeRow: Sendable, Encodable {
    /// The file that it is in; nil: none.
    public var file: String
    /// The line there, from 1.
    public var line: Int
    /// The same in words.
    public var message: String
    /// Namespace of the object; empty: not known, shown only to who sees everything.
    public var namespace: String

    /// All that is said of it.
    public init(file: String, line: Int, message: String, namespace: String = "") {
        self.file = file
        self.line = line
        self.message = message
        self.namespace = namespace
    }
}

/// A policy, as its object says it.
public struct PolicyRow: Sendable, Encodable {
    /// Its kind.
    public var kind: String
    /// Empty: of the whole cluster.
    public var namespace: String
    /// Its name.
    public var name: String
    /// It is only watched.
    public var isStaged: Bool
    /// `Admin`, `NetworkPolicy`, `Baseline`; empty: it has none.
    public var tier: String
    /// Names or places of its rules, as records have them.
    public var rules: [String]
    /// What it is about, in words.
    public var subject: String
    /// The file that it is in; nil: none.
    public var file: String?
    /// The line there, from 1.
    public var line: Int?

    /// All that is said of it.
    public init(
        kind: String, namespace: String, name: String, isStaged: Bool = false, tier: String = "", rules: [String] = [],
        subject: String = "", file: String? = nil, line: Int? = nil
    ) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.isStaged = isStaged
        self.tier = tier
        self.rules = rules
        self.subject = subject
        self.file = file
        self.line = line
    }

    /// What it is called in records: an `AccessPolicy` without its kind.
    public var recordName: String {
        let name = namespace.isEmpty ? name : "\(namespace)/\(name)"
        return kind == "AccessPolicy" ? name : "\(kind) \(name)"
    }
}

/// A rule of a guarantee.
public struct GuaranteeRow: Sendable, Encodable {
    /// What was found.
    public enum Result: String, Sendable, Encodable {
        case proved, refuted, vacuous
    }

    /// Name of the guarantee.
    public var guarantee: String
    /// Name of the rule.
    public var rule: String
    /// `always` or `never`.
    public var promise: String
    /// What it says, in words.
    public var text: String
    /// What was found.
    public var result: Result
    /// Pairs that it was proved for.
    public var pairs: Int?
    /// A connection that breaks it, in words; nil: none does.
    public var witness: String?
    /// Why that connection is as it is, in words.
    public var reason: String?
    /// What one should know of it.
    public var remarks: [String]
    /// Namespaces that it is about; empty: the whole cluster, shown only to who sees everything.
    public var namespaces: [String]
    /// The file that it is in; nil: none.
    public var file: String?
    /// The line there, from 1.
    public var line: Int?

    /// All that is said of it.
    public init(
        guarantee: String, rule: String, promise: String, text: String, result: Result, pairs: Int? = nil,
        witness: String? = nil, reason: String? = nil, remarks: [String] = [], namespaces: [String] = [],
        file: String? = nil, line: Int? = nil
    ) {
        self.guarantee = guarantee
        self.rule = rule
        self.promise = promise
        self.text = text
        self.result = result
        self.pairs = pairs
        self.witness = witness
        self.reason = reason
        self.remarks = remarks
        self.namespaces = namespaces
        self.file = file
        self.line = line
    }
}

/// A workload, and whether policies are about it.
public struct WorkloadRow: Sendable, Encodable {
    /// Its kind.
    public var kind: String
    /// Its namespace; empty: of the whole cluster.
    public var namespace: String
    /// Its name.
    public var name: String
    /// Enforced policies say who may call it.
    public var isGuardedIn: Bool
    /// Enforced policies say whom it may call.
    public var isGuardedOut: Bool

    /// All that is said of it.
    public init(kind: String, namespace: String, name: String, isGuardedIn: Bool, isGuardedOut: Bool) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.isGuardedIn = isGuardedIn
        self.isGuardedOut = isGuardedOut
    }
}

/// A way in from outside.
public struct ExposureRow: Sendable, Encodable {
    /// Its namespace; empty: of the whole cluster.
    public var namespace: String
    /// The workload or Service that is reached.
    public var target: String
    /// From where: `the internet`, `any pod`, ...
    public var source: String
    /// Ports.
    public var traffic: String
    /// By which way, in words.
    public var way: String
    /// It is an AI server or leads to one.
    public var isAI: Bool

    /// All that is said of it.
    public init(
        namespace: String, target: String, source: String, traffic: String, way: String, isAI: Bool = false
    ) {
        self.namespace = namespace
        self.target = target
        self.source = source
        self.traffic = traffic
        self.way = way
        self.isAI = isAI
    }
}

/// An explanation of one decision.
public struct HubExplanation: Sendable, Encodable {
    /// What a side's policies say.
    public struct Side: Sendable, Encodable {
        /// What is asked.
        public var heading: String
        /// It is allowed.
        public var isAllowed: Bool
        /// Rules that were looked at, in order.
        public var findings: [Finding]
        /// What follows.
        public var conclusion: String

        /// All that is said of it.
        public init(heading: String, isAllowed: Bool, findings: [Finding], conclusion: String) {
            self.heading = heading
            self.isAllowed = isAllowed
            self.findings = findings
            self.conclusion = conclusion
        }
    }

    /// A rule that was looked at.
    public struct Finding: Sendable, Encodable {
        /// The policy.
        public var policy: String
        /// Name of the rule.
        public var rule: String
        /// What it says, in words.
        public var text: String
        /// It decides.
        public var isDecisive: Bool
        /// The file that it is in; nil: none.
        public var file: String?
        /// The line there, from 1.
        public var line: Int?

        /// All that is said of it.
        public init(
            policy: String, rule: String, text: String, isDecisive: Bool, file: String? = nil, line: Int? = nil
        ) {
            self.policy = policy
            self.rule = rule
            self.text = text
            self.isDecisive = isDecisive
            self.file = file
            self.line = line
        }
    }

    /// A change that would turn the decision round. Of a connection it was tried; of a request it is the least that matches it.
    public struct Change: Sendable, Encodable {
        /// What it says, in words.
        public var text: String
        /// The object as it would be; empty: nothing to write.
        public var yaml: String

        /// All that is said of it.
        public init(text: String, yaml: String) {
            self.text = text
            self.yaml = yaml
        }
    }

    /// It is allowed.
    public var isAllowed: Bool
    /// The answer, in one sentence.
    public var answer: String
    /// What each side says.
    public var sides: [Side]
    /// All of these together would change it; empty: nothing is known that would.
    public var changes: [Change]
    /// The policies of now decide otherwise than those of the record did.
    public var isChanged: Bool

    /// All that is said of it.
    public init(isAllowed: Bool, answer: String, sides: [Side], changes: [Change] = [], isChanged: Bool = false) {
        self.isAllowed = isAllowed
        self.answer = answer
        self.sides = sides
        self.changes = changes
        self.isChanged = isChanged
    }
}
