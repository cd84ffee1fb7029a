import Kubernetes
import Policy

/// One thing that policies are looked over for.
public struct LintRule: Sendable {
    /// Words with `-` between them; stays the same for ever, so that findings may be silenced by it.
    public let id: String
    /// How bad its findings are.
    public let severity: Finding.Severity
    /// What it finds, in one sentence.
    public let summary: String

    /// Why that matters, and what to do: two sentences or three.
    public let help: String

    let check: @Sendable (LintContext, inout FindingList) -> Void

    init(
        _ id: String, _ severity: Finding.Severity, _ summary: String, help: String,
        _ check: @escaping @Sendable (LintContext, inout FindingList) -> Void
    ) {
        self.id = id
        self.severity = severity
        self.summary = summary
        self.help = help
        self.check = check
    }

    /// The rule that says that a policy is staged, and nothing of what it would do.
    static let stagedLeft = "staged-left"

    /// Every rule. A new one is one line here.
    public static let all: [LintRule] = [
        LintRule(
            "selects-nothing", .warning, "A policy selects no workload.",
            help:
                "A policy whose selector fits no workload guards nobody. Compare the selector with the labels of pods, or remove the policy.",
            SelectionChecks.selectsNothing),
        LintRule(
            "selects-host-network-only", .warning, "All that a policy selects is on the network of its node.",
            help:
                "Policies are never about pods on the network of their node. Guard those by a firewall of the node, or give them a network of their own.",
            SelectionChecks.hostNetworkOnly),
        LintRule(
            "rule-matches-nobody", .warning, "No side of a rule is anybody.",
            help:
                "A rule that fits nobody allows nothing, though it looks as if it did. Compare its selectors with the labels of pods and of namespaces.",
            SelectionChecks.ruleMatchesNobody),
        LintRule(
            "peer-matches-nobody", .note, "One side of a rule is nobody.",
            help:
                "One item of the list fits nobody, and the others hide that. Compare its selectors with the labels of pods and of namespaces, or remove it.",
            SelectionChecks.peerMatchesNobody),
        LintRule(
            "named-port-unknown", .warning, "No pod has a port of that name.",
            help:
                "A named port is looked up among the container ports of the pod that is called, with the same protocol. Correct the name, or name the port in the pod.",
            PortChecks.namedPortUnknown),
        LintRule(
            "service-port", .warning, "A Service's port stands where the pod's is meant.",
            help:
                "Policies see connections after the address of a Service was replaced by a pod's, so the port of the pod counts. Write its targetPort.",
            PortChecks.servicePort),
        LintRule(
            "or-meant-as-and", .warning, "Two sides of a rule were meant to be one.",
            help:
                "Two items of a list mean one or the other. To mean pods of those namespaces only, write both selectors in one item.",
            PeerChecks.orMeantAsAnd),
        LintRule(
            "and-meant-as-or", .warning, "One side of a rule was meant to be two.",
            help: "Two selectors in one item must both hold. To mean either, write two items.", PeerChecks.andMeantAsOr),
        LintRule(
            "own-namespace-opened", .note, "A rule about other namespaces lets in all of its own.",
            help:
                "An empty podSelector beside other namespaces lets in every pod of the policy's own. Remove it if only the others are meant.",
            PeerChecks.ownNamespaceOpened),
        LintRule(
            "block-holds-pods", .warning, "A narrow block holds addresses of pods.",
            help: "Addresses of pods change when they are made again. Select pods by their labels.",
            BlockChecks.holdsPods),
        LintRule(
            "wide-block-holds-pods", .note, "A wide block holds addresses of pods too.",
            help:
                "A block of addresses is about pods in it as well. Put the addresses of pods into except if only hosts outside the cluster are meant.",
            BlockChecks.wideHoldsPods),
        LintRule(
            "block-may-hold-pods", .note, "A block holds some of the addresses that pods may have.",
            help:
                "Whether it is about a pod depends on the address that the pod gets. Let the block hold all of them or none, or select pods by their labels.",
            BlockChecks.mayHoldPods),
        LintRule(
            "except-covers-block", .warning, "The exceptions leave nothing of a block.",
            help: "Nothing is left of the block, so the item is nobody. Remove it, or some of its exceptions.",
            BlockChecks.nothingLeft),
        LintRule(
            "host-bits-set", .warning, "A block is written with host bits.",
            help:
                "The bits behind the length of a block are ignored, and API servers refuse them in new objects. Write the block without them.",
            BlockChecks.hostBits),
        LintRule(
            "address-of-two-pods", .warning, "A live pod has the address of another, or of a node.",
            help:
                "Which of the two a connection is of cannot be known, so both are in what is said of everyone. Correct the address of the one that has it no more.",
            AddressChecks.sharedByPods),
        LintRule(
            "direction-not-meant", .warning, "Rules stand for a direction that a policy is not about.",
            help: "Rules count only for directions in policyTypes. Add the direction there, or remove the rules.",
            TypeChecks.directionNotMeant),
        LintRule(
            "egress-not-isolated", .warning, "An empty list of egress rules does nothing.",
            help:
                "Without policyTypes an empty list of egress rules isolates nothing. Write policyTypes: [Ingress, Egress] if nothing may go out.",
            TypeChecks.egressNotIsolated),
        LintRule(
            "dns-forgotten", .warning, "Workloads may call others, and may not ask for their names.",
            help:
                "Who may not ask for names reaches nobody by name. Allow egress to the DNS servers of the cluster on UDP and TCP 53.",
            DNSCheck.forgotten),
        LintRule(
            "equal-priorities", .warning, "Policies of one priority say different things.",
            help:
                "Which of two policies of one priority decides is not defined; the stricter answer is taken here. Give them different priorities.",
            OrderChecks.equalPriorities),
        LintRule(
            "deny-after-accept-all", .error, "A rule denies after one that lets everyone in or out.",
            help:
                "The first rule that matches decides, so a denial behind one that accepts everything denies nothing. Put it before that rule.",
            OrderChecks.denyAfterAcceptAll),
        LintRule(
            "shadowed-rule", .warning, "Rules before it decide everything that it matches.",
            help: "Rules that are asked before decide all that this one matches. Put it before them, or remove it.",
            OrderChecks.shadowed),
        LintRule(
            "redundant-rule", .note, "Other rules allow everything that it allows.",
            help: "Other rules about the same workloads allow all that this one allows. Remove it.",
            OrderChecks.redundant),
        LintRule(
            "redundant-policy", .note, "Without the policy nothing would change.",
            help: "Other policies say all that this one says of the workloads that it selects. Remove it.",
            OrderChecks.redundantPolicy),
        LintRule(
            "opened-to-everyone", .warning, "A rule that allows everything makes others useless.",
            help:
                "One rule that allows everything makes all others about the same workloads useless. Remove it if those were meant to be all.",
            OrderChecks.openedToEveryone),
        LintRule(
            "not-as-written", .warning, "A field does not do what it says.",
            help:
                "A field that is not known, or cannot be expressed, makes its rule fail closed: it allows nothing, or denies everything. Write it with fields that are known.",
            KindChecks.notAsWritten),
        LintRule(
            stagedLeft, .note, "A policy is staged: it is only watched.",
            help:
                "A staged policy is watched and denies nothing. Enforce it once the records show nothing that must go on.",
            KindChecks.staged),
        LintRule(
            "deprecated-kind", .note, "A policy is of a kind that another one replaces.",
            help: "ClusterNetworkPolicy v1alpha2 has replaced the kinds of v1alpha1. Write the policy as one.",
            KindChecks.deprecated),
    ]
}

/// Takes findings of one rule.
struct FindingList {
    private(set) var findings: [Finding] = []
    var rule: LintRule

    init(_ rule: LintRule) { self.rule = rule }

    mutating func add(
        _ object: ObjectReference, _ path: String, _ position: Position?, _ message: String, _ advice: String
    ) {
        findings.append(
            Finding(
                rule: rule.id, severity: rule.severity, object: object, path: path, position: position,
                message: message, advice: advice))
    }

    mutating func add(
        _ context: LintContext, _ policy: WorkloadPolicy, _ path: String, _ message: String, _ advice: String
    ) {
        add(policy.source, path, context.position(policy, path), message, advice)
    }
}
