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

    let check: @Sendable (LintContext, inout FindingList) -> Void

    init(
        _ id: String, _ severity: Finding.Severity, _ summary: String,
        _ check: @escaping @Sendable (LintContext, inout FindingList) -> Void
    ) {
        self.id = id
        self.severity = severity
        self.summary = summary
        self.check = check
    }

    /// The rule that says that a policy is staged, and nothing of what it would do.
    static let stagedLeft = "staged-left"

    /// Every rule. A new one is one line here.
    public static let all: [LintRule] = [
        LintRule("selects-nothing", .warning, "A policy selects no workload.", SelectionChecks.selectsNothing),
        LintRule(
            "selects-host-network-only", .warning, "All that a policy selects is on the network of its node.",
            SelectionChecks.hostNetworkOnly),
        LintRule("rule-matches-nobody", .warning, "No side of a rule is anybody.", SelectionChecks.ruleMatchesNobody),
        LintRule("peer-matches-nobody", .note, "One side of a rule is nobody.", SelectionChecks.peerMatchesNobody),
        LintRule("named-port-unknown", .warning, "No pod has a port of that name.", PortChecks.namedPortUnknown),
        LintRule("service-port", .warning, "A Service's port stands where the pod's is meant.", PortChecks.servicePort),
        LintRule("or-meant-as-and", .warning, "Two sides of a rule were meant to be one.", PeerChecks.orMeantAsAnd),
        LintRule("and-meant-as-or", .warning, "One side of a rule was meant to be two.", PeerChecks.andMeantAsOr),
        LintRule(
            "own-namespace-opened", .note, "A rule about other namespaces lets in all of its own.",
            PeerChecks.ownNamespaceOpened),
        LintRule("block-holds-pods", .warning, "A narrow block holds addresses of pods.", BlockChecks.holdsPods),
        LintRule(
            "wide-block-holds-pods", .note, "A wide block holds addresses of pods too.", BlockChecks.wideHoldsPods),
        LintRule(
            "block-may-hold-pods", .note, "A block holds some of the addresses that pods may have.",
            BlockChecks.mayHoldPods),
        LintRule("except-covers-block", .warning, "The exceptions leave nothing of a block.", BlockChecks.nothingLeft),
        LintRule("host-bits-set", .warning, "A block is written with host bits.", BlockChecks.hostBits),
        LintRule(
            "address-of-two-pods", .warning, "A live pod has the address of another, or of a node.",
            AddressChecks.sharedByPods),
        LintRule(
            "direction-not-meant", .warning, "Rules stand for a direction that a policy is not about.",
            TypeChecks.directionNotMeant),
        LintRule(
            "egress-not-isolated", .warning, "An empty list of egress rules does nothing.",
            TypeChecks.egressNotIsolated),
        LintRule(
            "dns-forgotten", .warning, "Workloads may call others, and may not ask for their names.",
            DNSCheck.forgotten),
        LintRule(
            "equal-priorities", .warning, "Policies of one priority say different things.",
            OrderChecks.equalPriorities),
        LintRule(
            "deny-after-accept-all", .error, "A rule denies after one that lets everyone in or out.",
            OrderChecks.denyAfterAcceptAll),
        LintRule("shadowed-rule", .warning, "Rules before it decide everything that it matches.", OrderChecks.shadowed),
        LintRule("redundant-rule", .note, "Other rules allow everything that it allows.", OrderChecks.redundant),
        LintRule("redundant-policy", .note, "Without the policy nothing would change.", OrderChecks.redundantPolicy),
        LintRule(
            "opened-to-everyone", .warning, "A rule that allows everything makes others useless.",
            OrderChecks.openedToEveryone),
        LintRule("not-as-written", .warning, "A field does not do what it says.", KindChecks.notAsWritten),
        LintRule(stagedLeft, .note, "A policy is staged: it is only watched.", KindChecks.staged),
        LintRule("deprecated-kind", .note, "A policy is of a kind that another one replaces.", KindChecks.deprecated),
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
