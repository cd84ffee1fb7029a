import Addresses

extension ClusterNetworkPolicy: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        let tier = Tier(rawValue: spec.string("tier", .oneOf("Admin", "Baseline")))
        self.init(
            metadata: metadata,
            isStaged: fields.isStaged(metadata),
            tier: tier ?? .admin,
            priority: spec.integer("priority", 0...1000),
            subject: AdminSubject(needed: spec, .v1alpha2),
            ingress: AdminRule.list(spec, "ingress", .v1alpha2),
            egress: AdminRule.list(spec, "egress", .v1alpha2))
    }

    func leaveClaims(in invalid: inout InvalidObject) {
        invalid.policy = PolicyClaim(isStaged: isStaged, tier: tier, priority: priority, subject: subject)
    }
}

extension AdminNetworkPolicy: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        self.init(
            metadata: metadata,
            isStaged: fields.isStaged(metadata),
            priority: spec.integer("priority", 0...1000),
            subject: AdminSubject(needed: spec, .v1alpha1),
            ingress: AdminRule.list(spec, "ingress", .v1alpha1),
            egress: AdminRule.list(spec, "egress", .v1alpha1))
    }

    func leaveClaims(in invalid: inout InvalidObject) {
        invalid.policy = PolicyClaim(isStaged: isStaged, tier: .admin, priority: priority, subject: subject)
    }
}

extension BaselineAdminNetworkPolicy: Readable {
    static var nameCheck: Check { Check { $0 == "default" ? nil : "must be default: there is only one" } }

    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        self.init(
            metadata: metadata,
            isStaged: fields.isStaged(metadata),
            subject: AdminSubject(needed: spec, .v1alpha1),
            ingress: AdminRule.list(spec, "ingress", .baseline),
            egress: AdminRule.list(spec, "egress", .baseline))
    }

    func leaveClaims(in invalid: inout InvalidObject) {
        invalid.policy = PolicyClaim(isStaged: isStaged, tier: .baseline, priority: nil, subject: subject)
    }
}

extension AdminSubject {
    /// `subject` of a spec that must have it.
    fileprivate init(needed spec: Fields, _ version: AdminVersion) {
        let fields = spec.need("subject")
        if fields.has("namespaces") == fields.has("pods") { fields.fail("must have either namespaces or pods") }
        self = AdminSubject(fields, version) ?? .namespaces(.everything)
    }

    /// A subject that is known to have no mistakes; nil when there is none.
    init?(sound fields: Fields) {
        self.init(fields, .v1alpha1)
    }

    private init?(_ fields: Fields, _ version: AdminVersion) {
        if let namespaces = fields.selector("namespaces") {
            self = .namespaces(namespaces)
        } else if let pods = fields["pods"] {
            let (namespaceSelector, podSelector) = pods.podSelectors(version)
            self = .pods(namespaceSelector: namespaceSelector, podSelector: podSelector)
        } else {
            return nil
        }
    }
}

extension Fields {
    /// The selectors of `pods`; one that is written with nothing after it is `{}`. In v1alpha1 both are; the programs that
    /// read it have always taken what is not there for `{}` too.
    func podSelectors(_ version: AdminVersion) -> (namespaces: LabelSelector, pods: LabelSelector) {
        let found = (namespaces: selector("namespaceSelector"), pods: selector("podSelector"))
        let required = version == .v1alpha1 ? ["namespaceSelector", "podSelector"] : ["podSelector"]
        for key in required where !members.contains(where: { $0.key == key }) {
            if version == .v1alpha1 {
                context.note(mark, path(to: key), "is not there, is read as {}: all of them")
            } else {
                fail("must be there", at: key)
            }
        }
        return (found.namespaces ?? .everything, found.pods ?? .everything)
    }
}

/// Versions of policies of the cluster.
enum AdminVersion: Sendable {
    case v1alpha1, v1alpha2
}
