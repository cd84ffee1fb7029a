import Kubernetes

/// Rights that are given on request only, so that the plain manifests do not have them.
enum InstallGrants {
    /// Roles and their bindings.
    static func make(_ wish: InstallWish) -> [YAMLTree] {
        (wish.hasNamedRanges ? ranges : []) + wish.secretsOf.flatMap(secrets)
    }

    private static let group = "rbac.authorization.k8s.io"

    /// Secrets and ConfigMaps of a namespace.
    private static func secrets(_ grant: InstallWish.SecretsGrant) -> [YAMLTree] {
        var rule: YAMLTree = ["apiGroups": [""], "resources": ["configmaps", "secrets"]]
        if !grant.names.isEmpty { rule = rule.setting("resourceNames", to: .list(grant.names.map { .text($0) })) }
        return pair(
            "", "sallyport-secrets", namespace: grant.namespace,
            rule: rule.setting("verbs", to: ["get", "list", "watch"]),
            for: [gateways, account(Installation.Accounts.controller, Installation.Namespaces.system)])
    }

    /// Every ConfigMap: rights know no labels.
    private static let ranges = pair(
        "Cluster", "sallyport-read-ranges", namespace: nil,
        rule: ["apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch"]],
        for: [
            account(Installation.Accounts.controller, Installation.Namespaces.system),
            account(Installation.Accounts.hub, Installation.Namespaces.system),
            account(Installation.Accounts.agent, Installation.Namespaces.agents), gateways,
        ])

    /// All gateways.
    private static let gateways: YAMLTree = [
        "apiGroup": .text(group), "kind": "Group", "name": .text(Installation.Accounts.gateways),
    ]

    private static func account(_ name: String, _ namespace: String) -> YAMLTree {
        ["kind": "ServiceAccount", "name": .text(name), "namespace": .text(namespace)]
    }

    /// A role and who has it.
    private static func pair(
        _ prefix: String, _ name: String, namespace: String?, rule: YAMLTree, for subjects: [YAMLTree]
    ) -> [YAMLTree] {
        let named: YAMLTree = [
            "name": .text(name),
            "labels": [
                "app.kubernetes.io/name": "sallyport", "app.kubernetes.io/component": "shared",
                "app.kubernetes.io/part-of": "sallyport", "app.kubernetes.io/version": .text(Version.text),
            ],
        ]
        let metadata = namespace.map { named.setting("namespace", to: .text($0)) } ?? named
        return [
            [
                "apiVersion": .text("\(group)/v1"), "kind": .text("\(prefix)Role"), "metadata": metadata,
                "rules": [rule],
            ],
            [
                "apiVersion": .text("\(group)/v1"), "kind": .text("\(prefix)RoleBinding"), "metadata": metadata,
                "roleRef": ["apiGroup": .text(group), "kind": .text("\(prefix)Role"), "name": .text(name)],
                "subjects": .list(subjects),
            ],
        ]
    }
}
