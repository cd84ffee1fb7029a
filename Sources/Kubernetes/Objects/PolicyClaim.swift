/// What a policy between workloads that has mistakes was about, as far as it can be believed: that is denied.
///
/// What could not be read is nil and stands for everything, or for what is asked first.
public struct PolicyClaim: Sendable, Hashable {
    /// Annotation `sallyport.dev/enforcement: staged`, and nothing wrong in `metadata`.
    public var isStaged = false
    /// Of a NetworkPolicy: the pods of its namespace; nil: all.
    public var podSelector: LabelSelector?
    /// Of a policy of the cluster: its tier; nil: the first.
    public var tier: ClusterNetworkPolicy.Tier?
    /// Of a policy of the cluster; nil: the first.
    public var priority: Int?
    /// Of a policy of the cluster; nil: every pod.
    public var subject: AdminSubject?
}

extension PolicyClaim {
    /// What can be believed of the document of a policy; nil for other kinds.
    init?(_ document: Value, _ kind: Kind, _ soundness: Soundness) {
        let context = ReadingContext(file: "", object: nil, hidesValues: true, unknownFields: .ignored)
        defer { context.forgetReaders() }
        let spec = Fields(document, context)["spec"]
        if soundness.holds("metadata") {
            isStaged = document["metadata"]?["annotations"]?[enforcementAnnotation]?.text == "staged"
        }
        guard kind.name != NetworkPolicy.kind else {
            podSelector = soundness.holds("spec.podSelector") ? spec?.selector("podSelector") : nil
            return
        }
        switch kind.name {
        case ClusterNetworkPolicy.kind where soundness.holds("spec.tier"):
            tier = spec?.optionalString("tier").flatMap(ClusterNetworkPolicy.Tier.init)
        case ClusterNetworkPolicy.kind: tier = nil
        case AdminNetworkPolicy.kind: tier = .admin
        case BaselineAdminNetworkPolicy.kind: tier = .baseline
        default: return nil
        }
        priority = soundness.holds("spec.priority") ? spec?.optionalInteger("priority", 0...1000) : nil
        subject = soundness.holds("spec.subject") ? spec?["subject"].flatMap(AdminSubject.init(sound:)) : nil
    }
}
