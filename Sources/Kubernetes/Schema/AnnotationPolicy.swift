/// A ValidatingAdmissionPolicy, for Kubernetes from 1.30 on: what the schema of a kind cannot say, because it never sees
/// annotations, and what our own definitions cannot say of the kinds of others.
///
/// A policy whose annotation of ours is misspelt is enforced although it was to be watched only, or the other way around.
/// The decoders deny what such a policy is about; here it is refused when somebody writes it. Objects without annotations
/// of ours are never touched, and what was there before may still be changed in other ways.
public enum AnnotationPolicy {
    /// Name of the policy and of its binding.
    public static let name = "annotations.sallyport.dev"

    /// The annotation that policies may have.
    static let annotation = enforcementAnnotation

    /// Kinds that may have the annotation, by group, as resources.
    static let resources: [(group: String, versions: [String], names: [String])] = [
        (Kind.ownGroup, ["v1alpha1"], ["accesspolicies", "budgets"]),
        (NetworkPolicy.group, NetworkPolicy.versions, ["networkpolicies"]),
        (ClusterNetworkPolicy.group, ClusterNetworkPolicy.versions, ["clusternetworkpolicies"]),
        (
            AdminNetworkPolicy.group, AdminNetworkPolicy.versions,
            ["adminnetworkpolicies", "baselineadminnetworkpolicies"]
        ),
        (CalicoTier.group, CalicoTier.versions, ["networkpolicies", "globalnetworkpolicies"]),
        (Kind.storedCalicoGroup, ["v1"], ["networkpolicies", "globalnetworkpolicies"]),
    ]

    /// True where annotations are written for the first time, or changed.
    static let condition =
        "has(object.metadata.annotations) && (oldObject == null || !has(oldObject.metadata.annotations) || "
        + "object.metadata.annotations != oldObject.metadata.annotations)"

    /// Annotations of our group that are taken, as a list of CEL.
    private static let known =
        "[" + ([annotation] + Installation.Annotations.onWhatIsMade).map { "'\($0)'" }.joined(separator: ", ") + "]"

    /// What must hold, and what is told to whom breaks it.
    static let rules: [(expression: String, message: String)] = [
        (
            "object.metadata.annotations.all(key, !key.startsWith('\(Kind.ownGroup)/') || key in \(known))",
            "no other annotation of \(Kind.ownGroup) than \(annotation) means anything here"
        ),
        (
            "!('\(annotation)' in object.metadata.annotations) || "
                + "object.metadata.annotations['\(annotation)'] in ['staged', 'enforced']",
            "\(annotation) must be staged or enforced"
        ),
    ]

    /// The policy and its binding.
    public static var objects: [YAMLTree] { [policy, binding] }

    private static var policy: YAMLTree {
        [
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicy",
            "metadata": metadata,
            "spec": [
                "failurePolicy": "Fail",
                "matchConstraints": [
                    "resourceRules": .list(
                        resources.map { resource in
                            [
                                "apiGroups": [.text(resource.group)], "apiVersions": .texts(resource.versions),
                                "operations": ["CREATE", "UPDATE"], "resources": .texts(resource.names),
                            ]
                        })
                ],
                "matchConditions": [["name": "annotations-are-written", "expression": .text(condition)]],
                "validations": .list(
                    rules.map { ["expression": .text($0.expression), "message": .text($0.message)] }),
            ],
        ]
    }

    private static var binding: YAMLTree {
        [
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": metadata,
            "spec": ["policyName": .text(name), "validationActions": ["Deny"]],
        ]
    }

    private static var metadata: YAMLTree {
        ["name": .text(name), "labels": ["app.kubernetes.io/part-of": "sallyport"]]
    }
}
